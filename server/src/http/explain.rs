//! Why a flag answers what it does: evaluated over the bundle that edges load, with an observer.

use super::address::Argument;
use super::answer::Json;
use super::body::{self, SMALL_MAX};
use super::caller::Evaluator;
use super::problem::Failure;
use crate::bundles::Projection;
use crate::{Shared, clock};
use axum::body::Body;
use axum::extract::State;
use flaghoist_core::api::Explain;
use flaghoist_core::evaluation::{Explained, explain};
use flaghoist_core::name::EnvironmentName;

pub async fn answer(
    State(shared): State<Shared>,
    caller: Evaluator,
    Argument(environment): Argument,
    body: Body,
) -> Result<Json<Explained>, Failure> {
    let environment: EnvironmentName = environment.parse()?;
    caller.allow(&environment)?;
    // The way leads through the rules, which a public key does not see.
    if caller.projection == Projection::Client {
        return Err(Failure::forbidden(
            "a browser evaluation key does not see the rules",
            "use a server key, or sign in",
        ));
    }
    let asked: Explain = body::json(body, SMALL_MAX).await?;
    let served = shared.bundles.get(&environment, Projection::Whole);
    let served = served.ok_or_else(|| {
        Failure::not_found(
            format!("there is no environment `{environment}`"),
            "declare it first",
        )
    })?;
    let explained = explain(&served.ruleset, &asked.flag, &asked.context, clock::now());
    Ok(Json(explained))
}
