//! The state of releases in words.

use crate::arguments::Target;
use crate::client::{Client, only_environment};
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::name::{FlagKey, ReleaseName};
use flaghoist_core::plan::graph::{Graph, Node};
use flaghoist_core::workspace::{Environment, FeatureFlag, Release};
use std::process::ExitCode;

pub fn run(json: bool, release: Option<ReleaseName>, target: Target) -> Result<ExitCode, Failure> {
    let client = Client::at(&target);
    let workspace = client.workspace()?;
    let name = match target.environment {
        Some(name) => name,
        None => only_environment(&workspace)?,
    };
    let Some(environment) = workspace.environment(&name) else {
        return Err(Failure::Usage(format!("there is no environment `{name}`")));
    };
    let mut environment = environment.clone();
    if let Some(release) = &release {
        environment.releases.retain(|known, _| known == release);
        environment.flags.retain(|_, flag| flag.release == *release);
        if environment.releases.is_empty() {
            return Err(Failure::Usage(format!(
                "there is no release `{release}` in {name}"
            )));
        }
    }
    show(json, &environment, || {
        if environment.releases.is_empty() {
            return format!("{name}: no release yet; `flaghoist apply PLAN.yaml` brings the first");
        }
        let parts: Vec<String> = environment
            .releases
            .iter()
            .map(|(name, release)| describe(&environment, name, release))
            .collect();
        parts.join("\n\n")
    })
}

fn describe(environment: &Environment, name: &ReleaseName, release: &Release) -> String {
    let mut lines = vec![format!(
        "{name} · plan {} · applied by {}",
        release.hash.short(),
        release.applied_by
    )];
    for (key, flag) in environment
        .flags
        .iter()
        .filter(|(_, flag)| flag.release == *name)
    {
        lines.push(flag_line(environment, key, flag));
    }
    let waves = Graph::of(&release.plan).waves().unwrap_or_default();
    for (index, wave) in waves.iter().enumerate() {
        for (place, node) in wave.iter().enumerate() {
            let number = if place == 0 {
                format!("{}.", index + 1)
            } else {
                String::new()
            };
            lines.push(format!("  {number:<3}{}", node_line(environment, node)));
        }
    }
    lines.join("\n")
}

fn flag_line(environment: &Environment, key: &FlagKey, flag: &FeatureFlag) -> String {
    let armed = flag
        .armed
        .as_ref()
        .map(|armed| format!("; armed at {}", armed.to))
        .unwrap_or_default();
    format!(
        "  {key}: {}{armed}\n  last: {} {} at {}",
        environment.state_of(flag),
        flag.last_move.by,
        flag.last_move.what,
        flag.last_move.at
    )
}

fn node_line(environment: &Environment, node: &Node) -> String {
    match node {
        Node::Flag(key) => format!("flag {key}"),
        Node::Part(pin) => match environment.unready(pin) {
            None => format!("✓ {pin}"),
            Some(problem) => format!("✗ {problem}"),
        },
    }
}
