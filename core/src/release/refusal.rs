//! Why a command was refused: typed, each with a sentence and a way out.
//!
//! Invariant: a refusal changes nothing; `decide` returns all that apply. Not here: HTTP status codes, which the server
//! derives from `RefusalKind`.

use super::command::Actor;
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// No such environment.
    UnknownEnvironment {
        /// As asked.
        environment: EnvironmentName,
        /// Those there are.
        known: Vec<EnvironmentName>,
    },
    /// The plan names no environment and there is not exactly one.
    EnvironmentUnclear {
        /// Those there are.
        known: Vec<EnvironmentName>,
    },
    /// The plan names another environment than the command.
    EnvironmentDiffers {
        /// In the plan.
        plan: EnvironmentName,
        /// In the command.
        command: EnvironmentName,
    },
    /// No such flag.
    UnknownFlag {
        /// Where.
        environment: EnvironmentName,
        /// As asked.
        flag: FlagKey,
        /// One that is spelled nearly so.
        nearest: Option<FlagKey>,
    },
    /// A plan or flag document with errors.
    InvalidDocument {
        /// Every finding.
        diagnostics: Vec<Diagnostic>,
    },
    /// The flag belongs to another release, or is a plain flag.
    FlagTaken {
        /// The flag.
        flag: FlagKey,
        /// The release that has it; none for a plain flag.
        release: Option<ReleaseName>,
    },
    /// Another active release pins another version of the same artefact.
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
    PercentageInFile {
        /// The flag.
        flag: FlagKey,
        /// As applied before.
        was: Option<Exposure>,
        /// As in the file now.
        now: Option<Exposure>,
    },
    /// The plan changes what an open flag needs.
    OpenFlag {
        /// The flag.
        flag: FlagKey,
        /// Its exposure.
        exposure: Exposure,
    },
    /// The target is below the exposure: that is not a raise.
    NotARaise {
        /// The flag.
        flag: FlagKey,
        /// Where it is.
        current: Exposure,
        /// What was asked.
        to: Exposure,
    },
    /// The flag moved since the caller looked.
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
    NotReady {
        /// The flag.
        flag: FlagKey,
        /// Each part that is missing, and how.
        pins: Vec<PinProblem>,
    },
    /// It takes a reason.
    ReasonMissing,
    /// The reason is too long.
    ReasonTooLong {
        /// Most bytes it may have.
        max: usize,
    },
    /// It takes a person.
    PersonMissing,
    /// The artefact has as many versions as are kept.
    TooManyVersions {
        /// The artefact.
        artefact: ArtefactId,
        /// The bound.
        max: usize,
    },
}

impl Refusal {
    /// What sort it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
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
            | Refusal::PersonMissing => RefusalKind::Invalid,
            Refusal::EpochMoved { .. }
            | Refusal::FlagTaken { .. }
            | Refusal::PinConflict { .. } => RefusalKind::Conflict,
            Refusal::PercentageInFile { .. }
            | Refusal::OpenFlag { .. }
            | Refusal::Latched { .. }
            | Refusal::NotReady { .. } => RefusalKind::Guarded,
        }
    }

    /// What a person can do about it.
    pub fn fix(&self) -> String {
        match self {
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
            Refusal::NotARaise { .. } => "use lower".into(),
            Refusal::EpochMoved { .. } => "look at the flag again and decide anew".into(),
            Refusal::Latched { .. } => {
                "clear the latch, with a reason, when the cause is understood".into()
            }
            Refusal::NotReady { .. } => {
                "deploy what is missing; the report of it opens the way".into()
            }
            Refusal::ReasonMissing => "say why in one sentence".into(),
            Refusal::ReasonTooLong { max } => format!("use at most {max} bytes"),
            Refusal::PersonMissing => "sign in, or use a key that a person answers for".into(),
            Refusal::TooManyVersions { .. } => "report the versions that are withdrawn".into(),
        }
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    if items.is_empty() {
        return "(there is none yet)".into();
    }
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::UnknownEnvironment { environment, .. } => {
                write!(f, "there is no environment `{environment}`")
            }
            Refusal::EnvironmentUnclear { .. } => {
                f.write_str("the plan does not say for which environment it is")
            }
            Refusal::EnvironmentDiffers { plan, command } => {
                write!(f, "the plan is for `{plan}`, the command for `{command}`")
            }
            Refusal::UnknownFlag {
                environment, flag, ..
            } => write!(f, "there is no flag `{flag}` in {environment}"),
            Refusal::InvalidDocument { diagnostics } => match diagnostics.as_slice() {
                [only] => write!(f, "{only}"),
                many => write!(f, "the document has {} errors", many.len()),
            },
            Refusal::FlagTaken {
                flag,
                release: Some(release),
            } => write!(f, "`{flag}` belongs to release {release}"),
            Refusal::FlagTaken {
                flag,
                release: None,
            } => write!(f, "`{flag}` is a flag of its own already"),
            Refusal::PinConflict {
                artefact,
                pinned,
                other,
                release,
            } => {
                write!(
                    f,
                    "this plan pins {artefact}@{pinned}, release {release} pins {artefact}@{other}"
                )
            }
            Refusal::PercentageInFile { flag, was, now } => {
                write!(
                    f,
                    "the file moves {flag} from {} to {}",
                    percentage(*was),
                    percentage(*now)
                )
            }
            Refusal::OpenFlag { flag, exposure } => {
                write!(
                    f,
                    "{flag} is open at {exposure} and the plan changes what it needs"
                )
            }
            Refusal::NotARaise { flag, current, to } => {
                write!(f, "{flag} is at {current}; {to} is less")
            }
            Refusal::EpochMoved {
                flag,
                by,
                at,
                what,
                exposure,
                latched,
                ..
            } => {
                let latched = if *latched { ", latched" } else { "" };
                write!(
                    f,
                    "{flag} has moved since you looked: {by} {what} at {at}; it is at {exposure}{latched}"
                )
            }
            Refusal::Latched {
                flag,
                since,
                by,
                cause,
                reason,
            } => {
                write!(f, "{flag} is latched: contained by {by} at {since}")?;
                if let Cause::Drift { pin, mismatch } = cause {
                    write!(f, " because {pin} {}", mismatch.in_words())?;
                }
                reason
                    .as_ref()
                    .map_or(Ok(()), |reason| write!(f, " (\"{reason}\")"))
            }
            Refusal::NotReady { flag, pins } => write!(f, "{flag} is not ready: {}", list(pins)),
            Refusal::ReasonMissing => f.write_str("this takes a reason"),
            Refusal::ReasonTooLong { .. } => f.write_str("the reason is too long"),
            Refusal::PersonMissing => f.write_str("this takes a person"),
            Refusal::TooManyVersions { artefact, max } => {
                write!(f, "{artefact} has {max} versions already")
            }
        }
    }
}

fn percentage(exposure: Option<Exposure>) -> String {
    exposure.map_or_else(|| "no percentage".into(), |exposure| exposure.to_string())
}
