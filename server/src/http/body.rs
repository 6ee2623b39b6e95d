//! Request bodies: bounded, read whole, parsed with the place of what is wrong.

use super::problem::Failure;
use axum::body::Body;
use axum::http::StatusCode;
use flaghoist_core::diagnostic::{Diagnostic, Place};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;

/// Largest body of a command that holds no document.
pub const SMALL_MAX: usize = 64 * 1024;
/// Largest body that holds a document: the largest plan, as JSON text may escape it.
pub const DOCUMENT_MAX: usize = 2 * flaghoist_core::limits::PLAN_BYTES_MAX;
/// A body over its bound is read and dropped up to here, so that its sender hears the answer and not a broken pipe.
const DRAIN_MAX: usize = 64 * 1024 * 1024;
/// How long a body may take.
const READ_MAX: Duration = Duration::from_secs(30);

/// Reads a body of at most `max` bytes.
pub async fn bytes(body: Body, max: usize) -> Result<Vec<u8>, Failure> {
    let slow = || {
        Failure::new(
            StatusCode::REQUEST_TIMEOUT,
            "slow",
            "the body took too long",
            "send it faster",
        )
    };
    timeout(READ_MAX, read(body, max))
        .await
        .unwrap_or_else(|_| Err(slow()))
}

async fn read(mut body: Body, max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut seen = 0usize;
    while let Some(frame) = body.frame().await {
        let broken = |_| {
            Failure::new(
                StatusCode::BAD_REQUEST,
                "body",
                "the body broke off",
                "send it again",
            )
        };
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        seen = seen.saturating_add(data.len());
        if seen > DRAIN_MAX {
            break;
        }
        if seen > max {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if seen > max {
        let detail = format!("the body takes more than {max} bytes");
        return Err(Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            detail,
            "send less at a time",
        ));
    }
    Ok(bytes)
}

/// Reads and parses a body of at most `max` bytes; an empty one is `{}`.
pub async fn json<T: DeserializeOwned>(body: Body, max: usize) -> Result<T, Failure> {
    let bytes = bytes(body, max).await?;
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    parse(text)
}

/// The part of a path that was read: serde_path_to_error writes `?` for a key that was not, and `.` for the whole.
fn known(path: &str) -> String {
    let read = path.strip_suffix('?').unwrap_or(path);
    read.trim_end_matches('.').to_string()
}

/// Parses JSON; what is wrong is told with line, column and path.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Failure> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = known(&error.path().to_string());
        let inner = error.into_inner();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let place = Place {
            line: count(inner.line()),
            column: count(inner.column()),
            path,
        };
        let message = inner.to_string();
        // serde_json ends its sentence with the place, which `place` tells already.
        let message = message
            .split(" at line ")
            .next()
            .unwrap_or(&message)
            .to_string();
        Failure::document(vec![Diagnostic::error(
            "json",
            place,
            message,
            "mend the request's body",
        )])
    })?;
    reader.end().map_err(|error| {
        let place = Place {
            line: error.line() as u32,
            column: error.column() as u32,
            path: String::new(),
        };
        Failure::document(vec![Diagnostic::error(
            "json",
            place,
            "something follows the value",
            "send one value",
        )])
    })?;
    Ok(value)
}
