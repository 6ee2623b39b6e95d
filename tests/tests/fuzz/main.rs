//! Fuzzing with a seed and an end: damaged documents and images do no harm: no panic, bounded time and memory.
//!
//! `FLAGHOIST_FUZZ` says how many inputs each test tries. A failing input is told with its seed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../oracle/generate.rs"]
mod generate;
mod memory;
mod mutate;
#[path = "../oracle/rules.rs"]
mod rules;

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, Explanation, Prepared, Unobserved, compile, evaluate};
use flaghoist_core::limits::{EVALUATION_BYTES_MAX, EXPLANATION_STEPS_MAX};
use flaghoist_core::ruleset::Ruleset;
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use flaghoist_tests::random::Random;
use memory::peak_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp::from_millis(i64::MAX);

/// Reading or compiling holds at most so many bytes for a byte of document, and so many more whatever it is.
const DOCUMENT_MULTIPLE: usize = 100;
/// Checking an image holds at most so many bytes for a byte of it, itself included.
const IMAGE_MULTIPLE: usize = 2;
/// What reading, checking and compiling may hold beyond.
const CONSTANT: usize = 64 * 1024;
/// One evaluation: the text it may build, twice (while it is put together), and its lists, which steps pay for.
const EVALUATION_BYTES: usize = 2 * EVALUATION_BYTES_MAX as usize + 32 * 1024 * 1024;
/// A step takes well under a microsecond; a million of them, in a debug build on a busy machine, this.
const EVALUATION_TIME: Duration = Duration::from_secs(10);

fn inputs(default: u64) -> u64 {
    std::env::var("FLAGHOIST_FUZZ").map_or(default, |count| count.parse().unwrap())
}

/// Runs one input; a panic is told with its seed.
fn survive(seed: u64, input: &[u8], work: impl FnOnce()) {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let shown = String::from_utf8_lossy(&input[..input.len().min(2_000)]);
    assert!(
        outcome.is_ok(),
        "seed {seed}, {} bytes: {shown}",
        input.len()
    );
}

/// Reads both ways, compiles and evaluates.
fn read_and_ask(document: &[u8], contexts: &[Context]) {
    let allowed = DOCUMENT_MULTIPLE * document.len() + CONSTANT;
    let (strict, peak) = peak_of(|| Bundle::from_json(document));
    assert!(
        peak <= allowed,
        "a strict reading holds {peak} bytes, {allowed} are allowed"
    );
    if let Ok(strict) = strict {
        let again = Bundle::from_json(strict.to_json());
        assert!(again.is_ok(), "it reads what it wrote: {again:?}");
    }
    let (lenient, peak) = peak_of(|| Bundle::from_foreign_json(document));
    assert!(
        peak <= allowed,
        "a lenient reading holds {peak} bytes, {allowed} are allowed"
    );
    let Ok(bundle) = lenient else { return };
    let ((ruleset, _), peak) = peak_of(|| compile(&bundle));
    assert!(
        peak <= allowed,
        "compiling holds {peak} bytes, {allowed} are allowed"
    );
    ask(&ruleset, contexts);
}

/// Evaluates every flag, unobserved and observed.
fn ask(ruleset: &Ruleset, contexts: &[Context]) {
    for context in contexts {
        for (flag, key) in ruleset.flags() {
            let start = Instant::now();
            let (resolution, peak) =
                peak_of(|| evaluate(ruleset, flag, context, NOW, &mut Unobserved));
            assert!(peak <= EVALUATION_BYTES, "`{key}` holds {peak} bytes");
            assert!(
                start.elapsed() < EVALUATION_TIME,
                "`{key}` takes {:?}",
                start.elapsed()
            );
            let prepared = Prepared::of(ruleset, context.clone());
            let again = evaluate(ruleset, flag, &prepared, NOW, &mut Unobserved);
            assert_eq!(resolution, again, "`{key}` over a prepared context");
            let mut explanation = Explanation::default();
            evaluate(ruleset, key, context, NOW, &mut explanation);
            assert!(explanation.steps.len() <= EXPLANATION_STEPS_MAX);
            let details = Details::new(ruleset, key, &resolution);
            assert_eq!(
                details.error_code.is_some(),
                details.error_message.is_some()
            );
        }
    }
    ruleset.attributes().count();
}

/// Contexts of a case, and some that are out to hurt.
fn hostile(contexts: &[Value], random: &mut Random) -> Vec<Context> {
    let mut contexts: Vec<Value> = contexts.iter().take(1).cloned().collect();
    if let Some(Value::Object(first)) = contexts.first() {
        let deep = (0..100).fold(Value::from("x"), |inner, _| Value::Array(vec![inner]));
        let long = Value::Array(vec![Value::from("a".repeat(500)); 300]);
        let names: Vec<String> = first.keys().cloned().collect();
        let worst = [
            deep,
            long,
            Value::Float(f64::MAX),
            Value::from("é".repeat(3_000)),
        ];
        let hurt = names
            .into_iter()
            .map(|name| (name, random.pick(&worst).clone()));
        contexts.push(Value::Object(hurt.collect()));
    }
    let objects = contexts
        .into_iter()
        .filter_map(|context| context.as_object().cloned());
    objects
        .map(Context::from_attributes)
        .chain([Context::default()])
        .collect()
}

