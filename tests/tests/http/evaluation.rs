//! Evaluation over HTTP: the bundle's tags and encodings, OFREP, other pages' calls, the page where there is no app.

use crate::common::{Answer, BUNDLE, FLAG, FLAG_PATH, Running};
use flaghoist_core::bucketing::exposed;
use flaghoist_core::bundle::Bundle;
use flaghoist_core::evaluation::{Explained, Reason, compile};
use flaghoist_core::ruleset::{IMAGE_TYPE, Ruleset};
use serde_json::{Value, json};

const EVALUATE: &str = "/ofrep/v1/evaluate/flags";
const STREAM: &str = "/ofrep/v1/stream";

/// Keys inside and outside the first five per cent.
fn inside_and_outside() -> (String, String) {
    let find = |wanted: bool| {
        let mut keys = (0..10_000).map(|index| format!("user-{index}"));
        keys.find(|key| exposed(FLAG, key, 500) == wanted).unwrap()
    };
    (find(true), find(false))
}

fn bundle(running: &Running, accept: &str, known: Option<&str>) -> Answer {
    let call = running.call("GET", BUNDLE).token(&running.server);
    let call = call.header("accept-encoding", accept);
    match known {
        Some(etag) => call.header("if-none-match", etag).send(),
        None => call.send(),
    }
}

#[test]
fn a_bundle_has_a_strong_tag_for_each_encoding() {
    let running = Running::open();
    let cases = [
        ("identity", ""),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1, br;q=0.2", "gzip"),
        ("*;q=0", ""),
    ];
    let plain = bundle(&running, "identity", None);
    let mut tags = Vec::new();
    for (accept, encoding) in cases {
        let answer = bundle(&running, accept, None);
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert!(answer.header("vary").contains("Accept-Encoding"));
        assert!(answer.header("cache-control").contains("no-cache"));
        let etag = answer.header("etag");
        assert!(etag.starts_with('"'), "{etag} is strong");
        for known in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"other\", {etag}"),
            "*".into(),
        ] {
            let again = bundle(&running, accept, Some(&known));
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
            assert_eq!(again.header("etag"), etag, "{known}");
        }
        tags.push(etag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "one for each representation: {tags:?}");
    assert_eq!(running.raise(2_500, running.flag().0).status, 200);
    let changed = bundle(&running, "identity", Some(&plain.header("etag")));
    assert_eq!(changed.status, 200);
    let revision = |answer: &Answer| answer.json()["metadata"]["revision"].as_u64().unwrap();
    assert!(revision(&changed) > revision(&plain));
}

#[test]
fn the_image_comes_by_accept_and_answers_as_the_document_does() {
    let running = Running::open();
    let wanted = format!("{IMAGE_TYPE};format={}", Ruleset::FORMAT);
    let load = |accept: &str| {
        let call = running.call("GET", BUNDLE).token(&running.server);
        call.header("accept", accept).begin()
    };
    let mut tags = Vec::new();
    for (accept, kind) in [
        (wanted.as_str(), wanted.as_str()),
        (&format!("{wanted}, application/json;q=0.1"), &wanted),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        (&format!("{IMAGE_TYPE};format=1"), "application/json"),
    ] {
        let mut answer = load(accept);
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_string();
        assert_eq!(header("content-type"), kind, "{accept}");
        assert!(header("vary").contains("Accept,"));
        tags.push(header("etag"));
        let bytes = answer.body_mut().read_to_vec().unwrap();
        let ruleset = match kind == wanted {
            true => Ruleset::from_bytes(bytes).unwrap(),
            false => compile(&Bundle::from_json(bytes).unwrap()).0,
        };
        let document =
            compile(&Bundle::from_json(bundle(&running, "identity", None).text).unwrap());
        assert_eq!(ruleset, document.0, "{accept}: the same image");
    }
    assert_eq!((&tags[0], &tags[2]), (&tags[1], &tags[3]));
    assert_ne!(tags[0], tags[2], "a form has its own tag");
    let again = running.call("GET", BUNDLE).token(&running.server);
    let again = again
        .header("accept", &wanted)
        .header("if-none-match", &tags[0]);
    assert_eq!(again.send().status, 304);
}

#[test]
fn an_answer_is_explained_as_edges_give_it() {
    let running = Running::open();
    let (inside, _) = inside_and_outside();
    let path = "/api/v1/environments/production/explain";
    let explain = |body: Value| running.post(path, body);
    let told = explain(json!({ "flag": FLAG, "context": { "targetingKey": inside } }));
    assert_eq!(told.status, 200);
    let told: Explained = told.parsed();
    assert_eq!(
        (told.details.variant.as_deref(), told.details.reason),
        (Some("on"), Reason::Split)
    );
    let share = told.bucketing.unwrap();
    assert_eq!((share.from, share.to, share.total), (0, 500, 10_000));
    assert!(share.bucket < 500);
    let unknown = explain(json!({ "flag": "nope" }));
    assert_eq!(
        (unknown.status, unknown.json()["errorCode"].as_str()),
        (200, Some("FLAG_NOT_FOUND"))
    );
    assert_eq!(explain(json!({ "flag": FLAG, "context": [] })).status, 422);
    assert_eq!(
        running
            .post(
                "/api/v1/environments/nowhere/explain",
                json!({ "flag": FLAG })
            )
            .status,
        404
    );
}

#[test]
fn what_leaves_the_bundle_as_it_was_leaves_its_tag() {
    let running = Running::open();
    let before = bundle(&running, "identity", None).header("etag");
    let declared = running
        .call("PUT", "/api/v1/environments/staging")
        .token(&running.admin)
        .json(json!({}))
        .send();
    assert_eq!(declared.status, 200, "{}", declared.text);
    assert_eq!(
        bundle(&running, "identity", Some(&before)).status,
        304,
        "another environment is another bundle"
    );
}

