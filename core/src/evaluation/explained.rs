//! `Explained`: an answer with the way it came about. One structure for command line, API, npm package and app.

use super::{Attributes, Bucketing, Details, Explanation, Reason, Step, evaluate};
use crate::limits::PREREQUISITES_EXPLAINED_MAX;
use crate::ruleset::Ruleset;
use crate::time::Timestamp;
use crate::value::Value;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The whole answer, and why it is that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// The answer.
    #[serde(flatten)]
    pub details: Details,
    /// The share that decided: the last one found on the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucketing: Option<Bucketing>,
    /// The pins that keep a closed flag closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The flags it rests on, foundations first, each with this user's own answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
    /// The path through targeting, in the order the steps began.
    pub steps: Vec<Step>,
    /// How many more steps there were.
    #[serde(default)]
    pub omitted: u32,
}

/// A flag that another rests on, as it answers the same user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prerequisite {
    /// Its key.
    pub flag_key: String,
    /// Whether it lets the user through.
    pub met: bool,
    /// Why it answers so.
    pub reason: Reason,
    /// Why it is closed for everybody, where it is: `contained`, `not_ready`, `not_opened`, `prerequisite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The share that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucketing: Option<Bucketing>,
}

/// Evaluates a flag by key, and tells the way.
pub fn explain<'a>(
    ruleset: &'a Ruleset,
    flag_key: &str,
    attributes: impl Into<Attributes<'a>>,
    now: Timestamp,
) -> Explained {
    let attributes = attributes.into();
    let (details, seen) = observed(ruleset, flag_key, attributes, now);
    let listed = |name: &str| {
        let keys = details.metadata.get(name).and_then(Value::as_str);
        keys.into_iter().flat_map(|keys| keys.split(','))
    };
    // What a foreign document calls its prerequisites is its own affair; the bound keeps it from costing.
    let beneath = listed("prerequisites").take(PREREQUISITES_EXPLAINED_MAX);
    Explained {
        missing: listed("missing").map(ToString::to_string).collect(),
        prerequisites: beneath
            .map(|key| prerequisite(ruleset, key, attributes, now))
            .collect(),
        bucketing: decisive(&seen),
        steps: seen.steps,
        omitted: seen.omitted,
        details,
    }
}

fn observed<'a>(
    ruleset: &'a Ruleset,
    flag_key: &str,
    attributes: Attributes<'a>,
    now: Timestamp,
) -> (Details, Explanation) {
    let mut seen = Explanation::default();
    let resolution = evaluate(ruleset, flag_key, attributes, now, &mut seen);
    (Details::new(ruleset, flag_key, &resolution), seen)
}

/// The share that decided: the last one on the path.
fn decisive(seen: &Explanation) -> Option<Bucketing> {
    seen.steps.iter().rev().find_map(|step| step.bucketing)
}

fn prerequisite<'a>(
    ruleset: &'a Ruleset,
    flag_key: &str,
    attributes: Attributes<'a>,
    now: Timestamp,
) -> Prerequisite {
    let (details, seen) = observed(ruleset, flag_key, attributes, now);
    let cause = details.metadata.get("cause").and_then(Value::as_str);
    Prerequisite {
        flag_key: flag_key.into(),
        met: details.value == Some(Value::Bool(true)),
        reason: details.reason,
        cause: cause.map(ToString::to_string),
        bucketing: decisive(&seen),
    }
}
