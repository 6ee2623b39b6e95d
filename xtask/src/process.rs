//! Running other programs: what is run is announced, what it prints is shown, how long it took is told.

use crate::error::Failure;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Announces a step and tells how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    println!("▸ {what}");
    let start = Instant::now();
    let result = work();
    let mark = if result.is_ok() { "✓" } else { "✗" };
    println!("{mark} {what} ({:.1} s)", start.elapsed().as_secs_f32());
    result
}

/// Runs a program, showing what it prints.
pub fn run(what: &str, command: &mut Command) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|source| missing_program(command, &source))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Command {
        what: what.into(),
        status: status.to_string(),
    })
}

/// Runs a program quietly; what it printed, where it succeeded.
pub fn quietly(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// Where a program is, if it is anywhere on the path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A cargo command in the workspace.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(crate::workspace::root())
        .args(arguments);
    command
}

/// Runs a script with Node.
pub fn node(script: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(script);
    command
}

fn missing_program(command: &Command, source: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::Missing {
        missing: format!("`{program}` did not start ({source})"),
        todo: format!("install `{program}`"),
    }
}
