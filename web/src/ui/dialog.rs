//! A dialog over the page: the browser's own `<dialog>`, which keeps focus inside and closes on Escape.

use leptos::html;
use leptos::prelude::*;

/// Shows its children while `open`.
#[component]
pub fn Dialog(
    /// Whether it is shown; Escape sets it false.
    open: RwSignal<bool>,
    /// What it asks.
    #[prop(into)]
    title: Signal<String>,
    /// Told to tests.
    test: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() {
            if !dialog.open() {
                // It fails only where it is open already.
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=title data-test=test on:close=move |_| open.set(false)>
            <Show when=move || open.get()>
                <h2 class="dialog__title">{title}</h2>
                {children()}
            </Show>
        </dialog>
    }
}
