//! `GateName`: what evidence calls the gate or metric that it is for.
//!
//! Invariant: its text is that of `plan::Gate`, or `metric:NAME`; every part of it is bounded and harmless.

use super::text::Label;
use crate::artefact::{Kind, Pin};
use crate::name::{NameError, TeamName};
use crate::plan::{Gate, Metric};
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// The name of a gate or metric: `eval_set:refund_flow@3`, `tests:integration`, `freshness`, `metric:tool error rate`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GateName {
    /// A run over this eval set.
    EvalSet(Pin),
    /// A run of this suite.
    Tests(Label),
    /// A check of this schema.
    SchemaCheck(Label),
    /// The age of the data.
    Freshness,
    /// What users said.
    Feedback,
    /// A look by this team.
    Review(TeamName),
    /// Something that is watched.
    Metric(Label),
}

const WHAT: &str = "the name of a gate";
const FORMS: &str = "write `eval_set:NAME@VERSION`, `tests:NAME`, `schema_check:NAME`, `freshness`, `feedback`, `review:TEAM` \
                     or `metric:NAME`";

impl GateName {
    /// Whether this gate is meant.
    pub fn names(&self, gate: &Gate) -> bool {
        match (self, gate) {
            (GateName::EvalSet(pin), Gate::EvalSet { name, version, .. }) => {
                pin.artefact().name() == name && pin.version() == version
            }
            (GateName::Tests(label), Gate::Tests { name })
            | (GateName::SchemaCheck(label), Gate::SchemaCheck { name }) => label.as_str() == name,
            (GateName::Freshness, Gate::Freshness { .. })
            | (GateName::Feedback, Gate::Feedback { .. }) => true,
            (GateName::Review(name), Gate::Review { team }) => name == team,
            _ => false,
        }
    }

    /// Whether this metric is meant.
    pub fn names_metric(&self, metric: &Metric) -> bool {
        matches!(self, GateName::Metric(label) if label.as_str() == metric.name)
    }
}

impl FromStr for GateName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some((kind, name)) = text.split_once(':') else {
            return match text {
                "freshness" => Ok(GateName::Freshness),
                "feedback" => Ok(GateName::Feedback),
                _ => Err(NameError::new(text, WHAT, FORMS)),
            };
        };
        Ok(match kind {
            _ if kind == Kind::EvalSet.as_str() => GateName::EvalSet(text.parse()?),
            "tests" => GateName::Tests(name.parse()?),
            "schema_check" => GateName::SchemaCheck(name.parse()?),
            "review" => GateName::Review(name.parse()?),
            "metric" => GateName::Metric(name.parse()?),
            _ => return Err(NameError::new(text, WHAT, FORMS)),
        })
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A pin of an eval set begins with `eval_set:`.
            GateName::EvalSet(pin) => write!(f, "{pin}"),
            GateName::Tests(name) => write!(f, "tests:{name}"),
            GateName::SchemaCheck(name) => write!(f, "schema_check:{name}"),
            GateName::Freshness => f.write_str("freshness"),
            GateName::Feedback => f.write_str("feedback"),
            GateName::Review(team) => write!(f, "review:{team}"),
            GateName::Metric(name) => write!(f, "metric:{name}"),
        }
    }
}

impl TryFrom<String> for GateName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<GateName> for String {
    fn from(name: GateName) -> String {
        name.to_string()
    }
}
