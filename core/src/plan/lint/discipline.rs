//! Findings about each kind's own discipline: the gates a change of that kind has (FH120–FH122).
//!
//! Not here: whether a gate has passed (`release::guard`).

use super::finding;
use crate::artefact::{Kind, Pin};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{Change, Gate, Plan};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

pub(super) fn lint(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let sets: BTreeMap<_, &Pin> = plan
        .changes
        .keys()
        .filter(|pin| pin.artefact().kind() == Kind::EvalSet)
        .map(|pin| (pin.artefact(), pin))
        .collect();
    let has_prompts = plan.kinds().contains(&Kind::Prompt);
    for (pin, change) in &plan.changes {
        gates_of_kind(plan, pin, change, found);
        for (index, gate) in change.gates.iter().enumerate() {
            let Some(used) = gate.eval_set() else {
                continue;
            };
            if let Some(ships) = sets.get(used.artefact()).filter(|ships| ***ships != used) {
                found.push(finding(
                    Severity::Error,
                    "FH121",
                    format!("changes[{pin}].gates[{index}]"),
                    format!("{pin} is judged by {used}, and the plan ships {ships}: new cases are not run"),
                    format!("write `eval_set: {}@{}`", ships.artefact().name(), ships.version()),
                ));
            }
        }
        let judged = change.gates.iter().any(|gate| gate.eval_set().is_some());
        if pin.artefact().kind() == Kind::Model && !has_prompts && !judged {
            found.push(finding(
                Severity::Warning,
                "FH122",
                format!("changes[{pin}]"),
                format!("{pin} ships without a prompt, and no eval gate judges the prompts there are with it"),
                "ship the revised prompts too, or add a gate over their cases: \
                 `{ eval_set: NAME@VERSION, pass_rate: \">= 0.95\" }`",
            ));
        }
    }
}

/// FH120: a change without the gate of its kind. Where the plan does not say how it opens, a second look is enough (ADR 4).
fn gates_of_kind(plan: &Plan, pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    let missing = missing(pin.artefact().kind(), change);
    if missing.is_empty() {
        return;
    }
    let severity = if plan.canary.is_some() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let (what, fixes): (Vec<&str>, Vec<&str>) = missing.into_iter().unzip();
    let kind = pin.artefact().kind();
    let path = if what.iter().all(|what| *what == FALLBACK.0) {
        format!("changes[{pin}].rollback")
    } else {
        format!("changes[{pin}].gates")
    };
    found.push(finding(
        severity,
        "FH120",
        path,
        format!("{pin} lacks what a {kind} needs: {}", what.join(", ")),
        format!("add {}", fixes.join(", ")),
    ));
}

/// What is missing, and how it is written.
type Lack = (&'static str, &'static str);

const EVAL: Lack = (
    "an eval gate",
    "`{ eval_set: NAME@VERSION, pass_rate: \">= 0.95\" }`",
);
const TESTS: Lack = ("integration tests", "`{ tests: integration }`");
const SCHEMA: Lack = ("a schema check", "`{ schema_check: NAME }`");
const FRESH: Lack = ("a freshness gate", "`{ freshness: \"< 24h\" }`");
const STAGES: Lack = ("a staged size", "`stages: [10, 50, 100]`");
const FALLBACK: Lack = (
    "a version to fall back to",
    "`rollback: { to: NAME@VERSION }`",
);

fn missing(kind: Kind, change: &Change) -> Vec<Lack> {
    let has = |wanted: fn(&Gate) -> bool| change.gates.iter().any(wanted);
    let eval = || has(|gate| matches!(gate, Gate::EvalSet { .. }));
    let tests = || has(|gate| matches!(gate, Gate::Tests { .. }));
    let schema = || has(|gate| matches!(gate, Gate::SchemaCheck { .. }));
    let fresh = || has(|gate| matches!(gate, Gate::Freshness { .. }));
    let falls_back = || change.rollback.as_ref().is_some_and(|way| way.to.is_some());
    let wanted: Vec<(bool, Lack)> = match kind {
        Kind::Prompt => Vec::from([(eval(), EVAL)]),
        Kind::Tool | Kind::Agent | Kind::Service => Vec::from([(tests(), TESTS)]),
        Kind::RetrievalIndex => Vec::from([(schema(), SCHEMA), (fresh(), FRESH)]),
        Kind::Data => Vec::from([(schema(), SCHEMA), (!change.own_steps().is_empty(), STAGES)]),
        Kind::Model => Vec::from([(eval(), EVAL), (falls_back(), FALLBACK)]),
        // Its version is its gate, and every pin has one. What judges a kind of the plan's own, the plan knows best.
        Kind::EvalSet | Kind::Custom(_) => Vec::new(),
    };
    let lacking = wanted.into_iter().filter(|(has, _)| !has);
    lacking.map(|(_, lack)| lack).collect()
}
