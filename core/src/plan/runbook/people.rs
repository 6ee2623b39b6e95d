//! What ships, why in this way, and who is asked about what.

use crate::name::TeamName;
use crate::page::{Block, Line};
use crate::plan::dry_run::DryRun;
use crate::plan::{Plan, Strategy};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) fn purpose(plan: &Plan, run: &DryRun, blocks: &mut Vec<Block>) {
    let mut line = Line::text("Release ")
        .code(&plan.release)
        .then(", plan ")
        .code(run.plan.short());
    if let Some(environment) = &run.environment {
        line = line.then(", environment ").code(environment);
    }
    blocks.push(Block::Text(line.then(
        ". It follows from the plan; where they differ, the plan is right.",
    )));
    blocks.push(Block::Heading(2, Line::text("Purpose")));
    let features = plan.features.iter().map(|(name, feature)| {
        let line = Line::text("feature ")
            .strong(name)
            .then(", behind the flag ")
            .code(&feature.flag);
        let line = match &feature.owner {
            Some(owner) => line.then(", owned by ").strong(owner),
            None => line,
        };
        match &feature.expires {
            Some(day) => line.then(", flag to be removed by ").then(day),
            None => line,
        }
    });
    let mut lines: Vec<Line> = features.collect();
    let changes = plan.changes.iter().map(|(pin, change)| {
        let line = Line::text("change ").code(pin);
        match &change.owner {
            Some(owner) => line.then(", owned by ").strong(owner),
            None => line,
        }
    });
    lines.extend(changes);
    blocks.push(Block::List(lines));
    strategy(run, blocks);
}

fn word(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Sequenced => "sequenced",
        Strategy::Coordinated => "coordinated",
    }
}

fn strategy(run: &DryRun, blocks: &mut Vec<Block>) {
    let advice = &run.advice;
    let line = Line::text("The changes ship ").strong(word(advice.chosen));
    blocks.push(Block::Text(if advice.suggests == advice.chosen {
        line.then(", as the plan's graph suggests:")
    } else {
        line.then("; the plan's graph suggests ")
            .strong(word(advice.suggests))
            .then(":")
    }));
    let reasons = advice.reasons.iter().map(|reason| {
        let line = Line::text("for ").then(word(reason.speaks_for()));
        line.then(": ").then(reason)
    });
    blocks.push(Block::List(reasons.collect()));
}

pub(super) fn people(plan: &Plan, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("People")));
    let mut owned: BTreeMap<&TeamName, Vec<String>> = BTreeMap::new();
    for team in plan.teams.keys() {
        owned.entry(team).or_default();
    }
    for feature in plan.features.values() {
        let owns = feature
            .owner
            .iter()
            .map(|owner| (owner, feature.flag.to_string()));
        owns.for_each(|(owner, what)| owned.entry(owner).or_default().push(what));
    }
    for (pin, change) in &plan.changes {
        let owns = change.owner.iter().map(|owner| (owner, pin.to_string()));
        owns.for_each(|(owner, what)| owned.entry(owner).or_default().push(what));
    }
    let rows = owned.iter().map(|(name, owns)| {
        let team = plan.teams.get(*name);
        let contact = team
            .and_then(|team| team.contact.clone())
            .unwrap_or_default();
        let approvers = team.into_iter().flat_map(|team| &team.approvers);
        Vec::from([
            Line::text(name),
            Line::text(contact),
            Line::default().codes(approvers),
            Line::default().codes(owns),
        ])
    });
    let rows: Vec<Vec<Line>> = rows.collect();
    if rows.is_empty() {
        blocks.push(Block::Text(Line::text("The plan names no team.")));
    } else {
        blocks.push(Block::Table(
            &["team", "contact", "may approve", "owns"],
            rows,
        ));
    }
    if let Some(channel) = plan
        .announce
        .as_ref()
        .and_then(|announce| announce.channel.as_ref())
    {
        blocks.push(Block::Text(
            Line::text("Steps are announced in ")
                .strong(channel)
                .then("."),
        ));
    }
    let features = plan
        .features
        .values()
        .filter_map(|feature| feature.owner.as_ref());
    let changes = plan
        .changes
        .values()
        .filter_map(|change| change.owner.as_ref());
    blocks.push(Block::Text(match features.chain(changes).next() {
        Some(owner) => Line::text("The joint postmortem, should there be one, is written by ")
            .strong(owner)
            .then(", with every team above."),
        None => Line::text("Nobody is named who would write a joint postmortem."),
    }));
}
