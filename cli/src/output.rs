//! Printing: JSON as the API has it, or text for people.

use crate::error::Failure;
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

/// Prints a value as JSON on one line, or what `text` says; done.
pub fn show<T: Serialize>(
    json: bool,
    value: &T,
    text: impl FnOnce() -> String,
) -> Result<ExitCode, Failure> {
    let line = if json {
        serde_json::to_string(value).map_err(|error| Failure::Usage(error.to_string()))?
    } else {
        clean(&text())
    };
    print(&line)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a line; a closed pipe is the reader's way to say that it has enough.
pub fn print(line: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{}", line.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::File {
            path: "standard output".into(),
            source: error,
        }),
        _ => Ok(()),
    }
}

/// Text that a terminal only shows: names and reasons come from others, control characters would act.
pub fn clean(text: &str) -> String {
    let acts = |c: char| c.is_control() && c != '\n';
    text.replace(acts, "\u{fffd}")
}
