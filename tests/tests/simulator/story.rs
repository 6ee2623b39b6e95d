//! Commands and reports in the words of a scenario (`tests/scenarios`), so that a failing run can be read, and most often played, as
//! one.
//!
//! Invariant: what a scenario has no word for is a comment. Not here: the words' meaning (`tests/tests/scenarios/act.rs`).

use flaghoist_core::artefact::ArtefactId;
use flaghoist_core::artefact::{Health, Observation, Pin, Report};
use flaghoist_core::exposure::Exposure;
use flaghoist_core::gate::{Evidence, Outcome};
use flaghoist_core::plan::Plan;
use flaghoist_core::release::{Act, Command};

/// The file name of a plan.
pub fn file(plan: &Plan) -> String {
    format!("{}-{}.yaml", plan.release, plan.hash().short())
}

fn percent(exposure: Exposure) -> String {
    exposure.to_string().replace(" %", "")
}

/// A command, to follow who asks.
pub fn words(command: &Command) -> String {
    match command {
        Command::ApplyPlan { plan, .. } => format!("apply {}", file(plan)),
        Command::Raise {
            flag,
            to,
            epoch,
            skip,
            emergency,
            ..
        } => {
            let skip = if *skip { " skip" } else { "" };
            let emergency = emergency.as_ref().map(|link| format!(" emergency {link}"));
            let to = percent(*to);
            format!(
                "raise {flag} {to} at {epoch}{skip}{}",
                emergency.unwrap_or_default()
            )
        }
        Command::Lower { flag, to, .. } => format!("lower {flag} {}", percent(*to)),
        Command::Contain { flag, .. } => format!("contain {flag}"),
        Command::ClearLatch { flag, .. } => format!("clear {flag}"),
        Command::Freeze { freeze, .. } => {
            let until = freeze.until.map(|until| format!(" until {until}"));
            format!("freeze{}", until.unwrap_or_default())
        }
        Command::LiftFreeze { .. } => "lift".into(),
        Command::Release { release, act, .. } => acting(&release.to_string(), act),
        other => format!("# {other:?}"),
    }
}

fn acting(release: &str, act: &Act) -> String {
    match act {
        Act::SignOff { team, .. } => format!("sign {release} {team}"),
        Act::Approve {
            flag, step, team, ..
        } => format!("approve {flag} {} {team}", percent(*step)),
        Act::Record { evidence } => format!("record {release} {}", found(evidence)),
        Act::Accept { gate, part } => {
            let part = part.as_ref().map(|part| format!(" for {part}"));
            let gate = gate.to_string().replace(' ', "-");
            format!("accept {release} {gate}{}", part.unwrap_or_default())
        }
        Act::Pause => format!("pause {release}"),
        Act::Resume => format!("resume {release}"),
        Act::Abort => format!("abort {release}"),
        Act::Complete => format!("complete {release}"),
        Act::RaiseRoute { part, to } => format!("route {release} {part} {}", percent(*to)),
        Act::LowerRoute { part, to } => format!("close-route {release} {part} {}", percent(*to)),
        Act::Retry { part } => format!("retry {release} {part}"),
        Act::RollBack { parts } => {
            let parts: Vec<String> = parts.iter().map(Pin::to_string).collect();
            format!("roll-back {release} {}", parts.join(" "))
        }
        Act::ReleaseRollback => format!("release-rollback {release}"),
        other => format!("# {other:?}"),
    }
}

fn found(evidence: &Evidence) -> String {
    let gate = evidence.gate.to_string().replace(' ', "-");
    let part = evidence.part.as_ref().map(|part| format!(" for {part}"));
    let outcome = match &evidence.outcome {
        Outcome::Eval { passed, cases, .. } => format!("{passed}/{cases}"),
        Outcome::Tests { passed, failed, .. } => format!("{passed}/{}", passed + failed),
        Outcome::Schema { compatible: true } => "fits".into(),
        Outcome::Schema { compatible: false } => "differs".into(),
        Outcome::Verdict { verdict } => verdict.to_string(),
        other => other.kind().to_string(),
    };
    let users = evidence.users.map(|users| format!(" users {users}"));
    format!(
        "{gate} is {outcome}{}{}",
        part.unwrap_or_default(),
        users.unwrap_or_default()
    )
}

/// A report, to follow its source.
pub fn told(artefact: &ArtefactId, report: &Report) -> String {
    let again = report
        .again_within
        .map(|span| format!(" again-within {span}"));
    let again = again.unwrap_or_default();
    match &report.observation {
        Observation::Deployed { version, live } => {
            let live = if *live { " live" } else { "" };
            let digest = version
                .digest
                .as_ref()
                .map(|digest| format!(" digest {digest}"));
            let digest = digest.unwrap_or_default();
            let (word, health) = match version.health {
                Health::Healthy => ("deploy", ""),
                Health::Unhealthy => ("report", " unhealthy"),
            };
            format!(
                "{word} {artefact}@{}{health}{live}{digest}{again}",
                version.version
            )
        }
        Observation::Withdrawn { version } => format!("withdraw {artefact}@{version}"),
        Observation::Failed { version, why } => {
            format!(
                "fail {artefact}@{version} {}",
                why.as_deref().unwrap_or_default()
            )
        }
        Observation::Full { .. } => format!("# {artefact}: {:?}", report.observation),
    }
}
