//! Findings about how the flag opens: steps, metrics and the watching afterwards (FH130–FH141).
//!
//! Invariant: a plan without `canary` has no findings here; every rule reads the canary once.
//! Not here: what needs an environment's population or calendar (FH135, FH142), and the queries' dry run (FH138).

use super::at;
use crate::diagnostic::Diagnostic;
use crate::exposure::Exposure;
use crate::plan::{Canary, Measure, Metric, OnInconclusive, Plan, Role};
use crate::time::Span;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A first step wider than this is worth a warning, in basis points (FH131: 10 %).
const FIRST_STEP_WIDE: u16 = 1_000;
/// A step more than so many times the one before is worth a warning (FH131).
const JUMP_WIDE: u32 = 5;
/// More critical metrics than this raise false alarms (FH136).
const CRITICAL_MANY: usize = 5;
/// More metrics than this raise false alarms (FH136).
const METRICS_MANY: usize = 12;
/// Watching after the last step lasts at least so long (FH140: the chapter's 24–48 hours).
const BAKE_SHORTEST: Span = Span::from_hours(24);

/// Every finding about the canary.
pub(super) fn lint(plan: &Plan, found: &mut Vec<Diagnostic>) {
    if let Some(canary) = &plan.canary {
        steps(canary, found);
        wide_steps(canary, found);
        metrics(canary, found);
        bake(plan, canary, found);
    }
}

/// FH130: steps that do not lead from nobody to everybody.
fn steps(canary: &Canary, found: &mut Vec<Diagnostic>) {
    let fix = "write rising steps that end at 100%, such as 1%, 5%, 25%, 50%, 100%";
    let mut say = |path: String, message: String| {
        found.push(Diagnostic::error("FH130", at(path), message, fix));
    };
    let mut before = Exposure::ZERO;
    for (index, step) in canary.steps.iter().enumerate() {
        if step.exposure <= before {
            let message = format!(
                "step {} is not wider than {before} before it",
                step.exposure
            );
            say(format!("canary.steps[{index}]"), message);
        }
        before = step.exposure;
    }
    if canary.steps.is_empty() {
        say("canary.steps".into(), "the canary has no steps".into());
    } else if before != Exposure::FULL {
        say(
            "canary.steps".into(),
            format!("the last step is {before}, not everybody"),
        );
    }
}

/// FH131: too many users at once.
fn wide_steps(canary: &Canary, found: &mut Vec<Diagnostic>) {
    let fix = "add narrower steps, such as 1%, 5%, 25%, 50%, 100%";
    let mut before = Exposure::ZERO;
    for (index, step) in canary.steps.iter().enumerate() {
        let (from, to) = (before.basis_points(), step.exposure.basis_points());
        let wide = if from == 0 {
            to > FIRST_STEP_WIDE
        } else {
            u32::from(to) > u32::from(from) * JUMP_WIDE
        };
        if wide {
            let message = format!(
                "going from {before} to {} exposes many users at once",
                step.exposure
            );
            let place = at(format!("canary.steps[{index}]"));
            found.push(Diagnostic::warning("FH131", place, message, fix));
        }
        before = step.exposure;
    }
}

/// FH136, FH137, FH139: metrics that alarm falsely, drift or are not waited for.
fn metrics(canary: &Canary, found: &mut Vec<Diagnostic>) {
    let is_critical = |metric: &&Metric| metric.role == Role::Critical;
    let (all, critical) = (
        canary.metrics.len(),
        canary.metrics.iter().filter(is_critical).count(),
    );
    let mut say = |code: &str, path: &str, message: String, fix: &str| {
        found.push(Diagnostic::warning(code, at(path), message, fix));
    };
    if critical > CRITICAL_MANY || all > METRICS_MANY {
        let message =
            format!("many guardrails raise false alarms: {all} metrics, {critical} critical");
        say(
            "FH136",
            "canary.metrics",
            message,
            "make some of them `signal` or `info`, or drop them",
        );
    }
    if all > 0 && !canary.metrics.iter().any(compares) {
        let message = "every metric has a fixed limit, which ignores how the baseline drifts";
        say(
            "FH137",
            "canary.metrics",
            message.into(),
            "add a `rate` or `score`, which compares with users outside",
        );
    }
    if canary.on_inconclusive == OnInconclusive::Proceed
        && let Some(metric) = canary.metrics.iter().find(is_critical)
    {
        let message = format!(
            "the canary goes on without a verdict, though `{}` is critical",
            metric.name
        );
        say(
            "FH139",
            "canary.on_inconclusive",
            message,
            "write `on_inconclusive: hold`",
        );
    }
}

