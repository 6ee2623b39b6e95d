//! Reads `schedule`, `bake`, `windows` and `announce`: when steps happen, and who hears of them.

use super::fields::Fields;
use crate::exposure::Exposure;
use crate::limits::WINDOWS_MAX;
use crate::plan::form;
use crate::plan::{Announce, Bake, Canary, LocalTime, Window};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

/// The agreed times, each of a step of the canary, later for wider ones.
pub(super) fn schedule(
    fields: &mut Fields<'_, '_>,
    canary: Option<&Canary>,
) -> BTreeMap<Exposure, LocalTime> {
    let mut schedule = BTreeMap::new();
    for (key, node, path) in fields.entries("schedule") {
        let place = key.mark.at(&path);
        let step: Option<Exposure> =
            fields
                .findings
                .parsed(place.clone(), "percentage", key.text.parse());
        let text = fields.findings.scalar(node, &path);
        let time: Option<LocalTime> =
            text.and_then(|text| fields.findings.name(node.mark.at(&path), text));
        let (Some(step), Some(time)) = (step, time) else {
            continue;
        };
        if !canary.is_some_and(|canary| canary.steps.iter().any(|known| known.exposure == step)) {
            let message = format!("{step} is no step of the canary");
            fields
                .findings
                .error("schedule", place, message, "name the exposure of a step");
            continue;
        }
        schedule.insert(step, time);
    }
    let times: Vec<&LocalTime> = schedule.values().collect();
    if let Some((node, path)) = fields.get("schedule")
        && !times
            .windows(2)
            .all(|pair| matches!(pair, [one, next] if one < next))
    {
        let message = "a wider step is scheduled before a narrower one";
        fields.findings.error(
            "schedule",
            node.mark.at(&path),
            message,
            "put the times in order",
        );
    }
    schedule
}

pub(super) fn bake(fields: &mut Fields<'_, '_>) -> Option<Bake> {
    let (node, path) = fields.get("bake")?;
    let mut fields = Fields::open(node, &path, &form::BAKE, fields.findings)?;
    let lasts = fields.parsed("for", "span", "write it like 48h");
    let holdback: Option<Exposure> =
        fields.parsed("holdback", "percentage", "write a number like 1");
    if holdback == Some(Exposure::FULL) {
        let message = "a holdback of everybody leaves nobody to watch";
        fields.findings.error(
            "bake",
            node.mark.at(&path),
            message,
            "hold back a few, like 1",
        );
    }
    Some(Bake {
        lasts: lasts?,
        holdback: holdback.unwrap_or_default(),
    })
}

pub(super) fn windows(fields: &mut Fields<'_, '_>) -> Vec<Window> {
    let mut windows = Vec::new();
    for (item, path) in fields.items_at_most("windows", WINDOWS_MAX, "windows") {
        let Some(mut window) = Fields::open(item, &path, &form::WINDOW, fields.findings) else {
            continue;
        };
        let allow = window.parsed("allow", "window", "write it like `Mon-Thu 09:00-17:00`");
        let timezone = window.text("timezone");
        windows.extend(
            allow
                .zip(timezone)
                .map(|(allow, timezone)| Window { allow, timezone }),
        );
    }
    windows
}

pub(super) fn announce(fields: &mut Fields<'_, '_>) -> Option<Announce> {
    let (node, path) = fields.get("announce")?;
    let mut fields = Fields::open(node, &path, &form::ANNOUNCE, fields.findings)?;
    Some(Announce {
        channel: fields.text("channel"),
        webhook: fields.text("webhook"),
    })
}
