//! Why a command was refused: typed, each with a sentence and a way out.
//!
//! Invariant: a refusal changes nothing; `decide` returns all that apply. Not here: HTTP status codes, which the server
//! derives from `RefusalKind`.

use super::Unmet;
use super::command::Actor;
use super::describe::join;
use super::event::Cause;
use crate::artefact::{ArtefactId, Pin, Unready, Version};
use crate::diagnostic::Diagnostic;
use crate::exposure::Exposure;
use crate::name::{EnvironmentName, FlagKey, ReleaseName, Revision};
use crate::time::Timestamp;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A pin that is not ready, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinProblem {
    /// The pin.
    pub pin: Pin,
    /// How it is not ready.
    pub state: Unready,
}

impl fmt::Display for PinProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            Unready::Missing => "not deployed",
            Unready::Unhealthy => "unhealthy",
        };
        write!(f, "{} is {state}", self.pin)
    }
}

/// What sort of refusal it is, for callers that sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalKind {
    /// The command itself is wrong, wherever it were sent.
    Invalid,
    /// It names something that is not there.
    NotFound,
    /// Somebody else was faster.
    Conflict,
    /// A guard says no for now.
    Guarded,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// No such environment.
    #[error("there is no environment `{environment}`")]
    UnknownEnvironment {
        /// As asked.
        environment: EnvironmentName,
        /// Those there are.
        known: Vec<EnvironmentName>,
    },
    /// The plan names no environment and there is not exactly one.
    #[error("the plan does not say for which environment it is")]
    EnvironmentUnclear {
        /// Those there are.
        known: Vec<EnvironmentName>,
    },
    /// The plan names another environment than the command.
    #[error("the plan is for `{plan}`, the command for `{command}`")]
    EnvironmentDiffers {
        /// In the plan.
        plan: EnvironmentName,
        /// In the command.
        command: EnvironmentName,
    },
    /// No such flag.
    #[error("there is no flag `{flag}` in {environment}")]
    UnknownFlag {
        /// Where.
        environment: EnvironmentName,
        /// As asked.
        flag: FlagKey,
        /// One that is spelled nearly so.
        nearest: Option<FlagKey>,
    },
    /// A plan or flag document with errors.
    #[error("{}", findings(diagnostics))]
    InvalidDocument {
        /// Every finding.
        diagnostics: Vec<Diagnostic>,
    },
    /// The flag belongs to another release, or is a plain flag.
    #[error("`{flag}` {}", owner(release.as_ref()))]
    FlagTaken {
        /// The flag.
        flag: FlagKey,
        /// The release that has it; none for a plain flag.
        release: Option<ReleaseName>,
    },
    /// Another active release pins another version of the same artefact.
    #[error("this plan pins {artefact}@{pinned}, release {release} pins {artefact}@{other}")]
    PinConflict {
        /// Of what.
        artefact: ArtefactId,
        /// The version this plan pins.
        pinned: Version,
        /// The version the other pins.
        other: Version,
        /// The other release.
        release: ReleaseName,
    },
    /// A plan file cannot move a percentage that has been applied.
    #[error("the file moves {flag} from {} to {}", percentage(*was), percentage(*now))]
    PercentageInFile {
        /// The flag.
        flag: FlagKey,
        /// As applied before.
        was: Option<Exposure>,
        /// As in the file now.
        now: Option<Exposure>,
    },
    /// The plan changes what an open flag needs.
    #[error("{flag} is open at {exposure} and the plan changes what it needs")]
    OpenFlag {
        /// The flag.
        flag: FlagKey,
        /// Its exposure.
        exposure: Exposure,
    },
    /// A feature rests on a flag that no plan has.
    #[error("{flag} rests on `{prerequisite}`, which is no flag of a feature in {environment}")]
    UnknownPrerequisite {
        /// Where.
        environment: EnvironmentName,
        /// The flag that rests on it.
        flag: FlagKey,
        /// As asked.
        prerequisite: FlagKey,
        /// One that is spelled nearly so.
        nearest: Option<FlagKey>,
    },
    /// Flags would rest on each other in a circle.
    #[error("no flag of a circle could ever open: {}", join(flags, " → "))]
    PrerequisiteCircle {
        /// The circle, from one flag back to it.
        flags: Vec<FlagKey>,
    },
    /// A flag of another release rests on one that the plan drops.
    #[error("the plan drops {flag}, on which {dependent} rests")]
    FlagNeeded {
        /// The flag.
        flag: FlagKey,
        /// What rests on it.
        dependent: FlagKey,
    },
    /// A flag takes too much room at the edges.
    #[error("{flag} takes {bytes} bytes at the edges, more than {max}")]
    FlagTooLarge {
        /// The flag.
        flag: FlagKey,
        /// What it would take.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// The target is below the exposure: that is not a raise.
    #[error("{flag} is at {current}; {to} is less")]
    NotARaise {
        /// The flag.
        flag: FlagKey,
        /// Where it is.
        current: Exposure,
        /// What was asked.
        to: Exposure,
    },
    /// The flag moved since the caller looked.
    #[error("{flag} has moved since you looked: {by} {what} at {at}; it is at {exposure}{}", if *latched { ", latched" } else { "" })]
    EpochMoved {
        /// The flag.
        flag: FlagKey,
        /// The epoch the caller had.
        expected: Revision,
        /// The epoch now.
        current: Revision,
        /// Its exposure now.
        exposure: Exposure,
        /// Whether it is latched now.
        latched: bool,
        /// Who moved it last.
        by: Actor,
        /// When.
        at: Timestamp,
        /// What they did, in words.
        what: String,
    },
    /// Contained, and nobody has cleared the latch.
    #[error("{flag} is latched: contained by {by} at {since}{}", because(cause, reason.as_ref()))]
    Latched {
        /// The flag.
        flag: FlagKey,
        /// Since when.
        since: Timestamp,
        /// Who contained it.
        by: Actor,
        /// Why.
        cause: Cause,
        /// In their words.
        reason: Option<String>,
    },
    /// Required parts are not deployed and working.
    #[error("{flag} is not ready: {}", list(pins))]
    NotReady {
        /// The flag.
        flag: FlagKey,
        /// Each part that is missing, and how.
        pins: Vec<PinProblem>,
    },
    /// A part, or what it requires, is not deployed and working.
    #[error("{part} cannot open: {}", list(pins))]
    PartNotReady {
        /// The part.
        part: Pin,
        /// What is missing, and how.
        pins: Vec<PinProblem>,
    },
    /// A plan ships a version again that was rolled back as faulty.
    #[error("{part} was rolled back as faulty at {since}")]
    SameFault {
        /// The part.
        part: Pin,
        /// When.
        since: Timestamp,
    },
    /// It takes a reason.
    #[error("this takes a reason")]
    ReasonMissing,
    /// The reason is too long.
    #[error("the reason is too long")]
    ReasonTooLong {
        /// Most bytes it may have.
        max: usize,
    },
    /// It takes a person.
    #[error("this takes a person")]
    PersonMissing,
    /// The artefact has as many versions as are kept.
    #[error("{artefact} has {max} versions already")]
    TooManyVersions {
        /// The artefact.
        artefact: ArtefactId,
        /// The bound.
        max: usize,
    },
    /// The reporter's clock is wrong.
    #[error("the report says it was seen at {seen}, and here it is {now}")]
    ClockAhead {
        /// What the report says.
        seen: Timestamp,
        /// The server's time.
        now: Timestamp,
    },
    /// A rule of the release itself.
    #[error(transparent)]
    #[serde(untagged)]
    Unmet(Unmet),
}

