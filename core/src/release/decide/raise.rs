//! Raises: by a person, or by Flaghoist on the signers' behalf where the plan says automatic.
//!
//! Invariants: all guards, in this decision; what is reached already is a plain success; at most one step.

use super::{Decision, known_flag, said_why};
use crate::exposure::Exposure;
use crate::limits::TEXT_BYTES_MAX;
use crate::name::{EnvironmentName, FlagKey, PrincipalName};
use crate::plan::Promotion;
use crate::release::guard::{self, Raise};
use crate::release::{Command, Event, Refusal, Stamp};
use crate::workspace::{Environment, FeatureFlag, Workspace};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

pub(super) fn decide(workspace: &Workspace, command: &Command, stamp: &Stamp) -> Decision {
    match command {
        Command::Raise {
            environment,
            flag,
            to,
            epoch,
            skip,
            emergency,
        } => {
            if *skip || emergency.is_some() {
                said_why(stamp)?;
            }
            if emergency
                .as_ref()
                .is_some_and(|text| text.len() > TEXT_BYTES_MAX)
            {
                return Err(vec![Refusal::ReasonTooLong {
                    max: TEXT_BYTES_MAX,
                }]);
            }
            let raise = Raise {
                to: *to,
                epoch: Some(*epoch),
                now: stamp.now,
                person: stamp.actor.person(),
                skip: *skip,
                emergency: emergency.is_some(),
            };
            let (state, known) = known_flag(workspace, environment, flag)?;
            let decided = raise_to(environment, state, flag, known, &raise, None)?;
            Ok(decided
                .map(|event| overridden(event, emergency.as_ref()))
                .into_iter()
                .collect())
        }
        Command::Promote {
            environment,
            flag,
            to,
            epoch,
        } => {
            let (state, known) = known_flag(workspace, environment, flag)?;
            let signer = on_behalf_of(state, known);
            let raise = Raise {
                to: *to,
                epoch: Some(*epoch),
                now: stamp.now,
                person: None,
                skip: false,
                emergency: false,
            };
            let Some(signer) = signer else {
                return Err(vec![Refusal::PersonMissing]);
            };
            let decided = raise_to(environment, state, flag, known, &raise, Some(signer))?;
            Ok(decided.into_iter().collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// Who answers for a promotion, where the plan lets a flag go on of itself: whoever applied it, for what a person opened and
/// nobody has lowered since.
pub(in crate::release) fn on_behalf_of(
    state: &Environment,
    flag: &FeatureFlag,
) -> Option<PrincipalName> {
    let release = state.release_of(flag)?;
    let canary = release.plan.canary.as_ref()?;
    let automatic = canary.promote == Promotion::Automatic;
    let goes_on = automatic && !flag.exposure.is_zero() && !flag.lowered;
    release.applied_by.person().filter(|_| goes_on).cloned()
}

fn raise_to(
    environment: &EnvironmentName,
    state: &Environment,
    key: &FlagKey,
    flag: &FeatureFlag,
    raise: &Raise<'_>,
    on_behalf_of: Option<PrincipalName>,
) -> Result<Option<Event>, Vec<Refusal>> {
    let to = within_holdback(state, flag, raise.to);
    // What is reached already is a success, whoever reached it.
    if flag.exposure == to && flag.latch.is_none() {
        return Ok(None);
    }
    let mut refusals = guard::refusals(state, key, flag, raise);
    // Who looked at another epoch did not ask for less: what changed is the answer to them.
    if to < flag.exposure && raise.epoch == Some(flag.epoch) {
        refusals.push(Refusal::NotARaise {
            flag: key.clone(),
            current: flag.exposure,
            to,
        });
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(Some(Event::Raised {
        environment: environment.clone(),
        flag: key.clone(),
        from: flag.exposure,
        to,
        on_behalf_of,
        emergency: None,
        skipped: raise.skip,
    }))
}

/// 100 means everybody but the holdback until the bake has passed.
fn within_holdback(state: &Environment, flag: &FeatureFlag, to: Exposure) -> Exposure {
    match state.release_of(flag) {
        Some(release) if !release.is_completed() => to.min(release.plan.full().max(flag.exposure)),
        _ => to,
    }
}

fn overridden(event: Event, follow_up: Option<&String>) -> Event {
    match event {
        Event::Raised {
            environment,
            flag,
            from,
            to,
            on_behalf_of,
            skipped,
            ..
        } => Event::Raised {
            environment,
            flag,
            from,
            to,
            on_behalf_of,
            skipped,
            emergency: follow_up.cloned(),
        },
        other => other,
    }
}
