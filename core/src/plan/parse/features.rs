//! Reads `features`: what users see, and what it needs.

use super::fields::{Fields, Findings};
use super::pinned::{insert_once, pinned};
use crate::exposure::Exposure;
use crate::limits::{FEATURES_MAX, NAME_BYTES_MAX, PREVIEW_KEYS_MAX};
use crate::name::{FeatureName, FlagKey};
use crate::plan::form;
use crate::plan::yaml::{Node, Yaml};
use crate::plan::{Dependency, Feature};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};

pub(super) fn features(fields: &mut Fields<'_, '_>) -> BTreeMap<FeatureName, Feature> {
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
    let mut fields = Fields::open(node, path, &form::FEATURE, findings)?;
    let flag: Option<FlagKey> = fields.name("flag");
    let owner = fields.name("owner");
    let expires = fields.date("expires");
    let client = fields.truth("client");
    let canary = fields.get("rollout").and_then(|(node, path)| {
        let mut rollout = Fields::open(node, &path, &form::ROLLOUT, fields.findings)?;
        rollout.parsed::<Exposure>(
            "canary_percentage",
            "percentage",
            "write a number from 0 to 100, like 5 or 2.5",
        )
    });
    let preview = preview(&mut fields);
    let (dependencies, prerequisites) = dependencies(&mut fields, flag.as_ref());
    Some(Feature {
        flag: flag?,
        owner,
        expires,
        client,
        canary,
        dependencies,
        prerequisites,
        preview,
    })
}

/// Pins, and flags of other features.
fn dependencies(
    fields: &mut Fields<'_, '_>,
    own: Option<&FlagKey>,
) -> (
    BTreeMap<crate::artefact::Pin, Dependency>,
    BTreeSet<FlagKey>,
) {
    let mut pins = BTreeMap::new();
    let mut flags = BTreeSet::new();
    for (item, path) in fields.items("dependencies") {
        if is_flag(item) {
            let Some(mut item_fields) =
                Fields::open(item, &path, &form::FLAG_BENEATH, fields.findings)
            else {
                continue;
            };
            let Some(key) = item_fields.name::<FlagKey>("flag") else {
                continue;
            };
            if own == Some(&key) || !flags.insert(key.clone()) {
                let message = match own == Some(&key) {
                    true => format!("`{key}` cannot rest on itself"),
                    false => format!("`{key}` stands here twice"),
                };
                fields
                    .findings
                    .error("prerequisite", item.mark.at(&path), message, "take it out");
            }
            continue;
        }
        let Some((pin, mut rest)) = pinned(item, &path, &form::DEPENDENCY, fields.findings) else {
            continue;
        };
        let dependency = Dependency {
            optional: rest.truth("optional"),
            evidence: rest.text("evidence"),
        };
        insert_once(&mut pins, pin, dependency, item, &path, fields.findings);
    }
    (pins, flags)
}

fn is_flag(item: &Node) -> bool {
    matches!(&item.value, Yaml::Mapping(entries) if entries.iter().any(|(key, _)| key.text == "flag"))
}

fn preview(fields: &mut Fields<'_, '_>) -> BTreeSet<String> {
    let Some((node, path)) = fields.get("preview") else {
        return BTreeSet::new();
    };
    let Some(mut preview) = Fields::open(node, &path, &form::PREVIEW, fields.findings) else {
        return BTreeSet::new();
    };
    let mut keys = BTreeSet::new();
    for (item, path) in preview.items_at_most("keys", PREVIEW_KEYS_MAX, "preview keys") {
        let Some(key) = preview.findings.scalar(item, &path) else {
            continue;
        };
        if key.is_empty() || key.len() > NAME_BYTES_MAX {
            let message = format!("a preview key has from 1 to {NAME_BYTES_MAX} bytes");
            preview.findings.error(
                "preview",
                item.mark.at(&path),
                message,
                "use the key that users are bucketed by",
            );
            continue;
        }
        keys.insert(key.to_string());
    }
    keys
}
