//! `cargo xtask test`: every check and every test, on real parts and built artefacts.

use crate::error::Failure;
use crate::process::{cargo, run, step};
use crate::setup::{apt, node};
use crate::wasm::Profile;
use crate::{npm, web, workspace};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the end-to-end tests are told, as environment variables.
struct Parts {
    web: PathBuf,
    npm: PathBuf,
    modules: PathBuf,
    chromium: PathBuf,
    chromedriver: PathBuf,
}

/// Runs everything; goes on after a failure where the rest can still run, and reports all of them.
pub fn test() -> Result<(), Failure> {
    let mut report = Report::default();
    report.step("format", || {
        run("cargo fmt", &mut cargo(&["fmt", "--all", "--check"]))
    });
    report.step("clippy", || {
        run(
            "cargo clippy",
            &mut cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--features",
                "flaghoist-tests/e2e",
                "--",
                "-D",
                "warnings",
            ]),
        )
    });
    let parts = report.step("parts", parts);
    match parts {
        // With every part there, one build serves all tests.
        Some(parts) => report.step("tests", || {
            step("build flaghoist", || {
                run(
                    "cargo build",
                    &mut cargo(&["build", "--package", "flaghoist"]),
                )
            })?;
            let mut command = cargo(&[
                "test",
                "--workspace",
                "--no-fail-fast",
                "--features",
                "flaghoist-tests/e2e",
            ]);
            run("cargo test", parts.tell(&mut command))
        }),
        None => report.step("tests that need no parts", || {
            run(
                "cargo test",
                &mut cargo(&["test", "--workspace", "--no-fail-fast"]),
            )
        }),
    };
    report.finish()
}

fn parts() -> Result<Parts, Failure> {
    let modules = node::modules()?;
    let chromium = apt::program("chromium", &["chromium", "chromium-driver"])?;
    let chromedriver = apt::program("chromedriver", &["chromium-driver"])?;
    let npm = npm::build()?;
    let web = web::build(Profile::Quick)?;
    Ok(Parts {
        web,
        npm,
        modules,
        chromium,
        chromedriver,
    })
}

impl Parts {
    fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("FLAGHOIST_BIN", workspace::target().join("debug/flaghoist"))
            .env("FLAGHOIST_WEB_DIST", &self.web)
            .env("FLAGHOIST_NPM_DIST", &self.npm)
            .env("FLAGHOIST_NODE_MODULES", &self.modules)
            .env("FLAGHOIST_CHROMIUM", &self.chromium)
            .env("FLAGHOIST_CHROMEDRIVER", &self.chromedriver)
            .env("FLAGHOIST_E2E_OUT", workspace::target().join("e2e"))
    }
}

#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Duration, Option<String>)>,
}

impl Report {
    fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T, Failure>,
    ) -> Option<T> {
        println!("\n━━ {name}");
        let start = Instant::now();
        let result = work();
        let failure = result.as_ref().err().map(ToString::to_string);
        if let Some(failure) = &failure {
            eprintln!("xtask: {failure}");
        }
        self.steps.push((name, start.elapsed(), failure));
        result.ok()
    }

    fn finish(self) -> Result<(), Failure> {
        println!("\n━━ summary");
        for (name, time, failure) in &self.steps {
            let mark = if failure.is_none() { "✓" } else { "✗" };
            println!("{mark} {name:<26} {:>7.1} s", time.as_secs_f32());
        }
        let failed: Vec<&str> = self
            .steps
            .iter()
            .filter(|step| step.2.is_some())
            .map(|step| step.0)
            .collect();
        println!(
            "{} passed, {} failed",
            self.steps.len() - failed.len(),
            failed.len()
        );
        if failed.is_empty() {
            Ok(())
        } else {
            Err(Failure::Steps(failed.join(", ")))
        }
    }
}
