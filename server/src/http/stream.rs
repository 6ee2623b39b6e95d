//! Streams: entries as they are appended, bundle revisions as they come (server-sent events).
//!
//! Invariants: a stream misses nothing and repeats nothing: it reads the ledger from where the caller is; word of news
//! only wakes it. It ends when the server stops.

use super::caller::{Admin, Evaluator};
use super::problem::Failure;
use super::state::number;
use crate::Shared;
use crate::ledger::Ledger;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use flaghoist_core::api::BundleRevision;
use flaghoist_core::name::{EnvironmentName, Revision};
use flaghoist_core::release::Entry;
use futures_util::{Stream, StreamExt, stream};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Entries read at a time.
const PAGE: u32 = 200;
/// How often a silent stream shows that it lives: below the minute after which proxies hang up.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Following {
    ledger: Arc<Ledger>,
    head: watch::Receiver<Revision>,
    closing: watch::Receiver<bool>,
    since: Revision,
    ready: VecDeque<Entry>,
}

impl Following {
    fn new(shared: &Shared, since: Revision) -> Self {
        Self {
            head: shared.ledger.head(),
            ledger: shared.ledger.clone(),
            closing: shared.closing.clone(),
            since,
            ready: VecDeque::new(),
        }
    }

    /// The next entry; `None` when the server stops or the store fails: the caller comes back and goes on.
    async fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.since = entry.revision;
                return Some(entry);
            }
            self.head.borrow_and_update();
            match self.ledger.entries(self.since, PAGE).await {
                Ok(entries) => self.ready.extend(entries),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a stream ended");
                    return None;
                }
            }
            if self.ready.is_empty() && !wait(&mut self.head, &mut self.closing).await {
                return None;
            }
        }
    }
}

/// Waits for news; false when the server stops.
async fn wait(head: &mut watch::Receiver<Revision>, closing: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        changed = head.changed() => changed.is_ok(),
        _ = closing.wait_for(|closing| *closing) => false,
    }
}

pub async fn ledger(
    State(shared): State<Shared>,
    _: Admin,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    // A browser that reconnects says where it was.
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let since = match last {
        Some(last) => last,
        None => number(&query.unwrap_or_default(), "since")?.unwrap_or(0),
    };
    let following = Following::new(&shared, Revision::new(since));
    let events = stream::unfold(following, |mut following| async move {
        let entry = following.next().await?;
        let event = Event::default()
            .event("entry")
            .id(entry.revision.to_string());
        let data = serde_json::to_string(&entry).unwrap_or_default();
        Some((Ok(event.data(data)), following))
    });
    Ok(Sse::new(opened().chain(events)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

pub async fn bundle(
    State(shared): State<Shared>,
    caller: Evaluator,
    Path(environment): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let environment: EnvironmentName = environment.parse()?;
    caller.allow(&environment)?;
    let ledger = shared.ledger.clone();
    if ledger.workspace().environment(&environment).is_none() {
        return Err(Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        ));
    }
    let state = (ledger.head(), shared.closing.clone(), None);
    let events = stream::unfold(state, move |(mut head, mut closing, told)| {
        let (ledger, environment) = (ledger.clone(), environment.clone());
        async move {
            loop {
                head.borrow_and_update();
                let workspace = ledger.workspace();
                let revision = workspace.environment(&environment)?.bundle_revision;
                if told != Some(revision) {
                    let news = BundleRevision {
                        ledger: workspace.ledger().clone(),
                        revision,
                    };
                    let data = serde_json::to_string(&news).unwrap_or_default();
                    let event = Event::default()
                        .event("revision")
                        .id(revision.to_string())
                        .data(data);
                    return Some((Ok(event), (head, closing, Some(revision))));
                }
                drop(workspace);
                if !wait(&mut head, &mut closing).await {
                    return None;
                }
            }
        }
    });
    Ok(Sse::new(opened().chain(events)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// A first line at once, so that a caller knows that it is connected, and how soon to come back.
fn opened() -> impl Stream<Item = Result<Event, Infallible>> {
    stream::iter([Ok(Event::default()
        .comment("open")
        .retry(Duration::from_secs(1)))])
}
