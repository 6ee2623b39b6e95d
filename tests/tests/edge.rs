//! What an edge downloads is made of: the evaluator and what reads and writes numbers; no YAML, no planning, no time zones, no
//! JSON library.

#![expect(
    clippy::expect_used,
    reason = "what keeps a test from running fails it"
)]

use std::collections::BTreeSet;
use std::process::Command;

/// The crates of the evaluator's module, but for those that run at build time.
const ALLOWED: [&str; 8] = [
    "cfg-if",
    "flaghoist-core",
    "flaghoist-wasm",
    "lexical-parse-float",
    "lexical-parse-integer",
    "lexical-util",
    "ryu-js",
    "wasm-bindgen",
];
/// What `wasm-bindgen` and `thiserror` bring beside their macros.
const MACROS: [&str; 3] = ["thiserror", "unicode-ident", "wasm-bindgen-shared"];

/// The crates and features of a package as its module is built.
fn tree(package: &str, edges: &str, format: &str) -> BTreeSet<String> {
    let arguments = [
        "tree",
        "--offline",
        "--package",
        package,
        "--target",
        "wasm32-unknown-unknown",
        "--edges",
        edges,
        "--prefix",
        "none",
        "--format",
        format,
    ];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    let name = |line: &str| line.split_whitespace().next().map(str::to_string);
    text.lines().filter_map(name).collect()
}

#[test]
fn the_evaluators_module_is_made_of_nothing_else() {
    let found = tree("flaghoist-wasm", "normal,no-proc-macro", "{p}");
    let allowed: BTreeSet<String> = ALLOWED
        .iter()
        .chain(&MACROS)
        .map(ToString::to_string)
        .collect();
    let others: Vec<&String> = found.difference(&allowed).collect();
    assert!(others.is_empty(), "{others:?} would be downloaded");
    assert!(found.contains("flaghoist-core"));
}

#[test]
fn what_edges_do_not_need_is_in_the_other_modules() {
    let compiler = tree("flaghoist-wasm-compiler", "normal,no-proc-macro", "{p}");
    assert!(compiler.contains("serde_json"));
    for package in ["flaghoist-wasm-compiler", "flaghoist-wasm-inspector"] {
        let found = tree(package, "normal,no-proc-macro", "{p}");
        for control in ["jiff", "saphyr-parser", "sha2"] {
            assert!(!found.contains(control), "{package} has {control}");
        }
    }
}
