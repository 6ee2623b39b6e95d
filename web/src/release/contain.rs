//! Contain: always in view, two keystrokes away; and the way back.

use super::confirm::Confirm;
use super::view::ReleaseView;
use crate::api::{self, Trouble};
use flaghoist_core::api::{Decided, Endpoint, PostClear, PostContain, Reason};
use flaghoist_core::name::FlagKey;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The key that opens the question.
const SHORTCUT: &str = "c";

/// Takes a flag to 0, and lifts the latch.
#[component]
pub fn Contain(view: Memo<Option<ReleaseView>>, key: StoredValue<FlagKey>) -> impl IntoView {
    let latched = Memo::new(move |_| {
        view.with(|view| {
            let view = view.as_ref()?;
            key.with_value(|key| view.flag(key).map(|flag| flag.latch.is_some()))
        })
        .unwrap_or(false)
    });
    let place = move || {
        let environment = view.with(|view| view.as_ref().map(|view| view.environment.to_string()));
        (
            environment.unwrap_or_default(),
            key.with_value(|key| key.to_string()),
        )
    };
    let (contain, clear) = (Asking::new(), Asking::new());
    let containing = RwSignal::new(false);
    let clearing = RwSignal::new(false);
    let contain_text = Signal::derive(move || {
        let (environment, flag) = place();
        let now = view.with(|view| {
            let view = view.as_ref()?;
            key.with_value(|key| view.flag(key).map(|flag| flag.exposure.to_string()))
        });
        format!(
            "{environment}: {flag} goes from {} to 0 % at once, for everybody, and stays there until somebody clears it.",
            now.unwrap_or_default()
        )
    });
    let clear_text = Signal::derive(move || {
        let (environment, flag) = place();
        format!(
            "{environment}: the latch of {flag} is lifted. The flag stays at 0 %; raising it again is a step of its own."
        )
    });
    let listener = window_event_listener(ev::keydown, move |event| {
        let typing = event.target().is_some_and(|target| is_typing(&target));
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if event.key() == SHORTCUT
            && plain
            && !typing
            && !latched.get_untracked()
            && !clearing.get_untracked()
        {
            event.prevent_default();
            containing.set(true);
        }
    });
    on_cleanup(move || listener.remove());
    let on_contain = move || contain.send::<PostContain>(containing, place());
    let on_clear = move || clear.send::<PostClear>(clearing, place());
    view! {
        <div class="contain">
            <Show when=move || latched.get()>
                <button class="button" type="button" on:click=move |_| clearing.set(true) data-test="clear-latch">"Clear latch…"</button>
            </Show>
            <button
                class="button button--danger" type="button" aria-keyshortcuts=SHORTCUT title="Contain (c)"
                disabled=move || latched.get() on:click=move |_| containing.set(true) data-test="contain"
            >
                {move || if latched.get() { "Contained" } else { "Contain" }}
            </button>
            <Confirm
                open=containing title="Contain?" action="Contain" text=contain_text danger=true
                reason=contain.reason pending=contain.pending trouble=contain.trouble
                on_confirm=on_contain
            />
            <Confirm
                open=clearing title="Clear the latch?" action="Clear latch" text=clear_text reason_required=true
                reason=clear.reason pending=clear.pending trouble=clear.trouble
                on_confirm=on_clear
            />
        </div>
    }
}

fn is_typing(target: &web_sys::EventTarget) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let element = target.dyn_ref::<web_sys::Element>();
    element.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    })
}

/// What a question keeps while it is open.
#[derive(Clone, Copy)]
struct Asking {
    reason: RwSignal<String>,
    pending: RwSignal<bool>,
    trouble: RwSignal<Option<Trouble>>,
}

impl Asking {
    fn new() -> Self {
        Self {
            reason: RwSignal::new(String::new()),
            pending: RwSignal::new(false),
            trouble: RwSignal::new(None),
        }
    }

    /// Sends one of the operations that take only a reason; closes the question when it worked.
    fn send<E: Endpoint<Request = Reason, Response = Decided>>(
        self,
        open: RwSignal<bool>,
        place: (String, String),
    ) {
        self.pending.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let typed = self.reason.get_untracked();
            let body = Reason {
                reason: (!typed.trim().is_empty()).then_some(typed),
            };
            match api::call::<E>(&[&place.0, &place.1], Some(&body)).await {
                Ok(_) => {
                    self.reason.set(String::new());
                    open.set(false);
                }
                Err(problem) => self.trouble.set(Some(problem)),
            }
            self.pending.set(false);
        });
    }
}
