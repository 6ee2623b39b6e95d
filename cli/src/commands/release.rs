//! What is asked of releases: consent, course, rollback, freezes; and what they wait for.

use super::words;
use crate::arguments::Target;
use crate::arguments::release::{On, ReleaseCommand};
use crate::client::{Client, only_environment};
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{
    ActOn, DeclareFreeze, GetWaits, PostAct, PostFreeze, PostLiftFreeze, Reason,
};
use flaghoist_core::artefact::Pin;
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::{EnvironmentName, FlagKey, ReleaseName, Revision, TeamName};
use flaghoist_core::plan::closure::{Closures, RollbackPreview};
use flaghoist_core::release::{Act, Next, Wait};
use flaghoist_core::time::Timestamp;
use flaghoist_core::workspace::{Environment, Release, Workspace};
use std::collections::BTreeMap;
use std::process::ExitCode;

pub fn run(json: bool, command: ReleaseCommand) -> Result<ExitCode, Failure> {
    match command {
        ReleaseCommand::SignOff { on, team } => {
            let found = Found::at(on.target.clone())?;
            let plan = found.release(&on.release)?.hash.clone();
            found.act(json, on, Act::SignOff { plan, team })
        }
        ReleaseCommand::Approve {
            flag,
            step,
            team,
            target,
            reason,
        } => approve(json, flag, (step, team), target, reason),
        ReleaseCommand::Accept { on, gate, part } => act(json, on, Act::Accept { gate, part }),
        ReleaseCommand::Pause { on } => act(json, on, Act::Pause),
        ReleaseCommand::Resume { on } => act(json, on, Act::Resume),
        ReleaseCommand::Abort { on } => act(json, on, Act::Abort),
        ReleaseCommand::Complete { on } => act(json, on, Act::Complete),
        ReleaseCommand::Retry { on, part } => act(json, on, Act::Retry { part }),
        ReleaseCommand::Route { part, on, to } => {
            let found = Found::at(on.target.clone())?;
            let down = found.release(&on.release)?.route(&part) > to;
            let act = match down {
                true => Act::LowerRoute { part, to },
                false => Act::RaiseRoute { part, to },
            };
            found.act(json, on, act)
        }
        ReleaseCommand::Rollback {
            release_now: true,
            on,
            ..
        } => act(json, on, Act::ReleaseRollback),
        ReleaseCommand::Rollback {
            on, parts, dry_run, ..
        } => {
            if dry_run || parts.is_empty() {
                return preview(json, &on, parts);
            }
            let parts = parts.into_iter().collect();
            act(json, on, Act::RollBack { parts })
        }
        ReleaseCommand::Waits { release, target } => waits(json, release.as_ref(), target),
        ReleaseCommand::Freeze {
            from,
            until,
            reason,
            target,
        } => freeze(json, (from, until), &reason, target),
        ReleaseCommand::LiftFreeze {
            revision,
            reason,
            target,
        } => lift(json, revision, reason, target),
    }
}

fn approve(
    json: bool,
    flag: FlagKey,
    (step, team): (Exposure, TeamName),
    target: Target,
    reason: Option<String>,
) -> Result<ExitCode, Failure> {
    let found = Found::at(target.clone())?;
    let Some(known) = found.state()?.flags.get(&flag) else {
        let environment = &found.environment;
        return Err(Failure::Usage(format!(
            "there is no flag `{flag}` in {environment}"
        )));
    };
    let release = known.release.clone();
    let act = Act::Approve {
        plan: found.release(&release)?.hash.clone(),
        epoch: known.epoch,
        flag,
        step,
        team,
    };
    let on = On {
        release,
        target,
        reason,
    };
    found.act(json, on, act)
}

fn freeze(
    json: bool,
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    reason: &str,
    target: Target,
) -> Result<ExitCode, Failure> {
    let client = Client::new(target.connection);
    let environment = client.environment(target.environment)?;
    let reason = reason
        .parse()
        .map_err(|error| Failure::Usage(format!("--reason: {error}")))?;
    let body = DeclareFreeze {
        from,
        until,
        reason,
    };
    let decided = client.call::<PostFreeze>(&[environment.as_str()], &body)?;
    show(json, &decided, || words(&decided))
}

/// What the server knows where a call acts.
struct Found {
    client: Client,
    workspace: Workspace,
    environment: EnvironmentName,
}

impl Found {
    fn at(target: Target) -> Result<Self, Failure> {
        let client = Client::new(target.connection);
        let workspace = client.workspace()?;
        let environment = match target.environment {
            Some(name) => name,
            None => only_environment(&workspace)?,
        };
        Ok(Self {
            client,
            workspace,
            environment,
        })
    }

    fn state(&self) -> Result<&Environment, Failure> {
        let state = self.workspace.environment(&self.environment);
        state.ok_or_else(|| {
            Failure::Usage(format!("there is no environment `{}`", self.environment))
        })
    }

    fn release(&self, name: &ReleaseName) -> Result<&Release, Failure> {
        let release = self.state()?.releases.get(name);
        release.ok_or_else(|| {
            Failure::Usage(format!(
                "there is no release `{name}` in {}",
                self.environment
            ))
        })
    }

