//! `decide`: one command against one state gives the events of one decision, or every refusal at once.
//!
//! Invariants: it reads, it never writes; a command that asks for what is so already gives no events; lower and contain
//! read no guard. Not here: parsing (commands are parsed) and folding (`workspace::fold`).

mod apply_plan;
mod observe;

use super::{Cause, Command, Event, Refusal, Stamp, guard};
use crate::exposure::Exposure;
use crate::flag::Definition;
use crate::limits::TEXT_BYTES_MAX;
use crate::name::{EnvironmentName, FlagKey, Revision};
use crate::workspace::{Environment, FeatureFlag, Workspace};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

type Decision = Result<Vec<Event>, Vec<Refusal>>;

/// Decides a command: the events to append, none where it is so already.
///
/// # Errors
/// Every refusal that applies; a refused command changes nothing.
pub fn decide(workspace: &Workspace, command: &Command, stamp: &Stamp) -> Decision {
    if stamp
        .reason
        .as_ref()
        .is_some_and(|reason| reason.len() > TEXT_BYTES_MAX)
    {
        return Err(vec![Refusal::ReasonTooLong {
            max: TEXT_BYTES_MAX,
        }]);
    }
    match command {
        Command::DeclareEnvironment {
            environment,
            population,
        } => declare(workspace, environment, *population),
        Command::ApplyPlan {
            environment,
            plan,
            source,
        } => apply_plan::decide(workspace, environment.as_ref(), plan, source, stamp),
        Command::Observe {
            environment,
            artefact,
            observation,
        } => {
            let state = known(workspace, environment)?;
            observe::decide(environment, state, artefact, observation, stamp)
        }
        Command::Raise {
            environment,
            flag,
            to,
            epoch,
        } => raise(workspace, environment, flag, *to, *epoch),
        Command::Lower {
            environment,
            flag,
            to,
        } => lower(workspace, environment, flag, *to),
        Command::Contain { environment, flag } => contain(workspace, environment, flag),
        Command::ClearLatch { environment, flag } => clear(workspace, environment, flag, stamp),
        Command::WriteFlag {
            environment,
            flag,
            definition,
            client,
        } => write_flag(workspace, environment, flag, definition, *client),
    }
}

fn known<'a>(
    workspace: &'a Workspace,
    name: &EnvironmentName,
) -> Result<&'a Environment, Vec<Refusal>> {
    workspace.environment(name).ok_or_else(|| {
        let known = workspace.environments().keys().cloned().collect();
        vec![Refusal::UnknownEnvironment {
            environment: name.clone(),
            known,
        }]
    })
}

fn known_flag<'a>(
    workspace: &'a Workspace,
    environment: &EnvironmentName,
    flag: &FlagKey,
) -> Result<(&'a Environment, &'a FeatureFlag), Vec<Refusal>> {
    let state = known(workspace, environment)?;
    let found = state.flags.get(flag).map(|found| (state, found));
    found.ok_or_else(|| {
        let nearest = crate::name::nearest(flag.as_str(), state.flags.keys().map(FlagKey::as_str))
            .and_then(|nearest| nearest.parse().ok());
        vec![Refusal::UnknownFlag {
            environment: environment.clone(),
            flag: flag.clone(),
            nearest,
        }]
    })
}

fn declare(
    workspace: &Workspace,
    environment: &EnvironmentName,
    population: Option<u64>,
) -> Decision {
    let already = workspace
        .environment(environment)
        .is_some_and(|state| population.is_none() || state.population == population);
    let event = Event::EnvironmentDeclared {
        environment: environment.clone(),
        population,
    };
    Ok(if already { Vec::new() } else { vec![event] })
}

fn raise(
    workspace: &Workspace,
    environment: &EnvironmentName,
    key: &FlagKey,
    to: Exposure,
    epoch: Revision,
) -> Decision {
    let (state, flag) = known_flag(workspace, environment, key)?;
    // What is reached already is a success, whoever reached it.
    if flag.exposure == to && flag.latch.is_none() {
        return Ok(Vec::new());
    }
    let mut refusals = guard::refusals(state, key, flag, Some(epoch));
    // Who looked at another epoch did not ask for less: what changed is the answer to them.
    if to < flag.exposure && epoch == flag.epoch {
        refusals.push(Refusal::NotARaise {
            flag: key.clone(),
            current: flag.exposure,
            to,
        });
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(vec![Event::Raised {
        environment: environment.clone(),
        flag: key.clone(),
        from: flag.exposure,
        to,
        on_behalf_of: None,
    }])
}

fn lower(
    workspace: &Workspace,
    environment: &EnvironmentName,
    key: &FlagKey,
    to: Exposure,
) -> Decision {
    let (state, flag) = known_flag(workspace, environment, key)?;
    // Lowering also disarms and, to 0, ends the preview: with one of them there is something to do at any exposure.
    let previews = to.is_zero() && !state.preview(flag).is_empty();
    let so_already = flag.exposure <= to && flag.armed.is_none() && !previews;
    let event = Event::Lowered {
        environment: environment.clone(),
        flag: key.clone(),
        from: flag.exposure,
        to,
    };
    Ok(if so_already { Vec::new() } else { vec![event] })
}

fn contain(workspace: &Workspace, environment: &EnvironmentName, key: &FlagKey) -> Decision {
    let (_, flag) = known_flag(workspace, environment, key)?;
    let event = Event::Contained {
        environment: environment.clone(),
        flag: key.clone(),
        from: flag.exposure,
        cause: Cause::Command,
    };
    Ok(if flag.latch.is_some() {
        Vec::new()
    } else {
        vec![event]
    })
}

fn clear(
    workspace: &Workspace,
    environment: &EnvironmentName,
    key: &FlagKey,
    stamp: &Stamp,
) -> Decision {
    let (_, flag) = known_flag(workspace, environment, key)?;
    if flag.latch.is_none() {
        return Ok(Vec::new());
    }
    let mut refusals = Vec::new();
    if stamp.actor.person().is_none() {
        refusals.push(Refusal::PersonMissing);
    }
    if stamp
        .reason
        .as_ref()
        .is_none_or(|reason| reason.trim().is_empty())
    {
        refusals.push(Refusal::ReasonMissing);
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(vec![Event::LatchCleared {
        environment: environment.clone(),
        flag: key.clone(),
    }])
}

fn write_flag(
    workspace: &Workspace,
    environment: &EnvironmentName,
    key: &FlagKey,
    definition: &Definition,
    client: bool,
) -> Decision {
    let state = known(workspace, environment)?;
    if let Some(taken) = state.flags.get(key) {
        return Err(vec![Refusal::FlagTaken {
            flag: key.clone(),
            release: Some(taken.release.clone()),
        }]);
    }
    let diagnostics = definition.check(key.as_str());
    if !diagnostics.is_empty() {
        return Err(vec![Refusal::InvalidDocument { diagnostics }]);
    }
    let same = state
        .plain_flags
        .get(key)
        .is_some_and(|flag| flag.definition == *definition && flag.client == client);
    let event = Event::FlagWritten {
        environment: environment.clone(),
        flag: key.clone(),
        definition: Box::new(definition.clone()),
        client,
    };
    Ok(if same { Vec::new() } else { vec![event] })
}
