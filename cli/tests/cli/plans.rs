//! Order, dry run and runbook, with good and bad plan files and no server.

use crate::common::{call, call_with, example};
use std::fs;

fn path(name: &str) -> String {
    example(name).display().to_string()
}

#[test]
fn good_plans_pass_and_those_that_say_less_are_warned_about() {
    call(&["lint", &path("full.yaml")])
        .ends(0)
        .says("0 errors, 0 warnings, 2 hints");
    call(&["lint", &path("chapter.yaml"), &path("plan.yaml")])
        .ends(0)
        .says("chapter.yaml:1:1 changes: warning FH104: no part has a rollback path")
        .says("0 errors, 6 warnings, 4 hints\n");
}

#[test]
fn the_order_is_foundations_first() {
    call(&["order", &path("plan.yaml")]).ends(0).says(
        "\
1. retrieval_index:refund_policies@2026-05-20
   tool:lookup_refund_eligibility@1.0.0
   eval_set:refund_flow@3
2. prompt:explain_refund@1.0.0                 ← retrieval_index:refund_policies, tool:lookup_refund_eligibility
3. flag:refund_explanation_v1                  ← retrieval_index:refund_policies, tool:lookup_refund_eligibility, (eval_set:refund_flow), prompt:explain_refund

suggested: coordinated, as the plan says
  + the plan says: the prompt calls the tool and quotes the index
  + prompt:explain_refund@1.0.0 works with no older version of retrieval_index:refund_policies@2026-05-20, tool:lookup_refund_eligibility@1.0.0
  + users of refund_explanation_v1 need 3 changes to be in place at once
",
    );
    let json = call(&["order", "--json", &path("chapter.yaml")])
        .ends(0)
        .out;
    let waves: Vec<Vec<String>> = serde_json::from_str(&json).unwrap();
    assert_eq!(waves.len(), 2);
    assert_eq!(waves[1], ["flag:refund_explanation_v1"]);
    // Through a pipe too.
    let text = fs::read(example("chapter.yaml")).unwrap();
    call_with(&["order", "-"], &text).ends(0).says("2. flag:");
}

#[test]
fn a_dry_run_tells_what_follows() {
    let start = ["--population", "40000", "--start", "2026-06-02T10:00:00Z"];
    let plan = path("plan.yaml");
    let arguments = [&["dry-run", &plan][..], &start].concat();
    call(&arguments)
        .ends(0)
        .says("\n  2026-06-02 10:00 UTC  deploy eval_set:refund_flow@3, dark\n")
        .says("\n  2026-06-02 10:00 UTC  opens of itself: refund_explanation_v1 to 5 %                      2000 users\n")
        .says("\n  2026-06-04 10:00 UTC  make prompt:explain_refund@1.0.0 live\n")
        .says(
            "  tool:lookup_refund_eligibility@1.0.0\n    flags to 0: refund_explanation_v1\n    goes back: \
             prompt:explain_refund@1.0.0 to 0.9.4, tool:lookup_refund_eligibility@1.0.0 switched off\n",
        );
    let json = call(&[&arguments[..], &["--json"]].concat()).ends(0).out;
    let run: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(run["timetable"][4]["task"], "raise");
    assert_eq!(run["timetable"][4]["users"], 2000);
    assert_eq!(run["bake"], "48h");
    assert_eq!(run["advice"]["suggests"], "coordinated");
    call(&["dry-run", &plan, "--start", "tomorrow"]).ends(2);
    call(&[
        "dry-run",
        &plan,
        "--env",
        "production",
        "--server",
        "http://127.0.0.1:1",
    ])
    .ends(3)
    .complains("no answer from");
}

#[test]
fn every_command_of_a_runbook_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.md").display().to_string();
    let plan = path("plan.yaml");
    call(&["runbook", &plan, "--out", &file])
        .ends(0)
        .says("wrote ");
    let text = fs::read_to_string(&file).unwrap();
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("flaghoist "))
        .collect();
    assert!(commands.len() > 10, "{text}");
    for command in commands {
        let words = command.replace("\"what you saw\"", "seen");
        let mut words: Vec<&str> = words.split_whitespace().collect();
        words.extend(["--server", "http://127.0.0.1:1"]);
        // Understood, and then there is no server.
        call(&words).ends(3).complains("no answer from");
    }
    call(&["runbook", &plan, "--format", "html"])
        .ends(0)
        .says("<!doctype html>")
        .says("<h1>Runbook: Refund explanation flow</h1>");
    call(&["runbook", &plan, "--out", "no/such/folder/x"]).ends(2);
}

