//! OFREP's event streams: who may listen, with what, for how long, and that no change is missed.

use crate::common::{Answer, BUNDLE, Call, FLAG_PATH, Running};
use crate::streams::{Event, Events};
use serde_json::{Value, json};

const EVALUATE: &str = "/ofrep/v1/evaluate/flags";
const STREAM: &str = "/ofrep/v1/stream";

fn bulk(running: &Running, token: &str) -> Answer {
    let call = running.call("POST", EVALUATE).token(token);
    let answer = call
        .json(json!({ "context": { "targetingKey": "a" } }))
        .send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

/// The address of the only stream that an answer offers.
fn offered(answer: &Answer) -> String {
    let streams = answer.json()["eventStreams"].clone();
    let [stream] = streams.as_array().unwrap().as_slice() else {
        panic!("{streams}");
    };
    assert_eq!(stream["type"], "sse");
    assert!(stream.get("url").is_none(), "exactly one of both: {stream}");
    let endpoint = stream["endpoint"].as_object().unwrap();
    // An empty origin breaks clients, a missing one is the server's own.
    assert_eq!(endpoint.keys().collect::<Vec<_>>(), ["requestUri"]);
    let address = endpoint["requestUri"].as_str().unwrap();
    assert!(address.starts_with(&format!("{STREAM}?")), "{address}");
    address.into()
}

/// As a browser opens it: with nothing but the address.
fn listen(running: &Running, address: &str) -> Call {
    running.call("GET", address)
}

/// An event as the protocol has it; the digest it tells.
fn refetch(event: Option<Event>) -> String {
    let event = event.unwrap();
    assert_eq!(event.kind, "message");
    let data: Value = serde_json::from_str(&event.data).unwrap();
    assert_eq!(
        data,
        json!({ "type": "refetchEvaluation", "etag": event.id })
    );
    event.id
}

fn contain(running: &Running) {
    let contained = running.post(&format!("{FLAG_PATH}/contain"), json!({}));
    assert_eq!(contained.status, 200, "{}", contained.text);
}

fn raise(running: &Running, to: u16) {
    let raised = running.raise(to, running.flag().0);
    assert_eq!(raised.status, 200, "{}", raised.text);
}

fn declare_staging(running: &Running) {
    let call = running.call("PUT", "/api/v1/environments/staging");
    let declared = call.token(&running.admin).json(json!({})).send();
    assert_eq!(declared.status, 200, "{}", declared.text);
}

fn make_key(running: &Running, name: &str) -> String {
    let body = json!({ "name": name, "kind": "browser_evaluation", "environment": "production" });
    let made = running.post("/api/v1/keys", body);
    assert_eq!(made.status, 200, "{}", made.text);
    made.json()["token"].as_str().unwrap().to_string()
}

fn end_key(running: &Running, name: &str) {
    let call = running.call("DELETE", &format!("/api/v1/keys/{name}"));
    assert_eq!(call.token(&running.admin).send().status, 204);
}

#[test]
fn each_change_is_told_and_nothing_else() {
    let running = Running::open();
    for token in [&running.browser, &running.server] {
        let mut known = bulk(&running, token);
        let mut events = Events::open(listen(&running, &offered(&known)));
        let steps: [&dyn Fn(); 2] = [&|| raise(&running, running.flag().1 + 100), &|| {
            declare_staging(&running);
            raise(&running, running.flag().1 + 100);
        }];
        for step in steps {
            step();
            let digest = refetch(events.next());
            let call = running.call("POST", &format!("{EVALUATE}?flagConfigEtag={digest}"));
            let call = call
                .token(token)
                .header("if-none-match", known.header("etag"));
            let again = call
                .json(json!({ "context": { "targetingKey": "a" } }))
                .send();
            assert_eq!(again.status, 200, "something changed");
            // The event of a change in another environment would tell what was here before.
            let now = format!("\"{digest}-");
            assert!(again.header("etag").starts_with(&now), "{}", again.text);
            known = again;
        }
    }
    let mut events = Events::open(listen(
        &running,
        &offered(&bulk(&running, &running.browser)),
    ));
    contain(&running);
    refetch(events.next());
}

#[test]
fn a_change_between_answer_and_stream_is_told() {
    let running = Running::open();
    let before = offered(&bulk(&running, &running.browser));
    raise(&running, 1_000);
    let missed = refetch(Events::open(listen(&running, &before)).next());
    let after = bulk(&running, &running.browser);
    assert!(after.header("etag").contains(&missed));
    // A client that lost its stream says where it was: that goes before what the address says.
    let back = listen(&running, &before).header("last-event-id", &missed);
    let mut events = Events::open(back);
    contain(&running);
    let contained = refetch(events.next());
    assert_ne!(contained, missed, "what it had is not told again");
    let late = listen(&running, &before).header("last-event-id", &missed);
    assert_eq!(refetch(Events::open(late).next()), contained);
}

#[test]
fn a_ticket_opens_its_stream_and_nothing_else() {
    let running = Running::open();
    let answer = bulk(&running, &running.server);
    assert!(!answer.text.contains(&running.server), "never the key");
    let address = offered(&answer);
    let ticket = address.split(['=', '&']).nth(1).unwrap();
    assert!(address.contains(&format!("ticket={ticket}&")), "{address}");
    for path in [EVALUATE, BUNDLE, "/api/v1/workspace", STREAM] {
        let method = if path == EVALUATE { "POST" } else { "GET" };
        for call in [
            running.call(method, path).token(ticket),
            running.call(method, path).header("x-api-key", ticket),
            running
                .call(method, path)
                .header("cookie", format!("flaghoist_session={ticket}")),
            running.call(method, &format!("{path}?token={ticket}")),
        ] {
            assert_eq!(call.send().problem(path).status, 401, "{path}");
        }
        if path != STREAM {
            let call = running.call(method, &format!("{path}?ticket={ticket}"));
            assert_eq!(call.send().problem(path).status, 401, "{path}");
        }
    }
    let parts: Vec<&str> = ticket.split('~').collect();
    let [key, environment, end, proof] = parts.as_slice() else {
        panic!("{ticket}");
    };
    let later: u64 = end.parse().unwrap();
    for forged in [
        format!("{key}~{environment}~{}~{proof}", later + 3600),
        format!("{key}~staging~{end}~{proof}"),
        format!("ci~{environment}~{end}~{proof}"),
        format!("nobody~{environment}~{end}~{proof}"),
        format!("{key}~{environment}~{end}~"),
        format!("{key}~{environment}~{end}~{}", "0".repeat(64)),
        format!("{key}~{environment}~0~{proof}"),
        String::new(),
        "%00".into(),
        running.server.clone(),
    ] {
        let refused = listen(&running, &format!("{STREAM}?ticket={forged}")).send();
        let problem = refused.problem(&forged);
        assert_eq!(problem.status, 401, "{forged}");
        assert!(!refused.text.contains(*proof), "{}", refused.text);
    }
    // A ticket that is bad is not made good by a key beside it: clients must hear of it.
    let both = listen(&running, &format!("{STREAM}?ticket=x")).token(&running.server);
    assert_eq!(both.send().status, 401);
    let origin = listen(&running, &address).header("origin", "https://shop.example");
    let response = origin.begin();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["cache-control"], "no-cache");
}

