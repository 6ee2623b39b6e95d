//! Findings about what the metrics of a canary can see (FH132–FH134, FH156).
//!
//! Invariant: a plan without `canary` has no findings here. Not here: how many metrics there are and what they do without a verdict (`canary`), and the queries' dry run (FH138), for
//! which metric sources are not asked yet.

use super::view::is_consumer;
use super::{finding, names};
use crate::artefact::{ArtefactId, Kind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::exposure::Exposure;
use crate::plan::{Canary, Gate, Measure, Plan, Role};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

/// Words of a query that counts requests (FH134), against those of one that counts users.
const REQUESTS: [&str; 5] = ["request", "requests", "call", "calls", "hits"];
const USERS: [&str; 6] = ["user", "users", "key", "keys", "unit", "units"];

pub(super) fn lint(plan: &Plan, found: &mut Vec<Diagnostic>) {
    if let Some(canary) = &plan.canary {
        unwatched(plan, canary, found);
        no_verdict(canary, found);
        requests(canary, found);
        nothing_contains(canary, found);
    }
}

/// FH132: a part that nothing watches.
fn unwatched(plan: &Plan, canary: &Canary, found: &mut Vec<Diagnostic>) {
    let metrics = canary.metrics.iter();
    let watched: BTreeSet<&ArtefactId> = metrics
        .filter_map(|metric| metric.component.as_ref())
        .collect();
    // An eval set serves nobody.
    let parts = plan.changes.keys().map(|pin| pin.artefact());
    let blind: Vec<&ArtefactId> = parts
        .filter(|part| part.kind() != Kind::EvalSet && !watched.contains(part))
        .collect();
    let Some(first) = canary.steps.first().filter(|_| !blind.is_empty()) else {
        return;
    };
    let likely = match blind
        .iter()
        .find(|part| !is_consumer(part.kind()))
        .or(blind.first())
    {
        Some(part) if part.kind() == Kind::Tool => "its error rate",
        Some(part) if !is_consumer(part.kind()) => "its freshness",
        _ => "its response quality",
    };
    let message = format!(
        "from {} on no metric watches {}",
        first.exposure,
        names(&blind)
    );
    let fix = format!("add a metric with `component`, such as {likely}");
    found.push(finding(
        Severity::Error,
        "FH132",
        "canary.metrics",
        message,
        fix,
    ));
}

/// FH133: a step that ends before anything can be known. The last one is watched by the bake.
fn no_verdict(canary: &Canary, found: &mut Vec<Diagnostic>) {
    let judged = canary
        .metrics
        .iter()
        .find(|metric| metric.role != Role::Info);
    if let Some(metric) = judged {
        for (index, step) in canary.steps.iter().enumerate() {
            let bounded = step.at_least.is_some() || step.units.is_some();
            if !bounded && step.exposure != Exposure::FULL {
                let message = format!(
                    "`{}` cannot give a verdict at {}: the step has no minimum time and no minimum of users",
                    metric.name, step.exposure
                );
                let path = format!("canary.steps[{index}]");
                let fix = "add `at_least: 1h`, or `units: 500`";
                found.push(finding(Severity::Error, "FH133", path, message, fix));
            }
        }
    }
    let missed = canary.steps.iter().enumerate().filter(|(_, step)| {
        let feedback = |gate: &Gate| matches!(gate, Gate::Feedback { units: 0, .. });
        step.gates.iter().any(feedback)
    });
    for (index, step) in missed {
        let message = format!(
            "the feedback asked for at {} may come from 0 users",
            step.exposure
        );
        let path = format!("canary.steps[{index}].gates");
        found.push(finding(
            Severity::Error,
            "FH133",
            path,
            message,
            "ask for some: `units: 200`",
        ));
    }
}

/// FH134: counts that are not independent.
fn requests(canary: &Canary, found: &mut Vec<Diagnostic>) {
    for (index, metric) in canary.metrics.iter().enumerate() {
        let Measure::Rate { units, .. } = &metric.measure else {
            continue;
        };
        let words: Vec<_> = units
            .split(|c: char| !c.is_alphanumeric())
            .map(str::to_lowercase)
            .collect();
        let is = |known: &[&str]| words.iter().find(|word| known.contains(&word.as_str()));
        if let Some(word) = is(&REQUESTS).filter(|_| is(&USERS).is_none()) {
            found.push(finding(
                Severity::Warning,
                "FH134",
                format!("canary.metrics[{index}].rate.units"),
                format!("`{}` counts by `{word}`, the flag by users: counts of one user are not independent, and alarm falsely", metric.name),
                "count users: those with at least one such event, among all users",
            ));
        }
    }
}

/// FH156: a night in which nothing contains.
fn nothing_contains(canary: &Canary, found: &mut Vec<Diagnostic>) {
    let critical = canary
        .metrics
        .iter()
        .any(|metric| metric.role == Role::Critical);
    if !canary.metrics.is_empty() && !critical {
        let message = "no metric is critical: nothing contains of itself";
        let fix = "make the one that must never fail `role: critical`";
        found.push(finding(
            Severity::Warning,
            "FH156",
            "canary.metrics",
            message,
            fix,
        ));
    }
}
