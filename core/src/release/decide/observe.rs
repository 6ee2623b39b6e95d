//! What a report does: it may contain flags that lost a part, and fire openings that waited for one.
//!
//! Invariant: the report, the containments and the openings it causes are one decision.

use super::Decision;
use crate::artefact::{ArtefactId, Observation, Pin};
use crate::limits::VERSIONS_PER_ARTEFACT_MAX;
use crate::name::{EnvironmentName, FlagKey, PrincipalName};
use crate::release::guard::{self, Raise};
use crate::release::{Actor, Cause, Event, Refusal, Stamp};
use crate::time::Timestamp;
use crate::workspace::{Environment, FeatureFlag, Release};
use alloc::vec;
use alloc::vec::Vec;

pub(super) fn decide(
    environment: &EnvironmentName,
    state: &Environment,
    artefact: &ArtefactId,
    observation: &Observation,
    stamp: &Stamp,
) -> Decision {
    let source = source(&stamp.actor);
    let before = state.artefacts.get(artefact).cloned().unwrap_or_default();
    if before.would_overflow(observation) {
        let refusal = Refusal::TooManyVersions {
            artefact: artefact.clone(),
            max: VERSIONS_PER_ARTEFACT_MAX,
        };
        return Err(vec![refusal]);
    }
    let after = before.after(observation, stamp.now, &source);
    if after == before {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::Observed {
        environment: environment.clone(),
        artefact: artefact.clone(),
        observation: observation.clone(),
        source,
    }];

    let mut touched: Vec<(&FlagKey, &FeatureFlag)> = Vec::new();
    for (key, flag) in &state.flags {
        let required = state.required_pins(flag);
        let mut pins = required
            .iter()
            .filter(|pin| pin.artefact() == artefact)
            .peekable();
        if pins.peek().is_none() {
            continue;
        }
        touched.push((key, flag));
        let follows_live = state.release_of(flag).is_some_and(Release::is_completed);
        let mismatch = |pin: &Pin| match after.live().filter(|_| follows_live) {
            // Another version that is live and works serves a completed release as well.
            Some(live) if after.unready(live).is_none() => None,
            _ => before.mismatch(&after, pin.version()),
        };
        let lost = pins.find_map(|pin| Some((pin, mismatch(pin)?)));
        // A flag at 0 has nobody to protect: what is missing before the opening does not latch.
        if let Some((pin, mismatch)) = lost.filter(|_| !flag.exposure.is_zero()) {
            events.push(Event::Contained {
                environment: environment.clone(),
                flag: key.clone(),
                from: flag.exposure,
                cause: Cause::Drift {
                    pin: pin.clone(),
                    mismatch,
                },
            });
        }
    }
    if touched.iter().any(|(_, flag)| flag.armed.is_some()) {
        // Openings are judged by the state the report makes.
        let mut next = state.clone();
        next.artefacts.insert(artefact.clone(), after);
        events.extend(
            touched
                .into_iter()
                .filter_map(|(key, flag)| opening(environment, &next, key, flag, stamp.now)),
        );
    }
    Ok(events)
}

/// The armed opening of a flag, where every guard of a raise now lets it fire.
pub(super) fn opening(
    environment: &EnvironmentName,
    state: &Environment,
    key: &FlagKey,
    flag: &FeatureFlag,
    now: Timestamp,
) -> Option<Event> {
    let armed = flag
        .armed
        .as_ref()
        .filter(|armed| armed.to > flag.exposure)?;
    let raise = Raise {
        to: armed.to,
        epoch: None,
        now,
        person: None,
        skip: false,
        emergency: false,
    };
    guard::refusals(state, key, flag, &raise)
        .is_empty()
        .then(|| Event::Raised {
            environment: environment.clone(),
            flag: key.clone(),
            from: flag.exposure,
            to: armed.to,
            on_behalf_of: Some(armed.on_behalf_of.clone()),
            emergency: None,
            skipped: false,
        })
}

/// The name a report is kept under: the key's where a program reports, else the person's.
fn source(actor: &Actor) -> PrincipalName {
    match actor {
        Actor::Key { name, .. } | Actor::Person(name) => name.clone(),
        Actor::System => PrincipalName::system(),
    }
}
