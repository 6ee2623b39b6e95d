//! The same answers from three evaluators: core, our npm package, and flagd's own for JavaScript.
//!
//! Cases are made here, written as JSON lines with what core answers, and asked again by `tests/e2e/differential.mjs`.
//! Needs the parts that `cargo xtask test` builds and names in `FLAGHOIST_*` variables; `FLAGHOIST_CASES` says how many
//! documents are tried.

#![cfg(feature = "e2e")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "oracle/generate.rs"]
mod generate;
#[path = "oracle/rules.rs"]
mod rules;
#[path = "oracle/world.rs"]
mod world;

use flaghoist_core::bucketing::exposed;
use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, Unobserved, compile, evaluate};
use flaghoist_core::ruleset::Ruleset;
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use flaghoist_tests::random::Random;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

/// The moment that JavaScript is told it is, too.
const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_999);
/// Workspaces compared with flagd's evaluator.
const WORKSPACES: u64 = 2_000;
/// Documents of the oracle's kind: with their flags and contexts more than 100,000 evaluations.
const DOCUMENTS: u64 = 11_000;

/// The key that no document has.
const NOBODY: &str = "nobody";

fn cases(default: u64) -> u64 {
    std::env::var("FLAGHOIST_CASES").map_or(default, |count| count.parse().unwrap())
}

/// One document and what core answers.
#[derive(Serialize)]
struct Line<'a> {
    seed: u64,
    flags: &'a str,
    asked: Vec<Asked<'a>>,
}

/// One context and what core answers for each flag.
#[derive(Serialize)]
struct Asked<'a> {
    context: &'a Value,
    expected: BTreeMap<String, Details>,
}

fn answers(ruleset: &Ruleset, keys: &[String], context: &Value) -> BTreeMap<String, Details> {
    let asked = Context::from_attributes(context.as_object().unwrap().clone());
    let details = |key: &String| {
        let resolution = evaluate(ruleset, key, &asked, NOW, &mut Unobserved);
        (key.clone(), Details::new(ruleset, key, &resolution))
    };
    keys.iter().map(details).collect()
}

/// A document as its JSON text, and the line that asks for it with these contexts.
fn line(seed: u64, text: &str, contexts: &[Value]) -> Option<String> {
    let ruleset = compile(&Bundle::from_foreign_json(text).ok()?).0;
    let keys: Vec<String> = ruleset.flags().map(|(_, key)| key.to_owned()).collect();
    let keys: Vec<String> = keys.into_iter().chain([NOBODY.to_owned()]).collect();
    let asked = contexts
        .iter()
        .map(|context| Asked {
            context,
            expected: answers(&ruleset, &keys, context),
        })
        .collect();
    Some(
        serde_json::to_string(&Line {
            seed,
            flags: text,
            asked,
        })
        .unwrap(),
    )
}

/// Lets JavaScript answer the same; what it tells where an answer differs.
fn compare(mode: &str, lines: impl Iterator<Item = String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.jsonl");
    let mut file = BufWriter::new(std::fs::File::create(&path).unwrap());
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    file.into_inner().unwrap();
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/differential.mjs"))
        .args([mode, path.to_str().unwrap()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
}

#[test]
fn flagd_reads_what_is_lowered_as_we_do() {
    compare(
        "flagd",
        (0..cases(WORKSPACES)).map(|seed| {
            let mut random = Random::new(seed);
            let world = world::World::of(&mut random);
            let text = String::from_utf8(world.bundle().to_json()).unwrap();
            let mut contexts: Vec<Value> = (0..4).map(|_| subject(&mut random)).collect();
            contexts.extend(at_the_edge(&world, &mut random));
            line(seed, &text, &contexts).unwrap()
        }),
    );
}

/// For each open flag a subject in the last bucket that is in, or in the first that is not.
fn at_the_edge(world: &world::World, random: &mut Random) -> Vec<Value> {
    let environment = world.workspace.environment(&world::production()).unwrap();
    let open = environment
        .flags
        .values()
        .filter(|flag| environment.closed(flag).is_none() && !flag.exposure.is_zero());
    open.filter_map(|flag| {
        let (plan, feature) = environment.feature(flag)?;
        let (cohort, share) = (
            plan.cohort_of(feature).as_str(),
            u32::from(flag.exposure.basis_points()),
        );
        let keys = (0..100_000).map(|_| format!("user-{}", random.any()));
        let mut edge = keys
            .skip_while(|key| exposed(cohort, key, share - 1) || !exposed(cohort, key, share + 1));
        Some(Value::Object(
            [("targetingKey".to_owned(), Value::String(edge.next()?))].into(),
        ))
    })
    .collect()
}

/// A context with an ASCII key (flagd's own package hashes others wrongly), or now and then without one.
fn subject(random: &mut Random) -> Value {
    let mut context = BTreeMap::new();
    match random.below(20) {
        0 => {}
        1 => drop(context.insert("targetingKey".to_owned(), Value::from(""))),
        // Of a preview, where there is one.
        2 => drop(context.insert("targetingKey".to_owned(), Value::from("user-1"))),
        _ => {
            let key = format!("user-{}@acme.com", random.any() >> random.below(60));
            context.insert("targetingKey".to_owned(), Value::String(key));
        }
    }
    context.insert("email".to_owned(), Value::from("a@b.c"));
    Value::Object(context)
}

#[test]
fn webassembly_answers_as_native_code() {
    compare(
        "wasm",
        (0..cases(DOCUMENTS)).filter_map(|seed| {
            let case = generate::case(seed);
            let text = serde_json::to_string(&case.document).unwrap();
            line(seed, &text, &case.contexts)
        }),
    );
}
