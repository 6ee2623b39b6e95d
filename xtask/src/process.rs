//! Running other programs: what is run is announced, what it prints is shown, how long it took is told.
//!
//! Two ways: `run` passes a program's own output through (cargo shows its progress itself); `run_logged` keeps the
//! output in a file, shows a line with the seconds gone, and prints the output only if the program fails.

use crate::error::Failure;
use crate::workspace;
use std::fs::{self, File};
use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often a log that is no terminal gets a sign of life.
const TELL_EVERY: Duration = Duration::from_secs(30);
/// How many of the last lines of a failed program are shown.
const TAIL_LINES: usize = 40;

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
        .stdin(Stdio::null())
        .status()
        .map_err(|source| missing_program(command, &source))?;
    succeeded(what, status)
}

/// Runs a program with its output kept in `target/logs`, shown only if it fails.
pub fn run_logged(what: &str, command: &mut Command) -> Result<(), Failure> {
    let folder = workspace::target().join("logs");
    fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
    let path = folder.join(format!("{}.log", what.replace([' ', '/'], "-")));
    let log = File::create(&path).map_err(Failure::io(&path))?;
    let errors = log.try_clone().map_err(Failure::io(&path))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|source| missing_program(command, &source))?;
    let status = watch(what, &mut child)?;
    if !status.success() {
        let text = fs::read(&path).map_err(Failure::io(&path))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)) {
            eprintln!("  {line}");
        }
    }
    succeeded(what, status)
}

/// Whether a program succeeds within a time; quiet, and ended when the time is up.
pub fn succeeds_within(limit: Duration, command: &mut Command) -> bool {
    let Ok(mut child) = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
    else {
        return false;
    };
    let start = Instant::now();
    while start.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(LOOK_EVERY),
            Err(_) => return false,
        }
    }
    // It may have ended in this moment; either way it is not waited for any longer.
    let _ = child.kill();
    let _ = child.wait();
    false
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
    command.current_dir(workspace::root()).args(arguments);
    // What cargo told this program about itself is not true of what it builds, and would rebuild it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a cargo command, showing its own progress.
pub fn cargo_run(command: &mut Command) -> Result<(), Failure> {
    let verb = command.get_args().next().unwrap_or_default();
    let what = format!("cargo {}", verb.to_string_lossy());
    run(&what, command)
}

fn watch(what: &str, child: &mut Child) -> Result<ExitStatus, Failure> {
    let terminal = stdout().is_terminal();
    let start = Instant::now();
    let mut told = Duration::ZERO;
    let every = if terminal {
        Duration::from_secs(1)
    } else {
        TELL_EVERY
    };
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::io(what))? {
            if terminal && told > Duration::ZERO {
                print!("\r\x1b[K");
                let _ = stdout().flush();
            }
            return Ok(status);
        }
        let gone = start.elapsed();
        if gone >= told + every {
            told = gone;
            let line = format!("  {what}: {} s", gone.as_secs());
            if terminal {
                print!("\r{line}");
                let _ = stdout().flush();
            } else {
                println!("{line}");
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn succeeded(what: &str, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::Command {
        what: what.into(),
        status: status.to_string(),
    })
}

fn missing_program(command: &Command, source: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::Missing {
        missing: format!("`{program}` did not start ({source})"),
        todo: format!("install `{program}`"),
    }
}
