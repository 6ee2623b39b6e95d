//! Reads `changes`: the parts that ship, each with its owner, its gates and its way back.

use super::fields::{Fields, Findings};
use super::gates::gates;
use super::pinned::{insert_once, pinned};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::limits::{CHANGES_MAX, STEPS_MAX};
use crate::plan::form;
use crate::plan::yaml::{Node, Yaml};
use crate::plan::{Change, Rollback, RouteCanary};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

pub(super) fn changes(fields: &mut Fields<'_, '_>) -> BTreeMap<Pin, Change> {
    let mut changes = BTreeMap::new();
    let items = fields.items("changes");
    if let Some((item, path)) = items.get(CHANGES_MAX) {
        let message = format!("a plan has at most {CHANGES_MAX} changes");
        fields
            .findings
            .error("too-many", item.mark.at(path), message, "split the release");
        return changes;
    }
    for (item, path) in items {
        let Some((pin, mut rest)) = pinned(item, &path, &form::CHANGE, fields.findings) else {
            continue;
        };
        let change = change(&pin, &mut rest);
        insert_once(&mut changes, pin, change, item, &path, fields.findings);
    }
    changes
}

fn change(pin: &Pin, fields: &mut Fields<'_, '_>) -> Change {
    let requires = pins(fields, "requires");
    let accepts = pins(fields, "accepts");
    for other in &accepts {
        let known = requires
            .iter()
            .any(|needed| needed.artefact() == other.artefact() && needed != other);
        if !known && let Some((node, path)) = fields.get("accepts") {
            let message = format!("{other} is no other version of what {pin} requires");
            fields.findings.error(
                "accepts",
                node.mark.at(&path),
                message,
                "name other versions of required parts",
            );
        }
    }
    let canary = fields
        .get("canary")
        .and_then(|(node, path)| match &node.value {
            Yaml::Scalar(Some(text)) if text == "with_flag" => Some(RouteCanary::WithFlag),
            Yaml::Sequence(_) => percentages(fields, "canary").map(RouteCanary::Steps),
            _ => {
                let message = "a route opens `with_flag` or in steps of its own";
                fields.findings.error(
                    "canary",
                    node.mark.at(&path),
                    message,
                    "write `with_flag` or a list like `[5, 25, 100]`",
                );
                None
            }
        });
    Change {
        owner: fields.name("owner"),
        requires,
        accepts,
        stages: percentages(fields, "stages").unwrap_or_default(),
        gates: gates(fields),
        deadline: fields.parsed("deadline", "span", "write it like 30m, 4h or 2d"),
        canary,
        rollback: fields
            .get("rollback")
            .and_then(|(node, path)| rollback(node, &path, pin, fields.findings)),
    }
}

fn pins(fields: &mut Fields<'_, '_>, key: &str) -> BTreeSet<Pin> {
    let mut pins = BTreeSet::new();
    for (item, path) in fields.items(key) {
        let text = fields.findings.scalar(item, &path);
        pins.extend(text.and_then(|text| fields.findings.pin(item.mark.at(&path), text)));
    }
    pins
}

/// Shares that grow and end with everybody.
fn percentages(fields: &mut Fields<'_, '_>, key: &str) -> Option<Vec<Exposure>> {
    let (node, path) = fields.get(key)?;
    let mut found: Vec<Exposure> = Vec::new();
    for (item, path) in fields.items_at_most(key, STEPS_MAX, "steps") {
        let text = fields.findings.scalar(item, &path)?;
        found.push(
            fields
                .findings
                .parsed(item.mark.at(&path), "percentage", text.parse())?,
        );
    }
    let grow = found
        .windows(2)
        .all(|pair| matches!(pair, [one, next] if one < next));
    let begins = found.first().is_some_and(|first| !first.is_zero());
    if !grow || !begins || found.last() != Some(&Exposure::FULL) {
        let message = format!("the percentages of `{key}` do not grow from above 0 to 100");
        fields.findings.error(
            "percentage",
            node.mark.at(&path),
            message,
            "write them like `[5, 25, 100]`",
        );
        return None;
    }
    Some(found)
}

fn rollback(node: &Node, path: &str, pin: &Pin, findings: &mut Findings) -> Option<Rollback> {
    let mut fields = Fields::open(node, path, &form::ROLLBACK, findings)?;
    let disable = fields.truth("disable");
    let forward_only = fields.truth("forward_only");
    let procedure = fields.text("procedure");
    let to = fields.get("to").and_then(|(node, path)| {
        let text = fields.findings.scalar(node, &path)?;
        let name = pin.artefact().name();
        match text.split_once('@') {
            Some((named, version)) if named == name => {
                fields.findings.version(node.mark.at(&path), version)
            }
            _ => {
                let message = format!("`{text}` is not a version of {}", pin.artefact());
                let fix = format!("write `{name}@VERSION`");
                fields
                    .findings
                    .error("rollback", node.mark.at(&path), message, fix);
                None
            }
        }
    });
    let contradiction = if forward_only && (to.is_some() || disable) {
        Some("a part that goes forward only has no way back")
    } else if to.is_some() && disable {
        Some("it goes back to a version, or is switched off, not both")
    } else if to.as_ref() == Some(pin.version()) {
        Some("it would go back to the version that ships")
    } else {
        None
    };
    if let Some(message) = contradiction {
        fields
            .findings
            .error("rollback", node.mark.at(path), message, "keep one way back");
        return None;
    }
    Some(Rollback {
        to,
        disable,
        procedure,
        forward_only,
    })
}