#[test]
fn damaged_documents_do_no_harm() {
    let mut read = 0;
    let inputs = inputs(2_000);
    for seed in 0..inputs {
        let mut random = Random::new(seed);
        let case = generate::case(seed);
        let mut tree = case.document;
        if random.chance(60) {
            (0..random.below(4) + 1).for_each(|_| mutate::tree(&mut tree, &mut random));
        }
        let mut document = serde_json::to_vec(&tree).unwrap();
        if random.chance(50) {
            mutate::bytes(&mut document, &mut random);
        }
        let contexts = hostile(&case.contexts, &mut random);
        survive(seed, &document, || read_and_ask(&document, &contexts));
        read += u64::from(Bundle::from_foreign_json(&document).is_ok());
    }
    assert!(
        read * 5 > inputs && read < inputs,
        "{read} of {inputs} are still documents"
    );
}

#[test]
fn forged_images_do_no_harm() {
    let mut accepted = 0;
    let inputs = inputs(8_000);
    for seed in 0..inputs {
        let mut random = Random::new(seed);
        // Several forgeries of one image: making it takes longer than checking it.
        let case = generate::case(seed / 8);
        let Ok(bundle) = Bundle::from_foreign_json(serde_json::to_vec(&case.document).unwrap())
        else {
            continue;
        };
        let mut image = compile(&bundle).0.as_bytes().to_vec();
        mutate::image(&mut image, &mut random);
        let contexts = hostile(&case.contexts, &mut random);
        survive(seed, &image, || {
            let allowed = IMAGE_MULTIPLE * image.len() + CONSTANT;
            let (ruleset, peak) = peak_of(|| Ruleset::from_bytes(image.clone()));
            assert!(
                peak <= allowed,
                "a check holds {peak} bytes, {allowed} are allowed"
            );
            if let Ok(ruleset) = ruleset {
                accepted += 1;
                ask(&ruleset, &contexts);
            }
        });
    }
    assert!(
        accepted * 20 > inputs && accepted < inputs,
        "{accepted} of {inputs} pass the check"
    );
}

#[test]
fn an_image_that_unfolds_without_end_is_refused() {
    let empty = Bundle::from_foreign_json(r#"{"flags":{}}"#).unwrap();
    let empty = compile(&empty).0;
    assert!(
        Ruleset::from_bytes(mutate::bomb(empty.as_bytes(), 3)).is_ok(),
        "it is well formed"
    );
    for levels in 3..200 {
        let Ok(ruleset) = Ruleset::from_bytes(mutate::bomb(empty.as_bytes(), levels)) else {
            continue;
        };
        let (_, peak) = peak_of(|| ruleset.metadata(None));
        assert!(peak <= CONSTANT, "{levels} levels unfold to {peak} bytes");
    }
}

#[test]
fn huge_and_nested_inputs_do_no_harm() {
    let flag = |rule: &str| {
        format!(
            r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"a":1}},"targeting":{rule}}}}}}}"#
        )
    };
    let nested = |open: &str, close: &str, levels: usize| {
        flag(&format!("{}1{}", open.repeat(levels), close.repeat(levels)))
    };
    let twice = r#"{"cat":[{"var":"accumulator"},{"var":"accumulator"}]}"#;
    let list = |item: &str| vec![item; 100_000].join(",");
    let documents = [
        "[".repeat(1_000_000),
        r#"{"flags":"#.repeat(200_000),
        nested("[", "]", 120),
        nested("[", "]", 100_000),
        nested(r#"{"!":"#, "}", 124),
        nested(r#"{"!":["#, "]}", 100_000),
        flag(&format!(
            r#"{{"map":[[{0}],{{"map":[[{0}],{{"+":[1,2]}}]}}]}}"#,
            list("7")
        )),
        flag(&format!(r#"{{"reduce":[[{}],{twice},"xx"]}}"#, list("7"))),
        flag(&format!(
            r#"{{"reduce":[[{}],{{"merge":[{{"var":""}},[1,2]]}},0]}}"#,
            list("7")
        )),
        flag(&format!(r#"{{"merge":[{}]}}"#, list("[1,2]"))),
        flag(&format!(r#"{{"cat":[{}]}}"#, list(r#"{"var":"x"}"#))),
        flag(&format!(r#"{{"if":[{}]}}"#, list("null"))),
        flag(&format!(r#"{{"fractional":[{}]}}"#, list(r#"["a",20000]"#))),
        flag(&format!(
            r#"{{"fractional":[{}]}}"#,
            list(r#"["a",{"+":[1]}]"#)
        )),
        format!(
            r#"{{"flags":{{{}}}}}"#,
            (0..30_000)
                .map(|at| format!(r#""{at}":{{}}"#))
                .collect::<Vec<_>>()
                .join(",")
        ),
        format!(r#"{{"flags":{{}},"x":"{}"}}"#, "x".repeat(8_000_000)),
        format!("{}{}", " ".repeat(9_000_000), "{}"),
    ];
    let mut random = Random::new(0);
    let case = generate::case(0);
    for document in documents {
        let mut contexts = hostile(&case.contexts, &mut random);
        contexts[0].set("x", "é".repeat(2_000));
        survive(0, document.as_bytes(), || {
            read_and_ask(document.as_bytes(), &contexts)
        });
    }
}
