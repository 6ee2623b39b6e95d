//! The postmortem of a release as a document: what the ledger knows, in order, and what only people can answer.
//!
//! Invariants: it says nothing that the ledger does not; it is one document for all teams of the release; whatever people wrote is
//! shown as text. Not here: how text is kept text (`crate::page`).

use super::{Case, Incident, Suspect, suspects};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::name::{EnvironmentName, FlagKey, ReleaseName};
use crate::page::{self, Block, Line};
use crate::release::{Entry, Event, Fact};
use crate::time::{Span, Timestamp};
use crate::workspace::{Environment, Release};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A postmortem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postmortem {
    title: String,
    blocks: Vec<Block>,
}

impl Postmortem {
    /// As Markdown, with the tables of GitHub.
    pub fn markdown(&self) -> String {
        page::markdown(&self.blocks)
    }

    /// As a page that needs nothing else, for a browser or a printer.
    pub fn html(&self) -> String {
        page::html(&self.title, &self.blocks)
    }
}

/// The postmortem of a release, from the entries of its ledger, oldest first; none where there is no such release.
pub fn postmortem(
    environment: &EnvironmentName,
    state: &Environment,
    name: &ReleaseName,
    entries: &[Entry],
    now: Timestamp,
) -> Option<Postmortem> {
    let release = state.releases.get(name)?;
    let title = release.plan.title.clone();
    let title = format!("Postmortem: {}", title.unwrap_or_else(|| name.to_string()));
    let story: Vec<(&Entry, &Event)> = entries
        .iter()
        .flat_map(|entry| entry.events.iter().map(move |event| (entry, event)))
        .filter(|(_, event)| event.environment() == environment && state.concerns(name, event))
        .collect();
    let mut blocks = Vec::from([Block::Heading(1, Line::text(&title))]);
    summary(environment, release, &mut blocks);
    impact(state, &story, now, &mut blocks);
    cause(release, &suspects(state, release, now), &mut blocks);
    cases(release.incident.as_ref(), &mut blocks);
    follow_ups(&story, &mut blocks);
    timeline(&story, &mut blocks);
    questions(release, &mut blocks);
    Some(Postmortem { title, blocks })
}

fn summary(environment: &EnvironmentName, release: &Release, blocks: &mut Vec<Block>) {
    let line = Line::text("Release ")
        .code(&release.plan.release)
        .then(", plan ")
        .code(release.hash.short())
        .then(", environment ")
        .code(environment);
    blocks.push(Block::Text(line));
    let Some(incident) = &release.incident else {
        blocks.push(Block::Text(Line::text(
            "Nothing went wrong that the ledger knows of.",
        )));
        return;
    };
    let mut lines = Vec::from([Line::text("since ").then(incident.since)]);
    if let Some(flag) = &incident.flag {
        lines.push(Line::text("contained first: ").code(flag));
    }
    match &incident.attributed {
        Some(named) => lines.push(
            Line::text("at fault: ")
                .codes(&named.parts)
                .then(format!(", says {} at {}", named.by, named.at)),
        ),
        None => lines.push(Line::text("at fault: nobody has said")),
    }
    if let Some(at) = incident.rolled_back {
        lines.push(Line::text("rolled back, as observed, at ").then(at));
    }
    lines.push(match incident.over {
        Some(at) => Line::text("over at ").then(at),
        None => Line::text("not over yet"),
    });
    blocks.push(Block::List(lines));
}

/// How long which share of users had each flag.
fn impact(
    state: &Environment,
    story: &[(&Entry, &Event)],
    now: Timestamp,
    blocks: &mut Vec<Block>,
) {
    let mut open: BTreeMap<&FlagKey, (Exposure, Timestamp)> = BTreeMap::new();
    let mut rows: Vec<Vec<Line>> = Vec::new();
    let mut close = |flag: &FlagKey, (share, since): (Exposure, Timestamp), until: Timestamp| {
        if share.is_zero() {
            return;
        }
        let users = state.population.map(|all| {
            let users = u128::from(all) * u128::from(share.basis_points());
            format!("about {}", users.div_ceil(10_000))
        });
        rows.push(Vec::from([
            Line::default().code(flag),
            Line::text(share),
            Line::text(since),
            Line::text(Span::between(since, until)),
            Line::text(users.unwrap_or_default()),
        ]));
    };
    for (entry, event) in story {
        let (flag, to) = match event {
            Event::Raised { flag, to, .. } => (flag, *to),
            Event::Lowered { flag, to, .. } => {
                let known = open.get(flag).map_or(Exposure::ZERO, |known| known.0);
                (flag, known.min(*to))
            }
            Event::Contained { flag, .. } => (flag, Exposure::ZERO),
            _ => continue,
        };
        if let Some(before) = open.insert(flag, (to, entry.at)) {
            close(flag, before, entry.at);
        }
    }
    for (flag, last) in open {
        close(flag, last, now);
    }
    blocks.push(Block::Heading(2, Line::text("Who saw it")));
    if rows.is_empty() {
        blocks.push(Block::Text(Line::text("No flag of it was ever open.")));
        return;
    }
    let head = &["flag", "share", "since", "for", "users"];
    blocks.push(Block::Table(head, rows));
}

