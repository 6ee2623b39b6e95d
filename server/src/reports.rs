//! When each artefact was last reported on: a side table in memory, of which the ledger hears only what changes.
//!
//! Invariants: one time for each artefact that the ledger knows, so it is bounded as the ledger is; after a restart everybody
//! has their promised time anew. Not here: what silence means (`core::release::advance`).

use flaghoist_core::artefact::ArtefactId;
use flaghoist_core::name::EnvironmentName;
use flaghoist_core::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Who was heard of when.
pub struct Reports {
    listening_since: Timestamp,
    heard: Mutex<BTreeMap<(EnvironmentName, ArtefactId), Timestamp>>,
}

impl Reports {
    /// Nobody was heard of yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            listening_since: now,
            heard: Mutex::default(),
        }
    }

    /// Since when anybody listens.
    pub fn listening_since(&self) -> Timestamp {
        self.listening_since
    }

    /// A report that was taken, whether it told anything new or not.
    pub fn hear(&self, environment: EnvironmentName, artefact: ArtefactId, now: Timestamp) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.insert((environment, artefact), now);
    }

    /// When each artefact was last reported on.
    pub fn heard(&self) -> BTreeMap<(EnvironmentName, ArtefactId), Timestamp> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.clone()
    }
}
