//! What races and kills must not break: acknowledged is kept, revisions have no gap, one of two managers wins, and
//! contain always has the last word. On the real binary with a real SQLite file.

#![cfg(feature = "e2e")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what keeps a test from running fails it"
)]

use flaghoist_core::api::{
    Decided, Endpoint, EntryPage, GetLedger, GetWorkspace, PostClear, PostContain, PostLower,
    PostRaise, Problem,
};
use flaghoist_core::name::Revision;
use flaghoist_core::release::Event;
use flaghoist_core::workspace::Workspace;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Instant;

const FLAG: [&str; 2] = ["production", "refund_explanation_v1"];
const CHAPTER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/refund_explanation/chapter.yaml"
);
const PINS: [&str; 3] = [
    "prompt:explain_refund@1.0.0",
    "tool:lookup_refund_eligibility@1.0.0",
    "retrieval_index:refund_policies@2026-05-20",
];

/// The binary under test, as a running server; killed when dropped.
struct Server {
    process: Child,
    url: String,
    token: String,
    folder: tempfile::TempDir,
}

impl Server {
    /// Started, with the chapter's release open at 5 %.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (process, url) = launch(&folder.path().join("flaghoist.db"));
        let mut server = Self {
            process,
            url,
            token: String::new(),
            folder,
        };
        let database = server.database().display().to_string();
        let create = [
            "token",
            "create",
            "--name",
            "ci",
            "--kind",
            "admin",
            "--user",
            "asha",
            "--database",
            &database,
        ];
        server.token = server.cli(&create).trim().to_string();
        server.cli(&["apply", CHAPTER]);
        for pin in PINS {
            server.cli(&["observe", pin]);
        }
        server
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("flaghoist.db")
    }

    fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new(binary())
            .args(arguments)
            .env("FLAGHOIST_SERVER", &self.url)
            .env("FLAGHOIST_TOKEN", &self.token)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Kills the process without a word and starts another on the same file.
    fn crash(&mut self) {
        // `Child::kill` is SIGKILL.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        (self.process, self.url) = launch(&self.database());
    }

    fn caller(&self) -> Caller {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        Caller {
            agent: config.into(),
            url: self.url.clone(),
            token: self.token.clone(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> PathBuf {
    std::env::var_os("FLAGHOIST_BIN")
        .map(PathBuf::from)
        .expect("FLAGHOIST_BIN: run `cargo xtask test`")
}

fn launch(database: &Path) -> (Child, String) {
    let mut process = Command::new(binary())
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--user",
            "asha",
            "--database",
        ])
        .arg(database)
        .env("FLAGHOIST_PASSWORD", "correct horse battery")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = |line: String| line.strip_prefix("listening on ").map(str::to_string);
    let url = lines
        .by_ref()
        .find_map(|line| address(line.unwrap()))
        .expect("the server listens");
    // Read on, so that the server never waits for a full pipe.
    thread::spawn(move || lines.for_each(drop));
    (process, url)
}

/// One client.
#[derive(Clone)]
struct Caller {
    agent: ureq::Agent,
    url: String,
    token: String,
}

impl Caller {
    /// Calls an operation: `Ok` what it answered, `Err(Some)` its problem, `Err(None)` no answer at all.
    fn call<E: Endpoint>(
        &self,
        arguments: &[&str],
        body: Value,
    ) -> Result<E::Response, Option<Box<Problem>>> {
        self.send(&E::path(arguments), Some(body))
            .map(|text| serde_json::from_str(&text).unwrap())
    }

    fn get<E: Endpoint>(&self, query: &str) -> E::Response {
        let text = self
            .send(&format!("{}{query}", E::path(&[])), None)
            .expect("it answers");
        serde_json::from_str(&text).unwrap()
    }

    fn send(&self, path: &str, body: Option<Value>) -> Result<String, Option<Box<Problem>>> {
        let url = format!("{}{path}", self.url);
        let bearer = format!("Bearer {}", self.token);
        let sent = match body {
            Some(body) => self
                .agent
                .post(&url)
                .header("authorization", &bearer)
                .send(body.to_string()),
            None => self.agent.get(&url).header("authorization", &bearer).call(),
        };
        let mut answer = sent.map_err(|_| None)?;
        let text = answer.body_mut().read_to_string().map_err(|_| None)?;
        if answer.status().is_success() {
            Ok(text)
        } else {
            Err(Some(Box::new(serde_json::from_str(&text).unwrap())))
        }
    }

    fn workspace(&self) -> Workspace {
        self.get::<GetWorkspace>("")
    }

    /// The flag's epoch, exposure in basis points, and whether it is latched.
    fn flag(&self) -> (Revision, u16, bool) {
        let workspace = self.workspace();
        let environment = workspace.environment(&FLAG[0].parse().unwrap()).unwrap();
        let flag = &environment.flags[&FLAG[1].parse().unwrap()];
        (
            flag.epoch,
            flag.exposure.basis_points(),
            flag.latch.is_some(),
        )
    }

    fn raise(&self, to: u16, epoch: Revision) -> Result<Decided, Option<Box<Problem>>> {
        self.call::<PostRaise>(&FLAG, json!({ "to": to, "epoch": epoch }))
    }
}

/// A small generator: the seed tells the whole run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let seed = u64::from(std::process::id()) * 2_654_435_761 + 1;
    println!("seed {seed}");
    let mut server = Server::open();
    let acknowledged: Mutex<Vec<Decided>> = Mutex::default();
    let sent = AtomicUsize::new(0);
    for round in 0..4u64 {
        let stop = AtomicBool::new(false);
        let mut random = Random(seed ^ (round + 1));
        let kill_after = 60 + random.below(120) as usize;
        let reached = sent.load(Ordering::SeqCst) + kill_after;
        thread::scope(|scope| {
            for client in 0..2u64 {
                let (caller, mut random) =
                    (server.caller(), Random(seed ^ (round * 2 + client + 10)));
                let (stop, sent, acknowledged) = (&stop, &sent, &acknowledged);
                scope.spawn(move || {
                    while !stop.load(Ordering::SeqCst)
                        && sent.fetch_add(1, Ordering::SeqCst) < 1_000
                    {
                        let to = random.below(10_001) as u16;
                        let result = if random.below(2) == 0 {
                            caller.call::<PostLower>(&FLAG, json!({ "to": to }))
                        } else {
                            let Ok(text) = caller.send(&GetWorkspace::path(&[]), None) else {
                                return;
                            };
                            let workspace: Workspace = serde_json::from_str(&text).unwrap();
                            let environment =
                                workspace.environment(&FLAG[0].parse().unwrap()).unwrap();
                            caller.raise(to, environment.flags[&FLAG[1].parse().unwrap()].epoch)
                        };
                        match result {
                            Ok(decided) => acknowledged.lock().unwrap().push(decided),
                            Err(Some(_refused)) => {}
                            Err(None) => return,
                        }
                    }
                });
            }
            while round < 3 && sent.load(Ordering::SeqCst) < reached.min(1_000) {
                thread::yield_now();
            }
            if round < 3 {
                server.crash();
                stop.store(true, Ordering::SeqCst);
            }
        });
    }
    let caller = server.caller();
    let mut entries = Vec::new();
    loop {
        let since = entries
            .last()
            .map_or(0, |entry: &flaghoist_core::release::Entry| {
                entry.revision.get()
            });
        let page: EntryPage = caller.get::<GetLedger>(&format!("?since={since}&limit=1000"));
        if page.entries.is_empty() {
            break;
        }
        entries.extend(page.entries);
    }
    let gapless = entries
        .iter()
        .enumerate()
        .all(|(index, entry)| entry.revision.get() == index as u64 + 1);
    assert!(gapless, "seed {seed}: the revisions have a gap");
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(
        acknowledged.len() > 100,
        "seed {seed}: only {} were acknowledged",
        acknowledged.len()
    );
    for decided in acknowledged
        .iter()
        .filter(|decided| !decided.events.is_empty())
    {
        let entry = &entries[decided.revision.get() as usize - 1];
        assert_eq!(
            entry.events, decided.events,
            "seed {seed}: revision {} was acknowledged and is not there",
            decided.revision
        );
    }
    let state = caller.workspace();
    let mut folded = Workspace::new(state.ledger().clone());
    entries.iter().for_each(|entry| folded.apply(entry));
    assert_eq!(
        folded, state,
        "seed {seed}: the state is not the fold of the ledger"
    );
}

