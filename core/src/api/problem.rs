//! `Problem`: what every failed request answers (RFC 9457, `application/problem+json`).

use crate::diagnostic::Diagnostic;
use crate::release::Refusal;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A failed request, for programs and people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name of the kind of problem: `urn:flaghoist:problem:…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// That kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// How to mend it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
    /// Every refusal, where a command was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<RefusalReport>,
    /// Every finding, where a document was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

/// A refusal with its words, for callers that do not have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalReport {
    /// The refusal.
    #[serde(flatten)]
    pub refusal: Refusal,
    /// What it says.
    pub message: String,
    /// The way out.
    pub fix: String,
}

impl From<Refusal> for RefusalReport {
    fn from(refusal: Refusal) -> Self {
        Self {
            message: refusal.to_string(),
            fix: refusal.fix(),
            refusal,
        }
    }
}
