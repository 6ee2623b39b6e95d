//! `cargo xtask`: the only build tool of Flaghoist.
//!
//! It installs what is missing, builds, runs and tests; each step says what it does and is skipped quickly when it is
//! done already, so a failed run is picked up by running it again. Invariant: it knows the workspace's layout and
//! nothing of its code. Not here: what the tests test.

mod bench;
mod error;
mod html;
mod npm;
mod process;
mod run;
mod setup;
mod size;
mod stamp;
mod test;
mod wasm;
mod web;
mod workspace;

use bench::Effort;
use error::Failure;
use std::process::ExitCode;
use wasm::Profile;

const USAGE: &str = "\
cargo xtask run      build everything and serve the admin app with the example release
cargo xtask test     run every check and test, on real parts
cargo xtask build    build everything into target/dist and target/release
cargo xtask web      build the admin app into target/dist/web
cargo xtask npm      build the npm package into target/dist/npm/flaghoist
cargo xtask size     build small and print what clients download, against its budget
cargo xtask bench    measure the npm package beside npm peers into docs/benchmarks.md (--quick: into target/tools/bench)

build and web take --profile small (what clients download, the default) or --profile quick (faster to build, larger)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match task(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn task(words: &[&str]) -> Result<(), Failure> {
    match words {
        ["run"] => run::run(),
        ["test"] => test::test(),
        ["build", rest @ ..] => run::build(profile(rest)?).map(drop),
        ["web", rest @ ..] => web::build(profile(rest)?).map(drop),
        ["npm"] => npm::build().map(drop),
        ["size"] => size::size(),
        ["bench"] => bench::bench(Effort::Full),
        ["bench", "--quick"] => bench::bench(Effort::Quick),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::Usage(words.join(" "))),
    }
}

fn profile(words: &[&str]) -> Result<Profile, Failure> {
    match words {
        [] => Ok(Profile::Small),
        ["--profile", name] => {
            Profile::parse(name).ok_or_else(|| Failure::Usage(format!("--profile {name}")))
        }
        _ => Err(Failure::Usage(words.join(" "))),
    }
}
