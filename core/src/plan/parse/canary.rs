//! Reads `canary`: the steps of the flag, and what is watched at each.

use super::fields::{Fields, Findings};
use super::gates::{gates, label};
use crate::artefact::ArtefactId;
use crate::limits::{METRICS_MAX, STEPS_MAX};
use crate::name::TeamName;
use crate::plan::form;
use crate::plan::yaml::Node;
use crate::plan::{Canary, Measure, Metric, Step};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

pub(super) fn canary(fields: &mut Fields<'_, '_>) -> Option<Canary> {
    let (node, path) = fields.get("canary")?;
    let mut fields = Fields::open(node, &path, &form::CANARY, fields.findings)?;
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
    let mut fields = Fields::open(item, path, &form::STEP, findings)?;
    let exposure = fields.parsed("exposure", "percentage", "write a number from 0 to 100");
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
    let mut fields = Fields::open(item, path, &form::METRIC, findings)?;
    let name = label(&mut fields, "name");
    let component: Option<ArtefactId> =
        fields.parsed("component", "name", "write it like `prompt:explain_refund`");
    let component = component.filter(|part| {
        let place = fields.get("component");
        place.is_some_and(|(node, path)| fields.findings.declared(node.mark.at(&path), part))
    });
    let role = fields.choice("role");
    let measure = measure(&mut fields);
    Some(Metric {
        name: name?,
        component,
        role: role?,
        measure: measure?,
    })
}

fn measure(fields: &mut Fields<'_, '_>) -> Option<Measure> {
    let named = fields.one()?;
    let (node, path) = fields.get(named)?;
    match named {
        "rate" => {
            let mut queries = Fields::open(node, &path, &form::RATE, fields.findings)?;
            let (events, units) = (queries.text("events"), queries.text("units"));
            Some(Measure::Rate {
                worse: fields.choice("worse")?,
                ratio: fields.parsed("ratio", "number", "write it like 1.5")?,
                events: events?,
                units: units?,
            })
        }
        "value" => Some(Measure::Value {
            query: fields.text("value")?,
            limit: fields.parsed("limit", "bound", "write it like `< 86400`")?,
        }),
        _ => {
            let mut score = Fields::open(node, &path, &form::SCORE, fields.findings)?;
            Some(Measure::Score {
                source: score.text("source")?,
                worse: score.choice("worse")?,
                drop: score.parsed("drop", "number", "write it like 0.03")?,
            })
        }
    }
}
