//! `cargo xtask`: the only build tool of Flaghoist.
//!
//! It installs what is missing, builds, runs and tests; each step says what it does and is skipped quickly when it is
//! done already, so a failed run is picked up by running it again. Invariant: it knows the workspace's layout and
//! nothing of its code. Not here: what the tests test.

mod error;
mod html;
mod npm;
mod process;
mod run;
mod setup;
mod size;
mod test;
mod wasm;
mod web;
mod workspace;

use error::Failure;
use std::process::ExitCode;
use wasm::Profile;

const USAGE: &str = "\
cargo xtask run      build everything and serve the admin app with the example release
cargo xtask test     run every check and test, on real parts
cargo xtask build    build everything into target/dist and target/release
cargo xtask web      build the admin app into target/dist/web       [--quick: faster to build, larger]
cargo xtask npm      build the npm package into target/dist/npm/flaghoist
cargo xtask size     build small and print what clients download, against its budget";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run"] => run::run(),
        ["test"] => test::test(),
        ["build"] => run::build().map(drop),
        ["web"] => web::build(Profile::Small).map(drop),
        ["web", "--quick"] => web::build(Profile::Quick).map(drop),
        ["npm"] => npm::build().map(drop),
        ["size"] => size::size(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::Usage(arguments.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
