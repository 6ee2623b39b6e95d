//! The document of one environment that evaluators load: a standard flagd flag definition document.
//!
//! Invariant: serialising a `Bundle` gives the same bytes for the same content, on every host.
//! Source: flagd-schemas `json/flagd.json`; `lower` is DESIGN §6.

use crate::flag::Definition;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

#[cfg(feature = "control")]
mod lower;
#[cfg(feature = "control")]
pub use lower::{OFF, ON, lower, lower_for_clients};
#[cfg(feature = "control")]
pub(crate) use lower::{affected_keys, lower_key};

/// A flagd document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Bundle {
    /// Scalars of the whole set; a flag's own metadata goes over them. Ours: `ledger`, `revision`, `flagSetId`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
    /// Named rules that `$ref` stands for.
    #[serde(
        rename = "$evaluators",
        default,
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub evaluators: BTreeMap<String, Value>,
    /// Key → flag.
    pub flags: BTreeMap<String, Definition>,
}
