//! Commands: the body becomes one of core's, the ledger carries it out, the answer says what was appended.

use super::address::Arguments;
use super::answer::Json;
use super::body::{self, DOCUMENT_MAX, SMALL_MAX};
use super::caller::Admin;
use super::problem::Failure;
use crate::{Shared, clock, random};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use flaghoist_core::api::{
    ActOn, ApplyPlan, Decided, DeclareEnvironment, DeclareFreeze, Lower, Observe, Raise, Reason,
    SubmitEvidence, WriteFlag,
};
use flaghoist_core::calendar::Freeze;
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::name::{EnvironmentName, FlagKey, NameError, Revision};
use flaghoist_core::plan;
use flaghoist_core::release::{Act, Actor, Command, RequestId, Stamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;

type Answer = Result<Json<Decided>, Failure>;

/// The header by which a caller names its request.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What every command is given: who, the names in its address, its body of at most `MAX` bytes, and its id.
pub struct Given<T, const MAX: usize = SMALL_MAX> {
    actor: Actor,
    arguments: Vec<String>,
    body: T,
    request: Option<RequestId>,
    /// What the id stands for: the address and the body.
    fingerprint: String,
}

impl<T: DeserializeOwned + Serialize, const MAX: usize> FromRequest<Shared> for Given<T, MAX> {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let Admin(actor) = Admin::from_request_parts(&mut parts, shared).await?;
        let Arguments(arguments) = Arguments::from_request_parts(&mut parts, shared).await?;
        let request = parts.headers.get(IDEMPOTENCY_KEY).map(|value| {
            let text = value.to_str().unwrap_or_default().trim_matches('"');
            RequestId::try_from(text.to_string())
        });
        let request = request.transpose()?;
        let body: T = body::json(body, MAX).await?;
        let text = serde_json::to_string(&body).unwrap_or_default();
        let whole = format!("{} {}\n{text}", parts.method, parts.uri.path());
        let fingerprint = random::sha256(whole.as_bytes());
        Ok(Self {
            actor,
            arguments,
            body,
            request,
            fingerprint,
        })
    }
}

impl<T, const MAX: usize> Given<T, MAX> {
    fn name<N: FromStr<Err = NameError>>(&self, index: usize) -> Result<N, Failure> {
        let text = self.arguments.get(index).map(String::as_str);
        Ok(text.unwrap_or_default().parse()?)
    }

    /// The environment in the address.
    fn environment(&self) -> Result<EnvironmentName, Failure> {
        self.name(0)
    }

    /// The environment and the flag in the address.
    fn place(&self) -> Result<(EnvironmentName, FlagKey), Failure> {
        Ok((self.name(0)?, self.name(1)?))
    }

    /// Makes the body a command with its reason, and has it carried out.
    async fn carry_out(
        self,
        shared: &Shared,
        command: impl FnOnce(T) -> (Command, Option<String>),
    ) -> Answer {
        let (command, reason) = command(self.body);
        // Blank is no reason: it would only look like one.
        let reason = reason
            .map(|reason| reason.trim().to_string())
            .filter(|reason| !reason.is_empty());
        let stamp = Stamp {
            now: clock::now(),
            actor: self.actor,
            reason,
            request: self.request,
        };
        let done = shared
            .ledger
            .decide(command, stamp, Some(self.fingerprint))
            .await?;
        Ok(Json(Decided {
            revision: done.revision,
            events: done.events,
            diagnostics: Vec::new(),
        }))
    }
}

pub async fn declare_environment(
    State(shared): State<Shared>,
    given: Given<DeclareEnvironment>,
) -> Answer {
    let environment = given.environment()?;
    let command = |DeclareEnvironment { population }| {
        let command = Command::DeclareEnvironment {
            environment,
            population,
        };
        (command, None)
    };
    given.carry_out(&shared, command).await
}

pub async fn apply_plan(
    State(shared): State<Shared>,
    given: Given<ApplyPlan, DOCUMENT_MAX>,
) -> Answer {
    let plan = plan::parse(&given.body.document).map_err(Failure::document)?;
    let diagnostics: Vec<Diagnostic> = plan::lint::lint(&plan);
    let command = |request: ApplyPlan| {
        let command = Command::ApplyPlan {
            environment: request.environment,
            plan: Box::new(plan),
            source: request.document,
        };
        (command, request.reason)
    };
    let Json(decided) = given.carry_out(&shared, command).await?;
    Ok(Json(Decided {
        diagnostics,
        ..decided
    }))
}

