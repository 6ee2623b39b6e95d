//! What people author: flags as the flagd definition language has them.
//!
//! A `Definition` is the model, serialised as written; what evaluation walks is compiled (`evaluation::compile`).
//! Source: flagd-schemas `json/flags.json`.

mod check;

use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Whether a flag answers at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Evaluated.
    Enabled,
    /// Answers without a value, so that the caller's default applies.
    Disabled,
}

/// One flag of a flagd document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Whether it answers.
    pub state: State,
    /// Name → value, at least one, all of one type.
    pub variants: BTreeMap<String, Value>,
    /// The variant that answers where targeting does not; none leaves it to the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_variant: Option<String>,
    /// The rule as written: JSONLogic with flagd's operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Value>,
    /// Scalars that every resolution carries.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
}
