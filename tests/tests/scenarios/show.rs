//! What a story shows of the state, line by line.

use crate::world::{World, production};
use flaghoist_core::incident::{self, stage, suspects};
use flaghoist_core::release::{Next, change_state, release_state};

pub fn status(world: &World) -> Vec<String> {
    let state = world.state();
    let mut lines = vec![format!("it is {}", world.now)];
    lines.extend(
        state
            .flags
            .iter()
            .map(|(key, flag)| format!("{key} {}", state.state_of(flag))),
    );
    for artefact in state
        .artefacts
        .iter()
        .filter_map(|(id, found)| Some((id, found.live()?)))
    {
        lines.push(format!("live: {}@{}", artefact.0, artefact.1));
    }
    lines
}

/// Where a release and each of its parts stand.
pub fn parts(world: &World, name: &str) -> Vec<String> {
    let (state, name) = (world.state(), name.parse().unwrap());
    let release = &state.releases[&name];
    let mut lines = vec![release_state(state, &name, release, world.now).to_string()];
    lines.extend(release.plan.changes.keys().map(|pin| {
        let stands = change_state(state, release, pin, world.now);
        format!("{pin}: {stands}")
    }));
    lines
}

pub fn waits(world: &World) -> Vec<String> {
    let found = world.advance();
    let mut lines = Vec::new();
    for wait in found.waits {
        let next = match &wait.next {
            Next::Raise { flag, to } => format!("{flag} to {to}"),
            Next::Ship { part } => format!("deployment of {part}"),
            Next::Clear { flag } => format!("{flag} to be cleared"),
            Next::RollBack(progress) => format!("rollback: {progress}"),
            Next::Complete => "completion".to_string(),
        };
        lines.push(format!("{}: {next}", wait.release));
        lines.extend(wait.missing.iter().map(|missing| format!("  {missing}")));
    }
    if lines.is_empty() {
        lines.push("nothing waits".into());
    }
    lines
}

/// How far an incident has come, and what speaks against each part.
pub fn incident(world: &World, name: &str) -> Vec<String> {
    let (state, name) = (world.state(), name.parse().unwrap());
    let release = &state.releases[&name];
    let Some(incident) = &release.incident else {
        return vec!["nothing went wrong".into()];
    };
    let mut lines = vec![stage(state, release, incident).to_string()];
    let suspects = suspects(state, release, world.now);
    for suspect in &suspects {
        let against = match suspect.against.as_slice() {
            [] => "nothing".to_string(),
            words => words.join("; "),
        };
        lines.push(format!("{}: {against}", suspect.part));
    }
    if let Some(cause) = incident::cause(&suspects) {
        lines.push(format!("all points to {cause}"));
    }
    lines
}

pub fn postmortem(world: &World, name: &str) -> Vec<String> {
    let (state, name) = (world.state(), name.parse().unwrap());
    let document =
        incident::postmortem(&production(), state, &name, world.entries(), world.now).unwrap();
    let markdown = document.markdown();
    let lines = markdown.lines().filter(|line| !line.is_empty());
    lines.map(ToString::to_string).collect()
}
