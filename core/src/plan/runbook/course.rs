//! What is done, in order: before the first step, each step with who and what to watch, and after the last.

use super::Commands;
use crate::exposure::Exposure;
use crate::page::{Block, Line};
use crate::plan::dry_run::{DryRun, Entry, Task};
use crate::plan::{Measure, Plan, Role, Step};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) fn before(plan: &Plan, run: &DryRun, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("Before the first step")));
    let mut lines = Vec::new();
    let beforehand = run.beforehand.iter();
    lines.extend(beforehand.map(|pin| Line::text("must be deployed: ").code(pin)));
    lines.extend(
        run.missing
            .iter()
            .map(|missing| Line::text("missing: ").then(missing)),
    );
    lines.extend(run.foreign.iter().map(|foreign| {
        let line = Line::text("flag ")
            .code(&foreign.flag)
            .then(" of release ")
            .code(&foreign.release);
        line.then(" needs ")
            .codes(&foreign.pins)
            .then(": tell its owners")
    }));
    let preview = run.preview.iter();
    lines.extend(preview.map(|(flag, keys)| {
        Line::text(format!("{keys} previewing users see "))
            .code(flag)
            .then(" as soon as its parts are ready")
    }));
    let windows = plan.windows.iter();
    lines.extend(windows.map(|window| {
        Line::text("raises only ")
            .then(&window.allow)
            .then(" ")
            .then(&window.timezone)
    }));
    if lines.is_empty() {
        lines.push(Line::text("nothing is missing"));
    }
    blocks.push(Block::List(lines));
}

pub(super) fn order(plan: &Plan, run: &DryRun, commands: &Commands<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("Order")));
    let rows = run.timetable.iter().enumerate().map(|(index, entry)| {
        let users = entry.users.map(|users| users.to_string());
        Vec::from([
            Line::text((index + 1).to_string()),
            title(&entry.task),
            Line::text(entry.when()),
            Line::text(entry.lasts),
            Line::text(users.unwrap_or_default()),
        ])
    });
    blocks.push(Block::Table(
        &["", "what", "not before", "at least", "users"],
        rows.collect(),
    ));
    for (index, entry) in run.timetable.iter().enumerate() {
        let heading = Line::text(format!("Step {}: ", index + 1));
        blocks.push(Block::Heading(3, joined(heading, &entry.task)));
        let lines = details(plan, entry);
        if !lines.is_empty() {
            blocks.push(Block::List(lines));
        }
        let lines = command_lines(plan, entry, commands);
        if !lines.is_empty() {
            blocks.push(Block::Commands(lines));
        }
    }
}

fn title(task: &Task) -> Line {
    joined(Line::default(), task)
}

fn joined(line: Line, task: &Task) -> Line {
    match task {
        Task::Deploy { part } => line.then("Deploy ").code(part).then(", dark"),
        Task::Route { part, to } => line
            .then("Open the route of ")
            .code(part)
            .then(format!(" to {to}")),
        Task::Live { part } => line.then("Make ").code(part).then(" live"),
        Task::Raise {
            flags,
            to,
            armed: true,
        } => line
            .codes(flags)
            .then(format!(" opens of itself to {to} when its parts are ready")),
        Task::Raise {
            flags,
            to,
            armed: false,
        } => line.then("Raise ").codes(flags).then(format!(" to {to}")),
        Task::Bake => line.then("Bake"),
        Task::Rest { flags } => line
            .then("Open ")
            .codes(flags)
            .then(" to the held-back rest"),
    }
}

