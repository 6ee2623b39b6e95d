//! `cargo xtask test`: every check and every test, on real parts and built artefacts.

use crate::error::Failure;
use crate::process::{cargo, cargo_run};
use crate::setup::{apt, node, python};
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
    python: PathBuf,
    chromium: PathBuf,
    chromedriver: PathBuf,
}

/// The feature of the end-to-end tests.
const E2E: &str = "flaghoist-tests/e2e";

/// Runs everything; goes on after a failure where the rest can still run, and reports all of them.
pub fn test() -> Result<(), Failure> {
    let mut report = Report::default();
    report.step("format", || {
        cargo_run(&mut cargo(&["fmt", "--all", "--check"]))
    });
    report.step("clippy", || {
        cargo_run(&mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--features",
            E2E,
            "--",
            "--deny",
            "warnings",
        ]))
    });
    let modules = report.step("Node packages", node::modules);
    let python = report.step("Python packages", python::interpreter);
    let browsers = report.step("Chromium", || {
        apt::programs([
            ("chromium", "chromium"),
            ("chromedriver", "chromium-driver"),
        ])
    });
    let npm = report.step("npm package", npm::build);
    let web = report.step("admin app", || web::build(Profile::Quick));
    match (modules, python, browsers, npm, web) {
        (Some(modules), Some(python), Some([chromium, chromedriver]), Some(npm), Some(web)) => {
            let parts = Parts {
                web,
                npm,
                modules,
                python,
                chromium,
                chromedriver,
            };
            report.step("tests, on real parts", || parts.test());
        }
        // What needs no parts can still be told.
        _ => {
            report.step("tests that need no parts", || {
                cargo_run(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))
            });
        }
    }
    report.finish()
}

impl Parts {
    /// Every test, in one build: the binary under test is compiled with the features of its tests, once.
    fn test(&self) -> Result<(), Failure> {
        cargo_run(self.tell(&mut cargo(&[
            "build",
            "--workspace",
            "--bins",
            "--tests",
            "--features",
            E2E,
        ])))?;
        cargo_run(self.tell(&mut cargo(&[
            "test",
            "--workspace",
            "--no-fail-fast",
            "--features",
            E2E,
        ])))
    }

    fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("FLAGHOIST_BIN", workspace::target().join("debug/flaghoist"))
            .env("FLAGHOIST_WEB_DIST", &self.web)
            .env("FLAGHOIST_NPM_DIST", &self.npm)
            .env("FLAGHOIST_NODE_MODULES", &self.modules)
            .env("FLAGHOIST_PYTHON", &self.python)
            .env("FLAGHOIST_CHROMIUM", &self.chromium)
            .env("FLAGHOIST_CHROMEDRIVER", &self.chromedriver)
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
            if let Some(failure) = failure {
                println!("    {failure}");
            }
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
