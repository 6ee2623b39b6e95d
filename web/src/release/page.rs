//! The page as a whole.

use super::ask::AskForUser;
use super::contain::Contain;
use super::exposure::ExposureControl;
use super::graph::GraphView;
use super::timeline::Timeline;
use super::view::{ReleaseView, Tone};
use super::why::Why;
use crate::app::NotFound;
use crate::live::Live;
use flaghoist_core::name::FlagKey;
use leptos::prelude::*;
use leptos_router::components::A;

/// One release in one environment.
#[component]
pub fn ReleasePage(live: Live) -> impl IntoView {
    let view = ReleaseView::memo(live);
    let there = Memo::new(move |_| view.with(Option::is_some));
    let loaded = Memo::new(move |_| live.workspace.with(Option::is_some));
    view! {
        <Show when=move || loaded.get() fallback=|| view! { <Skeleton /> }>
            <Show when=move || there.get() fallback=|| view! { <NotFound /> }>
                <Page live view />
            </Show>
        </Show>
    }
}

#[component]
fn Page(live: Live, view: Memo<Option<ReleaseView>>) -> impl IntoView {
    let title = move || view.with(|view| view.as_ref().map(ReleaseView::title));
    let environment =
        move || view.with(|view| view.as_ref().map(|view| view.environment.to_string()));
    let applied = move || {
        view.with(|view| {
            let release = view.as_ref()?.release()?.clone();
            Some(format!(
                "plan {} applied by {}",
                release.hash.short(),
                release.applied_by
            ))
        })
    };
    let keys = Memo::new(move |_| {
        view.with(|view| {
            view.iter()
                .flat_map(|view| view.flags().map(|(key, _)| key.clone()))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <nav class="crumbs" aria-label="Breadcrumb"><A href="/">"Releases"</A> <span aria-hidden="true">" / "</span> {environment}</nav>
        <div class="release-head">
            <h1 class="page-title">{title}</h1>
            <p class="muted">{applied}</p>
        </div>
        <For each=move || keys.get() key=Clone::clone let:key>
            <FlagSection live view key />
        </For>
        <GraphView view />
        <Timeline live view />
    }
}

/// State, exposure and way out of one flag.
#[component]
fn FlagSection(live: Live, view: Memo<Option<ReleaseView>>, key: FlagKey) -> impl IntoView {
    let key = StoredValue::new(key);
    let tone = Memo::new(move |_| {
        view.with(|view| {
            let view = view.as_ref()?;
            key.with_value(|key| view.flag(key).map(|flag| Tone::of(&view.state, flag)))
        })
    });
    let state = move || {
        view.with(|view| {
            let view = view.as_ref()?;
            key.with_value(|key| view.flag(key).map(|flag| view.state.state_of(flag)))
        })
    };
    let badge = move || {
        tone.get().map(|tone| view! { <span class=format!("badge badge--{}", tone.word())>{tone.label()}</span> })
    };
    let heading = key.with_value(|key| key.to_string());
    view! {
        <section class="flag" aria-label=format!("Flag {heading}")>
            <div class="flag__bar">
                <div class="flag__state" role="status">
                    {badge}
                    <h2 class="flag__key">{heading.clone()}</h2>
                    <p class="flag__words" data-test="flag-state">{state}</p>
                </div>
                <Contain view key />
            </div>
            <div class="flag__grid">
                <ExposureControl view key />
                <Why live view key />
                <AskForUser view key />
            </div>
        </section>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div aria-busy="true" aria-label="Loading the release">
            <div class="card skeleton skeleton--head"></div>
            <div class="card skeleton skeleton--tall"></div>
            <div class="card skeleton skeleton--tall"></div>
        </div>
    }
}
