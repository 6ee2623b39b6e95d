//! Lint as people, programs and pull requests read it, and the page of all codes.

use crate::common::{Server, call, call_with, example};
use flaghoist_core::plan::lint::catalogue;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// An error, a warning and a hint; what is written at a place is beneath the caret.
const PLAN: &str = "\
release: greeting
features:
  greeting: { flag: greeting_v2, owner: writers, dependencies: [ { prompt: greet@2 } ] }
changes:
  - prompt: greet@2
    owner: writers
    gates: [ { tests: smoke } ]
announce: { channel: \"#a\" }
";

/// A plan without a finding.
const CLEAN: &str = "\
release: greeting
features:
  greeting: { flag: greeting_v2, owner: writers, expires: 2099-01-01, dependencies: [ { prompt: greet@2 } ] }
changes:
  - prompt: greet@2
    owner: writers
    gates: [ { eval_set: greetings@1, pass_rate: \">= 0.9\" } ]
    rollback: { to: greet@1 }
    canary: with_flag
announce: { channel: \"#a\" }
";

fn path(name: &str) -> String {
    example(name).display().to_string()
}

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn lint(arguments: &[&str], text: &str) -> crate::common::Output {
    call_with(&[&["lint", "-"], arguments].concat(), text.as_bytes())
}

#[test]
fn people_see_the_line_with_a_caret_and_the_fix() {
    let expected = "\
-:3:3 features.greeting.expires: hint FH165: flag greeting_v2 has no day by which it should be gone
   3 |   greeting: { flag: greeting_v2, owner: writers, dependencies: [ { prompt: greet@2 } ] }
     |   ^
     = fix: add `expires: YEAR-MONTH-DAY`
-:5:5 changes[prompt:greet@2].rollback: error FH104: prompt:greet@2 has no rollback path of its own
   5 |   - prompt: greet@2
     |     ^
     = fix: add `rollback` with `to`, `disable`, `procedure` or `forward_only`
-:7:5 changes[prompt:greet@2].gates: warning FH120: prompt:greet@2 lacks what a prompt needs: an eval gate
   7 |     gates: [ { tests: smoke } ]
     |     ^
     = fix: add `{ eval_set: NAME@VERSION, pass_rate: \">= 0.95\" }`
1 error, 1 warning, 1 hint
";
    assert_eq!(lint(&[], PLAN).ends(1).out, expected);
    assert_eq!(lint(&["--format", "human"], PLAN).ends(1).out, expected);
    assert_eq!(
        lint(&[], CLEAN).ends(0).out,
        "0 errors, 0 warnings, 0 hints\n"
    );
}

#[test]
fn programs_get_every_finding_of_every_file() {
    let ways: [&[&str]; 2] = [&["--json"], &["--format", "json"]];
    for way in ways {
        let out = lint(&[&[&path("chapter.yaml")[..]], way].concat(), PLAN)
            .ends(1)
            .out;
        let found: Vec<Value> = serde_json::from_str(&out).unwrap();
        let rows = found.iter().map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_string();
            (
                text("file"),
                text("code"),
                text("severity"),
                one["line"].as_u64().unwrap(),
            )
        });
        let row = |file: &str, code: &str, severity: &str, line| {
            (file.into(), code.into(), severity.into(), line)
        };
        let chapter = path("chapter.yaml");
        assert_eq!(
            rows.collect::<Vec<(String, String, String, u64)>>(),
            [
                row("-", "FH165", "hint", 3),
                row("-", "FH104", "error", 5),
                row("-", "FH120", "warning", 7),
                row(&chapter, "FH104", "warning", 1),
                row(&chapter, "FH160", "warning", 2),
                row(&chapter, "FH165", "hint", 2),
            ]
        );
        assert!(
            found
                .iter()
                .all(|one| one["column"].as_u64() > Some(0) && one["message"].is_string())
        );
    }
    assert_eq!(lint(&["--json"], CLEAN).ends(0).out, "[]\n");
}

#[test]
fn a_pull_request_gets_annotations_that_nothing_breaks_out_of() {
    assert_eq!(
        lint(&["--format", "github"], PLAN).ends(1).out,
        "\
::notice line=3,col=3,title=FH165::flag greeting_v2 has no day by which it should be gone; add `expires: YEAR-MONTH-DAY`
::error line=5,col=5,title=FH104::prompt:greet@2 has no rollback path of its own; add `rollback` with `to`, `disable`, `procedure` or \
`forward_only`
::warning line=7,col=5,title=FH120::prompt:greet@2 lacks what a prompt needs: an eval gate; add `{ eval_set: NAME@VERSION, \
pass_rate: \">= 0.95\" }`
"
    );
    assert_eq!(lint(&["--format", "github"], CLEAN).ends(0).out, "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a,b:100%.yaml").display().to_string();
    fs::write(&file, "features: {}\n\"50%\\r\\n::error::no\": 1\n").unwrap();
    let out = call(&["lint", "--format", "github", &file]).ends(1).out;
    assert_eq!(out.lines().count(), 1, "{out}");
    let wanted = "a%2Cb%3A100%25.yaml,line=2,col=1,title=unknown-key::`50%25";
    assert!(
        out.starts_with("::error file=") && out.contains(wanted),
        "{out}"
    );
}

#[test]
fn what_a_call_ends_with() {
    let chapter = path("chapter.yaml");
    let hints = path("full.yaml");
    let cases: [(&[&str], &str, i32, &str); 12] = [
        (&["-"], CLEAN, 0, ""),
        (&["-", "--deny-warnings"], CLEAN, 0, ""),
        (&["-"], PLAN, 1, ""),
        (&["-"], "features: [", 1, ""),
        (&[&chapter], "", 0, ""),
        (&[&chapter, "--deny-warnings"], "", 1, ""),
        (&[&hints, "--deny-warnings"], "", 0, ""),
        (&["nowhere.yaml"], "", 2, "nowhere.yaml: "),
        (&[], "", 2, "<FILES>..."),
        (
            &["-", "--format", "xml"],
            "",
            2,
            "[possible values: human, json, github]",
        ),
        (
            &["-", "--json", "--format", "human"],
            "",
            2,
            "leave out one of the two",
        ),
        (&["-", "--explain", "FH104"], "", 2, "cannot be used with"),
    ];
    for (arguments, text, code, complaint) in cases {
        let output = call_with(&[&["lint"], arguments].concat(), text.as_bytes());
        output.ends(code).complains(complaint);
    }
}

/// The line shown and what is right of the caret beneath it, for each finding.
fn carets(out: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = out.lines().collect();
    let pairs = lines.windows(2).filter(|pair| {
        pair[1].trim_start() == "^" || pair[1].contains(" | ") && pair[1].ends_with('^')
    });
    pairs
        .map(|pair| {
            let before = pair[1].chars().count() - 1;
            let line = pair[0]
                .split_once(" | ")
                .map_or("", |(_, line)| line)
                .to_string();
            (line, pair[0].chars().skip(before).collect())
        })
        .collect()
}

#[test]
fn the_caret_is_under_the_place_in_any_line() {
    let long = format!(
        "{{ \"title\": \"{}\", \"oops\": 1, \"features\": {{ {} }} }}",
        "ü".repeat(5000),
        " ".repeat(300)
    );
    let cases: [(&str, &str); 6] = [
        ("features: {}\nünknown: {}\n", "ünknown"),
        ("features:\n  a: { flag: \"ü\", ownr: b }\n", "ownr: b"),
        ("features: { a: {\tflag: a,\townr: b } }\n", "ownr: b"),
        ("features: {}\r\nrelase: r\r\n", "relase: r"),
        (&long, "\"oops\": 1"),
        ("features:\n  a:\n    flag: \u{1b}[31m\n", ""),
    ];
    for (text, place) in cases {
        let out = lint(&[], text).ends(1).out;
        let shown = carets(&out);
        assert!(!out.contains(['\u{1b}', '\t', '\r']), "{out}");
        assert!(
            shown.iter().any(|(_, right)| right.starts_with(place)),
            "{place}: {out}"
        );
        assert!(
            shown.iter().all(|(line, _)| line.chars().count() < 130),
            "{out}"
        );
    }
}

#[test]
fn every_code_is_explained_and_shown_at_a_line_of_its_example() {
    let examples = repository("core/src/plan/lint/examples");
    let facts = |text: &str| text.lines().any(|line| line.starts_with("# fact:"));
    let mut files = Vec::new();
    for code in catalogue::all().map(|lint| lint.code) {
        let title = catalogue::find(code).unwrap().title;
        call(&["lint", "--explain", &code.to_lowercase()])
            .ends(0)
            .says(&format!("# {code}: {title}\n"));
        let file = examples.join(format!("{code}.fail.yaml"));
        let text = fs::read_to_string(&file).unwrap();
        // Those of facts are seen with --env alone.
        if !facts(&text) {
            files.push((code, file.display().to_string(), text));
        }
    }
    assert!(files.len() > 30, "{}", files.len());
    for (code, file, text) in files {
        let out = call(&["lint", &file]).out;
        assert!(out.contains(&format!(" {code}: ")), "{out}");
        let found = out.lines().filter(|line| line.starts_with(&file)).count();
        let shown = carets(&out);
        assert_eq!(shown.len(), found, "{out}");
        assert!(
            shown
                .iter()
                .all(|(line, right)| text.contains(line.as_str()) && !right.is_empty()),
            "{out}"
        );
    }
    let json = call(&["lint", "--explain", "FH104", "--json"]).ends(0).out;
    assert_eq!(
        serde_json::from_str::<Value>(&json).unwrap()["severity"],
        "error"
    );
    let json = call(&["lint", "--explain", "all", "--json"]).ends(0).out;
    let all: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(all.len(), catalogue::all().count());
    call(&["lint", "--explain", "FH138"])
        .ends(0)
        .says("not yet");
    call(&["lint", "--explain", "FH999"])
        .ends(2)
        .complains("`FH999` is no code of the catalogue");
}

#[test]
fn the_page_of_all_codes_is_in_step() {
    let page = repository("docs/lints.md");
    let now = call(&["lint", "--explain", "all"]).ends(0).out;
    if std::env::var_os("FLAGHOIST_UPDATE").is_some() {
        fs::write(&page, &now).unwrap();
    }
    let then = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        then == now,
        "docs/lints.md is behind: run this test with FLAGHOIST_UPDATE=1"
    );
}

#[test]
fn an_environment_is_asked_for_its_facts() {
    let server = Server::start();
    server.call(&["environment", "production"]).ends(0);
    let plan = CLEAN.replace(
        "{ prompt: greet@2 } ]",
        "{ prompt: greet@2 }, { tool: clock@1 } ]",
    );
    let file = server.file("greeting.yaml", &plan);
    let asked = ["lint", &file, "--env", "production"];
    server
        .call(&["lint", &file])
        .ends(0)
        .says("0 errors, 0 warnings, 0 hints");
    server
        .call(&asked)
        .ends(0)
        .says("greeting.yaml:3:108 features.greeting.dependencies[tool:clock@1]: warning FH113: tool:clock@1 is neither")
        .says("greeting.yaml:8:17 changes[prompt:greet@2].rollback.to: warning FH151: ");
    server
        .call(&[&asked[..], &["--deny-warnings"]].concat())
        .ends(1);
    // Applying tells the same, with the same lines.
    server
        .call(&["apply", &file])
        .ends(0)
        .says("greeting.yaml:3:108 features.greeting.dependencies[tool:clock@1]: warning FH113: ")
        .says("applied the plan of greeting");
    for part in ["tool:clock@1", "prompt:greet@1"] {
        server.call(&["observe", part]).ends(0);
    }
    server
        .call(&asked)
        .ends(0)
        .says("0 errors, 0 warnings, 0 hints");
    // Two versions of one artefact: an error by the facts, and a refusal of its own.
    let other = plan
        .replace("greeting", "other")
        .replace("clock@1", "clock@2")
        .replace("greet@", "hello@");
    let other = server.file("other.yaml", &other);
    server.call(&["lint", &other]).ends(0);
    server
        .call(&["lint", &other, "--env", "production"])
        .ends(1)
        .says("error FH115: ");
    let refused = server.call(&["apply", &other]).ends(1);
    assert!(!refused.err.contains("FH115"), "{refused:?}");
    server
        .call(&["lint", &file, "--env", "staging"])
        .ends(2)
        .complains("there is no environment `staging`");
    let elsewhere = ["--env", "production", "--server", "http://127.0.0.1:1"];
    call(&[&["lint", &file], &elsewhere[..]].concat())
        .ends(3)
        .complains("no answer from");
}
