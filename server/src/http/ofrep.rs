//! OFREP 0.3.0: flags evaluated here, for clients in any language.
//!
//! Invariants: the bulk tag covers configuration and context, so that a changed attribute never meets a wrong 304; a flag
//! without a value (disabled, or no default) is a success without `value`. Source: open-feature/protocol
//! `service/openapi.yaml`.

use super::address::Argument;
use super::answer::Json;
use super::body::{self, SMALL_MAX};
use super::caller::Evaluator;
use super::negotiate::has_already;
use super::problem::Failure;
use crate::bundles::Served;
use crate::{Shared, clock, random};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, ErrorCode, Reason, Unobserved, evaluate};
use flaghoist_core::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    context: Context,
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
struct Bulk {
    flags: Vec<Evaluated>,
    metadata: BTreeMap<String, Value>,
}

pub async fn single(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(key): Argument,
    body: Body,
) -> Result<Response, Failure> {
    let served = served(&shared, &caller)?;
    let context = match context(&body::bytes(body, SMALL_MAX).await?) {
        Ok(context) => context,
        Err(error) => {
            let evaluated: Evaluated =
                Details::failed(&key, ErrorCode::InvalidContext, unread(&error)).into();
            return Ok((StatusCode::BAD_REQUEST, Json(evaluated)).into_response());
        }
    };
    let evaluated = evaluated(&served, &key, &context);
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
    let served = served(&shared, &caller)?;
    let context = match context(&body::bytes(body, SMALL_MAX).await?) {
        Ok(context) => context,
        Err(error) => {
            #[derive(Serialize)]
            #[serde(rename_all = "camelCase")]
            struct Broken {
                error_code: ErrorCode,
                error_details: String,
            }
            let broken = Broken {
                error_code: ErrorCode::InvalidContext,
                error_details: unread(&error),
            };
            return Ok((StatusCode::BAD_REQUEST, Json(broken)).into_response());
        }
    };
    let about = serde_json::to_vec(&context).unwrap_or_default();
    let etag = format!("\"{}-{}\"", served.digest, &random::sha256(&about)[..32]);
    let tag = [(header::ETAG, etag.clone())];
    if has_already(&headers, &[etag]) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    let keys: Vec<String> = served
        .ruleset
        .flags()
        .map(|(_, key)| key.to_string())
        .collect();
    let flags = keys
        .iter()
        .map(|key| evaluated(&served, key, &context))
        .collect();
    let metadata = served.ruleset.metadata(None);
    Ok((tag, Json(Bulk { flags, metadata })).into_response())
}

fn served(shared: &Shared, caller: &Evaluator) -> Result<Arc<Served>, Failure> {
    let environment = caller.environment(shared)?;
    let served = shared.bundles.get(&environment, caller.projection);
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
    serde_json::from_slice(bytes).map(|asked: Asked| asked.context)
}

fn evaluated(served: &Served, key: &str, context: &Context) -> Evaluated {
    let resolution = evaluate(&served.ruleset, key, context, clock::now(), &mut Unobserved);
    Details::new(&served.ruleset, key, &resolution).into()
}
