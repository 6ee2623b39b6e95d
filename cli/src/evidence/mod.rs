//! Reports of other tools as evidence: what was measured, when, and where to read more.
//!
//! Invariants: pure functions over text; numbers are counted from the report, not believed from its summary where its cases
//! are there; whatever a report holds, reading it is linear in its size and its errors tell the place.
//! Not here: which gate, change and pins it is for, which the command's words and the plan say.

pub mod junit;
pub mod promptfoo;

#[cfg(test)]
mod tests;

use crate::arguments::Format;
use flaghoist_core::artefact::Pin;
use flaghoist_core::diagnostic::{Diagnostic, Place};
use flaghoist_core::gate::{Evidence, Link, Note, Outcome};
use flaghoist_core::time::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// What a report tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What was measured.
    pub outcome: Outcome,
    /// When, where the report says so.
    pub ran_at: Option<Timestamp>,
    /// A page about it.
    pub link: Option<Link>,
    /// What it showed.
    pub summary: Option<Note>,
}

/// What a report is, by its looks.
pub fn format_of(text: &str) -> Format {
    /// The keys that tell one from another.
    #[derive(Deserialize)]
    struct Keys {
        outcome: Option<IgnoredAny>,
        results: Option<IgnoredAny>,
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('<') {
        return Format::Junit;
    }
    match serde_json::from_str::<Keys>(text) {
        Ok(Keys {
            outcome: None,
            results: Some(_),
        }) => Format::Promptfoo,
        _ => Format::Json,
    }
}

/// Reads evidence as the API takes it.
pub fn evidence(text: &str) -> Result<Evidence, Diagnostic> {
    json(text, "evidence as the API takes it")
}

/// Reads JSON; the error tells line and column.
fn json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Diagnostic> {
    let text = text.trim_start_matches('\u{feff}');
    // A list would be read as the fields of a record, one after the other.
    if text.trim_start().starts_with('[') {
        let place = Place {
            line: 1,
            column: 1,
            path: String::new(),
        };
        let message = "it is a list, not a JSON object";
        return Err(Diagnostic::error(
            "json",
            place,
            message,
            format!("write {what}"),
        ));
    }
    serde_json::from_str(text).map_err(|error| {
        let place = Place {
            line: u32::try_from(error.line()).unwrap_or(u32::MAX),
            column: u32::try_from(error.column()).unwrap_or(u32::MAX),
            path: String::new(),
        };
        if error.is_eof() {
            return Diagnostic::error("json", place, "the file ends too early", "is it complete?");
        }
        let message = error.to_string();
        // The place is told before.
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(said, _)| said);
        Diagnostic::error("json", place, message, format!("write {what}"))
    })
}

/// A moment as reports write it: with its offset from UTC or, as several tools do, in UTC without saying so.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

/// The eval set of a run is the gate's: no tool of evals knows its version.
fn eval(eval_set: &Pin, passed: u64, failed: u64, errors: u64) -> Outcome {
    Outcome::Eval {
        eval_set: eval_set.clone(),
        passed,
        cases: passed.saturating_add(failed).saturating_add(errors),
        errors,
    }
}
