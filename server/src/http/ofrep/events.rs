//! OFREP's event streams (ADR-0008): a client hears that its flags changed, and asks for them again.
//!
//! Invariants: the address that a bulk answer gives opens this stream and nothing else, and holds a ticket, never a key;
//! a stream begins where that answer was, or where the client lost the last one (`Last-Event-ID`), so that no change is
//! missed in between. Not here: what changed, which an event never says.

use super::super::caller::Evaluator;
use super::super::problem::Failure;
use super::super::stream::{News, Proof, answer};
use super::served;
use crate::Shared;
use crate::bundles::Projection;
use crate::ticket::Ticket;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use axum::response::sse::Event;
use flaghoist_core::name::EnvironmentName;
use futures_util::stream;
use serde::Serialize;

/// Where the stream is.
pub const PATH: &str = "/ofrep/v1/stream";

/// One of `eventStreams`. Clients resolve it against the origin they know Flaghoist by, which it need not know itself.
#[derive(Serialize)]
pub struct EventStream {
    #[serde(rename = "type")]
    kind: &'static str,
    endpoint: StreamEndpoint,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamEndpoint {
    request_uri: String,
}

impl EventStream {
    /// The stream of a caller, to begin at the configuration of a digest, with a ticket that ends then. `None` for a
    /// person, who has no key to make a ticket with.
    pub fn offered(
        caller: &Evaluator,
        environment: &EnvironmentName,
        digest: &str,
        end: i64,
    ) -> Option<Self> {
        let key = caller.key.as_ref()?;
        let ticket = Ticket::new(&key.name, &key.hash, environment, end);
        Some(Self {
            kind: "sse",
            endpoint: StreamEndpoint {
                request_uri: format!("{PATH}?ticket={ticket}&since={digest}"),
            },
        })
    }

    /// Its address; as secret as the ticket in it.
    pub fn address(&self) -> &str {
        &self.endpoint.request_uri
    }
}

#[derive(Serialize)]
struct Refetch<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    etag: &'a str,
}

/// A client that listens.
struct Following {
    news: News,
    environment: EnvironmentName,
    projection: Projection,
    /// The digest of the configuration it has.
    has: Option<String>,
}

impl Following {
    /// The next change; `None` when the server stops or the caller may not read on.
    async fn next(&mut self) -> Option<Event> {
        while self.news.may_go_on().await {
            let served = served(&self.news.shared, &self.environment, self.projection).ok()?;
            let digest = served.digest.clone();
            drop(served);
            let had = self.has.replace(digest.clone());
            if had.is_some_and(|had| had != digest) {
                return Some(refetch(&digest));
            }
            if !self.news.wait().await {
                return None;
            }
        }
        None
    }
}

fn refetch(digest: &str) -> Event {
    let data = Refetch {
        kind: "refetchEvaluation",
        etag: digest,
    };
    Event::default()
        .event("message")
        .id(digest)
        .data(serde_json::to_string(&data).unwrap_or_default())
}

pub async fn follow(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    mut parts: Parts,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let (caller, proof) = match parameter(&query, "ticket") {
        Some(ticket) => {
            let ticket = Ticket::parse(ticket)
                .ok_or_else(|| Failure::unauthorized("this is no stream's ticket"))?;
            let caller = Evaluator::of_ticket(&ticket, &shared).await?;
            (caller, Proof::Ticket(ticket))
        }
        // Clients that can send headers need no ticket.
        None => {
            let caller = Evaluator::from_request_parts(&mut parts, &shared).await?;
            (caller, Proof::Headers(headers.clone()))
        }
    };
    let environment = caller.environment(&shared)?;
    served(&shared, &environment, caller.projection)?;
    // A client that lost the stream says where it was; it goes before what the address says.
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let has = last.or_else(|| parameter(&query, "since"));
    let following = Following {
        environment,
        projection: caller.projection,
        has: has.map(str::to_string),
        news: News::new(shared, proof),
    };
    let events = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Ok(answer(events))
}

/// A parameter of the query. Ours hold nothing that is encoded.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
