//! List items that pin an artefact: `- prompt: explain_refund@1.0.0`, with further keys beside it.

use super::fields::{Fields, Findings};
use crate::artefact::{ArtefactId, CustomKind, Kind, Pin, Version};
use crate::plan::form::Form;
use crate::plan::yaml::{Node, Yaml};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

/// An item `KIND: name@version` with further keys beside it.
pub(super) fn pinned<'n, 'f>(
    item: &'n Node,
    path: &str,
    form: &'static Form,
    findings: &'f mut Findings,
) -> Option<(Pin, Fields<'n, 'f>)> {
    let Yaml::Mapping(entries) = &item.value else {
        let fix = "write it like `- prompt: explain_refund@1.0.0`";
        findings.error(
            "shape",
            item.mark.at(path),
            "a part is written `KIND: name@version`",
            fix,
        );
        return None;
    };
    let own = findings.kinds.clone();
    let ours = Kind::ALL.iter().map(Kind::as_str);
    let kinds: Vec<&str> = ours.chain(own.iter().map(CustomKind::as_str)).collect();
    let named: Vec<_> = entries
        .iter()
        .filter(|(key, _)| kinds.contains(&key.text.as_str()))
        .collect();
    let fields = Fields::open(item, path, form, findings)?;
    let [(key, value)] = named.as_slice() else {
        let known = kinds.join(", ");
        let fix = format!("name one kind of {known}, or declare yours under `kinds`");
        let message = if named.is_empty() {
            "no kind of artefact is named"
        } else {
            "two kinds are named"
        };
        fields
            .findings
            .error("kind", item.mark.at(path), message, fix);
        return None;
    };
    let kind: Kind = key.text.parse().ok()?;
    let path = format!("{path}.{}", key.text);
    let text = fields.findings.scalar(value, &path)?;
    let place = || value.mark.at(&path);
    let Some((name, version)) = text.split_once('@') else {
        let message = format!("`{text}` pins no version");
        fields.findings.error(
            "FH114",
            place(),
            message,
            "write `name@version` with one exact version",
        );
        return None;
    };
    let artefact = fields
        .findings
        .parsed(place(), "name", ArtefactId::new(kind, name));
    let version: Option<Version> = fields.findings.version(place(), version);
    Some((Pin::new(artefact?, version?), fields))
}

pub(super) fn insert_once<T>(
    map: &mut BTreeMap<Pin, T>,
    pin: Pin,
    value: T,
    item: &Node,
    path: &str,
    findings: &mut Findings,
) {
    // Another version of the same artefact in one list contradicts itself just as the same pin twice does. Pins sort by
    // artefact, so that it would be a neighbour.
    let before = map.range(..&pin).next_back();
    let after = map.range(&pin..).next();
    let mut neighbours = before.into_iter().chain(after).map(|(other, _)| other);
    if let Some(other) = neighbours.find(|other| other.artefact() == pin.artefact()) {
        let message = format!("{} is pinned twice here: {other} and {pin}", pin.artefact());
        findings.error("FH115", item.mark.at(path), message, "keep one of them");
        return;
    }
    map.insert(pin, value);
}
