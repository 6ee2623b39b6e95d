//! `flaghoist`: the one binary: the server, and every operation on it from a terminal or a pipeline.
//!
//! Invariants: commands go through `core::api` as any client's do; offline ones (`lint`, `order`, `eval`, `bucket`) need
//! no server; `--json` prints the API's own types. Exit codes: 0 done, 1 refused or errors found, 2 the call is off,
//! 3 no server or no access, 4 somebody else was faster.

mod arguments;
mod client;
mod commands;
mod error;
mod output;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(arguments::Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("flaghoist: {error}");
            error.exit_code()
        }
    }
}
