//! Reads a plan file, giving every finding at once with its line, column and path.
//!
//! Invariants: an unknown key is an error with the nearest known one; every kind that is named is one of ours or declared; what
//! is returned has no cycle. Not here: advice (`lint`).

mod calendar;
mod canary;
mod changes;
mod features;
mod fields;
mod gates;
mod kinds;
mod pinned;

use super::graph::Graph;
use super::yaml::{self, Node, Yaml};
use super::{Plan, Team, form};
use crate::artefact::Pin;
use crate::diagnostic::{Diagnostic, Place};
use crate::name::{FeatureName, ReleaseName};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use fields::{Fields, Findings};

/// Reads a plan: the chapter's bare form or the full one.
///
/// # Errors
/// Every error found, in the order of the file.
pub fn parse(text: &str) -> Result<Plan, Vec<Diagnostic>> {
    let root = yaml::read(text).map_err(|error| alloc::vec![error])?;
    let mut findings = Findings::default();
    let plan = plan(&root, &mut findings);
    let mut found = findings.into_errors();
    match plan {
        Some(plan) if found.is_empty() => {
            found = contradictions(&root, &plan);
            if found.is_empty() {
                Ok(plan)
            } else {
                Err(found)
            }
        }
        _ => {
            found.sort_by_key(|found| (found.place.line, found.place.column));
            Err(found)
        }
    }
}

/// What no part of the plan shows alone: a circle of needs, two versions of one artefact.
fn contradictions(root: &Node, plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Err(cycle) = Graph::of(plan).waves() {
        let place = cycle
            .nodes()
            .first()
            .map_or_else(Place::default, |node| place_of(root, node));
        let fix = "break the circle: expand one part first, contract it later";
        found.push(Diagnostic::error(
            "FH110",
            place,
            format!("no order exists: {cycle}"),
            fix,
        ));
    }
    // Pins are sorted by artefact, so that two versions of one are neighbours.
    let pins: Vec<&Pin> = plan.pins().into_iter().collect();
    for pair in pins.windows(2) {
        if let [one, other] = pair
            && one.artefact() == other.artefact()
        {
            let place = place_of(root, &super::graph::Node::Part((*one).clone()));
            let message = format!("the plan pins {one} and {other}");
            found.push(Diagnostic::error(
                "FH115",
                place,
                message,
                "pin one version throughout",
            ));
        }
    }
    found
}

fn plan(root: &Node, findings: &mut Findings) -> Option<Plan> {
    let mut fields = Fields::open(root, "", &form::PLAN, findings)?;
    // Whatever follows may name them.
    let kinds = kinds::kinds(&mut fields);
    let features = features::features(&mut fields);
    let changes = changes::changes(&mut fields);
    let canary = canary::canary(&mut fields);
    let schedule = calendar::schedule(&mut fields, canary.as_ref());
    let bake = calendar::bake(&mut fields);
    let windows = calendar::windows(&mut fields);
    let announce = calendar::announce(&mut fields);
    if features.is_empty() && changes.is_empty() && fields.findings.is_empty() {
        let fix = "add `features`, or `changes` for a release without a user-facing part";
        fields
            .findings
            .error("empty", root.mark.at(""), "the plan ships nothing", fix);
    }
    let release = release_name(root, &mut fields, features.keys().next());
    Some(Plan {
        release: release?,
        title: fields.text("title"),
        environment: fields.name("environment"),
        strategy: fields.choice("strategy").unwrap_or_default(),
        coupling: fields.text("coupling"),
        cohort: fields.name("cohort"),
        teams: teams(&mut fields),
        kinds,
        features,
        changes,
        canary,
        schedule,
        bake,
        windows,
        announce,
    })
}

/// The release's name. The bare form has none of its own: its first feature's is the same kind of name.
fn release_name(
    root: &Node,
    fields: &mut Fields<'_, '_>,
    first: Option<&FeatureName>,
) -> Option<ReleaseName> {
    let named = fields.name("release");
    let name = named.or_else(|| first?.as_str().parse().ok());
    if name.is_none() && fields.findings.is_empty() {
        let message = "the release has no name";
        let place = root.mark.at("release");
        fields
            .findings
            .error("missing-key", place, message, "add `release: NAME`");
    }
    name
}

fn teams(fields: &mut Fields<'_, '_>) -> BTreeMap<crate::name::TeamName, Team> {
    let mut teams = BTreeMap::new();
    for (key, node, path) in fields.entries("teams") {
        let Some(name) = fields.findings.name(key.mark.at(&path), &key.text) else {
            continue;
        };
        let Some(mut team) = Fields::open(node, &path, &form::TEAM, fields.findings) else {
            continue;
        };
        let contact = team.text("contact");
        let approvers = team.items("approvers");
        let approvers = approvers
            .into_iter()
            .filter_map(|(item, path)| {
                let text = fields.findings.scalar(item, &path)?;
                fields.findings.name(item.mark.at(&path), text)
            })
            .collect();
        teams.insert(name, Team { contact, approvers });
    }
    teams
}

/// Where the file lists a part, for findings about the graph.
fn place_of(root: &Node, node: &super::graph::Node) -> Place {
    let text: String = format!("{node}");
    let Yaml::Mapping(entries) = &root.value else {
        return Place::default();
    };
    let changes = entries
        .iter()
        .find(|(key, _)| key.text == "changes")
        .map(|(_, node)| &node.value);
    let Some(Yaml::Sequence(items)) = changes else {
        return Place::default();
    };
    for (index, item) in items.iter().enumerate() {
        let Yaml::Mapping(entries) = &item.value else {
            continue;
        };
        let is_it = |(key, value): &&(yaml::Key, Node)| matches!(&value.value, Yaml::Scalar(Some(pinned)) if format!("{}:{pinned}", key.text) == text);
        if entries.iter().find(is_it).is_some() {
            return item.mark.at(&format!("changes[{index}]"));
        }
    }
    Place::default()
}
