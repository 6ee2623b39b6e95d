//! The arguments in a request's address.

use super::problem::Failure;
use crate::Shared;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;

/// Every argument, in order, decoded.
pub struct Arguments(pub Vec<String>);

impl FromRequestParts<Shared> for Arguments {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        let arguments = RawPathParams::from_request_parts(parts, shared)
            .await
            .map_err(|_| {
                let detail = "the address is not text";
                let fix = "encode it as UTF-8";
                Failure::new(StatusCode::BAD_REQUEST, "address", detail, fix)
            })?;
        let arguments = arguments.iter();
        Ok(Self(
            arguments.map(|(_, value)| value.to_string()).collect(),
        ))
    }
}

/// The only argument.
pub struct Argument(pub String);

impl FromRequestParts<Shared> for Argument {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        let Arguments(arguments) = Arguments::from_request_parts(parts, shared).await?;
        Ok(Self(arguments.into_iter().next().unwrap_or_default()))
    }
}
