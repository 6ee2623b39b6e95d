//! `judge`: the verdict of a piece of evidence on a bar of the plan.
//!
//! Invariants: total; exact, no float is involved; the submitter's own word counts only where a person's look or a metric is
//! asked for. Evidence for something else, or of another sort than the gate takes, is ERROR: it measured nothing asked for.

use super::evidence::{Evidence, Outcome};
use super::name::GateName;
use super::verdict::Verdict;
use crate::artefact::Pin;
use crate::plan::decimal::{Bound, Decimal};
use crate::plan::{Gate, Metric, Plan};
use crate::time::{Span, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What evidence is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar<'a> {
    /// A gate of a change or a step.
    Gate(&'a Gate),
    /// A metric of the canary.
    Metric(&'a Metric),
}

impl<'a> From<&'a Gate> for Bar<'a> {
    fn from(gate: &'a Gate) -> Self {
        Bar::Gate(gate)
    }
}

impl<'a> From<&'a Metric> for Bar<'a> {
    fn from(metric: &'a Metric) -> Self {
        Bar::Metric(metric)
    }
}

impl Bar<'_> {
    /// Whether evidence of this name is for it.
    pub fn is_named(&self, name: &GateName) -> bool {
        match self {
            Bar::Gate(gate) => name.names(gate),
            Bar::Metric(metric) => name.names_metric(metric),
        }
    }

    /// Its name as text.
    pub fn name(&self) -> String {
        match self {
            Bar::Gate(gate) => gate.to_string(),
            Bar::Metric(metric) => alloc::format!("metric:{}", metric.name),
        }
    }

    /// The eval set it asks for, where it asks for one.
    pub fn eval_set(&self) -> Option<Pin> {
        match self {
            Bar::Gate(gate) => gate.eval_set(),
            Bar::Metric(_) => None,
        }
    }

    /// The sort of outcome it takes, as `Outcome::kind`.
    pub const fn takes(&self) -> &'static str {
        match self {
            Bar::Gate(Gate::EvalSet { .. }) => "eval",
            Bar::Gate(Gate::Tests { .. }) => "tests",
            Bar::Gate(Gate::SchemaCheck { .. }) => "schema",
            Bar::Gate(Gate::Freshness { .. }) => "freshness",
            Bar::Gate(Gate::Feedback { .. }) => "feedback",
            Bar::Gate(Gate::Review { .. }) | Bar::Metric(_) => "verdict",
        }
    }
}

/// Every bar that evidence for a part can be for: the gates of the change and the metrics of its artefact; without a part
/// those of the flag: the gates of its steps and all metrics. The same name may be there with several bars, one for each
/// step.
pub fn bars<'a>(plan: &'a Plan, part: Option<&'a Pin>) -> Vec<Bar<'a>> {
    let canary = plan.canary.iter();
    let metrics = canary.clone().flat_map(|canary| &canary.metrics);
    match part {
        Some(pin) => {
            let gates = plan.changes.get(pin).into_iter();
            let gates = gates.flat_map(|change| &change.gates);
            let its = metrics.filter(|metric| metric.component.as_ref() == Some(pin.artefact()));
            gates.map(Bar::Gate).chain(its.map(Bar::Metric)).collect()
        }
        None => {
            let gates = canary
                .flat_map(|canary| &canary.steps)
                .flat_map(|step| &step.gates);
            gates
                .map(Bar::Gate)
                .chain(metrics.map(Bar::Metric))
                .collect()
        }
    }
}

/// The verdict of evidence on a bar, at a moment.
///
/// - Eval: FAIL where the share of passed cases misses the bar whatever the cases without an answer would have been; else
///   ERROR where there are such; INCONCLUSIVE of no cases; else PASS.
/// - Tests: FAIL where one failed; else ERROR where one broke off; INCONCLUSIVE where none passed; else PASS.
/// - Schema: PASS where it fits, else FAIL.
/// - Freshness: PASS while the age at `ran_at` and the time since, together, keep the bar; FAIL where the age missed it at
///   `ran_at`; INCONCLUSIVE where only time went by, which says nothing about the data now.
/// - Feedback: INCONCLUSIVE from fewer users than asked for, or none; else PASS or FAIL by the share of the content.
/// - Review, metric: the word.
/// - Counts that cannot be, like 12 of 10, are ERROR.
/// - A PASS older than evidence may be when it is submitted is INCONCLUSIVE: the world moved on. Time takes back nothing else.
pub fn judge<'a>(bar: impl Into<Bar<'a>>, evidence: &Evidence, now: Timestamp) -> Verdict {
    match measured(bar.into(), evidence, now) {
        Verdict::Pass if evidence.is_too_old(now) => Verdict::Inconclusive,
        verdict => verdict,
    }
}

