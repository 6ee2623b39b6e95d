//! OFREP's answers: when nothing changed and when something did, and what each failure is called.

use crate::common::{Answer, Call, FLAG, FLAG_PATH, Running};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const EVALUATE: &str = "/ofrep/v1/evaluate/flags";

/// All flags for a context.
fn bulk(running: &Running, token: &str, context: &Value) -> Call {
    let call = running.call("POST", EVALUATE).token(token);
    call.json(json!({ "context": context }))
}

fn write(running: &Running, environment: &str, key: &str, definition: Value) {
    let path = format!("/api/v1/environments/{environment}/flags/{key}");
    let call = running.call("PUT", &path).token(&running.admin);
    let body = json!({ "definition": definition, "client": true });
    let answer = call.json(body).send();
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn make_key(running: &Running, name: &str, kind: &str, environment: &str) -> String {
    let body = json!({ "name": name, "kind": kind, "environment": environment });
    let made = running.post("/api/v1/keys", body);
    assert_eq!(made.status, 200, "{}", made.text);
    made.json()["token"].as_str().unwrap().to_string()
}

#[test]
fn the_same_question_has_the_same_tag() {
    let running = Running::open();
    let context = json!({ "targetingKey": "a", "plan": "gold", "of": { "age": 5 } });
    let first = bulk(&running, &running.server, &context).send();
    assert_eq!(first.status, 200, "{}", first.text);
    let tag = first.header("etag");
    assert!(
        tag.starts_with('"') && tag.ends_with('"'),
        "{tag} is strong"
    );
    let reordered = json!({ "of": { "age": 5 }, "plan": "gold", "targetingKey": "a" });
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        format!("\"other\",W/{tag} , \"more\""),
        "*".into(),
    ] {
        for context in [&context, &reordered] {
            let call = bulk(&running, &running.server, context);
            let again = call.header("if-none-match", &known).send();
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
            assert_eq!(again.header("etag"), tag, "{known}");
        }
    }
    for unknown in [
        "\"other\"",
        "W/\"other\"",
        "",
        "nothing",
        tag.trim_matches('"'),
    ] {
        let call = bulk(&running, &running.server, &context);
        let again = call.header("if-none-match", unknown).send();
        assert_eq!(again.status, 200, "{unknown}");
        assert_eq!(again.header("etag"), tag, "{unknown}");
        assert_eq!(again.text, first.text, "{unknown}");
    }
}

#[test]
fn another_question_has_another_tag() {
    let running = Running::open();
    let declared = running.call("PUT", "/api/v1/environments/staging");
    let declared = declared.token(&running.admin).json(json!({})).send();
    assert_eq!(declared.status, 200, "{}", declared.text);
    let second = make_key(&running, "edge-2", "server_evaluation", "production");
    let staging = make_key(&running, "edge-3", "server_evaluation", "staging");
    let context = json!({ "targetingKey": "a", "plan": "gold" });
    let first = bulk(&running, &running.server, &context).send();
    let tag = first.header("etag");
    let mut tags = vec![tag.clone()];
    let mut changed = |what: &str, call: Call| {
        let answer = call.header("if-none-match", &tag).send();
        assert_eq!(answer.status, 200, "{what}");
        tags.push(answer.header("etag"));
    };
    for (what, other) in [
        (
            "an attribute",
            json!({ "targetingKey": "a", "plan": "free" }),
        ),
        ("its type", json!({ "targetingKey": "a", "plan": ["gold"] })),
        (
            "one more",
            json!({ "targetingKey": "a", "plan": "gold", "x": null }),
        ),
        ("one fewer", json!({ "targetingKey": "a" })),
        (
            "the targeting key",
            json!({ "targetingKey": "b", "plan": "gold" }),
        ),
        ("no targeting key", json!({ "plan": "gold" })),
        ("nothing", json!({})),
    ] {
        changed(what, bulk(&running, &running.server, &other));
    }
    for (what, token) in [
        ("another key", &second),
        ("another projection", &running.browser),
        ("another environment", &staging),
        ("another kind of key", &running.admin),
    ] {
        let call = bulk(&running, token, &context);
        changed(
            what,
            call.header(
                "flaghoist-environment",
                if token == &staging {
                    "staging"
                } else {
                    "production"
                },
            ),
        );
    }
    assert_eq!(running.raise(2_500, running.flag().0).status, 200);
    changed("raised", bulk(&running, &running.server, &context));
    let contained = running.post(&format!("{FLAG_PATH}/contain"), json!({}));
    assert_eq!(contained.status, 200);
    changed("contained", bulk(&running, &running.server, &context));
    let all = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), all, "each question has its own: {tags:?}");
}

/// What an event brought back says how new the configuration must be; it excuses no change and makes none.
#[test]
fn the_metadata_of_an_event_changes_no_answer() {
    let running = Running::open();
    let context = json!({ "targetingKey": "a" });
    let plain = bulk(&running, &running.server, &context).send();
    for query in [
        "flagConfigEtag=anything",
        "flagConfigEtag=%22a%22&flagConfigLastModified=1771622898",
        "flagConfigLastModified=2026-02-20T21:28:18Z",
        "flagConfigLastModified=&flagConfigEtag=&unknown",
        "flagConfigEtag=%FF",
    ] {
        let ask = |known: &str| {
            let call = running.call("POST", &format!("{EVALUATE}?{query}"));
            let call = call.token(&running.server).header("if-none-match", known);
            call.json(json!({ "context": context })).send()
        };
        let answer = ask("\"none\"");
        assert_eq!((answer.status, &answer.text), (200, &plain.text), "{query}");
        assert_eq!(ask(&plain.header("etag")).status, 304, "{query}");
    }
}