#[test]
fn a_stream_ends_with_its_key_and_its_tickets_too() {
    let running = Running::open();
    let token = make_key(&running, "passing");
    let address = offered(&bulk(&running, &token));
    let mut ending = Events::open(listen(&running, &address));
    let mut by_header = Events::open(listen(&running, STREAM).token(&token));
    let mut staying = Events::open(listen(
        &running,
        &offered(&bulk(&running, &running.browser)),
    ));
    end_key(&running, "passing");
    assert!(ending.next().is_none(), "it ended");
    assert!(by_header.next().is_none(), "it ended");
    raise(&running, 1_000);
    refetch(staying.next());
    let refused = listen(&running, &address).send();
    assert_eq!(refused.problem("an ended key").status, 401);
    // Another key of the same name is another key.
    make_key(&running, "passing");
    assert_eq!(listen(&running, &address).send().status, 401);
}

#[test]
fn a_ticket_outlives_a_restart() {
    let mut running = Running::open();
    let answer = bulk(&running, &running.browser);
    let mut events = Events::open(listen(&running, &offered(&answer)));
    running.restart();
    assert!(events.next().is_none(), "a stop ends streams");
    let again = running.call("POST", EVALUATE).token(&running.browser);
    let again = again.header("if-none-match", answer.header("etag"));
    let again = again
        .json(json!({ "context": { "targetingKey": "a" } }))
        .send();
    assert_eq!(again.status, 304, "it keeps what it was offered");
    let mut events = Events::open(listen(&running, &offered(&answer)));
    contain(&running);
    refetch(events.next());
}

#[test]
fn a_ticket_is_for_one_environment() {
    let running = Running::open();
    declare_staging(&running);
    let ask = |environment: &str| {
        let call = running.call("POST", EVALUATE).token(&running.admin);
        let call = call.header("flaghoist-environment", environment);
        offered(&call.json(json!({})).send())
    };
    let mut production = Events::open(listen(&running, &ask("production")));
    // What the ticket says, no header changes.
    let staging = listen(&running, &ask("staging"));
    let mut staging = Events::open(staging.header("flaghoist-environment", "production"));
    raise(&running, 1_000);
    refetch(production.next());
    let definition = json!({
        "state": "ENABLED", "variants": { "a": "x" }, "defaultVariant": "a"
    });
    let call = running.call("PUT", "/api/v1/environments/staging/flags/banner");
    let written = call
        .token(&running.admin)
        .json(json!({ "definition": definition }))
        .send();
    assert_eq!(written.status, 200, "{}", written.text);
    let told = refetch(staging.next());
    let call = running.call("POST", EVALUATE).token(&running.admin);
    let call = call.header("flaghoist-environment", "staging");
    let tag = call.json(json!({})).send().header("etag");
    assert!(tag.contains(&told), "the first it hears is staging's");
}

#[test]
fn a_person_is_offered_no_ticket() {
    let running = Running::open();
    let call = running
        .call("POST", EVALUATE)
        .header("cookie", running.cookie());
    let answer = call.json(json!({})).send();
    assert_eq!(answer.status, 200);
    assert!(
        answer.json().get("eventStreams").is_none(),
        "{}",
        answer.text
    );
    let call = listen(&running, STREAM).header("cookie", running.cookie());
    let mut events = Events::open(call);
    raise(&running, 1_000);
    refetch(events.next());
}
