//! OFREP 0.3.0: flags evaluated here, for clients in any language.
//!
//! Invariants: the bulk tag covers configuration, context, the values themselves and the stream's ticket, so that no
//! change meets a wrong 304; a flag without a value (disabled, or no default) is a success without `value`. A missing
//! targeting key is no error: such a caller is outside of every exposure. Source: open-feature/protocol
//! `service/openapi.yaml`.

mod events;

pub use events::{PATH as STREAM, follow as stream};

use super::address::Argument;
use super::answer::Json;
use super::body::{self, SMALL_MAX};
use super::caller::Evaluator;
use super::negotiate::has_already;
use super::problem::Failure;
use crate::bundles::{Projection, Served};
use crate::{Shared, clock, random, ticket};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::EventStream;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, ErrorCode, Reason, Unobserved, evaluate};
use flaghoist_core::name::EnvironmentName;
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Asked {
    /// Clients whose maps may be nil send `null` where they know nothing.
    #[serde(default)]
    context: Option<Context>,
}

/// One evaluation as OFREP spells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, Value>,
}

impl From<Details> for Evaluated {
    fn from(details: Details) -> Self {
        Self {
            key: details.flag_key,
            value: details.value,
            // Failures have a code in place of a reason.
            reason: details.error_code.is_none().then_some(details.reason),
            variant: details.variant,
            error_code: details.error_code,
            error_details: details.error_message,
            metadata: details.metadata,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bulk {
    flags: Vec<Evaluated>,
    metadata: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_streams: Option<[EventStream; 1]>,
}

/// A bulk answer that is none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Broken {
    error_code: ErrorCode,
    error_details: String,
}

pub async fn single(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(key): Argument,
    body: Body,
) -> Result<Response, Failure> {
    let served = served(&shared, &caller.environment(&shared)?, caller.projection)?;
    let context = match context(&body::bytes(body, SMALL_MAX).await?) {
        Ok(context) => context,
        Err(error) => {
            let evaluated: Evaluated =
                Details::failed(&key, ErrorCode::InvalidContext, unread(&error)).into();
            return Ok((StatusCode::BAD_REQUEST, Json(evaluated)).into_response());
        }
    };
    let evaluated = evaluated(&served, &key, &context, clock::now());
    let status = match evaluated.error_code {
        None => StatusCode::OK,
        Some(ErrorCode::FlagNotFound) => StatusCode::NOT_FOUND,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    Ok((status, Json(evaluated)).into_response())
}

pub async fn bulk(
    State(shared): State<Shared>,
    caller: Evaluator,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let environment = caller.environment(&shared)?;
    // `flagConfigEtag` and `flagConfigLastModified` say how new the configuration must be: it is always the newest.
    let served = served(&shared, &environment, caller.projection)?;
    let context = match context(&body::bytes(body, SMALL_MAX).await?) {
        Ok(context) => context,
        Err(error) => {
            let broken = Broken {
                error_code: ErrorCode::InvalidContext,
                error_details: unread(&error),
            };
            return Ok((StatusCode::BAD_REQUEST, Json(broken)).into_response());
        }
    };
    let now = clock::now();
    let flags: Vec<Evaluated> = served
        .ruleset
        .flags()
        .map(|(_, key)| evaluated(&served, key, &context, now))
        .collect();
    // Both streams still open to whoever holds their tag: who was offered the last one keeps it.
    let offers = ticket::ends(now)
        .map(|end| EventStream::offered(&caller, &environment, &served.digest, end));
    let about = [
        serde_json::to_vec(&context).unwrap_or_default(),
        serde_json::to_vec(&flags).unwrap_or_default(),
    ];
    let tags = offers
        .each_ref()
        .map(|offer| tag(&served.digest, &about, offer.as_ref()));
    if let Some(tag) = tags
        .iter()
        .find(|tag| has_already(&headers, &[(*tag).clone()]))
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag.clone())]).into_response());
    }
    let ([tag, _], [offer, _]) = (tags, offers);
    let metadata = served.ruleset.metadata(None);
    let bulk = Bulk {
        flags,
        metadata,
        event_streams: offer.map(|offer| [offer]),
    };
    Ok(([(header::ETAG, tag)], Json(bulk)).into_response())
}

/// The tag of a bulk answer. The values are in it because time alone changes some.
fn tag(digest: &str, [context, flags]: &[Vec<u8>; 2], offer: Option<&EventStream>) -> String {
    let address = offer.map(EventStream::address).unwrap_or_default();
    let about = [context.as_slice(), flags.as_slice(), address.as_bytes()]
        .map(random::sha256)
        .concat();
    format!("\"{digest}-{}\"", &random::sha256(about.as_bytes())[..32])
}

fn served(
    shared: &Shared,
    environment: &EnvironmentName,
    projection: Projection,
) -> Result<Arc<Served>, Failure> {
    let served = shared.bundles.get(environment, projection);
    served.ok_or_else(|| {
        Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        )
    })
}

fn unread(error: &serde_json::Error) -> String {
    format!("the body is not read: {error}")
}

/// The context of a request; nothing sent is an empty one, as flagd has it.
fn context(bytes: &[u8]) -> Result<Context, serde_json::Error> {
    if bytes.is_empty() {
        return Ok(Context::default());
    }
    serde_json::from_slice(bytes).map(|asked: Asked| asked.context.unwrap_or_default())
}

fn evaluated(served: &Served, key: &str, context: &Context, now: Timestamp) -> Evaluated {
    let resolution = evaluate(&served.ruleset, key, context, now, &mut Unobserved);
    Details::new(&served.ruleset, key, &resolution).into()
}
