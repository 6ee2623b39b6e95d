//! Gates, canary steps and metrics as a plan writes them. Not here: what passes them (`gate`).

use crate::artefact::{ArtefactId, Pin, Version};
use crate::exposure::Exposure;
use crate::name::TeamName;
use crate::plan::decimal::{Bound, Decimal};
use crate::time::Span;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A condition that recorded evidence must meet: of a change before it ships, of a step before the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum Gate {
    /// An eval run over these cases: `{ eval_set: refund_flow@3, pass_rate: ">= 0.95" }`.
    EvalSet {
        /// The name of the eval set.
        name: String,
        /// Its version: runs over an older one do not count.
        version: Version,
        /// What the share of passed cases must be.
        pass_rate: Bound<Decimal>,
    },
    /// A test run: `{ tests: integration }`.
    Tests {
        /// The suite.
        name: String,
    },
    /// A schema that fits: `{ schema_check: refund_policies }`.
    SchemaCheck {
        /// What is checked.
        name: String,
    },
    /// Data that is fresh: `{ freshness: "< 24h" }`.
    Freshness {
        /// What its age must be.
        age: Bound<Span>,
    },
    /// What users said: `{ feedback: ">= 0.8", units: 200 }`.
    Feedback {
        /// What the share of positive answers must be.
        positive: Bound<Decimal>,
        /// From at least so many users.
        units: u64,
    },
    /// A person's look: `{ review: agents }`.
    Review {
        /// The team whose member looks.
        team: TeamName,
    },
}

/// The name evidence knows a gate by: `eval_set:refund_flow@3`, `tests:integration`, `freshness`.
impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gate::EvalSet { name, version, .. } => write!(f, "eval_set:{name}@{version}"),
            Gate::Tests { name } => write!(f, "tests:{name}"),
            Gate::SchemaCheck { name } => write!(f, "schema_check:{name}"),
            Gate::Freshness { .. } => f.write_str("freshness"),
            Gate::Feedback { .. } => f.write_str("feedback"),
            Gate::Review { team } => write!(f, "review:{team}"),
        }
    }
}

impl Gate {
    /// The pin of the eval set it runs over, where it is such a gate.
    pub fn eval_set(&self) -> Option<Pin> {
        let Gate::EvalSet { name, version, .. } = self else {
            return None;
        };
        let artefact = ArtefactId::new(crate::artefact::Kind::EvalSet, name).ok()?;
        Some(Pin::new(artefact, version.clone()))
    }
}

/// How the flag opens, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Who takes the next step.
    #[serde(default, skip_serializing_if = "Promotion::is_default")]
    pub promote: Promotion,
    /// The steps, each wider than the one before; the last is everybody.
    pub steps: Vec<Step>,
    /// What is watched at every step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// What a metric without a clear verdict does.
    #[serde(default, skip_serializing_if = "OnInconclusive::is_default")]
    pub on_inconclusive: OnInconclusive,
}

/// Who takes the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Promotion {
    /// A person.
    #[default]
    Manual,
    /// Flaghoist on the signers' behalf, when every gate passed and the minimum time is over.
    Automatic,
}

/// What a metric without a clear verdict does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInconclusive {
    /// Holds the release until there is a verdict, or the component's owner accepts there is none.
    #[default]
    Hold,
    /// Goes on.
    Proceed,
}

macro_rules! default_is_silent {
    ($($type:ty),*) => {$(
        impl $type {
            fn is_default(&self) -> bool {
                *self == Self::default()
            }
        }
    )*};
}
default_is_silent!(Promotion, OnInconclusive);

/// One exposure of the canary, and what must be before the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The share of users.
    pub exposure: Exposure,
    /// It lasts at least so long, counted from the acknowledgement of the edges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Span>,
    /// It has at least so many users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// What evidence the next step needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// Teams that must approve this step before it is taken.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approve: BTreeSet<TeamName>,
}

/// Something that is watched while the flag opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// What people call it; evidence names it `metric:NAME`.
    pub name: String,
    /// The part it tells about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ArtefactId>,
    /// What a FAIL does.
    pub role: Role,
    /// What is measured.
    pub measure: Measure,
}

/// What a failing metric does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Contains.
    Critical,
    /// Holds.
    Signal,
    /// Is shown.
    Info,
}

/// What is measured, and how it is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Users with an event among users, exposed against not exposed.
    Rate {
        /// Query of the users with the event.
        events: String,
        /// Query of all users.
        units: String,
        /// Which way is worse.
        worse: Direction,
        /// The tolerated multiple of the control's rate.
        ratio: Decimal,
    },
    /// One number against a fixed limit.
    Value {
        /// Its query.
        query: String,
        /// What must hold.
        limit: Bound<Decimal>,
    },
    /// A mean score, exposed against not exposed.
    Score {
        /// Where it comes from: `pushed`.
        source: String,
        /// Which way is worse.
        worse: Direction,
        /// The tolerated difference.
        drop: Decimal,
    },
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More.
    Higher,
    /// Less.
    Lower,
}
