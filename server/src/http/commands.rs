//! Commands: the body becomes one of core's, the ledger carries it out, the answer says what was appended.

use super::answer::Json;
use super::body::{self, DOCUMENT_MAX, SMALL_MAX};
use super::caller::Admin;
use super::problem::Failure;
use crate::{Shared, clock, random};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use flaghoist_core::api::{
    ApplyPlan, Decided, DeclareEnvironment, Lower, Observe, Raise, Reason, WriteFlag,
};
use flaghoist_core::name::{EnvironmentName, FlagKey};
use flaghoist_core::plan;
use flaghoist_core::release::{Actor, Command, RequestId, Stamp};
use serde::Serialize;

type Answer = Result<Json<Decided>, Failure>;

/// The header by which a caller names its request.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

pub async fn declare_environment(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path(environment): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let environment: EnvironmentName = environment.parse()?;
    let request: DeclareEnvironment = body::json(body, SMALL_MAX).await?;
    let fingerprint = fingerprint("environment", &[environment.as_str()], &request);
    let command = Command::DeclareEnvironment {
        environment,
        population: request.population,
    };
    carry_out(&shared, command, actor, None, &headers, fingerprint).await
}

pub async fn apply_plan(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let request: ApplyPlan = body::json(body, DOCUMENT_MAX).await?;
    let plan = plan::parse(&request.document).map_err(Failure::document)?;
    let diagnostics = plan::lint::lint(&plan);
    let fingerprint = fingerprint("plan", &[], &request);
    let ApplyPlan {
        environment,
        document,
        reason,
    } = request;
    let command = Command::ApplyPlan {
        environment,
        plan: Box::new(plan),
        source: document,
    };
    let Json(decided) = carry_out(&shared, command, actor, reason, &headers, fingerprint).await?;
    Ok(Json(Decided {
        diagnostics,
        ..decided
    }))
}

pub async fn observe(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path(environment): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let environment: EnvironmentName = environment.parse()?;
    let request: Observe = body::json(body, SMALL_MAX).await?;
    let fingerprint = fingerprint("observe", &[environment.as_str()], &request);
    let Observe {
        artefact,
        observation,
    } = request;
    let command = Command::Observe {
        environment,
        artefact,
        observation,
    };
    carry_out(&shared, command, actor, None, &headers, fingerprint).await
}

pub async fn raise(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path((environment, flag)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (environment, flag) = named(&environment, &flag)?;
    let request: Raise = body::json(body, SMALL_MAX).await?;
    let fingerprint = fingerprint("raise", &[environment.as_str(), flag.as_str()], &request);
    let Raise { to, epoch, reason } = request;
    let command = Command::Raise {
        environment,
        flag,
        to,
        epoch,
    };
    carry_out(&shared, command, actor, reason, &headers, fingerprint).await
}

pub async fn lower(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path((environment, flag)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (environment, flag) = named(&environment, &flag)?;
    let request: Lower = body::json(body, SMALL_MAX).await?;
    let fingerprint = fingerprint("lower", &[environment.as_str(), flag.as_str()], &request);
    let Lower { to, reason } = request;
    let command = Command::Lower {
        environment,
        flag,
        to,
    };
    carry_out(&shared, command, actor, reason, &headers, fingerprint).await
}

pub async fn contain(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path((environment, flag)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (environment, flag) = named(&environment, &flag)?;
    let request: Reason = body::json(body, SMALL_MAX).await?;
    let fingerprint = fingerprint("contain", &[environment.as_str(), flag.as_str()], &request);
    let command = Command::Contain { environment, flag };
    carry_out(
        &shared,
        command,
        actor,
        request.reason,
        &headers,
        fingerprint,
    )
    .await
}

pub async fn clear(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path((environment, flag)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (environment, flag) = named(&environment, &flag)?;
    let request: Reason = body::json(body, SMALL_MAX).await?;
    let fingerprint = fingerprint("clear", &[environment.as_str(), flag.as_str()], &request);
    let command = Command::ClearLatch { environment, flag };
    carry_out(
        &shared,
        command,
        actor,
        request.reason,
        &headers,
        fingerprint,
    )
    .await
}

pub async fn write_flag(
    State(shared): State<Shared>,
    Admin(actor): Admin,
    Path((environment, flag)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (environment, flag) = named(&environment, &flag)?;
    let request: WriteFlag = body::json(body, DOCUMENT_MAX).await?;
    let fingerprint = fingerprint("flag", &[environment.as_str(), flag.as_str()], &request);
    let WriteFlag {
        definition,
        client,
        reason,
    } = request;
    let command = Command::WriteFlag {
        environment,
        flag,
        definition: Box::new(definition),
        client,
    };
    carry_out(&shared, command, actor, reason, &headers, fingerprint).await
}

fn named(environment: &str, flag: &str) -> Result<(EnvironmentName, FlagKey), Failure> {
    Ok((environment.parse()?, flag.parse()?))
}

/// What a request id stands for: the operation, its arguments and its body.
fn fingerprint(operation: &str, arguments: &[&str], body: &impl Serialize) -> String {
    let body = serde_json::to_string(body).unwrap_or_default();
    random::sha256(
        [&[operation], arguments, &[body.as_str()]]
            .concat()
            .join("\n")
            .as_bytes(),
    )
}

async fn carry_out(
    shared: &Shared,
    command: Command,
    actor: Actor,
    reason: Option<String>,
    headers: &HeaderMap,
    fingerprint: String,
) -> Answer {
    let request = headers.get(IDEMPOTENCY_KEY).map(|value| {
        let text = value
            .to_str()
            .unwrap_or_default()
            .trim_matches('"')
            .to_string();
        RequestId::try_from(text)
    });
    // Blank is no reason: it would only look like one.
    let reason = reason
        .map(|reason| reason.trim().to_string())
        .filter(|reason| !reason.is_empty());
    let stamp = Stamp {
        now: clock::now(),
        actor,
        reason,
        request: request.transpose()?,
    };
    let decision = shared
        .ledger
        .decide(command, stamp, Some(fingerprint))
        .await?;
    Ok(Json(Decided {
        revision: decision.revision,
        events: decision.events,
        diagnostics: Vec::new(),
    }))
}
