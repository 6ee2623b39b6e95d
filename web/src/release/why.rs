//! Why is it off? And when it is on: what holds it up.

use super::view::ReleaseView;
use crate::live::Live;
use crate::ui::Moment;
use flaghoist_core::name::FlagKey;
use flaghoist_core::release::Cause;
use flaghoist_core::workspace::{Closed, Latch};
use leptos::prelude::*;

/// Cause and way out.
#[component]
pub fn Why(
    live: Live,
    view: Memo<Option<ReleaseView>>,
    key: StoredValue<FlagKey>,
) -> impl IntoView {
    let content = move || {
        let view = view.get()?;
        let flag = key.with_value(|key| view.flag(key).cloned())?;
        Some(match view.state.closed(&flag) {
            Some(Closed::Contained(latch)) => contained(live, latch),
            Some(Closed::NotReady(missing)) => {
                let pins = missing.iter().map(|problem| {
                    let pin = problem.pin.to_string();
                    view! { <li data-test="exposure-missing" data-pin=pin.clone()>{problem.to_string()}</li> }
                });
                let pins = pins.collect_view();
                let next = match &flag.armed {
                    Some(armed) => format!(
                        "The report of the last part opens it at {}, for {}.",
                        armed.to, armed.on_behalf_of
                    ),
                    None => "When every part is reported, it can be raised.".into(),
                };
                view! {
                    <h3 class="panel__title">"Why is it off?"</h3>
                    <p>{format!("{} of its parts are not ready:", missing.len())}</p>
                    <ul class="pins">{pins}</ul>
                    <p class="muted">{next}</p>
                }
                .into_any()
            }
            Some(Closed::Prerequisite(key)) => view! {
                <h3 class="panel__title">"Why is it off?"</h3>
                <p>{format!("It rests on {key}, which is closed for everybody.")}</p>
                <p class="muted">"Whoever sees that flag can see this one; open it first."</p>
            }
            .into_any(),
            Some(Closed::NotOpened) => view! {
                <h3 class="panel__title">"Why is it off?"</h3>
                <p>"Every part is ready. Nobody has opened it."</p>
                <p class="muted">"Raise it when you are."</p>
            }
            .into_any(),
            None => {
                let parts = view.state.required_pins(&flag).len();
                view! {
                    <h3 class="panel__title">"What holds it up"</h3>
                    <p>{format!("All {parts} required parts are deployed and healthy.")}</p>
                    <p class="muted">"If one is withdrawn, unhealthy or changed, the flag goes to 0 in the same moment."</p>
                }
                .into_any()
            }
        })
    };
    view! { <div class="card panel" data-test="why-off">{content}</div> }
}

fn contained(live: Live, latch: &Latch) -> AnyView {
    let cause = match &latch.cause {
        Cause::Drift { pin, mismatch } => {
            format!("{pin} {}, as {} reported.", mismatch.in_words(), latch.by)
        }
        cause => format!("{} contained it{}.", latch.by, cause.in_words()),
    };
    let reason = latch
        .reason
        .clone()
        .map(|reason| view! { <blockquote class="quote">{reason}</blockquote> });
    let (from, since) = (latch.from, latch.since);
    view! {
        <h3 class="panel__title">"Why is it off?"</h3>
        <p>{cause}</p>
        {reason}
        <p class="muted">{format!("It was at {from}. ")}<Moment live at=since /></p>
        <p class="muted">"It stays at 0 until a person clears the latch; then it can be raised again."</p>
    }
    .into_any()
}
