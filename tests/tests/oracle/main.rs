//! The evaluator against an oracle: what core compiles and evaluates is what a naive evaluator answers, case by case.
//!
//! `FLAGHOIST_CASES` says how many documents are tried. A failing case is told with its seed, document and context.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;
mod naive;
mod number;
mod operators;
mod properties;
mod rules;
mod version;
mod walk;
mod world;

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{
    CompileOptions, Details, Unobserved, compile, compile_foreign, evaluate,
};
use flaghoist_core::ruleset::Ruleset;
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use naive::Answer;
use std::collections::BTreeMap;

const SECONDS: i64 = 1_780_000_000;
/// Not a whole second: `$flagd.timestamp` rounds down.
const NOW: Timestamp = Timestamp::from_millis(SECONDS * 1000 + 999);

/// The key that no document has.
const NOBODY: &str = "nobody";

/// How many documents are tried where the environment does not say.
fn cases(default: u64) -> u64 {
    std::env::var("FLAGHOIST_CASES").map_or(default, |count| count.parse().unwrap())
}

/// One evaluation, with what makes it again.
struct Asked<'a> {
    seed: u64,
    document: &'a str,
    key: &'a str,
    context: &'a Value,
}

impl std::fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let context = serde_json::to_string(self.context).unwrap();
        writeln!(f, "seed {}, flag `{}`", self.seed, self.key)?;
        write!(f, "document: {}\ncontext: {context}", self.document)
    }
}

/// A document as a reader has it: what core compiles, and the tree the oracle walks.
fn read(document: &str) -> (Option<Ruleset>, Value) {
    let whole = Bundle::from_foreign_json(document).map(|bundle| compile(&bundle).0);
    let options = CompileOptions::default();
    let by_flag = compile_foreign(document.as_bytes(), options).map(|(ruleset, _)| ruleset);
    // Keys stand in order in a document that serde_json wrote, so both ways give the same bytes.
    assert_eq!(whole, by_flag, "{document}");
    (whole.ok(), serde_json::from_str(document).unwrap())
}

fn context_of(attributes: &Value) -> Context {
    Context::from_attributes(attributes.as_object().unwrap().clone())
}

/// What core answers, in the oracle's terms.
fn answer(ruleset: &Ruleset, key: &str, context: &Context) -> Answer {
    let resolution = evaluate(ruleset, key, context, NOW, &mut Unobserved);
    let details = Details::new(ruleset, key, &resolution);
    Answer {
        variant: details.variant,
        value: details.value,
        reason: details.reason.as_str(),
        error: details.error_code.map(|code| code.as_str()),
        gave: details.error_message.as_deref().and_then(gave),
        metadata: details.metadata,
    }
}

/// Every key a document names, and one it does not.
fn keys(document: &Value) -> Vec<String> {
    let flags = document
        .as_object()
        .and_then(|document| document.get("flags"));
    let named = match flags {
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        Some(Value::Array(flags)) => {
            let key = |flag: &Value| Some(flag.as_object()?.get("key")?.as_str()?.to_owned());
            flags.iter().filter_map(key).collect()
        }
        _ => Vec::new(),
    };
    named.into_iter().chain([NOBODY.to_owned()]).collect()
}

/// What targeting gave, out of the message that it is no variant.
fn gave(message: &str) -> Option<String> {
    let gave = message.strip_prefix("targeting gives `")?;
    Some(gave.strip_suffix("`, which is not a variant")?.to_owned())
}

#[test]
fn core_answers_as_the_oracle() {
    let mut seen = BTreeMap::<&str, u64>::new();
    let mut asked = 0_u64;
    for seed in 0..cases(8_000) {
        let case = generate::case(seed);
        let document = serde_json::to_string(&case.document).unwrap();
        let (ruleset, tree) = read(&document);
        for key in keys(&tree) {
            let is_nobody = key == NOBODY;
            for context in case.contexts.iter().take(if is_nobody { 1 } else { 4 }) {
                let expected = naive::answer(&tree, &key, context, SECONDS);
                let found = ruleset
                    .as_ref()
                    .map(|ruleset| answer(ruleset, &key, &context_of(context)));
                asked += 1;
                let case = Asked {
                    seed,
                    document: &document,
                    key: &key,
                    context,
                };
                assert_eq!(found, expected, "{case}");
                let word =
                    expected.map_or("REFUSED", |answer| answer.error.unwrap_or(answer.reason));
                *seen.entry(word).or_default() += 1;
            }
        }
    }
    println!("{asked} answers: {seen:?}");
    let words = ["DISABLED", "DEFAULT", "STATIC", "SPLIT", "TARGETING_MATCH"];
    for word in words
        .into_iter()
        .chain(["PARSE_ERROR", "GENERAL", "FLAG_NOT_FOUND", "REFUSED"])
    {
        let share = seen.get(word).copied().unwrap_or_default() as f64 / asked as f64;
        assert!(
            share > 0.005 && share < 0.5,
            "{word} is {share} of what was asked"
        );
    }
}
