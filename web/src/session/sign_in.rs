//! The sign-in form. It keeps the address: after signing in, the screen asked for appears.

use crate::api;
use crate::theme::ThemeToggle;
use flaghoist_core::api::{self as operations, PostSession};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Asks who is there.
#[component]
pub fn SignIn(on_success: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let user = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        error.set(None);
        spawn_local(async move {
            let body = operations::SignIn {
                user: user.get_untracked(),
                password: password.get_untracked(),
            };
            match api::call::<PostSession>(&[], Some(&body)).await {
                Ok(_) => on_success(),
                Err(trouble) => error.set(Some(trouble.to_string())),
            }
            // Where it succeeded, the form and its signals are gone already.
            let _ = pending.try_set(false);
        });
    };
    view! {
        <main class="sign-in">
            <form class="sign-in__form" on:submit=submit>
                <h1 class="sign-in__title"><span class="header__mark" aria-hidden="true"></span>"Flaghoist"</h1>
                <p class="sign-in__lead">"Sign in to see and move releases."</p>
                <label class="field">
                    <span class="field__label">"User"</span>
                    <input
                        class="input" name="user" autocomplete="username" required autofocus
                        aria-describedby="sign-in-error" data-test="sign-in-user" bind:value=user
                    />
                </label>
                <label class="field">
                    <span class="field__label">"Password"</span>
                    <input
                        class="input" name="password" type="password" autocomplete="current-password" required
                        aria-describedby="sign-in-error" data-test="sign-in-password" bind:value=password
                    />
                </label>
                <p class="field__error" id="sign-in-error" role="alert">{move || error.get()}</p>
                <button class="button button--primary button--wide" type="submit" data-test="sign-in-submit">
                    {move || if pending.get() { "Signing in…" } else { "Sign in" }}
                </button>
            </form>
            <ThemeToggle />
        </main>
    }
}
