//! How far a rollback has come: what is observed, not what was commanded.
//!
//! Invariants: the flags are at 0 before anything moves; consumers go before foundations; a part is back only when an
//! observation says so. Not here: what must go along (`plan::closure::Closures`) and the decision (`decide`).

use crate::artefact::Availability;
use crate::name::Revision;
use crate::plan::closure::{Obstacle, RollbackPart, Target};
use crate::time::Timestamp;
use crate::workspace::{Environment, Release};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// How far a rollback has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The revision that edges have not acknowledged yet; while there is one, nothing else moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Revision>,
    /// What is back.
    pub done: Vec<RollbackPart>,
    /// What goes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RollbackPart>,
    /// What follows it, in order.
    pub then: Vec<RollbackPart>,
    /// What cannot go back: a new plan must mend it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Obstacle>,
}

impl Progress {
    /// Whether everything is back that can go.
    pub fn is_done(&self) -> bool {
        self.awaits.is_none() && self.next.is_none()
    }
}

/// What it waits for: "waits for prompt:explain_refund@1.0.0 to go to 0.9.4".
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.awaits, &self.next) {
            (Some(revision), _) => {
                write!(f, "waits for the edges to acknowledge revision {revision}")
            }
            (None, Some(part)) => write!(f, "waits for {} to go {}", part.pin, part.to),
            (None, None) => f.write_str("everything that can go back is back"),
        }
    }
}

/// The progress of the rollback of a release, where one is under way.
pub fn progress(state: &Environment, release: &Release, now: Timestamp) -> Option<Progress> {
    let rollback = release.course.rollback.as_ref()?;
    // Where no flag was open, the bundle did not change and there is nothing to acknowledge.
    let awaits = rollback.awaits.min(state.bundle_revision);
    let unheard = !rollback.released && state.awaits(awaits, rollback.since, now);
    let done: Vec<RollbackPart> = rollback
        .parts
        .iter()
        .take_while(|part| is_back(state, part))
        .cloned()
        .collect();
    let mut left = rollback.parts.iter().skip(done.len());
    Some(Progress {
        awaits: unheard.then_some(awaits),
        next: left.next().cloned(),
        then: left.cloned().collect(),
        done,
        blocked: rollback.blocked.clone(),
    })
}

/// Whether a part is observed as its rollback leaves it: its previous version live, or, where it has none, no longer live
/// itself.
fn is_back(state: &Environment, part: &RollbackPart) -> bool {
    let availability = state.artefacts.get(part.pin.artefact());
    let live = availability.and_then(Availability::live);
    match &part.to {
        Target::Version(to) => live == Some(to),
        Target::Disabled | Target::ByProcedure => live != Some(part.pin.version()),
    }
}
