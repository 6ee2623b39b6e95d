//! Plan files: reading them, and applying one.

use super::{read, words};
use crate::arguments::Target;
use crate::client::Client;
use crate::error::Failure;
use crate::output::{print, show};
use flaghoist_core::api::{ApplyPlan, PostPlan};
use flaghoist_core::diagnostic::Severity;
use flaghoist_core::plan::{self, Plan};
use std::path::Path;
use std::process::ExitCode;

pub fn apply(
    json: bool,
    file: &Path,
    target: Target,
    reason: Option<String>,
) -> Result<ExitCode, Failure> {
    let document = read(file)?;
    // Read here first: findings then name the file, and a broken one needs no server.
    parse(file, &document)?;
    let client = Client::at(&target);
    let body = ApplyPlan {
        environment: target.environment,
        document,
        reason,
    };
    let decided = client.call::<PostPlan>(&[], &body)?;
    if !json && !decided.events.is_empty() {
        for diagnostic in decided
            .diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Warning)
        {
            print(&format!("{}:{diagnostic}", file.display()))?;
        }
    }
    show(json, &decided, || words(&decided))
}

/// The plan in a file.
pub fn load(file: &Path) -> Result<Plan, Failure> {
    parse(file, &read(file)?)
}

fn parse(file: &Path, document: &str) -> Result<Plan, Failure> {
    plan::parse(document).map_err(|diagnostics| Failure::Document {
        file: file.display().to_string(),
        diagnostics,
    })
}
