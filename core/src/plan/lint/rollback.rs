//! Findings about ways back (FH104, FH105, FH150, FH152–FH154).
//!
//! Invariant: closures are asked for a bounded number of changes, as each may take the whole plan along.
//! Not here: whether a version to go back to is still there (`facts`), and drills (FH155), which nobody records.

use super::view::View;
use super::{finding, names};
use crate::artefact::Pin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::closure::Closures;
use crate::plan::{Change, Plan};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// So many cascades are told in full, the rest is counted: nobody reads more, and each costs a look at the whole graph (FH153).
const CASCADES_SHOWN: usize = 10;
/// Words of a procedure that make a rollback wait (FH150: semantics.md §4).
const WAITING: [&str; 9] = [
    "approval",
    "approvals",
    "approve",
    "approved",
    "approves",
    "wait",
    "waits",
    "window",
    "windows",
];

pub(super) fn lint(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let plan = view.plan;
    if plan.is_bare() {
        no_place_for_rollback(plan, found);
    }
    for (pin, change) in &plan.changes {
        no_rollback(pin, change, found);
        waiting_rollback(pin, change, found);
        stranded(view, pin, change, found);
    }
    one_procedure(plan, found);
    cascades(view, found);
    optional_without_evidence(plan, found);
}

/// FH104 of a plan that has no place to say it.
fn no_place_for_rollback(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let pins = plan.pins();
    if !pins.is_empty() {
        let all: Vec<String> = pins.iter().map(ToString::to_string).collect();
        let message = format!("no part has a rollback path of its own: {}", all.join(", "));
        let fix = "list the parts under `changes`, each with `rollback`";
        found.push(finding(Severity::Warning, "FH104", "changes", message, fix));
    }
}

/// FH104: a part that cannot be taken back alone, and does not say so.
fn no_rollback(pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    let way = change.rollback.as_ref();
    let some = way.is_some_and(|way| {
        way.to.is_some() || way.disable || way.procedure.is_some() || way.forward_only
    });
    if !some {
        found.push(finding(
            Severity::Error,
            "FH104",
            format!("changes[{pin}].rollback"),
            format!("{pin} has no rollback path of its own"),
            "add `rollback` with `to`, `disable`, `procedure` or `forward_only`",
        ));
    }
}

/// FH105: every part goes back by the same steps, and so none alone.
fn one_procedure(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let shared = |change: &Change| {
        let way = change.rollback.as_ref()?;
        (way.to.is_none() && !way.disable).then_some(way.procedure.as_deref()?.to_string())
    };
    let ways: BTreeSet<Option<String>> = plan.changes.values().map(shared).collect();
    if plan.changes.len() > 1
        && ways.len() == 1
        && let Some(Some(procedure)) = ways.first()
    {
        let count = plan.changes.len();
        let message =
            format!("all {count} changes go back by `{procedure}`: no part can go back alone");
        let fix = "give each change its own `to`, `disable` or `procedure`";
        found.push(finding(Severity::Warning, "FH105", "changes", message, fix));
    }
}

/// FH150: a way back that waits for somebody.
fn waiting_rollback(pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    let way = change.rollback.as_ref();
    let Some(procedure) = way.and_then(|way| way.procedure.as_deref()) else {
        return;
    };
    // A path or an address only names where the steps are; prose is the steps.
    if !procedure.trim().contains(' ') {
        return;
    }
    let words = procedure.split(|c: char| !c.is_alphanumeric());
    let waits = words
        .map(str::to_lowercase)
        .find(|word| WAITING.contains(&word.as_str()));
    if let Some(word) = waits {
        found.push(finding(
            Severity::Error,
            "FH150",
            format!("changes[{pin}].rollback.procedure"),
            format!("taking {pin} back waits: its procedure says `{word}`"),
            "take that out of the procedure: a rollback may never wait",
        ));
    }
}

/// FH152: a part with a way back that cannot take it.
fn stranded(view: &View<'_>, pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    let Some(way) = change.rollback.as_ref().filter(|way| !way.forward_only) else {
        return;
    };
    let back = way
        .to
        .as_ref()
        .map(|to| Pin::new(pin.artefact().clone(), to.clone()));
    let stuck = view.consumers(pin).find(|consumer| {
        let consumer = view.plan.changes.get(*consumer);
        consumer.is_some_and(|consumer| {
            let forward = consumer
                .rollback
                .as_ref()
                .is_some_and(|way| way.forward_only);
            forward
                && !back
                    .as_ref()
                    .is_some_and(|back| consumer.accepts.contains(back))
        })
    });
    if let Some(consumer) = stuck {
        let fix = match &back {
            Some(back) => {
                format!("let {consumer} work with the old version too: `accepts: [ \"{back}\" ]`")
            }
            None => format!("give {consumer} a way back"),
        };
        found.push(finding(
            Severity::Error,
            "FH152",
            format!("changes[{pin}].rollback"),
            format!(
                "rolling back {pin} strands {consumer}, which requires it and goes forward only"
            ),
            fix,
        ));
    }
}

/// FH153: what goes back with something else. Nothing records that somebody acknowledged it but the plan's own `coupling`,
/// which says that its parts belong together.
fn cascades(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let goes_along = |pin: &&Pin| {
        let way = view
            .plan
            .changes
            .get(*pin)
            .and_then(|one| one.rollback.as_ref());
        let Some(way) = way.filter(|way| !way.forward_only) else {
            return false;
        };
        let back = way
            .to
            .as_ref()
            .map(|to| Pin::new(pin.artefact().clone(), to.clone()));
        view.consumers(pin).any(|consumer| {
            let consumer = view.plan.changes.get(consumer);
            let accepts =
                |one: &Change| back.as_ref().is_some_and(|back| one.accepts.contains(back));
            consumer.is_some_and(|consumer| !accepts(consumer))
        })
    };
    let pulling: Vec<&Pin> = view.plan.changes.keys().filter(goes_along).collect();
    if pulling.is_empty() {
        return;
    }
    let (severity, fix) = match &view.plan.coupling {
        Some(_) => (
            Severity::Hint,
            "where the consumers work with the old version too, name it under `accepts`",
        ),
        None => (
            Severity::Warning,
            "say why under `coupling`, or let the consumers name the old version under `accepts`",
        ),
    };
    let closures = Closures::of(view.plan);
    let more = pulling.len().saturating_sub(CASCADES_SHOWN);
    for pin in pulling.iter().take(CASCADES_SHOWN) {
        let preview = closures.rollback(&BTreeSet::from([(*pin).clone()]));
        let along = preview
            .parts
            .iter()
            .map(|part| &part.pin)
            .filter(|part| part != pin);
        let along = names(along);
        // What cannot go back at all is FH152's.
        if along.is_empty() {
            continue;
        }
        let message = format!("rolling back {pin} also rolls back, before it, {along}");
        let path = format!("changes[{pin}].rollback");
        found.push(finding(severity, "FH153", path, message, fix));
    }
    if more > 0 {
        let message = format!("{more} further changes take others along when they are rolled back");
        let fix = "see `flaghoist dry-run` for each of them";
        found.push(finding(severity, "FH153", "changes", message, fix));
    }
}

/// FH154: "works without it" needs proof.
fn optional_without_evidence(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for (name, feature) in &plan.features {
        for (pin, dependency) in &feature.dependencies {
            if dependency.optional && dependency.evidence.is_none() {
                found.push(finding(
                    Severity::Error,
                    "FH154",
                    format!("features.{name}.dependencies[{pin}]"),
                    format!("{pin} is optional, and nothing shows that {name} works without it"),
                    "add `evidence`, or make it required",
                ));
            }
        }
    }
}
