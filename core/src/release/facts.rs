//! What is known besides the ledger, as far as `advance` needs it: who was heard of when, and what edges serve.
//!
//! Invariants: a value, gathered anew for each look; nothing in it decides anything before an entry says so. Not here: who
//! gathers it (the server's side tables).

use crate::artefact::ArtefactId;
use crate::name::{EnvironmentName, Revision};
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What is known besides the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Since when anybody listens: silence before that is nobody's fault.
    pub listening_since: Timestamp,
    /// When an artefact was last reported on, whether the report told anything new or not.
    pub heard: BTreeMap<(EnvironmentName, ArtefactId), Timestamp>,
    /// What the edges that tell serve, oldest first.
    pub serving: BTreeMap<EnvironmentName, Vec<Serving>>,
}

/// How many edges serve a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// The bundle revision.
    pub revision: Revision,
    /// How many edges that were heard of lately.
    pub edges: u32,
}

impl Facts {
    /// Nothing is known besides the ledger, and somebody listens from `now` on.
    pub fn none(now: Timestamp) -> Self {
        Self {
            listening_since: now,
            heard: BTreeMap::new(),
            serving: BTreeMap::new(),
        }
    }
}
