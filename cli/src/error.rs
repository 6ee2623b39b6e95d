//! Why a command failed, as a person reads it and as a pipeline branches on it.

use flaghoist_core::api::{Problem, RefusalReport};
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::name::NameError;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The call is off.
    Usage(String),
    /// A file.
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A document with errors.
    Document {
        /// Its file, or `-`.
        file: String,
        /// Every finding.
        diagnostics: Vec<Diagnostic>,
    },
    /// The server did not answer.
    Unreachable {
        /// Where it was looked for.
        server: String,
        /// What went wrong.
        problem: String,
    },
    /// The server refused.
    Refused(Box<Problem>),
    /// The server, running here, failed.
    Server(String),
}

impl Failure {
    /// What a pipeline branches on.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Usage(_) | Failure::File { .. } | Failure::Document { .. } => 2,
            Failure::Unreachable { .. } | Failure::Server(_) => 3,
            Failure::Refused(problem) => refused_code(problem),
        })
    }

    /// The failure for programs: the server's problem as it came, or at least its `detail` and `diagnostics`.
    pub fn to_json(&self) -> String {
        let diagnostics = match self {
            Failure::Document { diagnostics, .. } => diagnostics.as_slice(),
            _ => &[],
        };
        let json = match self {
            Failure::Refused(problem) => serde_json::to_string(problem),
            _ => serde_json::to_string(&Report {
                detail: self.to_string(),
                diagnostics,
            }),
        };
        json.unwrap_or_else(|_| "{}".into())
    }
}

/// A failure that no server told.
#[derive(Serialize)]
struct Report<'a> {
    detail: String,
    #[serde(skip_serializing_if = "<[Diagnostic]>::is_empty")]
    diagnostics: &'a [Diagnostic],
}

fn refused_code(problem: &Problem) -> u8 {
    let moved = |report: &RefusalReport| report.code == "epoch_moved";
    match problem.status {
        401 | 403 | 408 | 429 | 500.. => 3,
        _ if problem.refusals.iter().any(moved) => 4,
        _ if !problem.diagnostics.is_empty() => 2,
        400 | 413 | 415 | 422 if problem.refusals.is_empty() => 2,
        _ => 1,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(message) => f.write_str(message),
            Failure::File { path, source } => write!(f, "{}: {source}", path.display()),
            Failure::Document { file, diagnostics } => {
                write!(f, "{file} has errors")?;
                diagnostics
                    .iter()
                    .try_for_each(|found| write!(f, "\n  {file}:{found}"))
            }
            Failure::Unreachable { server, problem } => {
                write!(
                    f,
                    "no answer from {server}: {problem}; is `flaghoist serve` running there?"
                )
            }
            Failure::Server(problem) => f.write_str(problem),
            Failure::Refused(problem) if problem.refusals.is_empty() => {
                write!(f, "{}", problem.detail)?;
                if problem.fix.is_empty() {
                    Ok(())
                } else {
                    write!(f, "; {}", problem.fix)
                }
            }
            Failure::Refused(problem) => {
                f.write_str("refused")?;
                let is_document = |report: &RefusalReport| report.code == "invalid_document";
                // The findings of a document follow one by one.
                for report in problem
                    .refusals
                    .iter()
                    .filter(|report| !is_document(report))
                {
                    write!(f, "\n  {}\n    → {}", report.message, report.fix)?;
                }
                problem
                    .diagnostics
                    .iter()
                    .try_for_each(|found| write!(f, "\n  {found}"))
            }
        }
    }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        Failure::Usage(error.to_string())
    }
}
