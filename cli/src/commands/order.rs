//! What follows from a plan: its order, its dry run, its runbook.
//!
//! Not here: what follows, which core knows; this shows it.

use super::page;
use super::plan::load;
use crate::arguments::{PageFormat, Rehearsal};
use crate::client::Client;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::plan::Plan;
use flaghoist_core::plan::Strategy;
use flaghoist_core::plan::advice::{Advice, advise};
use flaghoist_core::plan::closure::RollbackPreview;
use flaghoist_core::plan::dry_run::{self, DryRun, Entry, Facts, Task};
use flaghoist_core::plan::graph::{Graph, Node};
use flaghoist_core::plan::runbook;
use flaghoist_core::time::Timestamp;
use flaghoist_core::workspace::Environment;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// More names than this are counted in place of listed.
const NAMES_SHOWN: usize = 6;

pub fn order(json: bool, file: &Path) -> Result<ExitCode, Failure> {
    let plan = load(file)?;
    let graph = Graph::of(&plan);
    let waves = graph
        .waves()
        .map_err(|cycle| Failure::Usage(format!("no order exists: {cycle}")))?;
    show(json, &waves, || {
        let mut lines = drawn(&graph, &waves);
        lines.push(String::new());
        lines.extend(advice(&advise(&plan, &graph)));
        lines.join("\n")
    })
}

/// The waves, each node with what it needs.
fn drawn(graph: &Graph, waves: &[Vec<Node>]) -> Vec<String> {
    let nodes = || {
        waves
            .iter()
            .flatten()
            .map(|node| node.to_string().chars().count())
    };
    let width = nodes().max().unwrap_or_default();
    let mut lines = Vec::new();
    for (index, wave) in waves.iter().enumerate() {
        for (place, node) in wave.iter().enumerate() {
            let number = if place == 0 {
                format!("{}.", index + 1)
            } else {
                String::new()
            };
            // Edges are sorted by consumer.
            let first = graph.edges().partition_point(|edge| edge.consumer < *node);
            let needs = graph.edges().iter().skip(first);
            let needs = needs.take_while(|edge| edge.consumer == *node);
            let needs: Vec<String> = needs
                .map(|edge| match edge.required {
                    true => versionless(&edge.foundation),
                    false => format!("({})", versionless(&edge.foundation)),
                })
                .collect();
            let needs = listed(&needs);
            let node = node.to_string();
            lines.push(match needs.is_empty() {
                true => format!("{number:<3}{node}"),
                false => format!("{number:<3}{node:<width$}  ← {needs}"),
            });
        }
    }
    lines
}

/// A node without its version, which is said where the node itself is.
fn versionless(node: &Node) -> String {
    match node {
        Node::Part(pin) => pin.artefact().to_string(),
        Node::Flag(_) => node.to_string(),
    }
}

fn listed(names: &[impl Display]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMES_SHOWN)
        .map(ToString::to_string)
        .collect();
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn word(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Sequenced => "sequenced",
        Strategy::Coordinated => "coordinated",
    }
}

fn advice(advice: &Advice) -> Vec<String> {
    let chosen = if advice.suggests == advice.chosen {
        ", as the plan says".into()
    } else {
        format!("; the plan says {}", word(advice.chosen))
    };
    let mut lines = vec![format!("suggested: {}{chosen}", word(advice.suggests))];
    lines.extend(advice.reasons.iter().map(|reason| {
        let sign = if reason.speaks_for() == advice.suggests {
            "+"
        } else {
            "−"
        };
        format!("  {sign} {reason}")
    }));
    lines
}

pub fn dry_run(json: bool, rehearsal: Rehearsal) -> Result<ExitCode, Failure> {
    let (plan, run) = rehearse(rehearsal)?;
    show(json, &run, || told(&plan, &run).join("\n"))
}

pub fn runbook(
    json: bool,
    rehearsal: Rehearsal,
    format: PageFormat,
    out: Option<&Path>,
) -> Result<ExitCode, Failure> {
    let (plan, run) = rehearse(rehearsal)?;
    let book = runbook::runbook(&plan, &run);
    let text = match format {
        PageFormat::Markdown => book.markdown(),
        PageFormat::Html => book.html(),
    };
    page(json, &text, out)
}

