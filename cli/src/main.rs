//! `flaghoist`: the one binary: the server, and every operation on it from a terminal or a pipeline.
//!
//! Invariants: commands go through `core::api` as any client's do; offline ones (`lint`, `order`, `dry-run`, `runbook`, `schema`, `eval`, `bucket`) need
//! no server; `--json` prints the API's own types, failures included. Exit codes: 0 done, 1 refused or errors found,
//! 2 the call or its input is off, 3 no server or no access, 4 the flag moved since the caller looked.

mod arguments;
mod client;
mod commands;
mod error;
mod evidence;
mod output;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let json = arguments.is_json();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) if json => {
            eprintln!("{}", error.to_json());
            error.exit_code()
        }
        Err(error) => {
            eprintln!("flaghoist: {}", output::clean(&error.to_string()));
            error.exit_code()
        }
    }
}
