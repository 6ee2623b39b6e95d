//! Streams: entries as they are appended, bundle revisions as they come (server-sent events).
//!
//! Invariants: a stream misses nothing and repeats nothing: it reads the ledger from where the caller is; word of news
//! only wakes it. It ends when the server stops, and when its caller's session or key is ended.

use super::address::Argument;
use super::caller::{Admin, Caller, Evaluator};
use super::problem::Failure;
use super::state::number;
use crate::Shared;
use crate::ticket::Ticket;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use flaghoist_core::api::BundleRevision;
use flaghoist_core::name::{EnvironmentName, LedgerId, Revision};
use flaghoist_core::release::Entry;
use futures_util::{Stream, StreamExt, stream};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// Entries read at a time.
const PAGE: u32 = 200;
/// How often a silent stream shows that it lives: below the minute after which proxies hang up.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a stream's caller proved itself with.
pub(super) enum Proof {
    /// A session or a key.
    Headers(HeaderMap),
    /// A ticket. It opens a stream for as long as it says; an open stream lasts as long as its key.
    Ticket(Ticket),
}

impl Proof {
    /// Whether it is good still.
    async fn holds(&self, shared: &Shared) -> bool {
        match self {
            Self::Headers(headers) => Caller::of(headers, shared).await.is_ok(),
            Self::Ticket(ticket) => {
                matches!(shared.access.ticket_key(ticket).await, Ok(Some(_)))
            }
        }
    }
}

/// Word of what a stream must know: there is more, the server stops, its caller may not read on.
pub(super) struct News {
    pub(super) shared: Shared,
    proof: Proof,
    head: watch::Receiver<Revision>,
    closing: watch::Receiver<bool>,
    revoked: watch::Receiver<()>,
}

impl News {
    pub(super) fn new(shared: Shared, proof: Proof) -> Self {
        let mut revoked = shared.access.revoked();
        // The proof was looked at before: what was ended since is not missed.
        revoked.mark_changed();
        Self {
            head: shared.ledger.head(),
            closing: shared.closing.clone(),
            revoked,
            shared,
            proof,
        }
    }

    /// Whether the caller may read on: asked again only when a session or a key was ended. What is read after this is
    /// news no more.
    pub(super) async fn may_go_on(&mut self) -> bool {
        self.head.borrow_and_update();
        if self.revoked.has_changed().unwrap_or(true) {
            self.revoked.borrow_and_update();
            return self.proof.holds(&self.shared).await;
        }
        true
    }

    /// Waits for any of it; false when the server stops.
    pub(super) async fn wait(&mut self) -> bool {
        tokio::select! {
            changed = self.head.changed() => changed.is_ok(),
            changed = self.revoked.changed() => {
                self.revoked.mark_changed();
                changed.is_ok()
            }
            _ = self.closing.wait_for(|closing| *closing) => false,
        }
    }
}

struct Following {
    news: News,
    since: Revision,
    ready: VecDeque<Entry>,
}

impl Following {
    /// The next entry; `None` when the server stops, the caller may not read on, or the store fails: a caller that comes
    /// back hears why, or goes on.
    async fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.since = entry.revision;
                return Some(entry);
            }
            if !self.news.may_go_on().await {
                return None;
            }
            match self.news.shared.ledger.entries(self.since, PAGE).await {
                Ok(entries) => self.ready.extend(entries),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a stream ended");
                    return None;
                }
            }
            if self.ready.is_empty() && !self.news.wait().await {
                return None;
            }
        }
    }
}

pub async fn ledger(
    State(shared): State<Shared>,
    _: Admin,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    // A browser that reconnects says where it was.
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let since = match last {
        Some(last) => last,
        None => number(&query.unwrap_or_default(), "since")?.unwrap_or(0),
    };
    let following = Following {
        news: News::new(shared, Proof::Headers(headers)),
        since: Revision::new(since),
        ready: VecDeque::new(),
    };
    let events = stream::unfold(following, |mut following| async move {
        let entry = following.next().await?;
        let event = Event::default()
            .event("entry")
            .id(entry.revision.to_string());
        let data = serde_json::to_string(&entry).unwrap_or_default();
        Some((Ok(event.data(data)), following))
    });
    Ok(answer(events))
}

pub async fn bundle(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(environment): Argument,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let environment: EnvironmentName = environment.parse()?;
    caller.allow(&environment)?;
    if shared
        .ledger
        .workspace()
        .environment(&environment)
        .is_none()
    {
        return Err(Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        ));
    }
    let state = (News::new(shared, Proof::Headers(headers)), None);
    let events = stream::unfold(state, move |(mut news, told)| {
        let environment = environment.clone();
        async move {
            while news.may_go_on().await {
                let workspace = news.shared.ledger.workspace();
                let revision = workspace.environment(&environment)?.bundle_revision;
                if told != Some(revision) {
                    let event = bundle_revision(workspace.ledger().clone(), revision);
                    return Some((Ok(event), (news, Some(revision))));
                }
                drop(workspace);
                if !news.wait().await {
                    return None;
                }
            }
            None
        }
    });
    Ok(answer(events))
}

fn bundle_revision(ledger: LedgerId, revision: Revision) -> Event {
    let news = BundleRevision { ledger, revision };
    Event::default()
        .event("revision")
        .id(revision.to_string())
        .data(serde_json::to_string(&news).unwrap_or_default())
}

/// The answer that is a stream.
pub(super) fn answer(
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
) -> Response {
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    Sse::new(opened().chain(events))
        .keep_alive(alive)
        .into_response()
}

/// A first line at once, so that a caller knows that it is connected, and how soon to come back.
fn opened() -> impl Stream<Item = Result<Event, Infallible>> {
    stream::iter([Ok(Event::default()
        .comment("open")
        .retry(Duration::from_secs(1)))])
}
