//! What each source last said of each artefact: a side table in memory, of which the ledger hears only what changes.
//!
//! Invariants: a time or two for each artefact and source that the ledger knows, so it is bounded as the ledger is; after a restart
//! everybody has their promised time anew. Not here: what silence means (`core::release::advance`).

use flaghoist_core::artefact::ArtefactId;
use flaghoist_core::name::{EnvironmentName, PrincipalName};
use flaghoist_core::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who was heard of when.
pub struct Reports {
    listening_since: Timestamp,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// When it was last reported on.
    at: BTreeMap<(EnvironmentName, ArtefactId), Timestamp>,
    /// When the latest report of a source was seen, by its own clock. The ledger has only those that told something new.
    seen: BTreeMap<(EnvironmentName, ArtefactId, PrincipalName), Timestamp>,
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
    pub fn hear(
        &self,
        environment: EnvironmentName,
        artefact: ArtefactId,
        source: PrincipalName,
        seen: Option<Timestamp>,
        now: Timestamp,
    ) {
        let mut heard = self.lock();
        heard
            .at
            .insert((environment.clone(), artefact.clone()), now);
        if let Some(seen) = seen {
            let latest = heard.seen.entry((environment, artefact, source));
            let latest = latest.or_insert(seen);
            *latest = seen.max(*latest);
        }
    }

    /// Whether the source told something that it saw later, be it nothing new.
    pub fn is_overtaken(
        &self,
        environment: &EnvironmentName,
        artefact: &ArtefactId,
        source: &PrincipalName,
        seen: Timestamp,
    ) -> bool {
        let about = (environment.clone(), artefact.clone(), source.clone());
        let latest = self.lock().seen.get(&about).copied();
        latest.is_some_and(|latest| seen < latest)
    }

    /// When each artefact was last reported on.
    pub fn heard(&self) -> BTreeMap<(EnvironmentName, ArtefactId), Timestamp> {
        self.lock().at.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
