//! API keys: made, listed, ended.

use super::address::Argument;
use super::answer::Json;
use super::body::{self, SMALL_MAX};
use super::caller::Admin;
use super::problem::Failure;
use crate::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use flaghoist_core::api::{CreateKey, KeyInfo, NewKey};
use flaghoist_core::name::PrincipalName;

pub async fn create(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    body: Body,
) -> Result<Json<NewKey>, Failure> {
    let request: CreateKey = body::json(body, SMALL_MAX).await?;
    if let Some(environment) = &request.environment
        && shared.ledger.workspace().environment(environment).is_none()
    {
        return Err(Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        ));
    }
    let owner = actor
        .person()
        .cloned()
        .unwrap_or_else(PrincipalName::system);
    Ok(Json(shared.access.create_key(request, &owner).await?))
}

pub async fn list(State(shared): State<Shared>, _: Admin) -> Result<Json<Vec<KeyInfo>>, Failure> {
    Ok(Json(shared.access.keys().await?))
}

pub async fn delete(
    State(shared): State<Shared>,
    _: Admin,
    Argument(name): Argument,
) -> Result<StatusCode, Failure> {
    let name: PrincipalName = name.parse()?;
    if shared.access.delete_key(&name).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Failure::not_found(
        format!("there is no key `{name}`"),
        "list the keys to see their names",
    ))
}
