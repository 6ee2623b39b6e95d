//! Reads `kinds`: the kinds of artefacts that a plan declares, each with the kind of ours that it ranks after.

use super::fields::Fields;
use crate::artefact::CustomKind;
use crate::limits::KINDS_MAX;
use crate::plan::{KindRank, form};
use alloc::collections::BTreeMap;
use alloc::format;

pub(super) fn kinds(fields: &mut Fields<'_, '_>) -> BTreeMap<CustomKind, KindRank> {
    let mut kinds = BTreeMap::new();
    let entries = fields.entries("kinds");
    if let Some((key, _, path)) = entries.get(KINDS_MAX) {
        let message = format!("a plan declares at most {KINDS_MAX} kinds");
        fields
            .findings
            .error("too-many", key.mark.at(path), message, "leave some out");
    }
    for (key, node, path) in entries.into_iter().take(KINDS_MAX) {
        let place = key.mark.at(&path);
        let name: Option<CustomKind> = fields.findings.name(place.clone(), &key.text);
        let mut beside = form::CHANGE.keys.iter().chain(form::DEPENDENCY.keys);
        if beside.any(|known| known.name == key.text) {
            let message = format!("`{}` says something else beside a part", key.text);
            let fix = "use another word for the kind";
            fields.findings.error("kind", place, message, fix);
            continue;
        }
        let Some(mut kind) = Fields::open(node, &path, &form::KIND, fields.findings) else {
            continue;
        };
        let after = kind.choice("after");
        // Known even where its rank is not, lest every pin of it be a finding too.
        fields.findings.kinds.extend(name);
        if let Some((name, after)) = name.zip(after) {
            kinds.insert(name, KindRank { after });
        }
    }
    kinds
}
