//! `cargo xtask bench`: our npm package beside npm peers, and the instructions that the core takes.
//!
//! Times come from `tests/bench/run.mjs`, which writes the page; instructions from callgrind over core's example
//! `instructions`, and `plans`, because they are the same on a busy machine. Not here: the flags and the libraries that are measured.

use crate::error::Failure;
use crate::process::{cargo, cargo_run, run, run_logged, step};
use crate::setup::{apt, node};
use crate::{npm, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much time goes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// What the page shows.
    Full,
    /// A look, which leaves the page alone.
    Quick,
}

/// What is counted: its name on the page, the example's word for it, and how often it is done.
const WORK: [(&str, &str, u32); 9] = [
    ("a constant boolean", "boolean", 10_000),
    ("on for 5 %", "percentage", 10_000),
    (
        "on for 5 %, prepared context",
        "percentage-prepared",
        10_000,
    ),
    ("five conditions", "targeted", 10_000),
    (
        "five conditions, prepared context",
        "targeted-prepared",
        10_000,
    ),
    ("1,000 flags, prepared context", "all", 20),
    ("preparing a context of six attributes", "prepare", 1000),
    ("loading an image of 1,000 flags", "image", 20),
    (
        "reading and compiling a document of 1,000 flags",
        "document",
        3,
    ),
];

/// What is counted of the work on plans, in the same way; the example is `plans`.
const PLAN_WORK: [(&str, &str, u32); 5] = [
    ("reading a plan of 1,000 changes", "parse", 3),
    ("linting it", "lint", 10),
    ("its graph and waves", "order", 10),
    ("what a rollback of each change takes along", "closures", 3),
    ("its dry run", "dry-run", 3),
];

/// Builds what is measured, measures it and writes the page.
pub fn bench(effort: Effort) -> Result<(), Failure> {
    let package = npm::build()?;
    let peers = node::peers()?;
    let instructions = instructions()?;
    let out = match effort {
        Effort::Full => workspace::root().join("docs"),
        Effort::Quick => workspace::bench_tools(),
    };
    let mut command = Command::new("node");
    command
        .current_dir(workspace::root())
        .arg("tests/bench/run.mjs")
        .arg("--out")
        .arg(&out)
        .arg("--instructions")
        .arg(instructions)
        .env("FLAGHOIST_NPM_DIST", package)
        .env("FLAGHOIST_BENCH_MODULES", peers);
    if effort == Effort::Quick {
        command.arg("--quick");
    }
    step("measure", || run("the benchmark", &mut command))?;
    println!("  {}", out.join("benchmarks.md").display());
    Ok(())
}

/// Counts all the work into a file; the file.
fn instructions() -> Result<PathBuf, Failure> {
    let [valgrind] = apt::programs([("valgrind", "valgrind")])?;
    let arguments = ["--no-default-features", "--features", "json", "--release"];
    let mut build = cargo(&["build", "--package", "flaghoist-core"]);
    cargo_run(build.args(["--example", "instructions"]).args(arguments))?;
    let mut build = cargo(&["build", "--package", "flaghoist-core"]);
    cargo_run(build.args(["--example", "plans", "--release"]))?;
    let path = workspace::bench_tools().join("instructions.json");
    step("count instructions (callgrind)", || {
        let evaluation = WORK.iter().map(|work| ("instructions", work));
        let plans = PLAN_WORK.iter().map(|work| ("plans", work));
        let rows = evaluation
            .chain(plans)
            .map(|(example, (what, work, times))| {
                let with = count(&valgrind, example, work, *times)?;
                let without = count(&valgrind, example, work, 0)?;
                let each = with.saturating_sub(without) / u64::from(*times);
                Ok(format!(r#"{{"what":"{what}","count":{each}}}"#))
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        fs::write(&path, format!("[{}]\n", rows.join(","))).map_err(Failure::io(&path))
    })?;
    Ok(path)
}

/// The instructions of one run of an example.
fn count(valgrind: &Path, example: &str, work: &str, times: u32) -> Result<u64, Failure> {
    let out = workspace::bench_tools().join("callgrind.out");
    let mut command = Command::new(valgrind);
    command
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(workspace::target().join("release/examples").join(example))
        .args([work, &times.to_string()]);
    run_logged("callgrind", &mut command)?;
    let counted = fs::read_to_string(&out).map_err(Failure::io(&out))?;
    counted
        .lines()
        .find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok())
        .ok_or_else(|| Failure::Missing {
            missing: format!("callgrind counted nothing for `{work}`"),
            todo: "look at what it wrote in target/logs".into(),
        })
}
