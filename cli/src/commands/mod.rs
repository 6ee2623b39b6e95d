//! A file for each command; here is only which is which.

mod access;
mod batch;
mod bucket;
mod document;
mod eval;
mod evidence;
mod example;
mod explain;
mod incident;
mod lint;
mod moves;
mod observe;
mod order;
mod plan;
mod release;
mod serve;
mod state;
mod status;

use crate::arguments::{Arguments, Command};
use crate::error::Failure;
use clap::CommandFactory;
use clap_complete::Shell;
use flaghoist_core::api::Decided;
use flaghoist_core::release::Event;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Carries out a call.
pub fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let json = arguments.is_json();
    match arguments.command {
        Command::Serve(serve) => serve::run(serve),
        Command::Lint(asked) => lint::run(json, asked),
        Command::Order { file } => order::order(json, &file),
        Command::DryRun(rehearsal) => order::dry_run(json, rehearsal),
        Command::Runbook {
            rehearsal,
            format,
            out,
        } => order::runbook(json, rehearsal, format, out.as_deref()),
        Command::Apply {
            file,
            target,
            reason,
        } => plan::apply(json, &file, target, reason),
        Command::Export { release, target } => document::export(json, &release, target),
        Command::Diff { old, new, target } => document::compare(json, &old, new.as_deref(), target),
        Command::Schema => document::print_schema(),
        Command::Status { release, target } => status::run(json, release, target),
        Command::Observe(report) => observe::run(json, report),
        Command::Raise {
            flag,
            to,
            epoch,
            past,
        } => moves::raise(json, flag, to, epoch, past),
        Command::Lower { flag, to } => moves::lower(json, flag, to),
        Command::Contain { flag } => moves::contain(json, flag),
        Command::Clear { flag } => moves::clear(json, flag),
        Command::Release(command) => release::run(json, command),
        Command::Incident(command) => incident::run(json, command),
        Command::Completions { shell } => completions(shell),
        Command::Eval(eval) => eval::run(json, eval),
        Command::Explain(asked) => explain::run(json, asked),
        Command::Bucket { cohort, key, total } => bucket::run(json, &cohort, &key, total),
        Command::Token(token) => access::token(json, token),
        Command::User(user) => access::user(json, user),
        Command::Environment {
            name,
            population,
            connection,
        } => state::declare_environment(json, &name, population, connection),
        Command::Flag(flag) => state::flag(json, flag),
        Command::Evidence(evidence) => evidence::run(json, evidence),
        Command::Ledger { since, connection } => state::ledger(json, since, connection),
    }
}

/// Writes the completion script of a shell.
fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "flaghoist", &mut script);
    crate::output::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a file, or standard input where it is `-`.
fn read(path: &Path) -> Result<String, Failure> {
    let result = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    result.map_err(|source| Failure::File {
        path: path.into(),
        source,
    })
}

/// Shows a page, or writes it into a file.
fn page(json: bool, text: &str, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let Some(path) = out else {
        return crate::output::show(json, &text, || text.to_string());
    };
    fs::write(path, text).map_err(|source| Failure::File {
        path: path.into(),
        source,
    })?;
    crate::output::print(&format!("wrote {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// What a command did, in words.
fn words(decided: &Decided) -> String {
    if decided.events.is_empty() {
        return format!(
            "nothing changed: it is so already (revision {})",
            decided.revision
        );
    }
    let lines: Vec<String> = decided.events.iter().map(Event::describe).collect();
    let lines = lines.join("\n");
    if decided.dry_run {
        return format!("nothing was changed; this is what you would have done:\n{lines}");
    }
    format!("{lines} (revision {})", decided.revision)
}
