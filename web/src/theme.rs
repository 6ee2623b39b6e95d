//! Light or dark: as the system has it, until a person says otherwise.

use leptos::prelude::*;

const KEY: &str = "flaghoist-theme";

fn root() -> Option<web_sys::Element> {
    document().document_element()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Applies what was chosen before.
pub fn restore() {
    if let Some(chosen) = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()) {
        apply(&chosen);
    }
}

fn apply(theme: &str) {
    if let Some(root) = root() {
        // A page without the attribute follows the system; failing to set it leaves that.
        let _ = root.set_attribute("data-theme", theme);
    }
}

fn is_dark() -> bool {
    let chosen = root().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// Switches between light and dark.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let toggle = move |_| {
        let next = if is_dark() { "light" } else { "dark" };
        apply(next);
        if let Some(storage) = storage() {
            let _ = storage.set_item(KEY, next);
        }
    };
    view! {
        <button class="button button--quiet" type="button" aria-label="Switch between light and dark" title="Light or dark" on:click=toggle>
            <span aria-hidden="true">"◐"</span>
        </button>
    }
}