/// Neither configuration nor context changes, and yet the value does.
#[test]
fn a_flag_that_time_changes_meets_no_wrong_304() {
    let running = Running::open();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let definition = json!({
        "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
        "targeting": { "if": [
            { ">=": [{ "var": "$flagd.timestamp" }, now.as_secs() + 2] }, "on", "off"
        ] }
    });
    write(&running, "production", "new-year", definition);
    let ask = |known: &str| {
        let call = bulk(&running, &running.browser, &json!({ "targetingKey": "a" }));
        call.header("if-none-match", known).send()
    };
    let value = |answer: &Answer| {
        let flags = answer.json()["flags"].clone();
        let flags = flags.as_array().unwrap();
        let flag = flags.iter().find(|flag| flag["key"] == "new-year");
        flag.unwrap()["value"].clone()
    };
    let before = ask("\"none\"");
    if value(&before) == json!(false) {
        let start = Instant::now();
        let after = loop {
            let answer = ask(&before.header("etag"));
            if answer.status == 200 {
                break answer;
            }
            assert_eq!(answer.status, 304);
            assert!(start.elapsed() < Duration::from_secs(20), "a stale 304");
        };
        assert_eq!(value(&after), json!(true));
    }
}

#[test]
fn failures_are_called_what_the_protocol_calls_them() {
    let running = Running::open();
    let single = format!("{EVALUATE}/{FLAG}");
    let send = |path: &str, body: &str| {
        let call = running.call("POST", path).token(&running.server);
        call.body(body).send()
    };
    for body in [
        "",
        "{}",
        "{\"context\":{}}",
        "{\"context\":null}",
        "{\"more\":1}",
    ] {
        let one = send(&single, body);
        // Nobody in particular is outside of every exposure: no TARGETING_KEY_MISSING, as flagd has it.
        let value = &one.json()["value"];
        assert_eq!((one.status, value), (200, &json!(false)), "{body}");
        assert_eq!(send(EVALUATE, body).status, 200, "{body}");
    }
    for body in [
        "{",
        "null",
        "5",
        "[]x",
        "{\"context\":5}",
        "{\"context\":\"a\"}",
        "\u{0}",
    ] {
        let one = send(&single, body);
        assert_eq!(one.status, 400, "{body}: {}", one.text);
        let one = one.json();
        assert_eq!(one["key"], FLAG, "{body}");
        assert_eq!(one["errorCode"], "INVALID_CONTEXT", "{body}");
        // Clients read it without asking whether it is there.
        assert!(one["errorDetails"].is_string(), "{body}");
        let all = send(EVALUATE, body);
        assert_eq!(all.status, 400, "{body}: {}", all.text);
        assert_eq!(all.json()["errorCode"], "INVALID_CONTEXT", "{body}");
        assert!(all.json()["errorDetails"].is_string(), "{body}");
    }
    let unknown = send(&format!("{EVALUATE}/nobody/knows"), "{}");
    let failure = unknown.json();
    assert_eq!(
        (unknown.status, &failure["key"]),
        (404, &json!("nobody/knows"))
    );
    assert_eq!(failure["errorCode"], "FLAG_NOT_FOUND");
    assert!(failure["errorDetails"].is_string() && failure.get("value").is_none());
    let large = format!("{{\"context\":{{\"x\":\"{}\"}}}}", "x".repeat(64 * 1024));
    for path in [EVALUATE, &single] {
        assert_eq!(send(path, &large).problem(path).status, 413);
        assert_eq!(send(path, &large[large.len() - 1024..]).status, 400);
    }
}

#[test]
fn a_rule_that_fails_is_a_failure_of_its_flag_only() {
    let running = Running::open();
    let definition = json!({
        "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
        "targeting": { "if": [true, { "var": "which" }, "off"] }
    });
    write(&running, "production", "odd", definition);
    let context = json!({ "targetingKey": "a", "which": "neither" });
    let call = running.call("POST", &format!("{EVALUATE}/odd"));
    let one = call
        .token(&running.server)
        .json(json!({ "context": context }))
        .send();
    assert_eq!(one.status, 400, "{}", one.text);
    assert_eq!(one.json()["errorCode"], "GENERAL");
    let all = bulk(&running, &running.server, &context).send();
    assert_eq!(all.status, 200);
    let all = all.json();
    let flag = |key: &str| {
        let flags = all["flags"].as_array().unwrap();
        flags
            .iter()
            .find(|flag| flag["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(flag("odd"), one.json());
    assert!(flag(FLAG)["value"].is_boolean());
}

#[test]
fn a_refusal_tells_nothing() {
    let running = Running::open();
    for (path, body) in [
        (EVALUATE.to_string(), "{"),
        (format!("{EVALUATE}/{FLAG}"), "{}"),
    ] {
        for token in [
            "",
            "fh_server_00",
            &running.server[..running.server.len() - 1],
        ] {
            let call = running.call("POST", &path).token(token).body(body);
            let answer = call.send();
            let problem = answer.problem(&path);
            assert_eq!(problem.status, 401);
            let text = answer.text.replace(&path, "");
            for secret in [FLAG, "production", "edge", "fh_server_"] {
                assert!(!text.contains(secret), "{path}: {secret}: {text}");
            }
        }
        // The same for what is there and for what is not.
        let foreign = |environment: &str| {
            let call = running.call("POST", &path).token(&running.server);
            let call = call.header("flaghoist-environment", environment);
            call.json(json!({})).send().status
        };
        assert_eq!(
            foreign("nowhere"),
            foreign("production"),
            "its key says where it is"
        );
    }
}
