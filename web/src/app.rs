//! The frame around every screen: who is signed in, how the app is connected, which address shows what.

use crate::api;
use crate::live::{Link, Live};
use crate::release::ReleasePage;
use crate::releases::Releases;
use crate::session::SignIn;
use crate::theme::{self, ThemeToggle};
use crate::ui::ago;
use flaghoist_core::api::DeleteSession;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::path;

/// The app.
#[component]
pub fn App() -> impl IntoView {
    theme::restore();
    let live = Live::new();
    live.tick();
    live.start();
    let signed_out = Memo::new(move |_| live.link.get() == Link::SignedOut);
    view! {
        <Router>
            <Show
                when=move || !signed_out.get()
                fallback=move || view! { <SignIn on_success=move || live.start() /> }
            >
                <Header live />
                <Banner live />
                <main class="main" id="main">
                    <Routes fallback=|| view! { <NotFound /> }>
                        <Route path=path!("/") view=move || view! { <Releases live /> } />
                        <Route
                            path=path!("/environments/:environment/releases/:release")
                            view=move || view! { <ReleasePage live /> }
                        />
                    </Routes>
                </main>
            </Show>
        </Router>
    }
}

/// Brand, connection, person.
#[component]
fn Header(live: Live) -> impl IntoView {
    let sign_out = move |_| {
        spawn_local(async move {
            // Whether or not the server heard: this browser shows nothing any more.
            let _ = api::call::<DeleteSession>(&[], None).await;
            live.sign_out();
        });
    };
    let status = move || match live.link.get() {
        Link::Live => {
            let revision = live
                .workspace
                .with(|state| state.as_ref().map(|state| state.revision()));
            format!("Live · revision {}", revision.unwrap_or_default())
        }
        Link::Loading => "Loading…".into(),
        Link::Lost | Link::SignedOut => "Reconnecting…".into(),
    };
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="header">
            <A href="/" attr:class="header__brand">
                <span class="header__mark" aria-hidden="true"></span>
                "Flaghoist"
            </A>
            <span class="header__status" class:header__status--live=move || live.link.get() == Link::Live data-test="link">
                {status}
            </span>
            <span class="header__user">{move || live.user.get()}</span>
            <ThemeToggle />
            <button class="button button--quiet" type="button" on:click=sign_out data-test="sign-out">"Sign out"</button>
        </header>
    }
}

/// Says that what is shown is old.
#[component]
fn Banner(live: Live) -> impl IntoView {
    view! {
        <div role="status" aria-live="polite">
            <Show when=move || live.link.get() == Link::Lost>
                <p class="banner" data-test="banner">
                    "The server does not answer. What you see is from "
                    {move || ago(live.updated.get(), live.now.get())}
                    "; trying again every second. Contain also works from the command line."
                </p>
            </Show>
        </div>
    }
}

/// No screen has this address.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <section class="empty">
            <h1>"Nothing is here"</h1>
            <p>"The address names no screen. " <A href="/">"See the releases"</A></p>
        </section>
    }
}
