//! Plans as documents: the plan in force as a file, what differs between two, and the schema of all.
//!
//! Not here: what a plan means (`order`), its way into force (`plan`), and what differs, which core knows.

use super::plan::load;
use crate::arguments::Target;
use crate::client::{Client, only_environment};
use crate::error::Failure;
use crate::output::{print, show};
use flaghoist_core::name::ReleaseName;
use flaghoist_core::plan::diff::{Difference, diff};
use flaghoist_core::plan::{Plan, schema, to_yaml};
use std::path::Path;
use std::process::ExitCode;

/// Prints the plan of a release as YAML, or as the ledger has it.
pub fn export(json: bool, release: &ReleaseName, target: Target) -> Result<ExitCode, Failure> {
    let plan = in_force(release, target)?;
    show(json, &plan, || to_yaml(&plan))
}

/// Prints the schema of plan files, which is JSON either way.
pub fn print_schema() -> Result<ExitCode, Failure> {
    print(&schema())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what differs between two plan files, or between the plan in force and a file. Ends with 1 where anything does.
pub fn compare(
    json: bool,
    old: &Path,
    new: Option<&Path>,
    target: Target,
) -> Result<ExitCode, Failure> {
    let (before, after) = match new {
        Some(new) => (load(old)?, load(new)?),
        None => {
            let after = load(old)?;
            let environment = target.environment.or_else(|| after.environment.clone());
            let target = Target {
                environment,
                ..target
            };
            (in_force(&after.release, target)?, after)
        }
    };
    let found = diff(&before, &after);
    let words = || {
        let lines: Vec<&str> = found.iter().map(Difference::in_words).collect();
        match lines.is_empty() {
            true => "nothing differs".into(),
            false => lines.join("\n"),
        }
    };
    show(json, &found, words)?;
    Ok(match found.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The plan of a release that is in force.
fn in_force(release: &ReleaseName, target: Target) -> Result<Plan, Failure> {
    let workspace = Client::new(target.connection).workspace()?;
    let name = match target.environment {
        Some(name) => name,
        None => only_environment(&workspace)?,
    };
    let Some(environment) = workspace.environment(&name) else {
        return Err(Failure::Usage(format!("there is no environment `{name}`")));
    };
    let known = environment.releases.get(release);
    let known = known.map(|release| release.plan.clone());
    known.ok_or_else(|| Failure::Usage(format!("there is no release `{release}` in {name}")))
}
