//! Races: one of two managers wins, contain has the last word, a request with an id is carried out once; and a restart
//! finds everything.

use crate::common::{FLAG_PATH, Running};
use flaghoist_core::api::Decided;
use flaghoist_core::name::Revision;
use flaghoist_core::release::Event;
use flaghoist_core::value::Value;
use flaghoist_core::workspace::Workspace;
use serde_json::json;
use std::sync::Barrier;
use std::thread;

#[test]
fn of_two_managers_one_wins_and_the_other_hears_what_changed() {
    let running = Running::open();
    for round in 0..10u16 {
        let epoch = running.flag().0;
        let barrier = Barrier::new(2);
        let targets = [1_000 + round * 10, 1_001 + round * 10];
        let answers = thread::scope(|scope| {
            let race = targets.map(|to| {
                let (running, barrier) = (&running, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    running.raise(to, epoch)
                })
            });
            race.map(|thread| thread.join().unwrap())
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(
            (won.len(), lost.len()),
            (1, 1),
            "round {round}: {answers:?}"
        );
        let problem = lost[0].problem("the loser");
        assert_eq!(problem.status, 409);
        let told = problem.refusals.iter().any(|report| {
            let what = report.fields["what"].as_str().unwrap();
            let expected = Value::from(epoch.get() as i64);
            report.code == "epoch_moved"
                && report.fields["expected"] == expected
                && what.contains("raised")
        });
        assert!(told, "{problem:?}");
    }
}

#[test]
fn contain_has_the_last_word() {
    let running = Running::open();
    for round in 0..10 {
        if running.flag().2 {
            let body = json!({ "reason": "the next round" });
            assert_eq!(
                running.post(&format!("{FLAG_PATH}/clear"), body).status,
                200
            );
        }
        let barrier = Barrier::new(3);
        thread::scope(|scope| {
            for client in 0..2u16 {
                let (running, barrier) = (&running, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for step in 0..8 {
                        let (epoch, exposure, _) = running.flag();
                        let _ = running.raise((exposure + 1 + client + step).min(10_000), epoch);
                    }
                });
            }
            barrier.wait();
            let body = json!({ "reason": "a race" });
            let contained = running.post(&format!("{FLAG_PATH}/contain"), body);
            assert_eq!(contained.status, 200, "contain is never refused");
            let decided: Decided = contained.parsed();
            assert!(matches!(decided.events[..], [Event::Contained { .. }]));
        });
        let (_, exposure, latched) = running.flag();
        assert_eq!((exposure, latched), (0, true), "round {round}");
    }
}

#[test]
fn a_request_with_an_id_is_carried_out_once() {
    let running = Running::open();
    let epoch = running.flag().0;
    let send = |to: u16, id: &str| {
        let call = running.call("POST", &format!("{FLAG_PATH}/raise"));
        let call = call.token(&running.admin).header("idempotency-key", id);
        call.json(json!({ "to": to, "epoch": epoch })).send()
    };
    let answers: Vec<Decided> = thread::scope(|scope| {
        let sent: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| send(2_500, "push")))
            .collect();
        sent.into_iter()
            .map(|thread| thread.join().unwrap().parsed())
            .collect()
    });
    let first = &answers[0];
    assert!(!first.events.is_empty());
    assert!(answers.iter().all(|answer| answer == first), "{answers:?}");
    let carried = running.entries();
    let carried = carried.iter().filter(|entry| {
        let id = entry.request.as_ref();
        id.is_some_and(|id| id.as_str() == "push")
    });
    assert_eq!(carried.count(), 1);
    assert_eq!(running.raise(5_000, running.flag().0).status, 200);
    let late: Decided = send(2_500, "push").parsed();
    assert_eq!(&late, first, "however much happened since");
    let other = send(6_000, "push").problem("the same id for something else");
    assert_eq!(other.status, 422);
    assert!(other.kind.ends_with("idempotency-key-reused"), "{other:?}");
    assert_eq!(running.flag().1, 5_000);
}

#[test]
fn a_restart_finds_the_state_sessions_and_keys() {
    let mut running = Running::open();
    let cookie = running.cookie();
    for to in [1_000, 3_000, 2_000] {
        let body = json!({ "to": to, "epoch": running.flag().0 });
        let verb = if to == 2_000 { "lower" } else { "raise" };
        let body = if verb == "lower" {
            json!({ "to": to })
        } else {
            body
        };
        let done = running.post(&format!("{FLAG_PATH}/{verb}"), body);
        assert_eq!(done.status, 200, "{}", done.text);
    }
    let (state, entries) = (running.workspace(), running.entries());
    running.restart();
    assert_eq!(running.workspace(), state);
    assert_eq!(running.entries(), entries);
    let mut folded = Workspace::new(state.ledger().clone());
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(entry.revision, Revision::new(index as u64 + 1), "no gap");
        folded.apply(entry);
    }
    assert_eq!(folded, state, "the state is the fold of the ledger");
    let session = running.call("GET", "/api/v1/workspace");
    assert_eq!(session.header("cookie", cookie).send().status, 200);
}