/// Whether a metric compares with users outside the canary.
fn compares(metric: &Metric) -> bool {
    matches!(metric.measure, Measure::Rate { .. } | Measure::Score { .. })
}

/// FH140, FH141: nobody watches afterwards, or against nothing.
fn bake(plan: &Plan, canary: &Canary, found: &mut Vec<Diagnostic>) {
    // Where the plan says nothing, it bakes for 24 or 48 hours by its weight.
    if let Some(bake) = plan.bake.filter(|bake| bake.lasts < BAKE_SHORTEST) {
        let message = format!("watching after the last step ends after {}", bake.lasts);
        let fix = "write `bake: { for: 24h }` or longer";
        found.push(Diagnostic::error("FH140", at("bake"), message, fix));
    }
    if let Some(bake) = plan.bake
        && bake.holdback.is_zero()
        && let Some(metric) = canary.metrics.iter().find(|metric| compares(metric))
    {
        let message = format!("`{}` has nobody to compare with at 100 %", metric.name);
        found.push(Diagnostic::warning(
            "FH141",
            at("bake.holdback"),
            message,
            "add `holdback: 1%`",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Bake, Direction, Promotion, Step, decimal::Decimal, parse};

    const FULL: &str = include_str!("../../../../examples/refund_explanation/plan.yaml");

    fn codes(steps: &[u16], hours: Option<u16>, metrics: usize, go_on: bool) -> Vec<String> {
        let mut plan = parse(FULL).unwrap();
        let step = |points: &u16| Step {
            exposure: Exposure::from_basis_points(*points).unwrap(),
            at_least: None,
            units: None,
            gates: Vec::new(),
            approve: Default::default(),
        };
        let metric = |index| Metric {
            name: format!("errors_{index}"),
            component: None,
            role: Role::Critical,
            measure: Measure::Score {
                source: "pushed".into(),
                worse: Direction::Higher,
                drop: "0.1".parse::<Decimal>().unwrap(),
            },
        };
        plan.canary = Some(Canary {
            promote: Promotion::Manual,
            steps: steps.iter().map(step).collect(),
            metrics: (0..metrics).map(metric).collect(),
            on_inconclusive: if go_on {
                OnInconclusive::Proceed
            } else {
                OnInconclusive::Hold
            },
        });
        plan.bake = hours.map(|hours| Bake {
            lasts: Span::from_hours(hours),
            holdback: Exposure::ZERO,
        });
        let mut found = Vec::new();
        lint(&plan, &mut found);
        found.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn each_rule_sees_its_fault_and_only_that() {
        let good = &[100, 500, 2_500, 5_000, 10_000];
        assert!(codes(good, Some(24), 0, false).is_empty());
        assert_eq!(codes(&[], Some(24), 0, false), ["FH130"]);
        assert_eq!(codes(&[100, 500], Some(24), 0, false), ["FH130"]);
        assert_eq!(
            codes(&[500, 500, 2_500, 10_000], Some(24), 0, false),
            ["FH130"]
        );
        assert_eq!(codes(&[10_000], Some(24), 0, false), ["FH131"]);
        assert_eq!(
            codes(&[100, 600, 2_500, 10_000], Some(24), 0, false),
            ["FH131"]
        );
        assert!(codes(good, None, 0, false).is_empty());
        assert_eq!(codes(good, Some(23), 0, false), ["FH140"]);
        assert_eq!(codes(good, Some(24), 1, false), ["FH141"]);
        assert_eq!(codes(good, Some(24), 6, false), ["FH136", "FH141"]);
        assert_eq!(codes(good, Some(24), 1, true), ["FH139", "FH141"]);
    }
}
