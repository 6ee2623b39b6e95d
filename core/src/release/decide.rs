//! `decide`: one command against one state gives the events of one decision, or every refusal at once.
//!
//! Invariants: it reads, it never writes; a command that asks for what is so already gives no events; lower and contain
//! read no guard. Not here: parsing (commands are parsed) and folding (`workspace::fold`).

mod acts;
mod apply_plan;
mod observe;
mod raise;

pub(super) use raise::on_behalf_of;

use super::{Cause, Command, Event, Refusal, Stamp};
use crate::exposure::Exposure;
use crate::flag::Definition;
use crate::limits::TEXT_BYTES_MAX;
use crate::name::{EnvironmentName, FlagKey};
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
            report,
        } => {
            let state = known(workspace, environment)?;
            observe::decide(environment, state, artefact, report, stamp)
        }
        Command::Silence {
            environment,
            artefact,
        } => {
            let state = known(workspace, environment)?;
            Ok(observe::silence(environment, state, artefact, stamp))
        }
        Command::Raise { .. } | Command::Promote { .. } => raise::decide(workspace, command, stamp),
        Command::Open { environment, flag } => {
            let (state, known) = known_flag(workspace, environment, flag)?;
            let opening = observe::opening(environment, state, flag, known, stamp.now);
            Ok(opening.into_iter().collect())
        }
        Command::Release {
            environment,
            release,
            act,
        } => {
            let state = known(workspace, environment)?;
            acts::decide(environment, state, release, act, stamp)
        }
        Command::Freeze { .. } | Command::LiftFreeze { .. } | Command::Acknowledge { .. } => {
            environment(workspace, command, stamp)
        }
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

/// What is asked of an environment as a whole: freezes, and how far its edges have come.
fn environment(workspace: &Workspace, command: &Command, stamp: &Stamp) -> Decision {
    let (news, event) = match command {
        Command::Freeze {
            environment,
            freeze,
        } => {
            known(workspace, environment)?;
            said_why(stamp)?;
            let event = Event::Frozen {
                environment: environment.clone(),
                freeze: freeze.clone(),
            };
            (true, event)
        }
        Command::LiftFreeze {
            environment,
            freeze,
        } => {
            let frozen = known(workspace, environment)?.freezes.contains_key(freeze);
            let event = Event::FreezeLifted {
                environment: environment.clone(),
                freeze: *freeze,
            };
            (frozen, event)
        }
        Command::Acknowledge {
            environment,
            revision,
            edges,
        } => {
            let heard = known(workspace, environment)?.acknowledged;
            let event = Event::EdgesAcknowledged {
                environment: environment.clone(),
                revision: *revision,
                edges: *edges,
            };
            (heard.is_none_or(|heard| heard.revision < *revision), event)
        }
        _ => return Ok(Vec::new()),
    };
    Ok(if news { vec![event] } else { Vec::new() })
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
    said_why(stamp)?;
    Ok(vec![Event::LatchCleared {
        environment: environment.clone(),
        flag: key.clone(),
    }])
}

/// Some things take a person, and their reason.
fn said_why(stamp: &Stamp) -> Result<(), Vec<Refusal>> {
    let reason = stamp.reason.as_deref().unwrap_or_default().trim();
    let nobody = stamp
        .actor
        .person()
        .is_none()
        .then_some(Refusal::PersonMissing);
    let nothing = reason.is_empty().then_some(Refusal::ReasonMissing);
    let missing: Vec<Refusal> = nobody.into_iter().chain(nothing).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing)
    }
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
