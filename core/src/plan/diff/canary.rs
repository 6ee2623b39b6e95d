//! What differs in the canary of two plans: its steps, its metrics, its times.

use super::found::{Found, Phrase, Subject, join};
use super::parts::gates;
use crate::exposure::Exposure;
use crate::plan::words::Words;
use crate::plan::{Canary, LocalTime, Measure, Metric, Step};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

pub(super) fn canary(found: &mut Found, before: Option<&Canary>, after: Option<&Canary>) {
    let plan = Subject::plan();
    let (Some(one), Some(other)) = (before, after) else {
        let steps = |canary: &Canary| match join(canary.steps.iter().map(|step| step.exposure)) {
            none if none.is_empty() => "without steps".into(),
            steps => steps,
        };
        found.value(
            &plan,
            "canary",
            Phrase::Has("canary"),
            before.map(steps),
            after.map(steps),
        );
        return;
    };
    let Canary {
        promote,
        steps,
        metrics,
        on_inconclusive,
    } = one;
    let of = Subject::new("canary", "the canary");
    let (was, is) = (promote.word(), other.promote.word());
    found.value(
        &of,
        "promote",
        Phrase::Has("promotion"),
        Some(was),
        Some(is),
    );
    let of_plan = Subject::new("canary", "");
    let key = |step: &&Step| step.exposure.to_string();
    for pair in found.pairs(&of_plan, "steps", "step", steps, &other.steps, key) {
        let subject = of_plan.item("steps", &pair.key, format!("step {}", pair.key));
        if let Some((one, other)) = found.both(&of_plan, &subject, "step", &pair) {
            step(found, &subject, one, other);
        }
    }
    let key = |metric: &&Metric| metric.name.clone();
    for pair in found.pairs(&of_plan, "metrics", "metric", metrics, &other.metrics, key) {
        let subject = of_plan.item("metrics", &pair.key, format!("metric `{}`", pair.key));
        if let Some((one, other)) = found.both(&of_plan, &subject, "metric", &pair) {
            metric(found, &subject, one, other);
        }
    }
    let (was, is) = (on_inconclusive.word(), other.on_inconclusive.word());
    let answer = Phrase::Has("answer to an inconclusive metric");
    found.value(&of_plan, "on_inconclusive", answer, Some(was), Some(is));
}

fn step(found: &mut Found, of: &Subject, before: &Step, after: &Step) {
    let Step {
        // What they are paired by.
        exposure: _,
        at_least,
        units,
        gates: own,
        approve,
    } = before;
    let takes = Phrase::Does("takes at least");
    found.value(
        of,
        "at_least",
        takes,
        at_least.as_ref(),
        after.at_least.as_ref(),
    );
    let users = |units: u64| format!("{units} users");
    let (was, is) = (units.map(users), after.units.map(users));
    found.value(of, "units", Phrase::Does("waits for"), was, is);
    gates(found, of, own, &after.gates);
    found.list(of, "approve", "approving team", approve, &after.approve);
}

fn metric(found: &mut Found, of: &Subject, before: &Metric, after: &Metric) {
    let Metric {
        // What they are paired by.
        name: _,
        component,
        role,
        measure,
    } = before;
    let parts = (component.as_ref(), after.component.as_ref());
    found.value(of, "component", Phrase::Has("component"), parts.0, parts.1);
    found.value(
        of,
        "role",
        Phrase::Has("role"),
        Some(role.word()),
        Some(after.role.word()),
    );
    let said = measured(measure).into_iter().zip(measured(&after.measure));
    for ((key, noun), (was, is)) in MEASURED.into_iter().zip(said) {
        found.value(of, key, Phrase::Has(noun), was, is);
    }
}

/// What measures say, by key.
const MEASURED: [(&str, &str); 8] = [
    ("rate.events", "query of events"),
    ("rate.units", "query of users"),
    ("value", "query"),
    ("score.source", "source"),
    ("worse", "worse direction"),
    ("ratio", "tolerated ratio"),
    ("limit", "limit"),
    ("score.drop", "tolerated drop"),
];

/// What a measure says, in that order: of two kinds of measure, what one does not say came or went.
fn measured(measure: &Measure) -> [Option<String>; 8] {
    let quoted = |text: &str| Some(format!("`{text}`"));
    match measure {
        Measure::Rate {
            events,
            units,
            worse,
            ratio,
        } => {
            let (worse, ratio) = (Some(worse.word().into()), Some(ratio.to_string()));
            [
                quoted(events),
                quoted(units),
                None,
                None,
                worse,
                ratio,
                None,
                None,
            ]
        }
        Measure::Value { query, limit } => {
            let limit = Some(limit.to_string());
            [None, None, quoted(query), None, None, None, limit, None]
        }
        Measure::Score {
            source,
            worse,
            drop,
        } => {
            let (worse, drop) = (Some(worse.word().into()), Some(drop.to_string()));
            [None, None, None, quoted(source), worse, None, None, drop]
        }
    }
}

pub(super) fn schedule(
    found: &mut Found,
    before: &BTreeMap<Exposure, LocalTime>,
    after: &BTreeMap<Exposure, LocalTime>,
) {
    let plan = Subject::plan();
    let key = |(step, _): &(&Exposure, &LocalTime)| step.to_string();
    for pair in found.pairs(&plan, "schedule", "step", before, after, key) {
        let subject = Subject::new(
            format!("schedule[{}]", pair.key),
            format!("step {}", pair.key),
        );
        let (one, other) = pair.sides();
        let times = (one.map(|(_, time)| time), other.map(|(_, time)| time));
        found.value(
            &subject,
            "",
            Phrase::Does("is scheduled for"),
            times.0,
            times.1,
        );
    }
}
