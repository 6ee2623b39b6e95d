//! The list of releases: what is where, at a glance.

use crate::live::Live;
use crate::release::view::Tone;
use flaghoist_core::name::{EnvironmentName, ReleaseName};
use flaghoist_core::workspace::Environment;
use leptos::prelude::*;
use leptos_router::components::A;

/// One flag of one release, as the list shows it.
#[derive(Clone, PartialEq)]
struct Row {
    environment: EnvironmentName,
    release: ReleaseName,
    title: Option<String>,
    flag: String,
    exposure: String,
    state: String,
    armed: Option<String>,
    tone: Tone,
}

/// Every release of every environment.
#[component]
pub fn Releases(live: Live) -> impl IntoView {
    let rows = Memo::new(move |_| {
        live.workspace.with(|workspace| {
            workspace.as_ref().map(|workspace| {
                workspace
                    .environments()
                    .iter()
                    .flat_map(|(name, state)| rows(name, state))
                    .collect::<Vec<_>>()
            })
        })
    });
    view! {
        <h1 class="page-title">"Releases"</h1>
        {move || match rows.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(rows) if rows.is_empty() => view! { <Empty /> }.into_any(),
            Some(rows) => view! { <List rows /> }.into_any(),
        }}
    }
}

fn rows(name: &EnvironmentName, state: &Environment) -> Vec<Row> {
    let row = |(release, known): (&ReleaseName, &flaghoist_core::workspace::Release)| {
        let flags = state
            .flags
            .iter()
            .filter(move |(_, flag)| flag.release == *release);
        flags
            .map(|(key, flag)| Row {
                environment: name.clone(),
                release: release.clone(),
                title: known.plan.title.clone(),
                flag: key.to_string(),
                exposure: flag.exposure.to_string(),
                state: state.state_of(flag),
                armed: flag
                    .armed
                    .as_ref()
                    .map(|armed| format!("armed: opens at {} when ready", armed.to)),
                tone: Tone::of(state, flag),
            })
            .collect::<Vec<_>>()
    };
    state.releases.iter().flat_map(row).collect()
}

#[component]
fn List(rows: Vec<Row>) -> impl IntoView {
    let item = |row: Row| {
        let href = format!("/environments/{}/releases/{}", row.environment, row.release);
        let title = row.title.clone().unwrap_or_else(|| row.release.to_string());
        view! {
            <li class="card release-row">
                <div class="release-row__name">
                    <A href=href attr:class="release-row__link" attr:data-test="release-link">{title}</A>
                    <span class="muted">{format!("{} · {}", row.environment, row.flag)}</span>
                </div>
                <div class="release-row__state">
                    <span class=format!("badge badge--{}", row.tone.word())>{row.tone.label()}</span>
                    <span data-test="release-state">{row.state}</span>
                    <span class="muted">{row.armed}</span>
                </div>
                <span class="release-row__exposure">{row.exposure}</span>
            </li>
        }
    };
    view! { <ul class="list">{rows.into_iter().map(item).collect_view()}</ul> }
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <section class="card empty">
            <h2>"No release yet"</h2>
            <p>"A release begins with a plan: what ships together, and which flag opens it."</p>
            <pre class="code" tabindex="0">"flaghoist apply plan.yaml"</pre>
        </section>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <ul class="list" aria-busy="true" aria-label="Loading releases">
            <li class="card release-row skeleton"></li>
            <li class="card release-row skeleton"></li>
        </ul>
    }
}