/// The plan and what follows from it; with an environment, by what the server knows.
fn rehearse(rehearsal: Rehearsal) -> Result<(Plan, DryRun), Failure> {
    let plan = load(&rehearsal.file)?;
    let environment = match &rehearsal.environment {
        None => None,
        Some(name) => Some(Client::new(rehearsal.connection).state(name)?),
    };
    let state = environment.unwrap_or_else(Environment::default);
    let own = state.releases.get(&plan.release);
    let signed = own.filter(|release| release.hash == plan.hash());
    let signed = signed
        .into_iter()
        .flat_map(|release| release.course.sign_offs.keys());
    let facts = Facts {
        now: rehearsal.start.unwrap_or_else(now),
        environment: rehearsal.environment,
        population: rehearsal.population.or(state.population),
        others: state
            .releases
            .values()
            .map(|release| &release.plan)
            .collect(),
        signed: signed.cloned().collect(),
    };
    let run = dry_run::dry_run(&plan, &facts)
        .map_err(|cycle| Failure::Usage(format!("no order exists: {cycle}")))?;
    Ok((plan, run))
}

pub(super) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A dry run for people.
fn told(plan: &Plan, run: &DryRun) -> Vec<String> {
    let mut lines = vec![format!(
        "{} · plan {} · {}",
        run.release,
        run.plan.short(),
        word(run.strategy)
    )];
    let mut section = |title: &str, body: Vec<String>| {
        if !body.is_empty() {
            lines.push(format!("\n{title}"));
            lines.extend(body.into_iter().map(|line| format!("  {line}")));
        }
    };
    section("order", drawn(&Graph::of(plan), &run.waves));
    section("strategy", advice(&run.advice));
    let beforehand = run.beforehand.iter().map(ToString::to_string);
    section("must be deployed beforehand", beforehand.collect());
    section("timetable, at the earliest", timetable(&run.timetable));
    let preview = run.preview.iter();
    let preview =
        preview.map(|(flag, keys)| format!("{flag}: {keys} users, as soon as its parts are ready"));
    section("preview", preview.collect());
    let rollbacks = run.rollbacks.iter();
    section(
        "rolling back",
        rollbacks
            .flat_map(|(pin, preview)| rollback(&pin.to_string(), preview))
            .collect(),
    );
    let foreign = run.foreign.iter();
    let foreign = foreign.map(|foreign| {
        format!(
            "{} of {} needs {}",
            foreign.flag,
            foreign.release,
            listed(&Vec::from_iter(&foreign.pins))
        )
    });
    section("flags of other releases", foreign.collect());
    section(
        "missing",
        run.missing.iter().map(ToString::to_string).collect(),
    );
    lines
}

fn timetable(entries: &[Entry]) -> Vec<String> {
    let rows: Vec<[String; 4]> = entries
        .iter()
        .map(|entry| {
            let lasts = match entry.lasts.as_seconds() {
                0 => String::new(),
                _ => format!("for {}", entry.lasts),
            };
            let users = entry.users.map(|users| format!("{users} users"));
            [
                entry.when(),
                task(&entry.task),
                lasts,
                users.unwrap_or_default(),
            ]
        })
        .collect();
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let [when, what, lasts, users] = widths;
    let line = |row: &[String; 4]| {
        let [a, b, c, d] = row;
        format!("{a:<when$}  {b:<what$}  {c:<lasts$}  {d:>users$}")
            .trim_end()
            .into()
    };
    rows.iter().map(line).collect()
}

fn task(task: &Task) -> String {
    match task {
        Task::Deploy { part } => format!("deploy {part}, dark"),
        Task::Route { part, to } => format!("open the route of {part} to {to}"),
        Task::Live { part } => format!("make {part} live"),
        Task::Raise { flags, to, armed } => {
            let verb = if *armed { "opens of itself:" } else { "raise" };
            format!("{verb} {} to {to}", listed(flags))
        }
        Task::Bake => "bake".into(),
        Task::Rest { flags } => format!("open {} to the held-back rest", listed(flags)),
    }
}

fn rollback(pin: &str, preview: &RollbackPreview) -> Vec<String> {
    let mut lines = vec![pin.to_string()];
    let mut tell = |what: &str, names: Vec<String>| {
        if !names.is_empty() {
            lines.push(format!("  {what} {}", listed(&names)));
        }
    };
    let texts = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>();
    tell(
        "flags to 0:",
        texts(&mut preview.flags_to_zero.iter().map(ToString::to_string)),
    );
    tell(
        "closed with them:",
        texts(&mut preview.closed_behind.iter().map(ToString::to_string)),
    );
    tell(
        "stays open without it:",
        texts(&mut preview.degraded.keys().map(ToString::to_string)),
    );
    let foreign = preview
        .foreign
        .iter()
        .map(|flag| format!("{} of {}", flag.flag, flag.release));
    tell("flags of other releases to 0:", foreign.collect());
    let parts = preview
        .parts
        .iter()
        .map(|part| format!("{} {}", part.pin, part.to));
    tell("goes back:", parts.collect());
    let blocked = preview
        .blocked_by
        .iter()
        .map(|by| format!("{} {}", by.pin, by.stop));
    tell("needs a person:", blocked.collect());
    lines
}
