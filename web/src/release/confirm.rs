//! Asking once more before something moves: what, where, from and to, for how many, and why.

use crate::api::Trouble;
use crate::ui::{Dialog, TroubleList};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

/// A question with a reason field. Refusals show in place; what was typed stays.
#[component]
pub fn Confirm(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// What it asks.
    #[prop(into)]
    title: Signal<String>,
    /// What exactly will happen.
    #[prop(into)]
    text: Signal<String>,
    /// The word on the button.
    #[prop(into)]
    action: Signal<String>,
    /// Whether it takes users' access away at once.
    #[prop(optional)]
    danger: bool,
    /// Whether it takes a reason.
    #[prop(optional)]
    reason_required: bool,
    /// Why, as typed.
    reason: RwSignal<String>,
    /// Whether it is under way.
    #[prop(into)]
    pending: Signal<bool>,
    /// Why it did not work.
    #[prop(into)]
    trouble: Signal<Option<Trouble>>,
    /// Does it.
    on_confirm: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !pending.get_untracked() {
            on_confirm();
        }
    };
    let label = if reason_required {
        "Why (goes into the ledger)"
    } else {
        "Why (optional, goes into the ledger)"
    };
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        // Two keystrokes to contain: the second is Enter on this button.
        if let (false, Some(button)) = (reason_required, button.get()) {
            let _ = button.focus();
        }
    });
    view! {
        <Dialog open title test="confirm-dialog">
            <form class="confirm" on:submit=submit>
                <p class="confirm__text" data-test="confirm-text">{text}</p>
                <label class="field">
                    <span class="field__label">{label}</span>
                    <input class="input" autocomplete="off" required=reason_required data-test="confirm-reason" bind:value=reason />
                </label>
                <TroubleList trouble />
                <div class="confirm__buttons">
                    <button class="button" type="button" on:click=move |_| open.set(false) data-test="confirm-cancel">"Cancel"</button>
                    <button
                        class="button" class:button--primary=!danger class:button--danger=danger
                        type="submit" node_ref=button data-test="confirm-submit"
                    >
                        {move || if pending.get() { "Sending…".to_string() } else { action.get() }}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
