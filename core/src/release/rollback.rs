//! How far a rollback has come: what is observed, not what was commanded.
//!
//! Invariants: the flags are at 0 before anything moves; consumers go before foundations; a part is back only when an
//! observation says so. Not here: what must go along (`plan::closure`) and the decision (`decide`).

use crate::artefact::{Availability, Pin};
use crate::name::Revision;
use crate::time::Timestamp;
use crate::workspace::{Environment, Release};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How far a rollback has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The revision that edges have not acknowledged yet; while there is one, nothing else moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Revision>,
    /// What is back.
    pub done: Vec<Pin>,
    /// What goes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Pin>,
    /// What follows it, in order.
    pub then: Vec<Pin>,
}

impl Progress {
    /// Whether everything is back.
    pub fn is_done(&self) -> bool {
        self.awaits.is_none() && self.next.is_none()
    }
}

/// The progress of the rollback of a release, where one is under way.
pub fn progress(state: &Environment, release: &Release, now: Timestamp) -> Option<Progress> {
    let rollback = release.course.rollback.as_ref()?;
    // Where no flag was open, the bundle did not change and there is nothing to acknowledge.
    let awaits = rollback.awaits.min(state.bundle_revision);
    let unheard = !rollback.released && state.awaits(awaits, rollback.since, now);
    let back = |pin: &&Pin| is_back(state.artefacts.get(pin.artefact()), release, pin);
    let done: Vec<Pin> = rollback.parts.iter().take_while(back).cloned().collect();
    let mut left = rollback.parts.iter().skip(done.len());
    Some(Progress {
        awaits: unheard.then_some(awaits),
        next: left.next().cloned(),
        then: left.cloned().collect(),
        done,
    })
}

/// Whether a part is observed as its rollback leaves it: its previous version live, or, where it was only switched off or
/// has no previous version, no longer live itself.
fn is_back(availability: Option<&Availability>, release: &Release, pin: &Pin) -> bool {
    let live = availability.and_then(Availability::live);
    let path = release
        .plan
        .changes
        .get(pin)
        .and_then(|change| change.rollback.as_ref());
    match path.and_then(|path| path.to.as_ref()) {
        Some(to) => live == Some(to),
        None => live != Some(pin.version()),
    }
}