#[test]
fn of_two_managers_one_wins_and_the_other_hears_what_changed() {
    let server = Server::open();
    for round in 0..20u16 {
        let epoch = server.caller().flag().0;
        let barrier = Barrier::new(2);
        let targets = [1_000 + round * 10, 1_001 + round * 10];
        let results: Vec<_> = thread::scope(|scope| {
            let race = |to: u16| {
                let (caller, barrier) = (server.caller(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    caller.raise(to, epoch)
                })
            };
            targets
                .map(race)
                .map(|thread| thread.join().unwrap())
                .into_iter()
                .collect()
        });
        let won = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "round {round}: {results:?}");
        let lost = results
            .iter()
            .find_map(|result| result.as_ref().err())
            .unwrap()
            .as_ref()
            .unwrap();
        assert_eq!(lost.status, 409);
        let told = lost
            .refusals
            .iter()
            .find(|report| report.code == "epoch_moved");
        let fields = &told.expect("it says what changed").fields;
        let number = |name: &str| match fields[name] {
            flaghoist_core::value::Value::Int(number) => number,
            ref other => panic!("{name} is {other:?}"),
        };
        let what = fields["what"].as_str().unwrap();
        let exposure = number("exposure") as u16;
        assert_eq!(number("expected"), epoch.get() as i64);
        assert!(what.contains("raised refund_explanation_v1"), "{what}");
        assert!(targets.contains(&exposure), "{exposure}");
    }
}

#[test]
fn contain_has_the_last_word() {
    let server = Server::open();
    for round in 0..25u16 {
        let caller = server.caller();
        if caller.flag().2 {
            caller
                .call::<PostClear>(&FLAG, json!({ "reason": "the next round" }))
                .unwrap();
        }
        let barrier = Barrier::new(3);
        thread::scope(|scope| {
            for client in 0..2u16 {
                let (caller, barrier) = (server.caller(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for step in 0..10u16 {
                        let (epoch, exposure, _) = caller.flag();
                        let _ = caller.raise((exposure + 1 + client + step).min(10_000), epoch);
                    }
                });
            }
            let (caller, barrier) = (server.caller(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                let start = Instant::now();
                let decided = caller
                    .call::<PostContain>(&FLAG, json!({ "reason": "a race" }))
                    .expect("contain is never refused");
                assert!(matches!(
                    decided.events.as_slice(),
                    [Event::Contained { .. }]
                ));
                println!("round {round}: contained after {:?}", start.elapsed());
            });
        });
        let (_, exposure, latched) = caller.flag();
        assert_eq!((exposure, latched), (0, true), "round {round}");
    }
}