fn evaluate(running: &Running, token: &str, flag: &str, body: &str) -> Answer {
    let call = running.call("POST", &format!("{EVALUATE}/{flag}"));
    call.token(token).body(body).send()
}

#[test]
fn ofrep_answers_by_the_book() {
    let running = Running::open();
    let (inside, outside) = inside_and_outside();
    let ask = |flag: &str, key: &str| {
        let body = json!({ "context": { "targetingKey": key } }).to_string();
        evaluate(&running, &running.server, flag, &body)
    };
    for (key, value, variant) in [(&inside, true, "on"), (&outside, false, "off")] {
        let answer = ask(FLAG, key);
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        assert_eq!(answer["key"], FLAG);
        assert_eq!(answer["value"], json!(value), "{key}");
        assert_eq!(answer["variant"], variant);
        assert_eq!(answer["reason"], "SPLIT");
    }
    // Clients do not encode keys.
    let route = ask("prompt:explain_refund", &inside).json();
    assert_eq!(route["value"], "1.0.0");
    let dark = ask("prompt:explain_refund", &outside);
    assert_eq!(dark.status, 200, "{}", dark.text);
    assert_eq!(
        dark.json().get("value"),
        None,
        "nothing is live: {}",
        dark.text
    );
    let unknown = ask("a/flag/nobody/knows", &inside);
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["errorCode"], "FLAG_NOT_FOUND");
    assert_eq!(unknown.json()["key"], "a/flag/nobody/knows");
    let keyless = evaluate(&running, &running.server, FLAG, "");
    assert_eq!(
        (keyless.status, &keyless.json()["value"]),
        (200, &json!(false))
    );
    for body in ["{\"context\": 5}", "{", "[[[[", "null"] {
        let broken = evaluate(&running, &running.server, FLAG, body);
        assert_eq!(broken.status, 400, "{body}: {}", broken.text);
        assert_eq!(broken.json()["errorCode"], "INVALID_CONTEXT", "{body}");
    }
}

#[test]
fn a_browser_key_sees_only_what_is_for_clients() {
    let running = Running::open();
    let write = |key: &str, client: bool| {
        let definition = json!({
            "state": "ENABLED", "variants": { "a": "x", "b": "y" }, "defaultVariant": "a"
        });
        let path = format!("/api/v1/environments/production/flags/{key}");
        let call = running.call("PUT", &path).token(&running.admin);
        let body = json!({ "definition": definition, "client": client });
        let answer = call.json(body).send();
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    write("banner", true);
    write("secret", false);
    let keys = |answer: Answer| -> Vec<String> {
        let flags = answer.json()["flags"].clone();
        match flags {
            Value::Array(flags) => flags
                .iter()
                .map(|flag| flag["key"].as_str().unwrap().to_string())
                .collect(),
            Value::Object(flags) => flags.keys().cloned().collect(),
            other => panic!("{other}"),
        }
    };
    let bulk = |token: &str| {
        let call = running.call("POST", EVALUATE).token(token);
        keys(call.json(json!({ "context": {} })).send())
    };
    let client = running
        .call("GET", &format!("{BUNDLE}/client"))
        .token(&running.browser);
    let mut shown = bulk(&running.browser);
    shown.sort();
    assert!(shown.contains(&"banner".into()) && !shown.contains(&"secret".into()));
    let mut loaded = keys(client.send());
    loaded.sort();
    assert_eq!(shown, loaded);
    assert!(bulk(&running.server).contains(&"secret".into()));
    let hidden = evaluate(&running, &running.browser, "secret", "{}");
    assert_eq!(hidden.status, 404);
    let whole = running.call("GET", BUNDLE).token(&running.browser).send();
    let problem = whole.problem("the whole bundle");
    assert_eq!(problem.status, 403);
    assert!(problem.fix.contains("/bundle/client"), "{problem:?}");
}

#[test]
fn other_pages_may_evaluate_and_nothing_else() {
    let running = Running::open();
    let preflight = |path: &str| {
        let call = running.call("OPTIONS", path);
        let call = call.header("origin", "https://shop.example");
        call.header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
            .send()
    };
    for path in [EVALUATE, STREAM, BUNDLE, &format!("{EVALUATE}/{FLAG}")] {
        let answer = preflight(path);
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        let headers = answer.header("access-control-allow-headers").to_lowercase();
        for name in [
            "authorization",
            "x-api-key",
            "if-none-match",
            "content-type",
            "last-event-id",
        ] {
            assert!(headers.contains(name), "{path}: {headers}");
        }
    }
    // A page must be able to read why it was refused, too.
    let refused = running.call("POST", EVALUATE).json(json!({})).send();
    assert_eq!(refused.problem("no key").status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    let call = running.call("POST", EVALUATE).token(&running.browser);
    for answer in [
        bundle(&running, "identity", None),
        call.json(json!({})).send(),
    ] {
        assert_ne!(answer.header("etag"), "");
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.contains("ETag"), "{exposed}");
    }
    for path in ["/api/v1/workspace", "/api/v1/session", FLAG_PATH] {
        let answer = preflight(path);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[test]
fn without_an_app_the_page_says_how_to_build_it() {
    let running = Running::start();
    for path in ["/", "/environments/production/releases/x.y"] {
        let page = running.call("GET", path).send();
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("cargo xtask web"), "{}", page.text);
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"));
    }
}