pub async fn observe(State(shared): State<Shared>, given: Given<Observe>) -> Answer {
    let environment = given.environment()?;
    let (artefact, seen) = (given.body.artefact.clone(), given.body.report.seen);
    let source = given.actor.source();
    let reports = shared.reports.clone();
    // The network may turn reports round; one that told nothing new has overtaken all the same.
    if seen.is_some_and(|seen| reports.is_overtaken(&environment, &artefact, &source, seen)) {
        return Ok(Json(Decided {
            revision: shared.ledger.workspace().revision(),
            events: Vec::new(),
            diagnostics: Vec::new(),
        }));
    }
    let command = |Observe { artefact, report }| {
        let command = Command::Observe {
            environment: environment.clone(),
            artefact,
            report,
        };
        (command, None)
    };
    let answer = given.carry_out(&shared, command).await?;
    // It was taken: whatever it told, its reporter is not silent.
    reports.hear(environment, artefact, source, seen, clock::now());
    Ok(answer)
}

pub async fn raise(State(shared): State<Shared>, given: Given<Raise>) -> Answer {
    let (environment, flag) = given.place()?;
    let command = |request: Raise| {
        let command = Command::Raise {
            environment,
            flag,
            to: request.to,
            epoch: request.epoch,
            skip: request.skip,
            emergency: request.emergency,
        };
        (command, request.reason)
    };
    given.carry_out(&shared, command).await
}

pub async fn lower(State(shared): State<Shared>, given: Given<Lower>) -> Answer {
    let (environment, flag) = given.place()?;
    let command = |Lower { to, reason }| {
        let command = Command::Lower {
            environment,
            flag,
            to,
        };
        (command, reason)
    };
    given.carry_out(&shared, command).await
}

pub async fn contain(State(shared): State<Shared>, given: Given<Reason>) -> Answer {
    let (environment, flag) = given.place()?;
    let command = |Reason { reason }| (Command::Contain { environment, flag }, reason);
    given.carry_out(&shared, command).await
}

pub async fn clear(State(shared): State<Shared>, given: Given<Reason>) -> Answer {
    let (environment, flag) = given.place()?;
    let command = |Reason { reason }| (Command::ClearLatch { environment, flag }, reason);
    given.carry_out(&shared, command).await
}

pub async fn act(State(shared): State<Shared>, given: Given<ActOn, DOCUMENT_MAX>) -> Answer {
    let environment = given.environment()?;
    let release = given.name(1)?;
    let command = |ActOn { act, reason }| {
        let command = Command::Release {
            environment,
            release,
            act,
        };
        (command, reason)
    };
    given.carry_out(&shared, command).await
}

pub async fn submit_evidence(
    State(shared): State<Shared>,
    given: Given<SubmitEvidence, DOCUMENT_MAX>,
) -> Answer {
    let environment = given.environment()?;
    let release = given.name(1)?;
    let command = |SubmitEvidence { evidence, reason }| {
        let command = Command::Release {
            environment,
            release,
            act: Act::Record {
                evidence: Box::new(evidence),
            },
        };
        (command, reason)
    };
    given.carry_out(&shared, command).await
}

pub async fn freeze(State(shared): State<Shared>, given: Given<DeclareFreeze>) -> Answer {
    let environment = given.environment()?;
    let command = |request: DeclareFreeze| {
        let freeze = Freeze {
            from: request.from.unwrap_or_else(clock::now),
            until: request.until,
            reason: request.reason.clone(),
        };
        let command = Command::Freeze {
            environment,
            freeze,
        };
        (command, Some(request.reason.to_string()))
    };
    given.carry_out(&shared, command).await
}

pub async fn lift_freeze(State(shared): State<Shared>, given: Given<Reason>) -> Answer {
    let environment = given.environment()?;
    let freeze = given.name::<Revision>(1)?;
    let command = |Reason { reason }| {
        let command = Command::LiftFreeze {
            environment,
            freeze,
        };
        (command, reason)
    };
    given.carry_out(&shared, command).await
}

pub async fn write_flag(
    State(shared): State<Shared>,
    given: Given<WriteFlag, DOCUMENT_MAX>,
) -> Answer {
    let (environment, flag) = given.place()?;
    let command = |request: WriteFlag| {
        let command = Command::WriteFlag {
            environment,
            flag,
            definition: Box::new(request.definition),
            client: request.client,
        };
        (command, request.reason)
    };
    given.carry_out(&shared, command).await
}
