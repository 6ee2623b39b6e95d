//! Reads gates: `{ eval_set: refund_flow@3, pass_rate: ">= 0.95" }`.

use super::fields::{Fields, Findings};
use crate::gate::Label;
use crate::limits::GATES_MAX;
use crate::plan::decimal::{Bound, Comparison, Decimal};
use crate::plan::yaml::Node;
use crate::plan::{Gate, form};
use crate::time::Span;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The list of gates under `gates`.
pub(super) fn gates(fields: &mut Fields<'_, '_>) -> Vec<Gate> {
    let items = fields.items_at_most("gates", GATES_MAX, "gates");
    let mut seen = BTreeSet::new();
    let mut gates = Vec::new();
    for (item, path) in items {
        let Some(gate) = gate(item, &path, fields.findings) else {
            continue;
        };
        if !seen.insert(gate.to_string()) {
            let message = format!("the gate `{gate}` stands here twice");
            fields.findings.error(
                "doubled-gate",
                item.mark.at(&path),
                message,
                "keep one of them",
            );
            continue;
        }
        gates.push(gate);
    }
    gates
}

fn gate(item: &Node, path: &str, findings: &mut Findings) -> Option<Gate> {
    let mut fields = Fields::open(item, path, &form::GATE, findings)?;
    let kind = fields.one()?;
    read(kind, &mut fields)
}

fn read(kind: &str, fields: &mut Fields<'_, '_>) -> Option<Gate> {
    Some(match kind {
        "eval_set" => {
            let (node, path) = fields.get("eval_set")?;
            let text = fields.findings.scalar(node, &path)?;
            let pin = fields
                .findings
                .pin(node.mark.at(&path), &format!("eval_set:{text}"))?;
            Gate::EvalSet {
                name: pin.artefact().name().into(),
                version: pin.version().clone(),
                pass_rate: share(fields, "pass_rate")?,
            }
        }
        "tests" => Gate::Tests {
            name: label(fields, "tests")?,
        },
        "schema_check" => Gate::SchemaCheck {
            name: label(fields, "schema_check")?,
        },
        "freshness" => Gate::Freshness {
            age: age(fields, "freshness")?,
        },
        "feedback" => Gate::Feedback {
            positive: share(fields, "feedback")?,
            units: fields.parsed("units", "number", "write a whole number of users")?,
        },
        _ => Gate::Review {
            team: fields.name("review")?,
        },
    })
}

/// A lower bound of a share: the other way round it would pass what is bad.
fn share(fields: &mut Fields<'_, '_>, key: &str) -> Option<Bound<Decimal>> {
    let fix = "write it like `>= 0.95`";
    let bound: Bound<Decimal> = fields.parsed(key, "bound", fix)?;
    let lower = matches!(bound.comparison, Comparison::Above | Comparison::AtLeast);
    let sensible = lower && (Decimal::ZERO..=Decimal::ONE).contains(&bound.value);
    kept(
        fields,
        key,
        bound,
        sensible,
        "is not the least share, from 0 to 1",
        fix,
    )
}

/// An upper bound of an age.
fn age(fields: &mut Fields<'_, '_>, key: &str) -> Option<Bound<Span>> {
    let fix = "write it like `< 24h`";
    let bound: Bound<Span> = fields.parsed(key, "bound", fix)?;
    let upper = matches!(bound.comparison, Comparison::Below | Comparison::AtMost);
    kept(fields, key, bound, upper, "asks for old data", fix)
}

fn kept<T: core::fmt::Display>(
    fields: &mut Fields<'_, '_>,
    key: &str,
    bound: Bound<T>,
    sensible: bool,
    problem: &str,
    fix: &str,
) -> Option<Bound<T>> {
    if let Some((node, path)) = fields.get(key).filter(|_| !sensible) {
        let message = format!("`{bound}` {problem}");
        fields
            .findings
            .error("bound", node.mark.at(&path), message, fix);
    }
    sensible.then_some(bound)
}

/// A name that evidence can use.
pub(super) fn label(fields: &mut Fields<'_, '_>, key: &str) -> Option<String> {
    let fix = "use a short name without line breaks";
    fields
        .parsed::<Label>(key, "name", fix)
        .map(|label| label.as_str().into())
}
