//! What a report does: it may contain flags that lost a part, and fire openings that waited for one.
//!
//! Invariant: the report, the containments and the openings it causes are one decision.

use super::Decision;
use crate::artefact::{ArtefactId, Availability, Mismatch, Observation, Pin, Report, Unready};
use crate::limits::{REPORT_SKEW_MAX, TEXT_BYTES_MAX, VERSIONS_PER_ARTEFACT_MAX};
use crate::name::{EnvironmentName, FlagKey};
use crate::release::guard::{self, Raise};
use crate::release::{Cause, Event, Refusal, Stamp};
use crate::time::Timestamp;
use crate::workspace::{Environment, FeatureFlag, Release};
use alloc::vec;
use alloc::vec::Vec;

pub(super) fn decide(
    environment: &EnvironmentName,
    state: &Environment,
    artefact: &ArtefactId,
    report: &Report,
    stamp: &Stamp,
) -> Decision {
    let source = stamp.actor.source();
    let before = state.artefacts.get(artefact).cloned().unwrap_or_default();
    if let Some(refusal) = unusable(&before, artefact, report, stamp.now) {
        return Err(vec![refusal]);
    }
    // The network may turn reports round; the source's own order counts.
    if before.is_overtaken(report, &source) {
        return Ok(Vec::new());
    }
    let after = before.after(report, stamp.now, &source);
    if !before.tells_apart(&after) {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::Observed {
        environment: environment.clone(),
        artefact: artefact.clone(),
        report: report.clone(),
        source,
    }];

    let touched: Vec<(&FlagKey, &FeatureFlag)> = state
        .flags
        .iter()
        .filter(|(_, flag)| requires(state, flag, artefact))
        .collect();
    for (key, flag) in &touched {
        // A flag at 0 has nobody to protect: what is missing before the opening does not latch.
        let lost = lost(state, flag, artefact, &before, &after);
        if let Some(cause) = lost.filter(|_| !flag.exposure.is_zero()) {
            events.push(Event::Contained {
                environment: environment.clone(),
                flag: (*key).clone(),
                from: flag.exposure,
                cause,
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

fn requires(state: &Environment, flag: &FeatureFlag, artefact: &ArtefactId) -> bool {
    let required = state.required_pins(flag);
    required.iter().any(|pin| pin.artefact() == artefact)
}

/// What a flag needs of an artefact and, by a report, has no more.
fn lost(
    state: &Environment,
    flag: &FeatureFlag,
    artefact: &ArtefactId,
    before: &Availability,
    after: &Availability,
) -> Option<Cause> {
    if state.release_of(flag).is_some_and(Release::is_completed) {
        return lost_live(state, flag, artefact, before, after);
    }
    let required = state.required_pins(flag).into_iter();
    let mut pins = required.filter(|pin| pin.artefact() == artefact);
    pins.find_map(|pin| {
        let mismatch = before.mismatch(after, pin.version())?;
        Some(Cause::Drift { pin, mismatch })
    })
}

/// The flag of a completed release follows what is live: any version of it serves, if it works.
fn lost_live(
    state: &Environment,
    flag: &FeatureFlag,
    artefact: &ArtefactId,
    before: &Availability,
    after: &Availability,
) -> Option<Cause> {
    let (plan, feature) = state.feature(flag)?;
    let mut planned = plan.required_pins(feature).into_iter();
    let planned = planned.find(|pin| pin.artefact() == artefact)?;
    let needed = |of: &Availability| of.live().unwrap_or(planned.version()).clone();
    let (was, is) = (needed(before), needed(after));
    let mismatch = match after.unready(&is)? {
        Unready::Missing => Mismatch::Withdrawn,
        Unready::Unhealthy => Mismatch::Unhealthy,
    };
    // What went is told, not what is missing in its place.
    let (version, mismatch) = match before.mismatch(after, &was) {
        Some(mismatch) => (was, mismatch),
        None => (is, mismatch),
    };
    Some(Cause::Drift {
        pin: Pin::new(artefact.clone(), version),
        mismatch,
    })
}

/// Why a report cannot be taken.
fn unusable(
    known: &Availability,
    artefact: &ArtefactId,
    report: &Report,
    now: Timestamp,
) -> Option<Refusal> {
    if known.would_overflow(&report.observation) {
        return Some(Refusal::TooManyVersions {
            artefact: artefact.clone(),
            max: VERSIONS_PER_ARTEFACT_MAX,
        });
    }
    if let Some(seen) = report.seen.filter(|seen| *seen > now + REPORT_SKEW_MAX) {
        return Some(Refusal::ClockAhead { seen, now });
    }
    match &report.observation {
        Observation::Failed { why: Some(why), .. } if why.len() > TEXT_BYTES_MAX => {
            Some(Refusal::ReasonTooLong {
                max: TEXT_BYTES_MAX,
            })
        }
        _ => None,
    }
}

/// A promised report has not come. Whether it came and told nothing new is not known here: who asks has looked.
pub(super) fn silence(
    environment: &EnvironmentName,
    state: &Environment,
    artefact: &ArtefactId,
    stamp: &Stamp,
) -> Vec<Event> {
    let known = state
        .artefacts
        .get(artefact)
        .filter(|known| known.stale().is_none());
    let promise = known.and_then(Availability::promise);
    let overdue = promise.filter(|promise| promise.since + promise.within <= stamp.now);
    let event = overdue.map(|promise| Event::ObservationStale {
        environment: environment.clone(),
        artefact: artefact.clone(),
        source: promise.source.clone(),
    });
    event.into_iter().collect()
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
