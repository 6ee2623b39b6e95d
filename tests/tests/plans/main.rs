//! Every plan of the examples and stories, as a document: its canonical form says the same, and the schema for editors takes
//! what the reader takes.
//!
//! Not here: plans made up from seeds (core's own tests), and what a plan does (`scenarios`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot read the repository has nothing to say"
)]

mod yaml;

use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::plan::{Plan, parse, schema, to_yaml};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Every file that is a plan: its name, its text, the plan.
fn plans() -> Vec<(String, String, Plan)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["tests/scenarios/plans", "examples/refund_explanation"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder").flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).expect("a file");
                // Some stories are about a plan that is refused.
                if let Ok(plan) = parse(&text) {
                    found.push((path.display().to_string(), text, plan));
                }
            }
        }
    }
    assert!(found.len() > 15, "the plans were not found");
    found
}

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&schema()).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

#[test]
fn each_says_the_same_in_its_canonical_form() {
    for (file, _, plan) in plans() {
        let text = to_yaml(&plan);
        assert_eq!(parse(&text).as_ref(), Ok(&plan), "{file}:\n{text}");
    }
}

#[test]
fn each_fits_the_schema_as_an_editor_reads_it() {
    let validator = validator();
    for (file, text, plan) in plans() {
        for text in [text, to_yaml(&plan)] {
            let document = yaml::read(&text);
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{file}: {errors:#?}\n{text}");
        }
    }
}

/// The document with something else done to each of its maps in turn.
fn each_map(
    document: &Value,
    change: impl Fn(&mut serde_json::Map<String, Value>) -> bool,
) -> Vec<Value> {
    let mut paths = vec![String::new()];
    let mut changed = Vec::new();
    while let Some(path) = paths.pop() {
        match document.pointer(&path) {
            Some(Value::Object(map)) => {
                paths.extend(map.keys().map(|key| format!("{path}/{key}")));
                let mut other = document.clone();
                if let Some(Value::Object(map)) = other.pointer_mut(&path)
                    && change(map)
                {
                    changed.push(other);
                }
            }
            Some(Value::Array(items)) => {
                paths.extend((0..items.len()).map(|index| format!("{path}/{index}")));
            }
            _ => {}
        }
    }
    changed
}

/// Whether the reader finds that a key is not known, or missing.
fn is_of_keys(found: &[Diagnostic]) -> bool {
    let codes = ["unknown-key", "missing-key", "gate", "metric", "kind"];
    found
        .iter()
        .any(|error| codes.contains(&error.code.as_str()))
}

#[test]
fn a_key_that_the_reader_refuses_is_a_slip_in_the_editor_too() {
    let validator = validator();
    let mut refused = 0;
    // A schema cannot see which kinds a plan declares.
    let plans = plans()
        .into_iter()
        .filter(|(_, _, plan)| plan.kinds.is_empty());
    for (file, _, plan) in plans {
        let document = yaml::read(&to_yaml(&plan));
        let strange = each_map(&document, |map| {
            map.insert("strange".into(), json!("x")).is_none()
        });
        let gone = (0..9).flat_map(|nth| {
            each_map(&document, move |map| {
                let key = map.keys().nth(nth).cloned();
                key.and_then(|key| map.remove(&key)).is_some()
            })
        });
        let slips = (0..9).flat_map(|nth| {
            each_map(&document, move |map| {
                let key = map.keys().nth(nth).cloned();
                let taken = key.and_then(|key| Some((format!("{key}x"), map.remove(&key)?)));
                taken.is_some_and(|(key, value)| map.insert(key, value).is_none())
            })
        });
        for changed in strange.into_iter().chain(gone).chain(slips) {
            let text = changed.to_string();
            match parse(&text) {
                Ok(_) => assert!(validator.is_valid(&changed), "{file}: {text}"),
                Err(found) if is_of_keys(&found) => {
                    refused += 1;
                    assert!(!validator.is_valid(&changed), "{file}: {text}\n{found:#?}");
                }
                // Only the reader sees what is wrong with it.
                Err(_) => {}
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn where_kinds_are_declared_a_pin_may_be_of_any_kind() {
    let validator = validator();
    for (kinds, change, fits) in [
        ("", "guardrail: g@1", false),
        ("", "tool: t@1", true),
        (
            "kinds: { guardrail: { after: tool } }",
            "guardrail: g@1",
            true,
        ),
        (
            "kinds: { guardrail: { after: tool } }",
            "guardrail: g@1, ownr: agents",
            false,
        ),
        (
            "kinds: { guardrail: { before: prompt } }",
            "tool: t@1",
            false,
        ),
        (
            "kinds: { guardrail: { after: prompt } }",
            "tool: t@1",
            false,
        ),
    ] {
        let text = format!("release: r\n{kinds}\nchanges: [ {{ {change} }} ]\n");
        assert_eq!(parse(&text).is_ok(), fits, "{text}");
        assert_eq!(validator.is_valid(&yaml::read(&text)), fits, "{text}");
    }
}
