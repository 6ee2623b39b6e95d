//! `Diagnostic`: one finding about a document a person wrote: where it is, what is wrong, how to mend it.
//!
//! Invariant: `code` is stable and documented; `message` starts lower case, names the user's own words in
//! backticks and ends without a full stop. Not here: refusals of commands (`release::Refusal`).

use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document is refused.
    Error,
    /// Needs a second look.
    Warning,
    /// Would be better otherwise.
    Hint,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        })
    }
}

/// Where in a document: line and column count from 1; `path` is like `features.refund.rollout`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Line, from 1; 0 when the document has no lines (a value built in memory).
    pub line: u32,
    /// Column in characters, from 1; 0 likewise.
    pub column: u32,
    /// The keys and indices that lead there; empty for the document as a whole.
    pub path: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}", self.line, self.column)?;
            if !self.path.is_empty() {
                write!(f, " ")?;
            }
        }
        write!(f, "{}", self.path)
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable code: `FH…` for the lint catalogue, a short word for syntax.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(
        code: &str,
        place: Place,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            severity: Severity::Error,
            place,
            message: message.into(),
            fix: fix.into(),
        }
    }

    /// A warning at a place.
    pub fn warning(
        code: &str,
        place: Place,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, message, fix)
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} {}: {}",
            self.place, self.severity, self.code, self.message
        )?;
        if !self.fix.is_empty() {
            write!(f, "; {}", self.fix)?;
        }
        Ok(())
    }
}
