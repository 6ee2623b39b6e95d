//! Who may what: every operation, by every kind of caller.

use crate::common::{PASSWORD, Running};
use flaghoist_core::api::*;
use serde_json::json;

/// What an operation takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// Nobody in particular.
    Anybody,
    /// A person or an admin key.
    Admin,
    /// That, or a server evaluation key.
    WholeEvaluation,
    /// That, or a browser evaluation key.
    Evaluation,
}

const CALLERS: [&str; 6] = [
    "nobody",
    "stale cookie",
    "browser key",
    "server key",
    "admin key",
    "person",
];

/// 401, 403, or `None` where the caller is let in.
fn refusal(takes: Takes, caller: &str) -> Option<u16> {
    match (takes, caller) {
        (Takes::Anybody, _) | (_, "admin key" | "person") => None,
        (_, "nobody" | "stale cookie") => Some(401),
        (Takes::Admin, _) | (Takes::WholeEvaluation, "browser key") => Some(403),
        _ => None,
    }
}

fn operation<E: Endpoint>(takes: Takes) -> (&'static str, String, Takes) {
    let method = match E::METHOD {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    };
    let arguments: &[&str] = if E::PATH.contains("{name}") {
        &["unknown"]
    } else {
        &["production", "unknown"]
    };
    (method, E::path(arguments), takes)
}

fn operations() -> Vec<(&'static str, String, Takes)> {
    let evaluate = "/ofrep/v1/evaluate/flags";
    vec![
        ("GET", "/healthz".into(), Takes::Anybody),
        ("GET", "/readyz".into(), Takes::Anybody),
        ("GET", "/".into(), Takes::Anybody),
        operation::<GetSession>(Takes::Anybody),
        operation::<PostSession>(Takes::Anybody),
        operation::<PostKey>(Takes::Admin),
        operation::<GetKeys>(Takes::Admin),
        operation::<DeleteKey>(Takes::Admin),
        operation::<GetWorkspace>(Takes::Admin),
        operation::<GetLedger>(Takes::Admin),
        operation::<GetLedgerStream>(Takes::Admin),
        operation::<PutEnvironment>(Takes::Admin),
        operation::<PostPlan>(Takes::Admin),
        operation::<PostObservation>(Takes::Admin),
        operation::<PostRaise>(Takes::Admin),
        operation::<PostLower>(Takes::Admin),
        operation::<PostContain>(Takes::Admin),
        operation::<PostClear>(Takes::Admin),
        operation::<PutFlag>(Takes::Admin),
        operation::<GetBundle>(Takes::WholeEvaluation),
        operation::<GetClientBundle>(Takes::Evaluation),
        operation::<GetBundleStream>(Takes::Evaluation),
        operation::<PostExplain>(Takes::WholeEvaluation),
        ("GET", "/ofrep/v1/stream".into(), Takes::Evaluation),
        ("POST", evaluate.into(), Takes::Evaluation),
        ("POST", format!("{evaluate}/unknown"), Takes::Evaluation),
    ]
}

#[test]
fn every_operation_by_every_caller() {
    let running = Running::open();
    let cookie = running.cookie();
    let before = running.entries().len();
    for (method, path, takes) in operations() {
        for caller in CALLERS {
            let call = running.call(method, &path);
            let call = match caller {
                "nobody" => call,
                "stale cookie" => call.header("cookie", "flaghoist_session=00"),
                "browser key" => call.token(&running.browser),
                // The other way to send a key.
                "server key" => call.header("x-api-key", running.server.clone()),
                "admin key" => call.token(&running.admin),
                _ => call.header("cookie", cookie.clone()),
            };
            // What no command takes, so that nothing changes; OFREP takes any object.
            let call = match method {
                "GET" | "DELETE" => call,
                _ => call.json(json!({ "nothing": 1 })),
            };
            let what = format!("{caller}: {method} {path}");
            let response = call.clone().begin();
            let status = response.status().as_u16();
            drop(response);
            match refusal(takes, caller) {
                Some(expected) => {
                    assert_eq!(status, expected, "{what}");
                    let answer = call.send();
                    answer.problem(&what);
                    if caller == "stale cookie" {
                        assert!(
                            answer.header("set-cookie").contains("Max-Age=0"),
                            "{what}: the browser forgets it"
                        );
                    }
                }
                None => assert!(!matches!(status, 401 | 403 | 500..), "{what}: {status}"),
            }
        }
    }
    // Declaring an environment is the one write here whose body may be empty of meaning, and it is refused for its key.
    assert_eq!(running.entries().len(), before, "nothing changed");
}

