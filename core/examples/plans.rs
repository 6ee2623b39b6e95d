//! The work on plans whose instructions `cargo xtask bench` counts: one kind of it, as often as told, on a plan of 1,000 changes.
//!
//! `plans WORK TIMES`. The plan is ten layers of a hundred changes, each needing five of the layer beneath, so that closures are
//! large. Everything is read once before the work in every run, so that a run with no work at all tells what to subtract.

use flaghoist_core::plan::closure::Closures;
use flaghoist_core::plan::dry_run::{Facts, dry_run};
use flaghoist_core::plan::graph::Graph;
use flaghoist_core::plan::lint::lint;
use flaghoist_core::plan::runbook::runbook;
use flaghoist_core::plan::{Plan, parse};
use flaghoist_core::time::Timestamp;
use std::fmt::Write;
use std::hint::black_box;
use std::process::ExitCode;

const LAYERS: [&str; 10] = [
    "data",
    "data",
    "retrieval_index",
    "tool",
    "tool",
    "eval_set",
    "model",
    "prompt",
    "prompt",
    "agent",
];
const WIDTH: usize = 100;
const NEEDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, times] = arguments.as_slice() else {
        return usage();
    };
    let Ok(times) = times.parse() else {
        return usage();
    };
    let text = text();
    let plan = match parse(&text) {
        Ok(plan) => plan,
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("{error}"));
            return ExitCode::FAILURE;
        }
    };
    if run(work, times, &text, &plan) {
        ExitCode::SUCCESS
    } else {
        usage()
    }
}

fn usage() -> ExitCode {
    eprintln!("plans parse|lint|order|closures|dry-run|runbook|text TIMES");
    ExitCode::FAILURE
}

/// Whether there is such work.
fn run(work: &str, times: usize, text: &str, plan: &Plan) -> bool {
    let facts = Facts {
        now: Timestamp::from_millis(0),
        population: Some(40_000),
        ..Facts::default()
    };
    let once = || match work {
        "parse" => drop(black_box(parse(text))),
        "lint" => drop(black_box(lint(plan))),
        "order" => drop(black_box(Graph::of(plan).waves())),
        "closures" => drop(black_box(Closures::of(plan).of_every_change())),
        "dry-run" => drop(black_box(dry_run(plan, &facts))),
        "runbook" => drop(black_box(
            dry_run(plan, &facts).map(|run| runbook(plan, &run).html()),
        )),
        _ => {}
    };
    if work == "text" {
        println!("{text}");
    }
    (0..times).for_each(|_| once());
    [
        "parse", "lint", "order", "closures", "dry-run", "runbook", "text",
    ]
    .contains(&work)
}

fn text() -> String {
    let mut text =
        String::from("release: large\nteams:\n  core: { contact: \"#core\" }\nfeatures:\n");
    text +=
        "  large:\n    flag: large\n    owner: core\n    expires: 2027-06-01\n    dependencies:\n";
    // Writing to a String cannot fail.
    for place in 0..WIDTH {
        let _ = writeln!(text, "      - agent: part-9-{place}@2");
    }
    text += "changes:\n";
    for (layer, kind) in LAYERS.iter().enumerate() {
        for place in 0..WIDTH {
            let _ = writeln!(text, "  - {kind}: part-{layer}-{place}@2\n    owner: core");
            if let Some((beneath, kind)) = layer
                .checked_sub(1)
                .and_then(|layer| Some((layer, LAYERS.get(layer)?)))
            {
                let needs = (0..NEEDS).map(|need| (place * 7 + need * 31) % WIDTH);
                let needs: Vec<String> = needs
                    .map(|at| format!("\"{kind}:part-{beneath}-{at}@2\""))
                    .collect();
                let _ = writeln!(text, "    requires: [ {} ]", needs.join(", "));
            }
            let _ = writeln!(text, "    rollback: {{ to: part-{layer}-{place}@1 }}");
        }
    }
    text
}
