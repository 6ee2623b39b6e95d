//! Edges tell what they serve, people ask how far they have come.

use super::address::Argument;
use super::answer::Json;
use super::body::{self, SMALL_MAX};
use super::caller::{Admin, Evaluator};
use super::problem::Failure;
use crate::bundles::Projection;
use crate::{Shared, clock};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use flaghoist_core::api::{Acknowledge, Edges};
use flaghoist_core::name::{EnvironmentName, PrincipalName, Revision};

/// The header by which an edge tells what it serves.
const EDGE_HEADER: &str = "flaghoist-edge";

pub async fn acknowledge(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(environment): Argument,
    body: Body,
) -> Result<Json<()>, Failure> {
    let environment: EnvironmentName = environment.parse()?;
    caller.allow(&environment)?;
    // A browser tab comes and goes; what waits for edges must not wait for it.
    if caller.projection == Projection::Client {
        return Err(Failure::forbidden(
            "a browser evaluation key speaks for no edge",
            "use a server key",
        ));
    }
    let said: Acknowledge = body::json(body, SMALL_MAX).await?;
    let edge: PrincipalName = said.edge.parse()?;
    let published = known(&shared, &environment)?;
    // Nobody serves what was never published: that is another ledger's revision.
    let revision = said.revision.min(published);
    shared
        .edges
        .hear(&environment, edge.to_string(), revision, clock::now());
    Ok(Json(()))
}

/// An edge that asks for the bundle tells what it serves meanwhile: `Flaghoist-Edge: NAME;revision=N`. What cannot be read is no
/// reason not to serve it.
pub fn hear(shared: &Shared, environment: &str, headers: &HeaderMap) {
    let told = || {
        let (edge, revision) = headers.get(EDGE_HEADER)?.to_str().ok()?.split_once(';')?;
        let revision: Revision = revision.trim().strip_prefix("revision=")?.parse().ok()?;
        let edge: PrincipalName = edge.trim().parse().ok()?;
        let environment: EnvironmentName = environment.parse().ok()?;
        let published = known(shared, &environment).ok()?;
        Some((environment, edge, revision.min(published)))
    };
    if let Some((environment, edge, revision)) = told() {
        shared
            .edges
            .hear(&environment, edge.to_string(), revision, clock::now());
    }
}

pub async fn list(
    State(shared): State<Shared>,
    _: Admin,
    Argument(environment): Argument,
) -> Result<Json<Edges>, Failure> {
    let environment: EnvironmentName = environment.parse()?;
    let published = known(&shared, &environment)?;
    let serving = shared.edges.serving(&environment, clock::now());
    Ok(Json(Edges {
        environment,
        published,
        serving,
    }))
}

/// The revision an environment publishes.
fn known(shared: &Shared, environment: &EnvironmentName) -> Result<Revision, Failure> {
    let workspace = shared.ledger.workspace();
    let state = workspace.environment(environment).ok_or_else(|| {
        Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        )
    })?;
    Ok(state.bundle_revision)
}