#[test]
fn bad_plans_are_told_with_place_and_fix() {
    let deep = format!("features: {}", "[".repeat(100_000));
    let cases: [(&str, &str, &str); 8] = [
        ("broken", "features: [", ""),
        (
            "unknown key",
            "features:\n  a:\n    flag: a\n    rolout: {}\n",
            ":4:5 features.a.rolout: error unknown-key: `rolout` is not a key of this map",
        ),
        (
            "latest",
            "features:\n  a:\n    flag: a\n    dependencies: [ { prompt: p@latest } ]\n",
            "error FH114: `latest` is not an immutable version: it is a movable name; pin one",
        ),
        (
            "percentage",
            "features:\n  a:\n    flag: a\n    rollout: { canary_percentage: 101 }\n",
            ":4:35 features.a.rollout.canary_percentage: error percentage: `101` is not",
        ),
        (
            "cycle",
            "release: r\nchanges:\n  - tool: a@1\n    requires: [ \"prompt:b@1\" ]\n  \
             - prompt: b@1\n    requires: [ \"tool:a@1\" ]\n",
            "tool:a@1",
        ),
        ("empty", "", "error empty"),
        ("words", "just text", ":1:1"),
        ("deep", &deep, ""),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, text, complaint) in cases {
        let file = folder.path().join(format!("{name}.yaml"));
        fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        let linted = call(&["lint", &file]).ends(1).says(complaint);
        assert!(linted.out.starts_with(&file), "{linted:?}");
        assert!(!linted.out.contains("\n0 errors"), "{linted:?}");
        // Nothing is ordered or applied from it; applying finds out before it looks for a server.
        call(&["order", &file]).ends(2).complains(complaint);
        call(&["apply", &file, "--server", "http://127.0.0.1:1"])
            .ends(2)
            .complains(complaint);
        let json = call(&["--json", "order", &file]).ends(2).err;
        let report: serde_json::Value = serde_json::from_str(&json).expect(&json);
        assert!(report["diagnostics"][0]["code"].is_string(), "{json}");
    }
    call(&["lint", "nowhere.yaml"])
        .ends(2)
        .complains("nowhere.yaml: ");
}

#[test]
fn a_call_that_is_off_says_how_it_goes() {
    for (arguments, complaint) in [
        (&["hoist"][..], "unrecognized subcommand 'hoist'"),
        (&["raise", "f", "--to", "101"], "`101` is not a percentage"),
        (&["raise", "f"], "--to <TO>"),
        (&["lower", "f!", "--to", "1"], "`!` is not allowed"),
        (&["observe", "prompt:p@latest"], "it is a movable name"),
        (&["observe"], "kind:name@version"),
        (&["observe", "prompt:p@1", "prompt:q@1"], "one thing"),
        (&["observe", "promt:p@1"], "use one of data, "),
        (
            &["observe", "prompt:p@1", "--digest", "a b"],
            "` ` is not allowed",
        ),
        (
            &["observe", "prompt:p@1", "--withdrawn", "--live"],
            "cannot be used with",
        ),
        (&["observe", "--full", "prompt:p", "^1"], "it is a range"),
        (
            &["observe", "--full", "prompt:p", "1", "--live"],
            "--live VERSION",
        ),
        (
            &["bucket", "--cohort", "c", "--key", "k", "--total", "0"],
            "0 is not in",
        ),
        (
            &["token", "create", "--name", "n", "--kind", "root"],
            "browser",
        ),
        (
            &[
                "token",
                "create",
                "--name",
                "n",
                "--kind",
                "admin",
                "--database",
                "nowhere.db",
                "--user",
                "u",
            ],
            "nowhere.db: ",
        ),
    ] {
        call(arguments).ends(2).complains(complaint);
    }
    assert!(!fs::exists("nowhere.db").unwrap());
}

#[test]
fn what_differs_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let newer = folder.path().join("newer.yaml");
    let text = fs::read_to_string(example("full.yaml")).unwrap();
    fs::write(&newer, text.replace("at_least: 4h", "at_least: 8h")).unwrap();
    let (old, new) = (path("full.yaml"), newer.display().to_string());
    let told = call(&["diff", &old, &new]).ends(1);
    assert_eq!(told.out, "step 25 % takes at least 8h in place of 4h\n");
    let json = call(&["diff", "--json", &old, &new]).ends(1).out;
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found[0]["of"], "canary.steps[25 %].at_least");
    call(&["diff", &old, &old]).ends(0).says("nothing differs");
    call(&["diff", &old, "nowhere.yaml"]).ends(2);
    call(&["diff", &old, &new, "--env", "production"]).ends(2);
    call(&["diff", &old, "--server", "http://127.0.0.1:1"])
        .ends(3)
        .complains("no answer from");
}