fn cause(release: &Release, suspects: &[Suspect], blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("Cause")));
    let named: BTreeSet<&Pin> = release
        .incident
        .iter()
        .filter_map(|incident| incident.attributed.as_ref())
        .flat_map(|named| &named.parts)
        .collect();
    let gone = named
        .iter()
        .filter(|pin| !suspects.iter().any(|suspect| suspect.part == ***pin));
    let gone = gone.map(|pin| {
        let empty = || Line::text("");
        let replaced = Line::text("no longer in the plan");
        Vec::from([
            Line::default().code(pin),
            empty(),
            replaced,
            empty(),
            Line::default().strong("at fault"),
        ])
    });
    let rows = suspects.iter().map(|suspect| {
        let verdict = if named.contains(&suspect.part) {
            Line::default().strong("at fault")
        } else {
            Line::text("")
        };
        let owner = suspect.owner.as_ref().map(ToString::to_string);
        let against = suspect.against.join("; ");
        Vec::from([
            Line::default().code(&suspect.part),
            Line::text(owner.unwrap_or_default()),
            Line::text(suspect.state),
            Line::text(if against.is_empty() {
                "nothing"
            } else {
                &against
            }),
            verdict,
        ])
    });
    let head = &["part", "owner", "state", "what speaks against it", ""];
    blocks.push(Block::Table(head, gone.chain(rows).collect()));
}

fn cases(incident: Option<&Incident>, blocks: &mut Vec<Block>) {
    let cases: &[Case] = incident.map_or(&[], |incident| &incident.cases);
    if cases.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, Line::text("Production cases")));
    let rows = cases.iter().map(|case| {
        let text = |text: Option<String>| Line::text(text.unwrap_or_default());
        Vec::from([
            Line::text(case.at),
            Line::default().code(&case.key),
            Line::default().codes(&case.served),
            text(case.note.as_ref().map(ToString::to_string)),
            text(case.link.as_ref().map(ToString::to_string)),
        ])
    });
    let head = &["when", "key", "served with", "what was wrong", "more"];
    blocks.push(Block::Table(head, rows.collect()));
}

/// What was done against the usual rules, and has to be looked at afterwards.
fn follow_ups(story: &[(&Entry, &Event)], blocks: &mut Vec<Block>) {
    let mut lines = Vec::new();
    for (entry, event) in story {
        let said = entry.reason.as_deref().unwrap_or("no reason was given");
        let what = match event {
            Event::Raised {
                emergency: Some(link),
                flag,
                to,
                ..
            } => format!("{flag} was raised to {to} as an emergency ({said}): {link}"),
            Event::Raised {
                skipped: true,
                flag,
                to,
                ..
            } => format!("{flag} was raised to {to} leaving out steps ({said})"),
            Event::Release {
                fact: Fact::Accepted { gate, person, .. },
                ..
            } => format!("{person} accepted {gate} without a clear verdict ({said})"),
            Event::Release {
                fact: Fact::RollbackReleased,
                ..
            } => format!("a rollback went on before every edge had acknowledged ({said})"),
            _ => continue,
        };
        lines.push(Line::text(format!("{}: {what}", entry.at)));
    }
    if lines.is_empty() {
        return;
    }
    blocks.push(Block::Heading(
        2,
        Line::text("Done against the usual rules"),
    ));
    blocks.push(Block::List(lines));
}

fn timeline(story: &[(&Entry, &Event)], blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("Timeline")));
    let rows = story.iter().map(|(entry, event)| {
        Vec::from([
            Line::text(entry.at),
            Line::text(entry.revision),
            Line::text(&entry.actor),
            Line::text(event.describe()),
            Line::text(entry.reason.as_deref().unwrap_or_default()),
        ])
    });
    let head = &["when", "entry", "who", "what", "why"];
    blocks.push(Block::Table(head, rows.collect()));
}

/// What only people know, for all teams together.
fn questions(release: &Release, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, Line::text("To be answered together")));
    let owners = release.plan.owners();
    if !owners.is_empty() {
        blocks.push(Block::Text(Line::text("Teams: ").codes(owners)));
    }
    let questions = [
        "What did users see, in their words?",
        "Which gate should have caught it, and why did it not?",
        "Did the parts fail alone, or only together?",
        "How long from the first sign to 0 %, and what would have made it shorter?",
        "What changes, who sees to it, by when?",
    ];
    let lines = questions.into_iter().map(Line::text).collect();
    blocks.push(Block::List(lines));
}