/// The verdict, whatever the age of the evidence.
fn measured(bar: Bar<'_>, evidence: &Evidence, now: Timestamp) -> Verdict {
    if !bar.is_named(&evidence.gate) {
        return Verdict::Error;
    }
    match (bar, &evidence.outcome) {
        (
            Bar::Gate(gate @ Gate::EvalSet { pass_rate, .. }),
            Outcome::Eval {
                eval_set,
                passed,
                cases,
                errors,
            },
        ) if gate.eval_set().as_ref() == Some(eval_set) => {
            eval(pass_rate, *passed, *cases, *errors)
        }
        (
            Bar::Gate(Gate::Tests { .. }),
            Outcome::Tests {
                passed,
                failed,
                errors,
                ..
            },
        ) => tests(*passed, *failed, *errors),
        (Bar::Gate(Gate::SchemaCheck { .. }), Outcome::Schema { compatible: true }) => {
            Verdict::Pass
        }
        (Bar::Gate(Gate::SchemaCheck { .. }), Outcome::Schema { compatible: false }) => {
            Verdict::Fail
        }
        (Bar::Gate(Gate::Freshness { age: bound }), Outcome::Freshness { age }) => {
            freshness(bound, *age, Span::between(evidence.ran_at, now))
        }
        (
            Bar::Gate(Gate::Feedback {
                positive: bound,
                units: wanted,
            }),
            Outcome::Feedback { positive, units },
        ) => feedback(bound, *wanted, *positive, *units),
        (Bar::Gate(Gate::Review { .. }) | Bar::Metric(_), Outcome::Verdict { verdict }) => *verdict,
        _ => Verdict::Error,
    }
}

/// Whether `count` of `of` keeps a bound, without dividing.
fn share_holds(bound: &Bound<Decimal>, count: u64, of: u64) -> bool {
    let million = i128::from(Decimal::ONE.millionths());
    let scaled = Bound {
        comparison: bound.comparison,
        value: i128::from(bound.value.millionths()) * i128::from(of),
    };
    scaled.holds(&(i128::from(count) * million))
}

fn eval(bound: &Bound<Decimal>, passed: u64, cases: u64, errors: u64) -> Verdict {
    let Some(best) = passed.checked_add(errors).filter(|best| *best <= cases) else {
        return Verdict::Error;
    };
    // A bound that neither end of a range keeps, nothing between does.
    let (worst, best) = (
        share_holds(bound, passed, cases),
        share_holds(bound, best, cases),
    );
    match (cases, errors) {
        (0, _) => Verdict::Inconclusive,
        _ if !worst && !best => Verdict::Fail,
        (_, 0) => Verdict::Pass,
        _ => Verdict::Error,
    }
}

fn tests(passed: u64, failed: u64, errors: u64) -> Verdict {
    match (passed, failed, errors) {
        (_, 1.., _) => Verdict::Fail,
        (_, _, 1..) => Verdict::Error,
        (0, ..) => Verdict::Inconclusive,
        _ => Verdict::Pass,
    }
}

fn freshness(bound: &Bound<Span>, age: Span, since: Span) -> Verdict {
    let seconds = age.as_seconds().saturating_add(since.as_seconds());
    if !bound.holds(&age) {
        Verdict::Fail
    } else if bound.holds(&Span::from_seconds(seconds)) {
        Verdict::Pass
    } else {
        Verdict::Inconclusive
    }
}

fn feedback(bound: &Bound<Decimal>, wanted: u64, positive: u64, units: u64) -> Verdict {
    if positive > units {
        Verdict::Error
    } else if units < wanted.max(1) {
        Verdict::Inconclusive
    } else if share_holds(bound, positive, units) {
        Verdict::Pass
    } else {
        Verdict::Fail
    }
}
