//! The work whose instructions `cargo xtask bench` counts: one kind of it, as often as told, over a document of 1,000 flags.
//!
//! `instructions WORK TIMES`. The document is compiled and its image read before the work in every run, so that a run with
//! no work at all tells what to subtract. Not here: the counting, which callgrind does, and the times, which JavaScript sees.

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Prepared, Unobserved, compile, evaluate, evaluate_all};
use flaghoist_core::ruleset::{FlagIndex, Ruleset};
use flaghoist_core::time::Timestamp;
use std::hint::black_box;
use std::process::ExitCode;

const FLAGS: usize = 1000;
/// What a flag's targeting is; the kinds go round, as in the benchmarks beside other libraries.
const KINDS: [(&str, &str, &str); 3] = [
    ("boolean", "on", ""),
    (
        "percentage",
        "off",
        r#","targeting":{"fractional":[["on",5],["off",95]]}"#,
    ),
    (
        "targeted",
        "off",
        r#","targeting":{"if":[{"and":[{"==":[{"var":"plan"},"pro"]},
            {"in":[{"var":"country"},["DE","FR","IN","NL","PL","SE"]]},{">=":[{"var":"age"},18]},
            {"ends_with":[{"var":"email"},"@example.com"]},{"sem_ver":[{"var":"version"},">=","2.0.0"]}]},
            {"fractional":[["on",50],["off",50]]},"off"]}"#,
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, times] = arguments.as_slice() else {
        return usage();
    };
    let Ok(times) = times.parse() else {
        return usage();
    };
    let document = document();
    let Ok(bundle) = Bundle::from_foreign_json(&document) else {
        eprintln!("the document cannot be read");
        return ExitCode::FAILURE;
    };
    let Ok(rules) = Ruleset::from_bytes(compile(&bundle).0.as_bytes().to_vec()) else {
        eprintln!("the image cannot be read");
        return ExitCode::FAILURE;
    };
    if run(work, times, &rules, &document) {
        ExitCode::SUCCESS
    } else {
        usage()
    }
}

fn usage() -> ExitCode {
    eprintln!(
        "instructions (boolean|percentage|targeted)[-prepared]|all|prepare|image|document TIMES"
    );
    ExitCode::FAILURE
}

/// Whether there is such work.
fn run(work: &str, times: usize, rules: &Ruleset, document: &str) -> bool {
    let context = context();
    let prepared = Prepared::of(rules, context.clone());
    match work {
        "all" => repeat(times, |_| all(rules, &prepared)),
        "prepare" => repeat(times, |_| {
            black_box(Prepared::of(rules, context.clone()));
        }),
        "image" => repeat(times, |_| {
            // The copy of the bytes belongs to it: a host copies them into WebAssembly too.
            let _ = black_box(Ruleset::from_bytes(rules.as_bytes().to_vec()));
        }),
        "document" => repeat(times, |_| {
            if let Ok(bundle) = Bundle::from_foreign_json(black_box(document)) {
                black_box(compile(&bundle));
            }
        }),
        _ => return ask(work, times, rules, &context, &prepared),
    }
    true
}

/// Asks the flags of one kind in turn; whether there is such a kind.
fn ask(work: &str, times: usize, rules: &Ruleset, context: &Context, prepared: &Prepared) -> bool {
    let (kind, is_prepared) = match work.strip_suffix("-prepared") {
        Some(kind) => (kind, true),
        None => (work, false),
    };
    let flags: Vec<FlagIndex> = rules
        .flags()
        .filter(|(_, key)| key.starts_with(kind))
        .map(|(index, _)| index)
        .collect();
    if flags.is_empty() {
        return false;
    }
    let now = Timestamp::from_millis(0);
    for index in flags.iter().cycle().take(times) {
        let index = black_box(*index);
        black_box(if is_prepared {
            evaluate(rules, index, prepared, now, &mut Unobserved)
        } else {
            evaluate(rules, index, context, now, &mut Unobserved)
        });
    }
    true
}

fn all(rules: &Ruleset, prepared: &Prepared) {
    evaluate_all(rules, prepared, Timestamp::from_millis(0), |_, answer| {
        black_box(answer);
    });
}

fn repeat(times: usize, mut work: impl FnMut(usize)) {
    (0..times).for_each(&mut work);
}

/// The document of `tests/bench/documents.mjs`.
fn document() -> String {
    let flags: Vec<String> = KINDS
        .iter()
        .cycle()
        .take(FLAGS)
        .enumerate()
        .map(|(index, (kind, default, targeting))| {
            format!(
                r#""{kind}_flag_{index}":{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"{default}"{targeting}}}"#
            )
        })
        .collect();
    format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))
}

/// A user who meets all conditions.
fn context() -> Context {
    let mut context = Context::for_key("user-000001");
    context.set("plan", "pro");
    context.set("country", "FR");
    context.set("age", 19_i64);
    context.set("email", "someone.1@example.com");
    context.set("version", "2.1.1");
    context
}
