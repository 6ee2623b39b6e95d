//! The end-to-end proof on real parts (`tests/e2e/*.test.mjs`), run by Node's own test runner.
//!
//! Needs the parts that `cargo xtask test` builds and names in `FLAGHOIST_*` variables; without them it fails and says so.

#![cfg(feature = "e2e")]
#![expect(
    clippy::expect_used,
    reason = "what keeps a test from running fails it"
)]

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One at a time: they wait for things to happen within seconds, on machines with two cores.
static TURN: Mutex<()> = Mutex::new(());

/// Runs one file of tests; its report is this test's.
fn node_test(file: &str) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec", file])
        .current_dir(folder)
        .output()
        .expect("Node starts: cargo xtask test looks for it");
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn chapter() {
    node_test("chapter.test.mjs");
}

#[test]
fn push() {
    node_test("push.test.mjs");
}

#[test]
fn parts() {
    node_test("parts.test.mjs");
}

#[test]
fn bad_input() {
    node_test("bad_input.test.mjs");
}

#[test]
fn http() {
    node_test("http.test.mjs");
}

#[test]
fn npm_package() {
    node_test("npm_package.test.mjs");
}

#[test]
fn npm_client() {
    node_test("npm_client.test.mjs");
}

#[test]
fn ofrep() {
    node_test("ofrep.test.mjs");
}

#[test]
fn flagd_sync() {
    node_test("flagd_sync.test.mjs");
}

#[test]
fn npm_image() {
    node_test("npm_image.test.mjs");
}

#[test]
fn hosts() {
    node_test("hosts.test.mjs");
}

#[test]
fn openfeature() {
    node_test("openfeature.test.mjs");
}

#[test]
fn ask() {
    node_test("ask.test.mjs");
}

#[test]
fn npm_size() {
    node_test("npm_size.test.mjs");
}

#[test]
fn npm_types() {
    node_test("npm_types.test.mjs");
}

#[test]
fn readme() {
    node_test("readme.test.mjs");
}

#[test]
fn releases() {
    node_test("releases.test.mjs");
}
