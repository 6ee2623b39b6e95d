//! What can be asked of a release as a whole, and the facts that come of it.
//!
//! Invariants: every act that binds people names the plan hash it was given for, and a step's approval the flag's epoch too,
//! so that neither outlives what it was given for. Not here: moves of a flag (`command`), which decide on exposure.

use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::gate::{Evidence, GateName, Verdict};
use crate::name::{FlagKey, PrincipalName, Revision, TeamName};
use crate::plan::PlanHash;
use crate::plan::closure::{Obstacle, RollbackPart};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What can be asked of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// An owner's consent to the plan.
    SignOff {
        /// The plan consented to.
        plan: PlanHash,
        /// On behalf of which team.
        team: TeamName,
    },
    /// A team's consent to one step of a flag.
    Approve {
        /// The plan it belongs to.
        plan: PlanHash,
        /// The flag.
        flag: FlagKey,
        /// The step, by its exposure.
        step: Exposure,
        /// The flag's epoch as last seen.
        epoch: Revision,
        /// On behalf of which team.
        team: TeamName,
    },
    /// Evidence for a gate or a metric.
    Record {
        /// What was found.
        evidence: Box<Evidence>,
    },
    /// The owner goes on without a clear verdict.
    Accept {
        /// Of which gate.
        gate: GateName,
        /// Of which change; none for the flag's steps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<Pin>,
    },
    /// No raises until resumed; what lowers goes on.
    Pause,
    /// Raises again.
    Resume,
    /// No further steps ever: its flags to 0, latched.
    Abort,
    /// It is done: its pins become live.
    Complete,
    /// Opens the route of one part on its own.
    RaiseRoute {
        /// The part.
        part: Pin,
        /// To what share.
        to: Exposure,
    },
    /// Closes it some way.
    LowerRoute {
        /// The part.
        part: Pin,
        /// To what share at the most.
        to: Exposure,
    },
    /// Its deployment is tried again: its deadline begins anew.
    Retry {
        /// The part.
        part: Pin,
    },
    /// Takes parts back to their previous versions, with everything that must go along.
    RollBack {
        /// The parts that are at fault.
        parts: BTreeSet<Pin>,
    },
    /// Lets a rollback go on before every edge has acknowledged.
    ReleaseRollback,
    /// Every part is observed at its previous version. Flaghoist's own.
    FinishRollback,
}

impl Act {
    /// Whether it only ever takes exposure away: such an act reads no guard and is appended unconditionally.
    pub fn only_lowers(&self) -> bool {
        matches!(self, Act::LowerRoute { .. } | Act::Abort)
    }
}

/// What became so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// An owner consented.
    SignedOff {
        /// To this plan.
        plan: PlanHash,
        /// On behalf of which team.
        team: TeamName,
        /// Who.
        person: PrincipalName,
    },
    /// A team consented to a step.
    Approved {
        /// Of this plan.
        plan: PlanHash,
        /// The flag.
        flag: FlagKey,
        /// The step.
        step: Exposure,
        /// The flag's epoch it binds.
        epoch: Revision,
        /// On behalf of which team.
        team: TeamName,
        /// Who.
        person: PrincipalName,
    },
    /// Evidence was recorded.
    Recorded {
        /// What was found.
        evidence: Box<Evidence>,
        /// What it says against the plan's bar.
        verdict: Verdict,
        /// The epochs of the release's flags, which it binds.
        epochs: BTreeMap<FlagKey, Revision>,
    },
    /// An owner goes on without a clear verdict.
    Accepted {
        /// Of which gate.
        gate: GateName,
        /// Of which change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<Pin>,
        /// Who.
        person: PrincipalName,
    },
    /// No raises until resumed.
    Paused,
    /// Raises again.
    Resumed,
    /// No further steps.
    Aborted,
    /// Its pins are live.
    Completed,
    /// The route of a part moved up.
    RouteRaised {
        /// The part.
        part: Pin,
        /// From where.
        from: Exposure,
        /// To where.
        to: Exposure,
    },
    /// The route of a part moved down; an absolute cap.
    RouteLowered {
        /// The part.
        part: Pin,
        /// What the decision saw; for people.
        from: Exposure,
        /// The cap.
        to: Exposure,
    },
    /// A part's deployment is tried again.
    Retried {
        /// The part.
        part: Pin,
    },
    /// Parts go back to previous versions.
    RollbackStarted {
        /// The parts at fault.
        causes: BTreeSet<Pin>,
        /// Everything that goes back, consumers before foundations.
        parts: Vec<RollbackPart>,
        /// What cannot: a person decides how to go on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        blocked: Vec<Obstacle>,
    },
    /// A person let it go on before every edge had acknowledged.
    RollbackReleased,
    /// Every part was observed at its previous version.
    RollbackFinished,
}
