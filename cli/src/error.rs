//! Why a command failed, as a person reads it and as a pipeline branches on it.

use flaghoist_core::api::Problem;
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::name::NameError;
use flaghoist_core::release::RefusalKind;
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
            Failure::Usage(_) | Failure::File { .. } => 2,
            Failure::Document { .. } => 1,
            Failure::Unreachable { .. } | Failure::Server(_) => 3,
            Failure::Refused(problem) => {
                let moved = |kind: RefusalKind| kind == RefusalKind::Conflict;
                match problem.status {
                    401 | 403 | 429 | 500.. => 3,
                    _ if problem
                        .refusals
                        .iter()
                        .any(|report| moved(report.refusal.kind())) =>
                    {
                        4
                    }
                    _ => 1,
                }
            }
        })
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
                for report in &problem.refusals {
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
