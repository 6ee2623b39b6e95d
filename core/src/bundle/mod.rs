//! The document of one environment that evaluators load: a standard flagd flag definition document.
//!
//! Invariant: serialising a `Bundle` gives the same bytes for the same content, on every host.
//! Two readers: `from_json` for our own writes refuses whatever is not sound, with line, column and fix; `from_foreign_json`
//! takes what flagd takes, and keeps a flag it cannot read as data, so that it fails alone.
//! Source: flagd-schemas `json/flagd.json`; `lower` is DESIGN §6.

use crate::diagnostic::Diagnostic;
use crate::evaluation::ErrorCode;
use crate::flag::Definition;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

mod parse;
mod source;
pub(crate) mod stream;

#[cfg(feature = "control")]
mod lower;
#[cfg(feature = "control")]
pub use lower::{OFF, ON, lower, lower_for_clients};
#[cfg(feature = "control")]
pub(crate) use lower::{affected_keys, lower_key, lowered_bytes};

/// The metadata key that declares the hash version of `fractional`: `v2` (also where it is absent) or `v3`.
pub const FRACTIONAL: &str = "fractional";

/// A flag of a foreign document that cannot be read: it answers its error.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenFlag {
    /// The error every evaluation gives.
    pub code: ErrorCode,
    /// What is wrong, and where.
    pub message: String,
    /// The flag's metadata, as far as it can be read.
    pub metadata: BTreeMap<String, Value>,
}

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
    /// Flags that could not be read; never written.
    #[serde(skip)]
    pub broken: BTreeMap<String, BrokenFlag>,
}

impl Bundle {
    /// Reads a document of our own: every error is found and nothing is taken if there is one.
    pub fn from_json(document: impl AsRef<[u8]>) -> Result<Self, Vec<Diagnostic>> {
        parse::strict(document.as_ref())
    }

    /// Reads any flagd document. Refused as a whole where it is no JSON object with `flags`, or where a default variant is
    /// not a variant, as flagd refuses it; any other fault stays with its flag.
    pub fn from_foreign_json(document: impl AsRef<[u8]>) -> Result<Self, Vec<Diagnostic>> {
        parse::lenient(document.as_ref())
    }

    /// Writes the document: the same bytes for the same content.
    pub fn to_json(&self) -> Vec<u8> {
        // Keys are texts and numbers finite, so writing to memory cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The ledger the document came from, where it says so.
    pub fn ledger(&self) -> Option<&str> {
        self.metadata.get("ledger").and_then(Value::as_str)
    }

    /// The revision within the ledger, where it says so.
    pub fn revision(&self) -> Option<u64> {
        match self.metadata.get("revision") {
            Some(Value::Int(revision)) => u64::try_from(*revision).ok(),
            _ => None,
        }
    }
}