/// Who does it, what must be passed, what is watched.
fn details(plan: &Plan, entry: &Entry) -> Vec<Line> {
    match &entry.task {
        Task::Deploy { part } => {
            let Some(change) = plan.changes.get(part) else {
                return Vec::new();
            };
            let mut lines = Vec::new();
            lines.extend(
                change
                    .owner
                    .iter()
                    .map(|owner| Line::text("by ").strong(owner)),
            );
            if !change.requires.is_empty() {
                lines.push(Line::text("after ").codes(&change.requires));
            }
            if !change.stages.is_empty() {
                let stages: Vec<String> = change.stages.iter().map(Exposure::to_string).collect();
                lines.push(Line::text("in stages of its own: ").then(stages.join(", ")));
            }
            lines.extend(
                change
                    .gates
                    .iter()
                    .map(|gate| Line::text("gate: ").then(gate)),
            );
            lines
        }
        Task::Raise { to, .. } => raise_details(plan, entry, *to),
        Task::Bake | Task::Rest { .. } => watched(plan),
        Task::Route { .. } | Task::Live { .. } => Vec::new(),
    }
}

fn raise_details(plan: &Plan, entry: &Entry, to: Exposure) -> Vec<Line> {
    let mut lines = Vec::new();
    if to > plan.full() {
        lines.push(Line::text(format!(
            "reaches {}: the rest is held back as a control",
            plan.full()
        )));
    }
    let mut steps = plan.canary.iter().flat_map(|canary| &canary.steps);
    if let Some(Step {
        approve,
        units,
        gates,
        ..
    }) = steps.find(|step| step.exposure == to)
    {
        if !approve.is_empty() {
            lines.push(Line::text("approved beforehand by ").codes(approve));
        }
        lines.extend(
            gates
                .iter()
                .map(|gate| Line::text("gate of the next step: ").then(gate)),
        );
        lines.extend(units.map(|units| match entry.users {
            Some(users) if users < units => Line::text(format!(
                "at least {units} users, of which about {users} are expected at a time"
            )),
            _ => Line::text(format!("at least {units} users before the next step")),
        }));
    }
    lines.extend(watched(plan));
    lines
}

fn watched(plan: &Plan) -> Vec<Line> {
    let metrics = plan.canary.iter().flat_map(|canary| &canary.metrics);
    let line = |metric: &crate::plan::Metric| {
        let line = Line::text("watch ").strong(&metric.name);
        let line = match &metric.component {
            Some(component) => line.then(" of ").code(component),
            None => line,
        };
        let line = match &metric.measure {
            Measure::Rate { ratio, .. } => {
                line.then(format!(", at most {ratio} times that of users without"))
            }
            Measure::Value { limit, .. } => line.then(format!(", {limit}")),
            Measure::Score { drop, .. } => {
                line.then(format!(", at most {drop} worse than for users without"))
            }
        };
        line.then(match metric.role {
            Role::Critical => ": FAIL contains",
            Role::Signal => ": FAIL holds",
            Role::Info => ": to be seen",
        })
    };
    metrics.map(line).collect()
}

fn command_lines(plan: &Plan, entry: &Entry, commands: &Commands<'_>) -> Vec<String> {
    match &entry.task {
        Task::Deploy { part } => Vec::from([commands.observe(part, "")]),
        Task::Live { part } => Vec::from([commands.observe(part, "--live")]),
        Task::Raise {
            flags,
            to,
            armed: false,
        } => flags.iter().map(|flag| commands.raise(flag, *to)).collect(),
        Task::Rest { flags } => flags
            .iter()
            .map(|flag| commands.raise(flag, Exposure::FULL))
            .collect(),
        Task::Route { part, to } => Vec::from([commands.route(&plan.release, part, *to)]),
        Task::Bake | Task::Raise { armed: true, .. } => Vec::new(),
    }
}

pub(super) fn afterwards(plan: &Plan, run: &DryRun, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("Afterwards")));
    let mut lines = Vec::from([Line::text(format!(
        "everything is watched for {} after the last step; a FAIL contains then too",
        run.bake
    ))]);
    let expiring = plan.features.values().filter_map(|feature| {
        let day = feature.expires.as_ref()?;
        Some(
            Line::text("remove the flag ")
                .code(&feature.flag)
                .then(" by ")
                .then(day),
        )
    });
    lines.extend(expiring);
    lines.push(Line::text(
        "re-release after a rollback only with a new version of the part that was at fault",
    ));
    blocks.push(Block::List(lines));
}
