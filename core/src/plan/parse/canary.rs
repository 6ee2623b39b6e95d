//! Reads `canary`: the steps of the flag, and what is watched at each.

use super::fields::{Fields, Findings};
use super::gates::{gates, label};
use crate::artefact::ArtefactId;
use crate::limits::{METRICS_MAX, STEPS_MAX};
use crate::name::TeamName;
use crate::plan::yaml::Node;
use crate::plan::{Canary, Direction, Measure, Metric, Step};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

pub(super) fn canary(fields: &mut Fields<'_, '_>) -> Option<Canary> {
    let (node, path) = fields.get("canary")?;
    let known = ["promote", "steps", "metrics", "on_inconclusive"];
    let mut fields = Fields::open(node, &path, &known, fields.findings)?;
    let promote = fields.choice("promote").unwrap_or_default();
    let on_inconclusive = fields.choice("on_inconclusive").unwrap_or_default();
    let mut steps = Vec::new();
    for (item, path) in fields.items_at_most("steps", STEPS_MAX, "steps") {
        steps.extend(step(item, &path, fields.findings));
    }
    let mut metrics = Vec::new();
    let mut names = BTreeSet::new();
    for (item, path) in fields.items_at_most("metrics", METRICS_MAX, "metrics") {
        let Some(metric) = metric(item, &path, fields.findings) else {
            continue;
        };
        if !names.insert(metric.name.clone()) {
            let message = format!("two metrics are called `{}`", metric.name);
            fields.findings.error(
                "doubled-metric",
                item.mark.at(&path),
                message,
                "give each its own name",
            );
        }
        metrics.push(metric);
    }
    Some(Canary {
        promote,
        steps,
        metrics,
        on_inconclusive,
    })
}

fn step(item: &Node, path: &str, findings: &mut Findings) -> Option<Step> {
    let known = ["exposure", "at_least", "units", "gates", "approve"];
    let mut fields = Fields::open(item, path, &known, findings)?;
    let exposure = fields.required("exposure", "percentage", "write a number from 0 to 100");
    let at_least = fields.parsed("at_least", "span", "write it like 30m, 4h or 2d");
    let units = fields.parsed("units", "number", "write a whole number of users");
    let gates = gates(&mut fields);
    let mut approve = BTreeSet::new();
    for (item, path) in fields.items("approve") {
        let text = fields.findings.scalar(item, &path);
        let team: Option<TeamName> =
            text.and_then(|text| fields.findings.name(item.mark.at(&path), text));
        approve.extend(team);
    }
    Some(Step {
        exposure: exposure?,
        at_least,
        units,
        gates,
        approve,
    })
}

fn metric(item: &Node, path: &str, findings: &mut Findings) -> Option<Metric> {
    let known = [
        "name",
        "component",
        "role",
        "rate",
        "value",
        "score",
        "worse",
        "ratio",
        "limit",
    ];
    let mut fields = Fields::open(item, path, &known, findings)?;
    fields.must_have("name", "NAME");
    let name = label(&mut fields, "name");
    let component: Option<ArtefactId> =
        fields.parsed("component", "name", "write it like `prompt:explain_refund`");
    let component = component.filter(|part| {
        let place = fields.get("component");
        place.is_some_and(|(node, path)| fields.findings.declared(node.mark.at(&path), part))
    });
    fields.must_have("role", "critical");
    let role = fields.choice("role");
    let measure = measure(item, path, &mut fields);
    Some(Metric {
        name: name?,
        component,
        role: role?,
        measure: measure?,
    })
}

fn measure(item: &Node, path: &str, fields: &mut Fields<'_, '_>) -> Option<Measure> {
    let kinds = ["rate", "value", "score"];
    let named: Vec<&str> = kinds
        .into_iter()
        .filter(|kind| fields.get(kind).is_some())
        .collect();
    match named.as_slice() {
        ["rate"] => {
            let (node, path) = fields.get("rate")?;
            let mut queries = Fields::open(node, &path, &["events", "units"], fields.findings)?;
            queries.must_have("events", "QUERY");
            queries.must_have("units", "QUERY");
            let (events, units) = (queries.text("events"), queries.text("units"));
            Some(Measure::Rate {
                worse: direction(fields)?,
                ratio: fields.required("ratio", "number", "write it like 1.5")?,
                events: events?,
                units: units?,
            })
        }
        ["value"] => Some(Measure::Value {
            query: fields.text("value")?,
            limit: fields.required("limit", "bound", "write it like `< 86400`")?,
        }),
        ["score"] => {
            let (node, path) = fields.get("score")?;
            let known = ["source", "worse", "drop"];
            let mut score = Fields::open(node, &path, &known, fields.findings)?;
            score.must_have("source", "pushed");
            Some(Measure::Score {
                source: score.text("source")?,
                worse: direction(&mut score)?,
                drop: score.required("drop", "number", "write it like 0.03")?,
            })
        }
        _ => {
            let message = if named.is_empty() {
                "the metric measures nothing"
            } else {
                "the metric measures two things"
            };
            fields.findings.error(
                "metric",
                item.mark.at(path),
                message,
                "write one of `rate`, `value` and `score`",
            );
            None
        }
    }
}

fn direction(fields: &mut Fields<'_, '_>) -> Option<Direction> {
    fields.must_have("worse", "higher");
    fields.choice("worse")
}
