//! Incidents: what speaks against each part, production cases, who or what is at fault, the postmortem.

use super::order::now;
use super::page;
use super::release::{Found, act};
use super::state::entries;
use crate::arguments::incident::IncidentCommand;
use crate::arguments::release::On;
use crate::arguments::{PageFormat, Target};
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::artefact::Pin;
use flaghoist_core::incident::{
    Case, Incident, Stage, Suspect, cause, postmortem, stage, suspects,
};
use flaghoist_core::name::ReleaseName;
use flaghoist_core::release::Act;
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

pub fn run(json: bool, command: IncidentCommand) -> Result<ExitCode, Failure> {
    match command {
        IncidentCommand::Incident { release, target } => look(json, &release, &target),
        IncidentCommand::Attach {
            on,
            key,
            served,
            at,
            note,
            link,
        } => {
            let case = Box::new(Case {
                key,
                at: at.unwrap_or_else(now),
                served: served.into_iter().collect(),
                note,
                link,
            });
            act(json, on, Act::Attach { case })
        }
        IncidentCommand::Attribute { on, parts } => attribute(json, on, parts),
        IncidentCommand::Postmortem {
            release,
            target,
            format,
            out,
        } => write(json, &release, &target, format, out.as_deref()),
    }
}

fn attribute(json: bool, on: On, parts: Vec<Pin>) -> Result<ExitCode, Failure> {
    let parts = parts.into_iter().collect();
    act(json, on, Act::Attribute { parts })
}

/// Everything about an incident.
#[derive(Serialize)]
struct Looked<'a> {
    stage: Option<Stage>,
    incident: Option<&'a Incident>,
    suspects: Vec<Suspect>,
    /// The only part that something speaks against.
    cause: Option<Pin>,
}

fn look(json: bool, name: &ReleaseName, target: &Target) -> Result<ExitCode, Failure> {
    let found = Found::at(target)?;
    let (state, release) = (found.state()?, found.release(name)?);
    let suspects = suspects(state, release, now());
    let incident = release.incident.as_ref();
    let looked = Looked {
        stage: incident.map(|incident| stage(state, release, incident)),
        cause: cause(&suspects).cloned(),
        incident,
        suspects,
    };
    show(json, &looked, || told(name, &looked))
}

fn told(name: &ReleaseName, looked: &Looked<'_>) -> String {
    let Some((incident, stage)) = looked.incident.zip(looked.stage) else {
        return format!("nothing went wrong with {name} that the ledger knows of");
    };
    let mut lines = vec![format!("{name}, since {}: {stage}", incident.since)];
    for suspect in &looked.suspects {
        let against = match suspect.against.as_slice() {
            [] => "nothing".to_string(),
            words => words.join("; "),
        };
        let owner = suspect.owner.as_ref();
        let owner = owner.map(|owner| format!(" ({owner})")).unwrap_or_default();
        lines.push(format!(
            "  {}{owner}, {}: {against}",
            suspect.part, suspect.state
        ));
    }
    for case in &incident.cases {
        let note = case.note.as_ref().map(|note| format!(": {note}"));
        lines.push(format!(
            "  case of {} at {}{}",
            case.key,
            case.at,
            note.unwrap_or_default()
        ));
    }
    match (&incident.attributed, &looked.cause) {
        (Some(named), _) => {
            let parts: Vec<String> = named.parts.iter().map(Pin::to_string).collect();
            lines.push(format!("at fault: {}, says {}", parts.join(", "), named.by));
        }
        (None, Some(part)) => lines.push(format!("all points to {part}; nobody has said so yet")),
        (None, None) => {}
    }
    lines.join("\n")
}

fn write(
    json: bool,
    name: &ReleaseName,
    target: &Target,
    format: PageFormat,
    out: Option<&Path>,
) -> Result<ExitCode, Failure> {
    let found = Found::at(target)?;
    found.release(name)?;
    let story = entries(&found.client)?;
    let document = postmortem(&found.environment, found.state()?, name, &story, now());
    let Some(document) = document else {
        return Ok(ExitCode::FAILURE);
    };
    let text = match format {
        PageFormat::Markdown => document.markdown(),
        PageFormat::Html => document.html(),
    };
    page(json, &text, out)
}
