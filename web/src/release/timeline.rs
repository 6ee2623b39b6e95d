//! What happened, newest first, straight from the ledger.

use super::view::ReleaseView;
use crate::live::Live;
use crate::ui::Moment;
use flaghoist_core::release::{Entry, Event};
use leptos::prelude::*;

/// The entries that are part of this release's story.
#[component]
pub fn Timeline(live: Live, view: Memo<Option<ReleaseView>>) -> impl IntoView {
    let entries = Memo::new(move |_| {
        let Some(view) = view.get() else {
            return Vec::new();
        };
        let concerns = |event: &Event| {
            *event.environment() == view.environment && view.state.concerns(&view.name, event)
        };
        live.entries.with(|entries| {
            entries
                .iter()
                .rev()
                .filter(|entry| entry.events.iter().any(concerns))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    view! {
        <section class="card" aria-labelledby="timeline">
            <h2 class="section-title" id="timeline">"Timeline"</h2>
            <ol class="timeline" aria-live="polite" aria-relevant="additions">
                <For each=move || entries.get() key=|entry| entry.revision let:entry>
                    <EntryView live entry />
                </For>
            </ol>
        </section>
    }
}

#[component]
fn EntryView(live: Live, entry: Entry) -> impl IntoView {
    let tone = entry.events.iter().map(tone).max().unwrap_or("plain");
    let lines = entry
        .events
        .iter()
        .map(|event| view! { <span class="timeline__what">{event.describe()}</span> });
    let lines = lines.collect_view();
    let anchor = format!("r{}", entry.revision);
    let revision = entry.revision.to_string();
    let reason = entry
        .reason
        .clone()
        .map(|reason| view! { <blockquote class="quote">{reason}</blockquote> });
    view! {
        <li class=format!("timeline__entry timeline__entry--{tone}") id=anchor.clone() data-test="timeline-entry" data-revision=revision.clone()>
            <div class="timeline__head">
                <strong class="timeline__actor">{entry.actor.to_string()}</strong>
                <Moment live at=entry.at />
                <a class="timeline__link" href=format!("#{anchor}")>{format!("r{revision}")}</a>
            </div>
            <div class="timeline__lines">{lines}</div>
            {reason}
        </li>
    }
}

/// The later in the alphabet, the more it matters: "plain" < "raised" < "stopped".
fn tone(event: &Event) -> &'static str {
    match event {
        Event::Contained { .. } | Event::Lowered { .. } => "stopped",
        Event::Raised { .. } => "raised",
        _ => "plain",
    }
}
