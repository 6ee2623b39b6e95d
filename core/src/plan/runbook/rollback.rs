//! What to do when something is wrong: contain first, isolate the cause second, then take back what is at fault.

use super::Commands;
use crate::artefact::Pin;
use crate::page::{Block, Line};
use crate::plan::Plan;
use crate::plan::closure::{RollbackPart, RollbackPreview, Target};
use crate::plan::dry_run::DryRun;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn contain(plan: &Plan, commands: &Commands<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(
        2,
        Line::text("If something is wrong: contain first"),
    ));
    if plan.features.is_empty() {
        blocks.push(Block::Text(Line::text(
            "No flag gates this release: take back the change that is at fault, as written below.",
        )));
        return;
    }
    blocks.push(Block::Text(Line::text(
        "Nothing can refuse this, and it needs no approval. Users no longer see the feature; the parts stay where they are.",
    )));
    let flags = plan.features.values();
    blocks.push(Block::Commands(
        flags
            .map(|feature| commands.contain(&feature.flag))
            .collect(),
    ));
    blocks.push(Block::Text(Line::text(
        "Then find the one change that is the cause, from what is watched and from the cases users met. Take that one back, as \
         written below; what is not at fault stays.",
    )));
}

pub(super) fn rollbacks(
    plan: &Plan,
    run: &DryRun,
    commands: &Commands<'_>,
    blocks: &mut Vec<Block>,
) {
    if run.rollbacks.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, Line::text("Rollback of each change")));
    for (pin, preview) in &run.rollbacks {
        blocks.push(Block::Heading(3, Line::text("Rolling back ").code(pin)));
        let mut lines = Vec::new();
        let way = plan
            .changes
            .get(pin)
            .and_then(|change| change.rollback.as_ref());
        if let Some(procedure) = way.and_then(|way| way.procedure.as_ref()) {
            lines.push(Line::text("procedure: ").then(procedure));
        }
        if !preview.flags_to_zero.is_empty() {
            lines.push(Line::text("first go to 0: ").codes(&preview.flags_to_zero));
        }
        if !preview.closed_behind.is_empty() {
            lines.push(
                Line::text("closed with them, as they rest on them: ")
                    .codes(&preview.closed_behind),
            );
        }
        if !preview.degraded.is_empty() {
            lines.push(Line::text("may stay open without it: ").codes(preview.degraded.keys()));
        }
        for foreign in &preview.foreign {
            lines.push(
                Line::text("also goes to 0: ")
                    .code(&foreign.flag)
                    .then(" of release ")
                    .code(&foreign.release),
            );
        }
        let parts = preview.parts.iter();
        lines.extend(parts.map(|part| {
            Line::text("goes back: ")
                .code(&part.pin)
                .then(" ")
                .then(&part.to)
        }));
        for obstacle in &preview.blocked_by {
            lines.push(
                Line::default()
                    .strong("needs a person")
                    .then(": ")
                    .code(&obstacle.pin)
                    .then(" ")
                    .then(obstacle.stop),
            );
        }
        if !preview.stays.is_empty() {
            lines.push(Line::text("stays because of that: ").codes(&preview.stays));
        }
        blocks.push(Block::List(lines));
        let lines = command_lines(plan, pin, preview, commands);
        if !lines.is_empty() {
            blocks.push(Block::Commands(lines));
        }
    }
}

/// The rollback, which closes the flags first, then a report of each part when it is back; where nothing can go, the closing.
fn command_lines(
    plan: &Plan,
    pin: &Pin,
    preview: &RollbackPreview,
    commands: &Commands<'_>,
) -> Vec<String> {
    if preview.parts.is_empty() {
        let foreign = preview.foreign.iter().map(|foreign| &foreign.flag);
        let flags = preview.flags_to_zero.iter().chain(foreign);
        return flags.map(|flag| commands.contain(flag)).collect();
    }
    let part = |RollbackPart { pin, to }: &RollbackPart| match to {
        Target::Version(version) => {
            let back = Pin::new(pin.artefact().clone(), version.clone());
            commands.observe(&back, "--live")
        }
        Target::Disabled | Target::ByProcedure => commands.observe(pin, "--withdrawn"),
    };
    let rollback = commands.roll_back(&plan.release, pin);
    core::iter::once(rollback)
        .chain(preview.parts.iter().map(part))
        .collect()
}
