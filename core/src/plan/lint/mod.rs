//! What is unwise or missing in a plan, by the catalogue of `semantics.md` §4.
//!
//! Invariants: every finding tells what it saw; an error blocks applying; in a bare plan, which has no place to say
//! them, findings are warnings. Syntax, pins and cycles (FH110, FH114, FH115) are `parse`'s.
//! Not here: findings that need the ledger (`release::decide`) and the parts of the catalogue about gates,
//! schedules and sign-offs.

mod canary;

use super::graph::{Graph, Node};
use super::{Plan, Strategy};
use crate::diagnostic::{Diagnostic, Place, Severity};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// More changes than this are worth a warning (FH118).
const CHANGES_MANY: usize = 5;
/// More teams than this are worth a warning (FH118).
const TEAMS_MANY: usize = 3;

/// Every finding about a plan.
pub fn lint(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    uncoupled(plan, &mut found);
    no_rollback(plan, &mut found);
    no_owner(plan, &mut found);
    unrelated(plan, &mut found);
    large(plan, &mut found);
    optional_without_evidence(plan, &mut found);
    no_expiry(plan, &mut found);
    canary::lint(plan, &mut found);
    if plan.is_bare() {
        for finding in &mut found {
            finding.severity = finding.severity.max(Severity::Warning);
        }
    }
    found
}

fn at(path: impl Into<String>) -> Place {
    Place {
        path: path.into(),
        ..Place::default()
    }
}

/// FH101: coordinated, and nothing says why.
fn uncoupled(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let tied = plan
        .changes
        .values()
        .any(|change| !change.requires.is_empty());
    if plan.strategy == Strategy::Coordinated && plan.coupling.is_none() && !tied {
        found.push(Diagnostic::warning(
            "FH101",
            at("strategy"),
            "nothing here needs to ship together: no change requires another",
            "use `strategy: sequenced`, or say why in `coupling`",
        ));
    }
}

/// FH104: a part that cannot be taken back alone.
fn no_rollback(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let fix = "add `rollback` with `to`, `disable` or `procedure`";
    if plan.is_bare() {
        let pins: Vec<String> = plan.pins().into_iter().map(ToString::to_string).collect();
        if !pins.is_empty() {
            let message = format!(
                "no part has a rollback path of its own: {}",
                pins.join(", ")
            );
            found.push(Diagnostic::warning(
                "FH104",
                at("changes"),
                message,
                "list the parts under `changes`, each with `rollback`",
            ));
        }
    }
    for (pin, change) in &plan.changes {
        let path = change.rollback.as_ref();
        if !path.is_some_and(|path| {
            path.to.is_some() || path.disable || path.forward_only || path.procedure.is_some()
        }) {
            let message = format!("{pin} has no rollback path of its own");
            found.push(Diagnostic::error(
                "FH104",
                at(format!("changes[{pin}].rollback")),
                message,
                fix,
            ));
        }
    }
}

/// FH160: nobody to ask.
fn no_owner(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let mut check = |path: String, what: String, owner: Option<&crate::name::TeamName>| match owner
    {
        None => {
            let fix = "add `owner: TEAM`";
            found.push(Diagnostic::error(
                "FH160",
                at(path),
                format!("{what} has no owner"),
                fix,
            ));
        }
        Some(team) if !plan.teams.is_empty() && !plan.teams.contains_key(team) => {
            let message = format!("{what} is owned by `{team}`, which is not among the teams");
            found.push(Diagnostic::error(
                "FH160",
                at(path),
                message,
                "add it under `teams`",
            ));
        }
        Some(_) => {}
    };
    for (name, feature) in &plan.features {
        check(
            format!("features.{name}.owner"),
            format!("feature {name}"),
            feature.owner.as_ref(),
        );
    }
    for (pin, change) in &plan.changes {
        check(
            format!("changes[{pin}].owner"),
            pin.to_string(),
            change.owner.as_ref(),
        );
    }
}

/// FH117: ships along without being needed.
fn unrelated(plan: &Plan, found: &mut Vec<Diagnostic>) {
    if plan.features.is_empty() {
        return;
    }
    let graph = Graph::of(plan);
    let needed: BTreeSet<&Node> = graph.edges().iter().map(|edge| &edge.foundation).collect();
    for pin in plan.changes.keys() {
        if !needed.contains(&Node::Part(pin.clone())) {
            let message = format!("{pin} is needed by no feature and no other change");
            let fix = "make it a dependency, or ship it in a release of its own";
            found.push(Diagnostic::warning(
                "FH117",
                at(format!("changes[{pin}]")),
                message,
                fix,
            ));
        }
    }
}

/// FH118: more than the sum of its parts.
fn large(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let (changes, teams) = (plan.changes.len(), plan.teams.len());
    if changes > CHANGES_MANY || teams > TEAMS_MANY {
        let message =
            format!("the risk is more than the sum of the parts: {changes} changes, {teams} teams");
        found.push(Diagnostic::warning(
            "FH118",
            at("changes"),
            message,
            "split the release",
        ));
    }
}

/// FH154: "works without it" needs proof.
fn optional_without_evidence(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for (name, feature) in &plan.features {
        for (pin, dependency) in &feature.dependencies {
            if dependency.optional && dependency.evidence.is_none() {
                let message =
                    format!("{pin} is optional, and nothing shows that {name} works without it");
                let place = at(format!("features.{name}.dependencies[{pin}]"));
                found.push(Diagnostic::error(
                    "FH154",
                    place,
                    message,
                    "add `evidence`, or make it required",
                ));
            }
        }
    }
}

/// FH165: a flag without an end becomes debt.
fn no_expiry(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for (name, feature) in plan
        .features
        .iter()
        .filter(|(_, feature)| feature.expires.is_none())
    {
        let message = format!(
            "flag {} has no day by which it should be gone",
            feature.flag
        );
        let place = at(format!("features.{name}.expires"));
        let hint = Diagnostic::warning("FH165", place, message, "add `expires: YEAR-MONTH-DAY`");
        found.push(Diagnostic {
            severity: Severity::Hint,
            ..hint
        });
    }
}
