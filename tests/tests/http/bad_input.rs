//! Bad input: a problem document with place and fix, and nothing changed.

use crate::common::{Answer, CHAPTER, FLAG_PATH, Running};
use flaghoist_core::api::Problem;
use serde_json::json;

#[test]
fn bad_plans_say_where_and_change_nothing() {
    let running = Running::open();
    let before = running.entries().len();
    let cycle = "release: r\nchanges:\n  - tool: a@1\n    requires: [\"tool:b@1\"]\n  - tool: b@1\n    requires: [\"tool:a@1\"]\n";
    let cases = [
        ("broken YAML", "features: [".to_string(), "YAML"),
        (
            "an unknown key",
            CHAPTER.replace("rollout:", "rolout:"),
            "rolout",
        ),
        ("a cycle", cycle.into(), "tool:a@1 → tool:b@1 → tool:a@1"),
        (
            "@latest",
            CHAPTER.replace("explain_refund@1.0.0", "explain_refund@latest"),
            "`latest`",
        ),
        ("percentage 101", CHAPTER.replace(": 5", ": 101"), "`101`"),
        (
            "a wrong type",
            CHAPTER.replace("canary_percentage: 5", "canary_percentage: [5]"),
            "one value is expected",
        ),
        (
            "deep nesting",
            format!("features: {}", "[".repeat(100_000)),
            "",
        ),
        ("nothing", String::new(), ""),
    ];
    for (what, document, expected) in cases {
        let answer = running.post("/api/v1/plans", json!({ "document": document }));
        let problem = answer.problem(what);
        assert_eq!(problem.status, 422, "{what}: {problem:?}");
        assert!(!problem.diagnostics.is_empty(), "{what}: {problem:?}");
        let found = problem
            .diagnostics
            .iter()
            .any(|found| found.to_string().contains(expected));
        assert!(found, "{what}: {problem:?}");
    }
    assert_eq!(running.entries().len(), before, "nothing changed");
}

/// Where the only finding is.
fn place(problem: &Problem) -> (u32, u32, &str) {
    let place = &problem.diagnostics[0].place;
    (place.line, place.column, place.path.as_str())
}

#[test]
fn bad_bodies_say_where() {
    let running = Running::open();
    let before = running.entries().len();
    let raise = |body: &str| {
        let call = running.call("POST", &format!("{FLAG_PATH}/raise"));
        call.token(&running.admin).body(body).send()
    };
    let cases = [
        (
            "a wrong type",
            "{\"to\": \"much\",\n \"epoch\": 3}",
            (1, 13, "to"),
        ),
        ("no JSON", "{\n  to: 0 }", (2, 3, "")),
        ("cut off", "{\"to\": 5", (1, 8, "")),
        ("two values", "{\"to\": 500, \"epoch\": 3} {}", (1, 25, "")),
        ("something missing", "{\"to\": 5}", (1, 9, "")),
    ];
    for (what, body, expected) in cases {
        let problem = raise(body).problem(what);
        assert_eq!(problem.status, 422, "{what}");
        assert_eq!(place(&problem), expected, "{what}: {problem:?}");
    }
    let deep = "[".repeat(60_000);
    for body in ["", "[]", "5", "{\"to\": 10001, \"epoch\": 3}", &deep] {
        assert_eq!(raise(body).problem(body).status, 422);
    }
    assert_eq!(running.entries().len(), before, "nothing changed");
}

/// A request, what it is, and the status it hears.
type Case<'a> = (&'a str, u16, Box<dyn Fn() -> Answer + 'a>);