impl Refusal {
    /// What sort it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Refusal::Unmet(unmet) => unmet.kind(),
            Refusal::UnknownEnvironment { .. } | Refusal::UnknownFlag { .. } => {
                RefusalKind::NotFound
            }
            Refusal::EnvironmentUnclear { .. }
            | Refusal::EnvironmentDiffers { .. }
            | Refusal::InvalidDocument { .. }
            | Refusal::NotARaise { .. }
            | Refusal::ReasonMissing
            | Refusal::ReasonTooLong { .. }
            | Refusal::TooManyVersions { .. }
            | Refusal::ClockAhead { .. }
            | Refusal::UnknownPrerequisite { .. }
            | Refusal::PrerequisiteCircle { .. }
            | Refusal::FlagTooLarge { .. }
            | Refusal::PersonMissing => RefusalKind::Invalid,
            Refusal::EpochMoved { .. }
            | Refusal::FlagTaken { .. }
            | Refusal::PinConflict { .. } => RefusalKind::Conflict,
            Refusal::PercentageInFile { .. }
            | Refusal::OpenFlag { .. }
            | Refusal::FlagNeeded { .. }
            | Refusal::Latched { .. }
            | Refusal::NotReady { .. }
            | Refusal::PartNotReady { .. }
            | Refusal::SameFault { .. } => RefusalKind::Guarded,
        }
    }

    /// When the passing of time alone can change it.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Refusal::Unmet(unmet) => unmet.until(),
            _ => None,
        }
    }

    /// What a person can do about it.
    pub fn fix(&self) -> String {
        match self {
            Refusal::Unmet(unmet) => unmet.fix(),
            Refusal::UnknownEnvironment { known, .. } | Refusal::EnvironmentUnclear { known } => {
                format!("name one of: {}", list(known))
            }
            Refusal::EnvironmentDiffers { plan, .. } => {
                format!("apply it to {plan}, or change the plan")
            }
            Refusal::UnknownFlag {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Refusal::UnknownFlag { nearest: None, .. } => {
                "apply the plan that declares it first".into()
            }
            Refusal::InvalidDocument { .. } => "mend the places named and send it again".into(),
            Refusal::FlagTaken { .. } => "use another flag key".into(),
            Refusal::PinConflict { release, .. } => {
                format!("pin the same version, or finish {release} first")
            }
            Refusal::PercentageInFile { .. } => "use raise or lower to move the percentage".into(),
            Refusal::OpenFlag { flag, .. } => {
                format!("lower {flag} to 0 first, then apply the plan")
            }
            Refusal::UnknownPrerequisite {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Refusal::UnknownPrerequisite { nearest: None, .. } => {
                "apply the plan that declares it first".into()
            }
            Refusal::PrerequisiteCircle { .. } => "take one of these prerequisites out".into(),
            Refusal::FlagNeeded { dependent, .. } => {
                format!("take the prerequisite out of the plan of {dependent} first")
            }
            Refusal::FlagTooLarge { .. } => "name fewer preview keys or prerequisites".into(),
            Refusal::NotARaise { .. } => "use lower".into(),
            Refusal::EpochMoved { .. } => "look at the flag again and decide anew".into(),
            Refusal::Latched { .. } => {
                "clear the latch, with a reason, when the cause is understood".into()
            }
            Refusal::SameFault { .. } => "pin a new version of it".into(),
            Refusal::NotReady { .. } | Refusal::PartNotReady { .. } => {
                "deploy what is missing; the report of it opens the way".into()
            }
            Refusal::ReasonMissing => "say why in one sentence".into(),
            Refusal::ReasonTooLong { max } => format!("use at most {max} bytes"),
            Refusal::PersonMissing => "sign in, or use a key that a person answers for".into(),
            Refusal::ClockAhead { .. } => "set the reporter's clock, or leave `seen` out".into(),
            Refusal::TooManyVersions { .. } => "report the versions that are withdrawn".into(),
        }
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "(there is none yet)".into();
    }
    join(items, ", ")
}

/// A document with one error says it; one with many counts them, and the list follows.
fn findings(diagnostics: &[Diagnostic]) -> String {
    match diagnostics {
        [only] => only.to_string(),
        many => format!("the document has {} errors", many.len()),
    }
}

fn owner(release: Option<&ReleaseName>) -> String {
    release.map_or_else(
        || "is a flag of its own already".into(),
        |release| format!("belongs to release {release}"),
    )
}

/// Why a flag was contained, after who did it and when.
fn because(cause: &Cause, reason: Option<&String>) -> String {
    // Here it follows another clause, so without the comma.
    let cause = cause.in_words().replacen(",", "", 1);
    let reason = reason.map(|reason| format!(" (\"{reason}\")"));
    cause + &reason.unwrap_or_default()
}

fn percentage(exposure: Option<Exposure>) -> String {
    exposure.map_or_else(|| "no percentage".into(), |exposure| exposure.to_string())
}
