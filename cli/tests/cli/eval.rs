//! Evaluation and buckets with no server: one flag, batches, bad input, bounded memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what keeps a test from running fails it"
)]

use crate::common::{Output, call, call_with};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const DOCUMENT: &str = r#"{
  "metadata": { "team": "search" },
  "flags": {
    "half": {
      "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
      "targeting": { "fractional": [ { "cat": [ "c", { "var": "targetingKey" } ] }, [ "on", 50 ], [ "off", 50 ] ] }
    },
    "size": { "state": "ENABLED", "variants": { "s": 1, "l": 2.5 }, "defaultVariant": "l" },
    "late": {
      "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
      "targeting": { "if": [ { ">": [ { "var": "$flagd.timestamp" }, 1000 ] }, "on" ] }
    },
    "gone": { "state": "DISABLED", "variants": { "on": true }, "defaultVariant": "on" }
  }
}"#;

fn document() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.json");
    fs::write(&file, DOCUMENT).unwrap();
    (folder, file.display().to_string())
}

fn answers(output: &Output) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    output.out.lines().map(line).collect()
}

#[test]
fn one_flag_in_words_and_as_json() {
    let (_folder, file) = document();
    let eval = |more: &[&str]| call(&[&["eval", "--flags", &file], more].concat());
    eval(&["--flag", "size"])
        .ends(0)
        .says("2.5, variant l, reason STATIC\n");
    let json = eval(&["--flag", "size", "--type", "number", "--json"]).ends(0);
    assert_eq!(
        answers(&json),
        [
            json!({ "flagKey": "size", "value": 2.5, "variant": "l", "reason": "STATIC",
                 "metadata": { "team": "search" } })
        ]
    );
    eval(&["--flag", "size", "--type", "boolean", "--default", "true"])
        .ends(0)
        .says("true, reason ERROR TYPE_MISMATCH");
    eval(&["--flag", "nope"])
        .ends(0)
        .says("(the caller's default), reason ERROR FLAG_NOT_FOUND");
    eval(&["--flag", "gone", "--default", "\"mine\""])
        .ends(0)
        .says("\"mine\", reason DISABLED");
    eval(&["--flag", "late", "--now", "1000"])
        .ends(0)
        .says("false, variant off, reason DEFAULT");
    eval(&["--flag", "late", "--now", "1001"])
        .ends(0)
        .says("true, variant on");
    eval(&["--flag", "half", "--context", "[1]"])
        .ends(0)
        .says("INVALID_CONTEXT");
    eval(&["--flag", "half", "--context", "{"])
        .ends(2)
        .complains("--context is not JSON");
    eval(&["--flag", "half", "--default", "x"])
        .ends(2)
        .complains("--default is not JSON");
    eval(&["--flag", "half", "--type", "colour"])
        .ends(2)
        .complains("colour");
    eval(&["--flag", "half", "--fractional", "v9"])
        .ends(2)
        .complains("`v2` and `v3`");
    eval(&[]).ends(2).complains("--flag");
    call(&["eval", "--flag", "half"])
        .ends(2)
        .complains("--flags FILE");
    call(&["eval", "--flag", "half", "--flags", "nowhere"])
        .ends(2)
        .complains("nowhere: ");
    call_with(
        &["eval", "--flag", "half", "--flags", "-"],
        b"{\"flags\": [",
    )
    .ends(2)
    .complains("- has errors");
}

#[test]
fn buckets_decide_as_the_evaluator_does() {
    let (_folder, file) = document();
    let mut lines = String::new();
    let mut inside = Vec::new();
    for user in 0..50 {
        let key = format!("user-{user}");
        let printed = call(&[
            "bucket", "--json", "--cohort", "c", "--key", &key, "--total", "100",
        ]);
        let bucket: Value = serde_json::from_str(&printed.ends(0).out).unwrap();
        inside.push(bucket["bucket"].as_u64().unwrap() < 50);
        lines += &format!("{{\"flagKey\":\"half\",\"context\":{{\"targetingKey\":\"{key}\"}}}}\n");
    }
    let output = call_with(
        &["eval", "--flags", &file, "--batch", "-"],
        lines.as_bytes(),
    )
    .ends(0);
    let on: Vec<bool> = answers(&output)
        .iter()
        .map(|line| line["value"] == true)
        .collect();
    assert_eq!(on, inside);
    assert!(inside.contains(&true) && inside.contains(&false));
    // MurmurHash3 x86 32-bit of "hello", seed 0, as published.
    call(&["bucket", "--cohort", "he", "--key", "llo"])
        .ends(0)
        .says(&format!("hash {}, bucket ", 0x248b_fa47));
}

