//! What is unwise or missing in a plan, by the catalogue of `semantics.md` §4: `lint` of a plan alone, `lint_in` of a plan among
//! the facts of an environment, `lint_text` and `lint_text_in` of a file, with lines and columns.
//!
//! Invariants: every finding tells what it saw; a plan's own errors block applying; in a bare plan, which has no place to say
//! them, findings are at most warnings, and so are those that facts which change with time give, save where a guard refuses the
//! same; every rule is linear in changes and edges. `catalogue` has an entry for each code.
//! Not here: syntax, pins and circles (FH110, FH114, FH115 within a plan), which are `parse`'s, and what may happen now
//! (`release::guard`).

mod canary;
pub mod catalogue;
mod discipline;
mod facts;
mod hours;
mod locate;
mod metrics;
mod people;
mod rollback;
mod shape;
mod view;

#[cfg(test)]
mod tests;

pub use locate::locate;

use super::{Plan, parse};
use crate::calendar;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::workspace::Environment;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use view::View;

/// Every finding about a plan.
pub fn lint(plan: &Plan) -> Vec<Diagnostic> {
    let view = View::of(plan);
    let mut found = Vec::new();
    shape::lint(&view, &mut found);
    rollback::lint(&view, &mut found);
    discipline::lint(plan, &mut found);
    people::lint(plan, &mut found);
    canary::lint(plan, &mut found);
    metrics::lint(plan, &mut found);
    hours::lint(plan, &mut found);
    soften(plan, &mut found);
    found
}

/// Every finding about a plan where it is to ship: those of the plan alone, and those that the environment's facts give.
pub fn lint_in(plan: &Plan, environment: &Environment) -> Vec<Diagnostic> {
    let mut found = lint(plan);
    facts::lint(plan, environment, &mut found);
    found
}

/// Every finding about a plan file, in the order of the file, with lines and columns.
pub fn lint_text(text: &str) -> Vec<Diagnostic> {
    located(text, lint)
}

/// Every finding about a plan file where it is to ship, in the order of the file, with lines and columns.
pub fn lint_text_in(text: &str, environment: &Environment) -> Vec<Diagnostic> {
    located(text, |plan| lint_in(plan, environment))
}

fn located(text: &str, lint: impl Fn(&Plan) -> Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut found = match parse(text) {
        Ok(plan) => {
            let mut found = lint(&plan);
            found.extend(calendar::check_zones(&plan));
            found
        }
        Err(errors) => errors,
    };
    locate(text, &mut found);
    found
}

/// In a bare plan nothing but what `parse` refuses is an error (DESIGN §5).
fn soften(plan: &Plan, found: &mut [Diagnostic]) {
    if plan.is_bare() {
        for finding in found {
            finding.severity = finding.severity.max(Severity::Warning);
        }
    }
}

fn at(path: impl Into<String>) -> Place {
    Place {
        path: path.into(),
        ..Place::default()
    }
}

fn finding(
    severity: Severity,
    code: &str,
    path: impl Into<String>,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        severity,
        ..Diagnostic::error(code, at(path), message, fix)
    }
}

/// More names than this are counted in place of listed.
const NAMES_SHOWN: usize = 3;

/// Some names in a row, the rest counted.
fn names<T: ToString>(of: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = of.into_iter().map(|name| name.to_string()).collect();
    let shown: Vec<&str> = all.iter().take(NAMES_SHOWN).map(String::as_str).collect();
    match all.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(", "),
        more => alloc::format!("{} and {more} more", shown.join(", ")),
    }
}
