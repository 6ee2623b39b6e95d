//! How far the edges have come: published is what they should serve, acknowledged what they said they serve.
//!
//! Invariants: acknowledgements only grow; an environment whose edges never tell anything waits for nobody. Not here: which
//! edge said what, which is a side table of the server.

use super::{Environment, FeatureFlag};
use crate::name::Revision;
use crate::release::EDGE_LEASE;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What every edge that reports serves at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The bundle revision.
    pub revision: Revision,
    /// How many edges report.
    pub edges: u32,
    /// Since when it is so.
    pub at: Timestamp,
}

impl Environment {
    /// The revision that edges have not acknowledged yet, of those that changed what `flag` admits; none where they have,
    /// where their lease has ended, or where no edge tells.
    pub fn awaited(&self, flag: &FeatureFlag, now: Timestamp) -> Option<Revision> {
        // What a report or a plan moved is awaited as well: the bundle's revision never passes the flag's last change.
        let wanted = flag.epoch.min(self.bundle_revision);
        self.awaits(wanted, flag.last_move.at, now)
            .then_some(wanted)
    }

    /// Whether edges that tell still serve something before `revision`, which was decided at `since`.
    pub fn awaits(&self, revision: Revision, since: Timestamp, now: Timestamp) -> bool {
        let behind = self
            .acknowledged
            .is_some_and(|acknowledged| acknowledged.revision < revision);
        behind && now < since + EDGE_LEASE
    }
}
