//! Plan files: lint, apply.

use super::{read, words};
use crate::arguments::Target;
use crate::client::Client;
use crate::error::Failure;
use crate::output::{print, show};
use flaghoist_core::api::{ApplyPlan, PostPlan};
use flaghoist_core::diagnostic::{Diagnostic, Severity};
use flaghoist_core::plan::{self, Plan};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A finding and the file it is in.
#[derive(Serialize)]
struct Found {
    file: String,
    #[serde(flatten)]
    diagnostic: Diagnostic,
}

pub fn lint(json: bool, files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let mut found = Vec::new();
    for path in files {
        let file = path.display().to_string();
        let diagnostics = match plan::parse(&read(path)?) {
            Ok(plan) => plan::lint::lint(&plan),
            Err(errors) => errors,
        };
        found.extend(diagnostics.into_iter().map(|diagnostic| Found {
            file: file.clone(),
            diagnostic,
        }));
    }
    show(json, &found, || {
        let mut lines: Vec<String> = found
            .iter()
            .map(|found| format!("{}:{}", found.file, found.diagnostic))
            .collect();
        let count = |severity, word| {
            let of_it = |found: &&Found| found.diagnostic.severity == severity;
            match found.iter().filter(of_it).count() {
                1 => format!("1 {word}"),
                many => format!("{many} {word}s"),
            }
        };
        lines.push(format!(
            "{}, {}, {}",
            count(Severity::Error, "error"),
            count(Severity::Warning, "warning"),
            count(Severity::Hint, "hint")
        ));
        lines.join("\n")
    })?;
    let refused = found
        .iter()
        .any(|found| found.diagnostic.severity == Severity::Error);
    Ok(if refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

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
