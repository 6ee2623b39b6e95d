//! What the ledger holds: entries of events.
//!
//! Invariants: append-only; an entry is one decision; its format is versioned from the first entry on, and a reader
//! refuses formats it does not know. Events are facts: folding one never fails, whatever state it meets.

use super::act::Fact;
use super::command::{Actor, RequestId};
use crate::artefact::{ArtefactId, Mismatch, Pin, Report};
use crate::calendar::Freeze;
use crate::exposure::Exposure;
use crate::flag::Definition;
use crate::gate::GateName;
use crate::name::{EnvironmentName, FlagKey, PrincipalName, ReleaseName, Revision};
use crate::plan::{Plan, PlanHash};
use crate::time::Timestamp;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The format of entries this code writes.
pub const FORMAT: u16 = 1;

/// One decision, with who, when and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The format it is written in.
    pub format: u16,
    /// Its number: from 1, without gaps.
    pub revision: Revision,
    /// When it was decided, by the server's clock.
    pub at: Timestamp,
    /// Who commanded.
    pub actor: Actor,
    /// Why, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The caller's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// What was decided, in order.
    pub events: Vec<Event>,
}

/// Why a flag was contained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// A person or program asked.
    Command,
    /// A part it needs is not what it was.
    Drift {
        /// Which part.
        pin: Pin,
        /// What became of it.
        mismatch: Mismatch,
    },
    /// A gate or a critical metric failed.
    Gate {
        /// Which.
        gate: GateName,
    },
    /// Parts it needs are rolled back.
    Rollback {
        /// The release they belong to.
        release: ReleaseName,
        /// Those at fault.
        causes: BTreeSet<Pin>,
    },
    /// Its release was aborted.
    Abort,
}

impl Cause {
    /// The cause to follow what it caused: ", because …"; nothing where somebody asked.
    pub fn in_words(&self) -> String {
        match self {
            Cause::Command => String::new(),
            Cause::Drift { pin, mismatch } => format!(", because {pin} {}", mismatch.in_words()),
            Cause::Gate { gate } => format!(", because {gate} failed"),
            Cause::Rollback { release, causes } => {
                let parts: Vec<String> = causes.iter().map(ToString::to_string).collect();
                format!(", because {release} rolls back {}", parts.join(", "))
            }
            Cause::Abort => ", because its release was aborted".into(),
        }
    }
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An environment is known, and about how many users it has.
    EnvironmentDeclared {
        /// Which.
        environment: EnvironmentName,
        /// About how many targeting keys it sees.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        population: Option<u64>,
    },
    /// A plan was taken up.
    PlanApplied {
        /// Where.
        environment: EnvironmentName,
        /// The plan.
        plan: Box<Plan>,
        /// Its hash.
        hash: PlanHash,
        /// The plan it replaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<PlanHash>,
        /// The file it was read from, for people.
        source: String,
    },
    /// An opening waits for the parts to be ready.
    Armed {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// To what share it will open.
        to: Exposure,
        /// On whose behalf.
        on_behalf_of: PrincipalName,
    },
    /// A report changed what is available.
    Observed {
        /// Where.
        environment: EnvironmentName,
        /// Of what.
        artefact: ArtefactId,
        /// What was reported.
        report: Report,
        /// By whom.
        source: PrincipalName,
    },
    /// A promised report did not come: what is known of an artefact may no longer be so.
    ObservationStale {
        /// Where.
        environment: EnvironmentName,
        /// Of what.
        artefact: ArtefactId,
        /// Who is silent.
        source: PrincipalName,
    },
    /// A flag was opened further.
    Raised {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// What the decision saw.
        from: Exposure,
        /// To what share.
        to: Exposure,
        /// Set when an armed opening fired: who had applied the plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<PrincipalName>,
        /// Set when hours or a freeze were overridden: where the follow-up is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emergency: Option<String>,
        /// Set when steps were left out.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        skipped: bool,
    },
    /// A release went on, or back.
    Release {
        /// Where.
        environment: EnvironmentName,
        /// Which.
        release: ReleaseName,
        /// What became so.
        fact: Fact,
    },
    /// Nobody raises anything for a while.
    Frozen {
        /// Where.
        environment: EnvironmentName,
        /// From when till when.
        freeze: Freeze,
    },
    /// A freeze ended before its time.
    FreezeLifted {
        /// Where.
        environment: EnvironmentName,
        /// The entry that declared it.
        freeze: Revision,
    },
    /// Every edge that reports serves a revision.
    EdgesAcknowledged {
        /// Where.
        environment: EnvironmentName,
        /// The bundle revision.
        revision: Revision,
        /// How many edges report.
        edges: u32,
    },
    /// A flag was closed some way. An absolute cap: the fold takes the smaller of this and what it finds.
    Lowered {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// What the decision saw; for people, the fold does not read it.
        from: Exposure,
        /// The cap.
        to: Exposure,
    },
    /// A flag was taken to 0 and latched, whatever it was.
    Contained {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// What the decision saw; for people, the fold does not read it.
        from: Exposure,
        /// Why.
        cause: Cause,
    },
    /// A latch was lifted; the flag is at 0.
    LatchCleared {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
    },
    /// A plain flag was written.
    FlagWritten {
        /// Where.
        environment: EnvironmentName,
        /// Its key.
        flag: FlagKey,
        /// Its definition.
        definition: Box<Definition>,
        /// Whether browser evaluation keys may see it.
        client: bool,
    },
}

impl Event {
    /// Where it happened.
    pub fn environment(&self) -> &EnvironmentName {
        match self {
            Event::EnvironmentDeclared { environment, .. }
            | Event::PlanApplied { environment, .. }
            | Event::Armed { environment, .. }
            | Event::Observed { environment, .. }
            | Event::ObservationStale { environment, .. }
            | Event::Raised { environment, .. }
            | Event::Release { environment, .. }
            | Event::Frozen { environment, .. }
            | Event::FreezeLifted { environment, .. }
            | Event::EdgesAcknowledged { environment, .. }
            | Event::Lowered { environment, .. }
            | Event::Contained { environment, .. }
            | Event::LatchCleared { environment, .. }
            | Event::FlagWritten { environment, .. } => environment,
        }
    }
}
