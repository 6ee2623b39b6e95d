//! Reading: the state, pages of the ledger, the server's health.

use super::answer::Json;
use super::caller::Admin;
use super::problem::Failure;
use crate::controller::gather;
use crate::{Shared, clock};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use flaghoist_core::api::EntryPage;
use flaghoist_core::name::Revision;
use flaghoist_core::release::{Wait, advance};
use flaghoist_core::workspace::Workspace;
use std::sync::Arc;

const PAGE_DEFAULT: u32 = 500;
const PAGE_MAX: u32 = 1000;

pub async fn workspace(State(shared): State<Shared>, _: Admin) -> impl IntoResponse {
    struct Shown(Arc<Workspace>);
    impl serde::Serialize for Shown {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.as_ref().serialize(serializer)
        }
    }
    Json(Shown(shared.ledger.workspace()))
}

pub async fn waits(State(shared): State<Shared>, _: Admin) -> Json<Vec<Wait>> {
    let (workspace, now) = (shared.ledger.workspace(), clock::now());
    let facts = gather(&workspace, &shared.edges, &shared.reports, now);
    Json(advance(&workspace, &facts, now).waits)
}

pub async fn ledger(
    State(shared): State<Shared>,
    _: Admin,
    RawQuery(query): RawQuery,
) -> Result<Json<EntryPage>, Failure> {
    let query = query.unwrap_or_default();
    let since = Revision::new(number(&query, "since")?.unwrap_or(0));
    let limit = number(&query, "limit")?.unwrap_or(PAGE_DEFAULT.into());
    let limit = u32::try_from(limit).unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let entries = shared.ledger.entries(since, limit).await?;
    Ok(Json(EntryPage {
        entries,
        head: shared.ledger.workspace().revision(),
    }))
}

/// A number in a query string.
pub fn number(query: &str, name: &str) -> Result<Option<u64>, Failure> {
    let pair = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name);
    pair.map(|(_, value)| {
        value.parse().map_err(|_| {
            let detail = format!("`{name}` is not a whole number");
            Failure::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "query",
                detail,
                format!("write `{name}=0`"),
            )
        })
    })
    .transpose()
}

/// The process answers.
pub async fn alive() -> &'static str {
    "ok"
}

/// The store answers too.
pub async fn ready(State(shared): State<Shared>) -> Result<&'static str, Failure> {
    shared
        .ledger
        .entries(shared.ledger.workspace().revision(), 1)
        .await?;
    Ok("ok")
}
