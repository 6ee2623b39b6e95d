//! When a part should have been observed where it ships, or back where a rollback takes it, and what is the matter if not.
//!
//! Invariants: read off the facts, never stored; a part without a deadline is never overdue; what fails is told, never acted
//! on: the flag is closed for as long as the part is missing anyway. Not here: deploying, which is the connectors' work.

use super::Unmet;
use super::progress::{ChangeState, change_state};
use super::rollback::Progress;
use crate::artefact::Pin;
use crate::plan::closure::Target;
use crate::time::Timestamp;
use crate::workspace::{Environment, Release};
use alloc::vec::Vec;

/// By when a part that may ship should be there; none where its plan says nothing, or something else is first.
pub(super) fn due(state: &Environment, release: &Release, pin: &Pin) -> Option<Timestamp> {
    let change = release.plan.changes.get(pin)?;
    let course = &release.course;
    let consent = change
        .owner
        .as_ref()
        .and_then(|owner| course.sign_offs.get(owner))
        .map(|consent| consent.at);
    let gates = course
        .records
        .iter()
        .filter(|record| record.evidence.part.as_ref() == Some(pin))
        .map(|record| record.at);
    let needed = change.requires.iter().filter_map(|needed| {
        let known = state.artefacts.get(needed.artefact())?;
        Some(known.versions().get(needed.version())?.since)
    });
    let retried = course.retried.get(pin).copied();
    let began = gates
        .chain(needed)
        .chain(consent)
        .chain(retried)
        .chain([release.applied_at])
        .max()?;
    Some(began + change.deadline?)
}

/// What is the matter with the deployment of a part that may ship and is not there.
pub(super) fn trouble(
    state: &Environment,
    release: &Release,
    pin: &Pin,
    now: Timestamp,
) -> Option<Unmet> {
    let known = state.artefacts.get(pin.artefact());
    if let Some(failure) = known.and_then(|known| known.failure(pin.version())) {
        return Some(Unmet::DeployFailed {
            part: pin.clone(),
            why: failure.why.clone(),
        });
    }
    let due = due(state, release, pin).filter(|due| *due <= now)?;
    Some(Unmet::Overdue {
        part: pin.clone(),
        due,
    })
}

/// The parts of a release whose deployment is in trouble.
pub(super) fn troubles(
    state: &Environment,
    release: &Release,
    now: Timestamp,
) -> Vec<(Pin, Unmet)> {
    let parts = release.plan.changes.keys();
    let failed =
        parts.filter(|pin| change_state(state, release, pin, now) == ChangeState::DeployFailed);
    failed
        .filter_map(|pin| Some((pin.clone(), trouble(state, release, pin, now)?)))
        .collect()
}

/// By when the part that a rollback takes back next should be back: each part has its own deadline, one after the other.
pub(super) fn due_back(release: &Release, progress: &Progress) -> Option<Timestamp> {
    let rollback = release.course.rollback.as_ref()?;
    let next = progress.next.as_ref()?;
    let mut due = rollback.since;
    for part in &rollback.parts {
        due = due + release.plan.changes.get(&part.pin)?.deadline?;
        if part.pin == next.pin {
            break;
        }
    }
    Some(due)
}

/// What is the matter with the way back of the part that goes next.
pub(super) fn trouble_back(
    state: &Environment,
    release: &Release,
    progress: &Progress,
    now: Timestamp,
) -> Option<Unmet> {
    let next = progress.next.as_ref()?;
    if let Target::Version(to) = &next.to {
        let since = release.course.rollback.as_ref()?.since;
        let known = state.artefacts.get(next.pin.artefact());
        let failure = known.and_then(|known| known.failure(to));
        if let Some(failure) = failure.filter(|failure| failure.at >= since) {
            return Some(Unmet::DeployFailed {
                part: Pin::new(next.pin.artefact().clone(), to.clone()),
                why: failure.why.clone(),
            });
        }
    }
    let due = due_back(release, progress).filter(|due| *due <= now)?;
    Some(Unmet::Overdue {
        part: next.pin.clone(),
        due,
    })
}
