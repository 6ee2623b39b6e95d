//! Plans as documents: the plan in force as a file.
//!
//! Not here: what a plan means (`order`), and its way into force (`plan`).

use crate::arguments::Target;
use crate::client::{Client, only_environment};
use crate::error::Failure;
use crate::output::print;
use flaghoist_core::name::{EnvironmentName, ReleaseName};
use flaghoist_core::plan::{Plan, to_yaml};
use std::process::ExitCode;

/// Prints the plan of a release as YAML, or as the ledger has it.
pub fn export(json: bool, release: &ReleaseName, target: Target) -> Result<ExitCode, Failure> {
    let (environment, plan) = in_force(release, target)?;
    let plan = plan.ok_or_else(|| {
        Failure::Usage(format!("there is no release `{release}` in {environment}"))
    })?;
    if json {
        crate::output::show(json, &plan, String::new)
    } else {
        print(&to_yaml(&plan))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The environment that is meant, and the plan that is in force there for a release.
fn in_force(
    release: &ReleaseName,
    target: Target,
) -> Result<(EnvironmentName, Option<Plan>), Failure> {
    let workspace = Client::new(target.connection).workspace()?;
    let name = match target.environment {
        Some(name) => name,
        None => only_environment(&workspace)?,
    };
    let Some(environment) = workspace.environment(&name) else {
        return Err(Failure::Usage(format!("there is no environment `{name}`")));
    };
    let plan = environment
        .releases
        .get(release)
        .map(|known| known.plan.clone());
    Ok((name, plan))
}