#[test]
fn a_batch_answers_every_line_in_order() {
    let own = json!({ "flags": { "size": { "state": "ENABLED", "variants": { "a": "x" }, "defaultVariant": "a" } } });
    let lines = [
        json!({ "flagKey": "size" }).to_string(),
        json!({ "flags": own, "flagKey": "size" }).to_string(),
        "not JSON".into(),
        String::new(),
        json!({ "flagKey": "late", "now": 2000, "context": {} }).to_string(),
        json!({ "flagKey": "size", "type": "string" }).to_string(),
        json!({ "flagKey": "size", "type": "colour" }).to_string(),
        json!({ "flagKey": "size", "context": 7 }).to_string(),
        format!(
            r#"{{"flagKey":"size","context":{}1{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        ),
        json!({ "flagKey": "size", "flags": [] }).to_string(),
        json!({ "flagKey": "size", "context": null, "flags": null }).to_string(),
        r#"{"flagKey":"s\u0069ze","default":1}"#.into(),
        json!({ "context": {} }).to_string(),
    ];
    let (folder, file) = document();
    let batch = folder.path().join("batch.jsonl");
    // The last line ends with the file.
    fs::write(&batch, lines.join("\n")).unwrap();
    let batch = batch.display().to_string();
    let output = call(&["eval", "--flags", &file, "--batch", &batch]).ends(0);
    let told: Vec<(Value, Value, Value, Value)> = answers(&output)
        .into_iter()
        .map(|a| {
            (
                a["flagKey"].clone(),
                a["value"].clone(),
                a["reason"].clone(),
                a["errorCode"].clone(),
            )
        })
        .collect();
    let expected = [
        json!(["size", 2.5, "STATIC", null]),
        json!(["size", "x", "STATIC", null]),
        json!(["", null, "ERROR", "PARSE_ERROR"]),
        json!(["", null, "ERROR", "PARSE_ERROR"]),
        json!(["late", true, "TARGETING_MATCH", null]),
        json!(["size", null, "ERROR", "TYPE_MISMATCH"]),
        json!(["size", null, "ERROR", "PARSE_ERROR"]),
        json!(["size", null, "ERROR", "INVALID_CONTEXT"]),
        json!(["size", null, "ERROR", "INVALID_CONTEXT"]),
        json!(["size", null, "ERROR", "PARSE_ERROR"]),
        json!(["size", 2.5, "STATIC", null]),
        json!(["size", 2.5, "STATIC", null]),
        json!(["", null, "ERROR", "PARSE_ERROR"]),
    ];
    let told: Vec<Value> = told
        .into_iter()
        .map(|(k, v, r, e)| json!([k, v, r, e]))
        .collect();
    assert_eq!(told, expected);
    let without = call_with(&["eval", "--batch", "-"], b"{\"flagKey\":\"size\"}\n").ends(0);
    assert_eq!(answers(&without)[0]["errorCode"], "PARSE_ERROR");
}

#[test]
fn a_line_without_end_is_passed_over() {
    let (_folder, file) = document();
    for size in [16 * 1024 * 1024 - 1, 16 * 1024 * 1024, 40 * 1024 * 1024] {
        let mut input = vec![b' '; size];
        input.extend(b"\n{\"flagKey\":\"size\"}\n");
        let output = call_with(&["eval", "--flags", &file, "--batch", "-"], &input).ends(0);
        let told = answers(&output);
        assert_eq!(told.len(), 2, "{size}");
        assert_eq!(told[0]["errorCode"], "PARSE_ERROR", "{size}");
        assert_eq!(told[1]["value"], 2.5, "{size}");
    }
}

/// Answers come while the input stays open: a program may ask and wait.
#[test]
fn a_batch_is_a_conversation() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    let (_folder, file) = document();
    let mut child = crate::common::command(crate::common::FLAGHOIST)
        .args(["eval", "--flags", &file, "--batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut replies = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        questions.write_all(b"{\"flagKey\":\"size\"}\n").unwrap();
        let mut reply = String::new();
        replies.read_line(&mut reply).unwrap();
        assert!(reply.contains("\"value\":2.5"), "{reply}");
    }
    drop(questions);
    assert!(child.wait().unwrap().success());
}

/// A reader who has enough ends the batch, without a complaint and without reading the rest.
#[test]
fn a_closed_pipe_ends_a_batch() {
    use std::io::Write;
    use std::process::Stdio;
    let (_folder, file) = document();
    let mut child = crate::common::command(crate::common::FLAGHOIST)
        .args(["eval", "--flags", &file, "--batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut questions = child.stdin.take().unwrap();
    // Without end, if it did not stop reading.
    while questions.write_all(b"{\"flagKey\":\"size\"}\n").is_ok() {}
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_answer_is_explained_step_by_step() {
    let (_folder, file) = document();
    let explain = |more: &[&str]| call(&[&["explain", "--flags", &file], more].concat());
    let words = explain(&["half", "--context", r#"{"targetingKey":"user-1"}"#]).ends(0);
    for expected in [
        "half: ",
        "reason SPLIT\n",
        " of 100 (hash ",
        "in the share ",
        "  fractional → \"o",
    ] {
        assert!(words.out.contains(expected), "{expected}: {}", words.out);
    }
    let json = explain(&["late", "--now", "2000", "--json"]).ends(0);
    assert_eq!(
        answers(&json),
        [json!({
            "flagKey": "late", "value": true, "variant": "on", "reason": "TARGETING_MATCH",
            "metadata": { "team": "search" }, "omitted": 0,
            "steps": [
                { "path": "targeting", "operator": "if", "value": "on" },
                { "path": "targeting.if.0", "operator": ">", "value": true },
                { "path": "targeting.if.0.>.0", "operator": "var", "value": 2000 },
                { "path": "targeting.if.0.>.1", "operator": "number", "value": 1000 },
                { "path": "targeting.if.1", "operator": "text", "value": "on" },
            ],
        })]
    );
    explain(&["nope"]).ends(0).says("FLAG_NOT_FOUND");
    explain(&["half", "--context", "[]"]).ends(2);
}
