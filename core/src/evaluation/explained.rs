//! `Explained`: an answer with the way it came about. One structure for command line, API, npm package and app.

use super::{Attributes, Bucketing, Details, Explanation, Step, evaluate};
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
    /// The path through targeting, in the order the steps began.
    pub steps: Vec<Step>,
    /// How many more steps there were.
    #[serde(default)]
    pub omitted: u32,
}

/// Evaluates a flag by key, and tells the way.
pub fn explain<'a>(
    ruleset: &'a Ruleset,
    flag_key: &str,
    attributes: impl Into<Attributes<'a>>,
    now: Timestamp,
) -> Explained {
    let mut seen = Explanation::default();
    let resolution = evaluate(ruleset, flag_key, attributes, now, &mut seen);
    let details = Details::new(ruleset, flag_key, &resolution);
    let missing = details.metadata.get("missing").and_then(Value::as_str);
    Explained {
        missing: missing
            .map(|pins| pins.split(',').map(ToString::to_string).collect())
            .unwrap_or_default(),
        bucketing: seen.steps.iter().rev().find_map(|step| step.bucketing),
        steps: seen.steps,
        omitted: seen.omitted,
        details,
    }
}
