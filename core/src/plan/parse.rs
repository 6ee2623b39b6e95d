//! Reads a plan file, giving every finding at once with its line, column and path.
//!
//! Invariants: an unknown key is an error with the nearest known one; a key of the full form that this version does not
//! enforce is an error too, with its own words; what is returned has no cycle. Not here: advice (`lint`).

mod fields;
mod pinned;

use super::graph::Graph;
use super::yaml::{self, Node, Yaml};
use super::{Change, Dependency, Feature, Plan, Rollback, Strategy, Team};
use crate::artefact::Pin;
use crate::diagnostic::{Diagnostic, Place};
use crate::exposure::Exposure;
use crate::limits::{CHANGES_MAX, FEATURES_MAX};
use crate::name::{FeatureName, ReleaseName};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use fields::{Fields, Findings};
use pinned::{insert_once, pinned};

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
    let known = [
        "release",
        "title",
        "environment",
        "strategy",
        "coupling",
        "cohort",
        "teams",
        "features",
        "changes",
    ];
    let later = ["canary", "schedule", "bake", "windows", "announce", "kinds"];
    let mut fields = Fields::open(root, "", &known, &later, findings)?;
    let features = features(&mut fields);
    let changes = changes(&mut fields);
    if features.is_empty() && changes.is_empty() && fields.findings.is_empty() {
        let fix = "add `features`, or `changes` for a release without a user-facing part";
        fields
            .findings
            .error("empty", root.mark.at(""), "the plan ships nothing", fix);
    }
    let named = fields.name("release");
    let release = match (named, features.keys().next()) {
        (Some(release), _) => Some(release),
        // The bare form has no name of its own: its first feature's is the same kind of name.
        (None, Some(first)) => first.as_str().parse::<ReleaseName>().ok(),
        (None, None) => {
            if fields.findings.is_empty() {
                fields.findings.error(
                    "missing-key",
                    root.mark.at("release"),
                    "the release has no name",
                    "add `release: NAME`",
                );
            }
            None
        }
    };
    Some(Plan {
        release: release?,
        title: fields.text("title"),
        environment: fields.name("environment"),
        strategy: fields
            .choice(
                "strategy",
                &[
                    ("sequenced", Strategy::Sequenced),
                    ("coordinated", Strategy::Coordinated),
                ],
            )
            .unwrap_or_default(),
        coupling: fields.text("coupling"),
        cohort: fields.name("cohort"),
        teams: teams(&mut fields),
        features,
        changes,
        canary: None,
        schedule: BTreeMap::new(),
        bake: None,
        windows: Vec::new(),
        announce: None,
    })
}

fn teams(fields: &mut Fields<'_, '_>) -> BTreeMap<crate::name::TeamName, Team> {
    let mut teams = BTreeMap::new();
    for (key, node, path) in fields.entries("teams") {
        let Some(name) = fields.findings.name(key.mark.at(&path), &key.text) else {
            continue;
        };
        let Some(mut team) =
            Fields::open(node, &path, &["contact", "approvers"], &[], fields.findings)
        else {
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

fn features(fields: &mut Fields<'_, '_>) -> BTreeMap<FeatureName, Feature> {
    let mut features = BTreeMap::new();
    let mut flags = BTreeSet::new();
    let entries = fields.entries("features");
    if let Some((key, _, path)) = entries.get(FEATURES_MAX) {
        let message = format!("a plan has at most {FEATURES_MAX} features");
        fields
            .findings
            .error("too-many", key.mark.at(path), message, "split the release");
        return features;
    }
    for (key, node, path) in entries {
        let name: Option<FeatureName> = fields.findings.name(key.mark.at(&path), &key.text);
        let Some(feature) = feature(node, &path, fields.findings) else {
            continue;
        };
        if !flags.insert(feature.flag.clone()) {
            let message = format!("flag `{}` gates two features", feature.flag);
            fields.findings.error(
                "doubled-flag",
                node.mark.at(&path),
                message,
                "give each feature its own flag",
            );
        }
        if let Some(name) = name {
            features.insert(name, feature);
        }
    }
    features
}

fn feature(node: &Node, path: &str, findings: &mut Findings) -> Option<Feature> {
    let known = [
        "flag",
        "owner",
        "expires",
        "client",
        "rollout",
        "dependencies",
    ];
    let mut fields = Fields::open(node, path, &known, &["preview"], findings)?;
    let flag = fields.required_name("flag");
    let owner = fields.name("owner");
    let expires = fields.date("expires");
    let client = fields.truth("client").unwrap_or_default();
    let canary = fields.get("rollout").and_then(|(node, path)| {
        let mut rollout = Fields::open(node, &path, &["canary_percentage"], &[], fields.findings)?;
        rollout.parsed::<Exposure>(
            "canary_percentage",
            "percentage",
            "write a number from 0 to 100, like 5 or 2.5",
        )
    });
    let mut dependencies = BTreeMap::new();
    for (item, path) in fields.items("dependencies") {
        let Some((pin, mut rest)) =
            pinned(item, &path, &["optional", "evidence"], &[], fields.findings)
        else {
            continue;
        };
        let dependency = Dependency {
            optional: rest.truth("optional").unwrap_or_default(),
            evidence: rest.text("evidence"),
        };
        insert_once(
            &mut dependencies,
            pin,
            dependency,
            item,
            &path,
            fields.findings,
        );
    }
    Some(Feature {
        flag: flag?,
        owner,
        expires,
        client,
        canary,
        dependencies,
        prerequisites: BTreeSet::new(),
        preview: BTreeSet::new(),
    })
}

fn changes(fields: &mut Fields<'_, '_>) -> BTreeMap<Pin, Change> {
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
        let known = ["owner", "requires", "rollback"];
        let later = ["stages", "gates", "canary"];
        let Some((pin, mut rest)) = pinned(item, &path, &known, &later, fields.findings) else {
            continue;
        };
        let owner = rest.name("owner");
        let rollback = rest
            .get("rollback")
            .and_then(|(node, path)| rollback(node, &path, &pin, rest.findings));
        let mut requires = BTreeSet::new();
        for (item, path) in rest.items("requires") {
            let pin = rest
                .findings
                .scalar(item, &path)
                .and_then(|text| rest.findings.pin(item.mark.at(&path), text));
            requires.extend(pin);
        }
        insert_once(
            &mut changes,
            pin,
            Change {
                owner,
                requires,
                rollback,
                ..Change::default()
            },
            item,
            &path,
            fields.findings,
        );
    }
    changes
}

fn rollback(node: &Node, path: &str, pin: &Pin, findings: &mut Findings) -> Option<Rollback> {
    let mut fields = Fields::open(node, path, &["to", "disable", "procedure"], &[], findings)?;
    let disable = fields.truth("disable").unwrap_or_default();
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
                fields.findings.error(
                    "rollback",
                    node.mark.at(&path),
                    message,
                    format!("write `{name}@VERSION`"),
                );
                None
            }
        }
    });
    Some(Rollback {
        to,
        disable,
        procedure,
        forward_only: false,
    })
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