#[test]
fn a_key_is_for_its_environment() {
    let running = Running::open();
    let declared = running
        .call("PUT", "/api/v1/environments/staging")
        .token(&running.admin)
        .json(json!({}))
        .send();
    assert_eq!(declared.status, 200, "{}", declared.text);
    for path in ["bundle", "bundle/client", "bundle/stream"] {
        let path = format!("/api/v1/environments/staging/{path}");
        let foreign = running.call("GET", &path).token(&running.server).send();
        assert_eq!(foreign.problem(&path).status, 403, "{path}");
    }
    let evaluate = |token: &str, environment: Option<&str>| {
        let call = running
            .call("POST", "/ofrep/v1/evaluate/flags")
            .token(token)
            .json(json!({ "context": {} }));
        match environment {
            Some(name) => call.header("flaghoist-environment", name).send(),
            None => call.send(),
        }
    };
    assert_eq!(
        evaluate(&running.server, None).status,
        200,
        "the key says which"
    );
    assert_eq!(
        evaluate(&running.admin, None)
            .problem("which of two?")
            .status,
        404
    );
    assert_eq!(evaluate(&running.admin, Some("staging")).status, 200);
    assert_eq!(evaluate(&running.admin, Some("nowhere")).status, 404);
}

#[test]
fn an_ended_key_and_an_ended_session_are_good_for_nothing() {
    let running = Running::open();
    let made = running.post("/api/v1/keys", json!({ "name": "second", "kind": "admin" }));
    let key: NewKey = made.parsed();
    assert!(key.token.starts_with("fh_admin_"), "{}", key.token);
    let again = running.post("/api/v1/keys", json!({ "name": "second", "kind": "admin" }));
    assert_eq!(again.problem("the same name").status, 409);
    let listed = running.get("/api/v1/keys").text;
    assert!(
        listed.contains("second") && !listed.contains(&key.token),
        "no secrets: {listed}"
    );
    let by_key = || {
        let call = running.call("GET", "/api/v1/workspace");
        call.header("authorization", format!("bearer {}", key.token))
            .send()
    };
    assert_eq!(by_key().status, 200, "the scheme in lower case");
    let end = || {
        let call = running.call("DELETE", "/api/v1/keys/second");
        call.token(&running.admin).send()
    };
    assert_eq!(end().status, 204);
    assert_eq!(end().problem("twice").status, 404);
    assert_eq!(by_key().problem("an ended key").status, 401);

    let cookie = running.cookie();
    let by_cookie = |method: &str, path: &str| {
        running
            .call(method, path)
            .header("cookie", cookie.clone())
            .send()
    };
    let session: Option<Session> = by_cookie("GET", "/api/v1/session").parsed();
    assert_eq!(session.unwrap().user.as_str(), "asha");
    assert_eq!(by_cookie("DELETE", "/api/v1/session").status, 204);
    let session: Option<Session> = by_cookie("GET", "/api/v1/session").parsed();
    assert_eq!(session, None);
    let ended = by_cookie("GET", "/api/v1/workspace");
    assert_eq!(ended.problem("an ended session").status, 401);
}

#[test]
fn what_another_site_sends_is_refused() {
    let running = Running::open();
    let cookie = running.cookie();
    let own = running.url.clone();
    let sign_in = json!({ "user": "asha", "password": PASSWORD });
    let lower = json!({ "to": 10_000 });
    let cases = [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("origin", "https://elsewhere.example", 403),
        ("origin", "null", 403),
        ("origin", own.as_str(), 200),
    ];
    for (name, value, status) in cases {
        let path = format!("{}/lower", crate::common::FLAG_PATH);
        let command = running.call("POST", &path).header("cookie", cookie.clone());
        let command = command.header(name, value).json(lower.clone()).send();
        assert_eq!(command.status, status, "{name}: {value}: {}", command.text);
        let entrance = running.call("POST", "/api/v1/session").header(name, value);
        let entrance = entrance.json(sign_in.clone()).send();
        assert_eq!(entrance.status, status, "signing in, {name}: {value}");
    }
}

#[test]
fn wrong_passwords_are_slowed_down_and_tell_nothing() {
    let running = Running::start();
    let attempt = |user: &str, password: &str| {
        let body = json!({ "user": user, "password": password });
        running.call("POST", "/api/v1/session").json(body).send()
    };
    let wrong = attempt("asha", "wrong password").problem("a wrong password");
    let unknown = attempt("nobody-known", "wrong password").problem("an unknown user");
    assert_eq!(wrong, unknown);
    assert_eq!(attempt("asha", PASSWORD).status, 200);
    for _ in 0..10 {
        assert_eq!(attempt("asha", "wrong password").status, 401);
    }
    let slowed = attempt("asha", PASSWORD);
    assert_eq!(slowed.problem("too many").status, 429);
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() > 0);
}