#[test]
fn every_failure_is_a_problem_document() {
    let running = Running::open();
    let before = running.entries().len();
    let large = "x".repeat(10_000_000);
    let contain = format!("{FLAG_PATH}/contain");
    let send = |method: &str, path: &str| running.call(method, path).token(&running.admin).send();
    let post = |path: &str, body: serde_json::Value| running.post(path, body);
    let cases: Vec<Case> = vec![
        (
            "10 MB",
            413,
            Box::new(|| post(&contain, json!({ "reason": large }))),
        ),
        (
            "a plan of 10 MB",
            413,
            Box::new(|| post("/api/v1/plans", json!({ "document": large }))),
        ),
        (
            "an OFREP context of 10 MB",
            413,
            Box::new(|| {
                post(
                    "/ofrep/v1/evaluate/flags",
                    json!({ "context": { "x": large } }),
                )
            }),
        ),
        (
            "an unknown flag",
            404,
            Box::new(|| post(&contain.replace("_v1", "_v2"), json!({}))),
        ),
        (
            "an unknown environment",
            404,
            Box::new(|| post(&contain.replace("production", "staging"), json!({}))),
        ),
        (
            "the bundle of an unknown environment",
            404,
            Box::new(|| send("GET", "/api/v1/environments/staging/bundle")),
        ),
        (
            "its stream",
            404,
            Box::new(|| send("GET", "/api/v1/environments/staging/bundle/stream")),
        ),
        (
            "a name with a slash",
            422,
            Box::new(|| post("/api/v1/environments/a%2Fb/flags/c/contain", json!({}))),
        ),
        (
            "an address that is not UTF-8",
            400,
            Box::new(|| send("GET", "/api/v1/environments/%FF/bundle")),
        ),
        (
            "a flag key that is not UTF-8",
            400,
            Box::new(|| post("/ofrep/v1/evaluate/flags/%FF", json!({}))),
        ),
        (
            "a key's name that is not UTF-8",
            400,
            Box::new(|| send("DELETE", "/api/v1/keys/%C3%28")),
        ),
        (
            "no address",
            404,
            Box::new(|| send("GET", "/api/v1/nothing")),
        ),
        ("nothing to post to", 404, Box::new(|| post("/", json!({})))),
        ("a wrong method", 405, Box::new(|| send("GET", &contain))),
        (
            "a wrong method of OFREP",
            405,
            Box::new(|| send("GET", "/ofrep/v1/evaluate/flags")),
        ),
        (
            "a number that is none",
            422,
            Box::new(|| send("GET", "/api/v1/ledger?since=x")),
        ),
        (
            "a negative number",
            422,
            Box::new(|| send("GET", "/api/v1/ledger?limit=-1")),
        ),
        (
            "a stream from nowhere",
            422,
            Box::new(|| send("GET", "/api/v1/ledger/stream?since=x")),
        ),
        (
            "an evaluation key without an environment",
            422,
            Box::new(|| {
                post(
                    "/api/v1/keys",
                    json!({ "name": "k", "kind": "server_evaluation" }),
                )
            }),
        ),
        (
            "a key for an unknown environment",
            404,
            Box::new(|| {
                let body =
                    json!({ "name": "k", "kind": "server_evaluation", "environment": "staging" });
                post("/api/v1/keys", body)
            }),
        ),
        (
            "an idempotency key of 10 kB",
            422,
            Box::new(|| {
                let call = running.call("POST", &contain).token(&running.admin);
                call.header("idempotency-key", "x".repeat(10_000))
                    .json(json!({}))
                    .send()
            }),
        ),
        (
            "an environment header that is no name",
            422,
            Box::new(|| {
                let call = running.call("POST", "/ofrep/v1/evaluate/flags");
                call.token(&running.admin)
                    .header("flaghoist-environment", "a b")
                    .json(json!({}))
                    .send()
            }),
        ),
    ];
    for (what, status, send) in cases {
        let answer = send();
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        answer.problem(what);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        if status == 405 {
            assert!(
                !answer.header("allow").is_empty(),
                "{what}: what is allowed"
            );
        }
    }
    assert_eq!(running.entries().len(), before, "nothing changed");
    assert!(!running.flag().2, "and the flag is not contained");
}