    fn act(&self, json: bool, on: On, act: Act) -> Result<ExitCode, Failure> {
        send(json, &self.client, &self.environment, on, act)
    }
}

fn act(json: bool, on: On, act: Act) -> Result<ExitCode, Failure> {
    let client = Client::new(on.target.connection.clone());
    let environment = client.environment(on.target.environment.clone())?;
    send(json, &client, &environment, on, act)
}

fn send(
    json: bool,
    client: &Client,
    environment: &EnvironmentName,
    on: On,
    act: Act,
) -> Result<ExitCode, Failure> {
    let body = ActOn {
        act,
        reason: on.reason,
    };
    let place = [environment.as_str(), on.release.as_str()];
    let decided = client.call::<PostAct>(&place, &body)?;
    show(json, &decided, || words(&decided))
}

/// What a rollback would take along: of the parts named, or of each change by itself.
fn preview(json: bool, on: &On, parts: Vec<Pin>) -> Result<ExitCode, Failure> {
    let found = Found::at(on.target.clone())?;
    let plan = &found.release(&on.release)?.plan;
    let others = found
        .state()?
        .releases
        .values()
        .map(|release| &release.plan);
    let closures = Closures::among(plan, others.filter(|other| other.release != on.release));
    let previews: BTreeMap<String, RollbackPreview> = if parts.is_empty() {
        let each = closures.of_every_change().into_iter();
        each.map(|(pin, preview)| (pin.to_string(), preview))
            .collect()
    } else {
        let names: Vec<String> = parts.iter().map(ToString::to_string).collect();
        BTreeMap::from([(
            names.join(", "),
            closures.rollback(&parts.into_iter().collect()),
        )])
    };
    show(json, &previews, || {
        let parts = previews.iter().map(|(name, preview)| told(name, preview));
        parts.collect::<Vec<_>>().join("\n")
    })
}

fn told(name: &str, preview: &RollbackPreview) -> String {
    let mut lines = vec![format!("rolling back {name}:")];
    let zero = preview
        .flags_to_zero
        .iter()
        .map(|flag| format!("  {flag} goes to 0"));
    lines.extend(zero);
    let foreign = preview.foreign.iter();
    lines.extend(
        foreign.map(|foreign| format!("  {} of {} goes to 0", foreign.flag, foreign.release)),
    );
    let degraded = preview.degraded.keys();
    lines.extend(degraded.map(|flag| format!("  {flag} stays open without it")));
    let behind = preview.closed_behind.iter();
    lines.extend(behind.map(|flag| format!("  {flag} closes behind it")));
    let parts = preview.parts.iter().enumerate();
    lines.extend(parts.map(|(index, part)| format!("  {}. {} {}", index + 1, part.pin, part.to)));
    let blocked = preview.blocked_by.iter();
    lines.extend(blocked.map(|part| format!("  {} {}: a person decides", part.pin, part.stop)));
    lines.join("\n")
}

fn waits(json: bool, release: Option<&ReleaseName>, target: Target) -> Result<ExitCode, Failure> {
    let client = Client::new(target.connection);
    let mut found = client.call::<GetWaits>(&[], &())?;
    found.retain(|wait| {
        release.is_none_or(|release| wait.release == *release)
            && target
                .environment
                .as_ref()
                .is_none_or(|name| wait.environment == *name)
    });
    show(json, &found, || {
        if found.is_empty() {
            return "nothing waits".into();
        }
        found
            .iter()
            .map(wait_in_words)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn wait_in_words(wait: &Wait) -> String {
    let next = match &wait.next {
        Next::Raise { flag, to } => format!("{flag} to {to}"),
        Next::Ship { part } => format!("deployment of {part}"),
        Next::Clear { flag } => format!("{flag} to be cleared by a person"),
        Next::RollBack(progress) => format!("rollback: {progress}"),
        Next::Complete => "to be done".into(),
    };
    let mut lines = vec![format!("{} in {}: {next}", wait.release, wait.environment)];
    lines.extend(wait.missing.iter().map(|missing| format!("  {missing}")));
    if wait.missing.is_empty() && matches!(wait.next, Next::Raise { .. }) {
        lines.push("  nothing is missing: a person may raise it".into());
    }
    lines.join("\n")
}

fn lift(
    json: bool,
    revision: Option<Revision>,
    reason: Option<String>,
    target: Target,
) -> Result<ExitCode, Failure> {
    let found = Found::at(target)?;
    let freezes = &found.state()?.freezes;
    let only = || match (freezes.len(), freezes.keys().next()) {
        (1, Some(only)) => Ok(*only),
        (0, _) => Err(Failure::Usage("there is no freeze".into())),
        _ => {
            let known: Vec<String> = freezes.keys().map(ToString::to_string).collect();
            Err(Failure::Usage(format!(
                "name one of these freezes: {}",
                known.join(", ")
            )))
        }
    };
    let revision = revision.map_or_else(only, Ok)?.to_string();
    let place = [found.environment.as_str(), revision.as_str()];
    let decided = found
        .client
        .call::<PostLiftFreeze>(&place, &Reason { reason })?;
    show(json, &decided, || words(&decided))
}
