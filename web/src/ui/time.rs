//! Times as people say them, and exactly.

use crate::live::Live;
use flaghoist_core::time::Timestamp;
use leptos::prelude::*;

/// How long before `now` something was, both in milliseconds since 1970.
pub fn ago(then: f64, now: f64) -> String {
    let seconds = ((now - then) / 1000.0).max(0.0) as u64;
    match seconds {
        0..=4 => "just now".into(),
        5..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// A moment: how long ago, and exactly when under the pointer.
#[component]
pub fn Moment(live: Live, at: Timestamp) -> impl IntoView {
    let exact = at.to_string();
    view! {
        <time class="moment" datetime=exact.clone() title=exact>
            {move || ago(at.as_millis() as f64, live.now.get())}
        </time>
    }
}
