//! Streams: nothing missed, nothing twice, from wherever the caller is, for as long as the caller may.

use crate::common::{BUNDLE, Call, FLAG_PATH, Running};
use flaghoist_core::api::{BundleRevision, Endpoint, GetLedgerStream};
use flaghoist_core::release::Entry;
use serde_json::json;
use std::io::{BufRead, BufReader, ErrorKind, Lines};
use std::thread;
use ureq::BodyReader;

/// A server-sent event.
pub struct Event {
    pub id: String,
    pub kind: String,
    pub data: String,
}

impl Event {
    fn number(&self) -> u64 {
        self.id.parse().unwrap()
    }
}

pub struct Events(Lines<BufReader<BodyReader<'static>>>);

impl Events {
    pub fn open(call: Call) -> Self {
        let response = call.begin();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut events = Self(BufReader::new(response.into_body().into_reader()).lines());
        // The first block only says that the stream is open.
        while events.0.next().unwrap().unwrap() != "" {}
        events
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let mut event = Event {
            id: String::new(),
            kind: String::new(),
            data: String::new(),
        };
        loop {
            let line = match self.0.next()? {
                Ok(line) => line,
                Err(error) => {
                    assert_ne!(error.kind(), ErrorKind::TimedOut, "nothing comes: {error}");
                    return None;
                }
            };
            match line.split_once(':') {
                Some(("id", id)) => event.id = id.trim().into(),
                Some(("event", kind)) => event.kind = kind.trim().into(),
                Some(("data", data)) => event.data = data.trim_start().into(),
                // A comment that keeps the connection alive.
                Some(("", _)) => {}
                None if !event.data.is_empty() => return Some(event),
                _ => {}
            }
        }
    }
}

fn follow(running: &Running, since: u64) -> Call {
    let path = format!("{}?since={since}", GetLedgerStream::PATH);
    running.call("GET", &path).token(&running.admin)
}

#[test]
fn a_follower_sees_the_ledger_once_and_whole() {
    const MORE: u64 = 300;
    let running = Running::open();
    let begun = running.entries().len() as u64;
    let end = begun + MORE;
    thread::scope(|scope| {
        // From the start, from the middle, from a head that is not yet there; one that hangs up and comes back.
        let followers: Vec<_> = [0, 3, begun, begun + 100]
            .map(|since| {
                let running = &running;
                scope.spawn(move || {
                    let mut seen = Vec::new();
                    let mut at = since;
                    while at < end {
                        let patience = if since == 3 { 50 } else { usize::MAX };
                        // Browsers say where they were; it goes before what the address says.
                        let call = follow(running, since).header("last-event-id", at.to_string());
                        for event in Events::open(call).take(patience) {
                            assert_eq!(event.kind, "entry");
                            assert_eq!(event.number(), at + 1, "the next one, from {since}");
                            let entry: Entry = serde_json::from_str(&event.data).unwrap();
                            at = event.number();
                            assert_eq!(entry.revision.get(), at);
                            seen.push(entry);
                            if at == end {
                                break;
                            }
                        }
                    }
                    (since, seen)
                })
            })
            .into_iter()
            .collect();
        for step in 0..MORE {
            let path = "/api/v1/environments/production";
            let call = running.call("PUT", path).token(&running.admin);
            let declared = call.json(json!({ "population": 1_000 + step })).send();
            assert_eq!(declared.status, 200, "{}", declared.text);
        }
        let entries = running.entries();
        assert_eq!(entries.len() as u64, end);
        for follower in followers {
            let (since, seen) = follower.join().unwrap();
            assert_eq!(seen, entries[since as usize..], "from {since}");
        }
    });
}

#[test]
fn a_bundle_stream_tells_each_new_revision() {
    let running = Running::open();
    let call = running.call("GET", &format!("{BUNDLE}/stream"));
    let mut events = Events::open(call.token(&running.browser));
    let mut next = || {
        let event = events.next().unwrap();
        assert_eq!(event.kind, "revision");
        let news: BundleRevision = serde_json::from_str(&event.data).unwrap();
        assert_eq!(news.revision.get(), event.number());
        news
    };
    let first = next();
    assert_eq!(&first.ledger, running.workspace().ledger());
    for to in [1_000, 2_000] {
        assert_eq!(running.raise(to, running.flag().0).status, 200);
        assert_eq!(next().revision, running.flag().0);
    }
    let contained = running.post(&format!("{FLAG_PATH}/contain"), json!({}));
    assert_eq!(contained.status, 200);
    assert_eq!(next().revision, running.flag().0);
}

#[test]
fn a_stream_ends_with_its_key_and_no_other() {
    let running = Running::open();
    let make = |name: &str, kind: &str, environment: Option<&str>| {
        let body = json!({ "name": name, "kind": kind, "environment": environment });
        let made = running.post("/api/v1/keys", body);
        assert_eq!(made.status, 200, "{}", made.text);
        made.json()["token"].as_str().unwrap().to_string()
    };
    let admin = make("passing-admin", "admin", None);
    let edge = make("passing-edge", "server_evaluation", Some("production"));
    let head = running.entries().len() as u64;
    let path = format!("{}?since={head}", GetLedgerStream::PATH);
    let mut ledger = Events::open(running.call("GET", &path).token(&admin));
    let bundle = running.call("GET", &format!("{BUNDLE}/stream"));
    let mut bundle = Events::open(bundle.token(&edge));
    let mut staying = Events::open(follow(&running, head));
    assert!(bundle.next().is_some());
    for name in ["passing-admin", "passing-edge"] {
        let call = running.call("DELETE", &format!("/api/v1/keys/{name}"));
        assert_eq!(call.token(&running.admin).send().status, 204);
    }
    assert!(ledger.next().is_none(), "it ended");
    assert!(bundle.next().is_none(), "it ended");
    assert_eq!(running.raise(1_000, running.flag().0).status, 200);
    assert_eq!(
        staying.next().unwrap().number(),
        head + 1,
        "this one goes on"
    );
}

#[test]
fn a_stop_ends_streams() {
    let mut running = Running::open();
    let head = running.entries().len() as u64;
    let mut events = Events::open(follow(&running, head));
    running.stop();
    assert!(events.next().is_none());
}
