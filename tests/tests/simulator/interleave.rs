//! Every order in which a few commands can be decided and appended by two servers, at a scope small enough to try them all.
//!
//! Each command is decided on what its server has folded and appended later, at the expected revision or, where it lowers, whatever
//! happened meanwhile; a conflict is decided anew; a server hears of what the other appended at any moment in between. Invariant:
//! every point that any order can reach is reached once.

use crate::plans::flag;
use crate::world::production;
use flaghoist_core::artefact::{Health, Observation, VersionReport};
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::{FlagKey, Revision};
use flaghoist_core::plan;
use flaghoist_core::release::{Actor, Command, Entry, Event, FORMAT, Stamp, decide};
use flaghoist_core::time::Timestamp;
use flaghoist_core::workspace::{FeatureFlag, Workspace};
use std::collections::BTreeSet;

const PLAN: &str = "release: release-0\nfeatures:\n  f0:\n    flag: flag_0\n    dependencies:\n      - tool: lookup@1\n";

/// What the ledger and the servers are at one point of an order.
#[derive(Clone)]
struct Point {
    ledger: Vec<Entry>,
    whole: Workspace,
    servers: [Workspace; 2],
    tasks: Vec<Task>,
    /// Which task made each entry, and on which revision it was decided: with the tasks, all that tells points apart.
    path: Vec<(usize, u64)>,
}

/// A command on its way.
#[derive(Clone)]
struct Task {
    command: Command,
    server: usize,
    /// What was decided, and on which revision.
    decided: Option<(Revision, Vec<Event>)>,
    done: bool,
}

/// Everything that can happen next.
#[derive(Clone, Copy)]
enum Move {
    Decide(usize),
    Append(usize),
    Hear(usize),
}

fn stamp() -> Stamp {
    Stamp {
        now: Timestamp::from_millis(1_780_000_000_000),
        actor: Actor::Person("asha".parse().unwrap()),
        reason: Some("every order".into()),
        request: None,
    }
}

fn report(version: &str, health: Option<Health>) -> Command {
    let version = version.parse().unwrap();
    let observation = match health {
        Some(health) => Observation::Deployed {
            version: VersionReport {
                version,
                health,
                digest: None,
            },
            live: false,
        },
        None => Observation::Withdrawn { version },
    };
    Command::Observe {
        environment: production(),
        artefact: "tool:lookup".parse().unwrap(),
        report: observation.into(),
    }
}

fn key() -> FlagKey {
    flag(0).parse().unwrap()
}

fn the_flag(state: &Workspace) -> &FeatureFlag {
    &state.environment(&production()).unwrap().flags[&key()]
}

fn raise(state: &Workspace, to: u16) -> Command {
    Command::Raise {
        environment: production(),
        flag: key(),
        to: Exposure::from_basis_points(to).unwrap(),
        epoch: the_flag(state).epoch,
        skip: false,
        emergency: None,
    }
}

/// A flag that is open at 5 %, and commands that two servers are asked for at the same time.
fn beginning() -> Point {
    let mut point = Point {
        ledger: Vec::new(),
        whole: Workspace::new("orders".parse().unwrap()),
        servers: [0, 1].map(|_| Workspace::new("orders".parse().unwrap())),
        tasks: Vec::new(),
        path: Vec::new(),
    };
    let plan = plan::parse(PLAN).unwrap();
    let apply = Command::ApplyPlan {
        environment: Some(production()),
        plan: Box::new(plan),
        source: PLAN.into(),
    };
    let declare = Command::DeclareEnvironment {
        environment: production(),
        population: None,
    };
    for command in [declare, apply, report("1", Some(Health::Healthy))] {
        point.write(&command);
    }
    point.write(&raise(&point.whole, 500));
    point.servers = [point.whole.clone(), point.whole.clone()];
    let (environment, flag) = (production(), key());
    let contain = Command::Contain {
        environment: environment.clone(),
        flag: flag.clone(),
    };
    let clear = Command::ClearLatch { environment, flag };
    let asked = [
        (contain, 0),
        (raise(&point.whole, 2500), 1),
        (report("1", None), 0),
        (report("1", Some(Health::Healthy)), 1),
        (clear, 0),
        (raise(&point.whole, 5000), 0),
    ];
    point.tasks = asked
        .into_iter()
        .map(|(command, server)| Task {
            command,
            server,
            decided: None,
            done: false,
        })
        .collect();
    point
}

impl Point {
    fn write(&mut self, command: &Command) {
        let events = decide(&self.whole, command, &stamp()).unwrap();
        self.append(events);
    }

    fn append(&mut self, events: Vec<Event>) {
        let Stamp {
            now, actor, reason, ..
        } = stamp();
        let entry = Entry {
            format: FORMAT,
            revision: self.whole.revision().next(),
            at: now,
            actor,
            reason,
            request: None,
            events,
        };
        self.whole.apply(&entry);
        self.ledger.push(entry);
    }

    fn hear(&mut self, server: usize) {
        let server = &mut self.servers[server];
        let known = server.revision().get() as usize;
        for entry in &self.ledger[known..] {
            server.apply(entry);
        }
    }

    fn is_behind(&self, server: usize) -> bool {
        self.servers[server].revision() < self.whole.revision()
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for (index, task) in self.tasks.iter().enumerate().filter(|(_, task)| !task.done) {
            moves.push(match task.decided {
                None => Move::Decide(index),
                Some(_) => Move::Append(index),
            });
        }
        let behind = (0..2).filter(|server| self.is_behind(*server));
        moves.extend(behind.map(Move::Hear));
        moves
    }

    fn make(&mut self, next: Move) {
        match next {
            Move::Hear(server) => self.hear(server),
            Move::Decide(index) => {
                let Task {
                    command, server, ..
                } = self.tasks[index].clone();
                let decide =
                    |state: &Workspace| decide(state, &command, &stamp()).unwrap_or_default();
                let mut events = decide(&self.servers[server]);
                if events.is_empty() && self.is_behind(server) {
                    self.hear(server);
                    events = decide(&self.servers[server]);
                }
                let task = &mut self.tasks[index];
                task.done = events.is_empty();
                task.decided = Some((self.servers[server].revision(), events));
            }
            Move::Append(index) => {
                let Task {
                    command,
                    server,
                    decided,
                    ..
                } = self.tasks[index].clone();
                let (on, events) = decided.expect("decided before");
                if on != self.whole.revision() && !command.only_lowers() {
                    self.hear(server);
                    self.tasks[index].decided = None;
                    return;
                }
                let before = self.whole.clone();
                self.append(events);
                self.path.push((index, on.get()));
                self.tasks[index].done = true;
                self.hear(server);
                self.check(&before, index);
            }
        }
    }

    /// What must be so after each entry, whatever the order.
    fn check(&self, before: &Workspace, index: usize) {
        let (was, is) = (the_flag(before), the_flag(&self.whole));
        let order = || format!("{:?}", self.path);
        assert!(is.latch.is_none() || is.exposure.is_zero(), "{}", order());
        let state = self.whole.environment(&production()).unwrap();
        let ready = state.missing(is).is_empty();
        assert!(is.exposure.is_zero() || ready, "{}", order());
        if is.exposure > was.exposure {
            let Command::Raise { epoch, .. } = &self.tasks[index].command else {
                panic!("it rose without a raise: {}", order());
            };
            assert_eq!(*epoch, was.epoch, "{}", order());
        }
        let moved = was.exposure != is.exposure || was.latch.is_some() != is.latch.is_some();
        assert!(!moved || is.epoch > was.epoch, "{}", order());
        for server in self
            .servers
            .iter()
            .filter(|s| s.revision() == self.whole.revision())
        {
            assert_eq!(*server, self.whole, "{}", order());
        }
    }

    /// However it came, the flag was contained, and nobody raised it after that with what they knew before.
    fn check_end(&self) {
        let contained = self.ledger.iter().position(|entry| {
            let mut events = entry.events.iter();
            events.any(|event| matches!(event, Event::Contained { .. }))
        });
        let raised = self.ledger.iter().rposition(|entry| {
            let mut events = entry.events.iter();
            events.any(|event| matches!(event, Event::Raised { .. }))
        });
        assert!(raised < contained, "{:?}", self.path);
        assert!(the_flag(&self.whole).exposure.is_zero(), "{:?}", self.path);
    }

    fn signature(&self) -> String {
        let tasks = self.tasks.iter().map(|task| {
            let on = task
                .decided
                .as_ref()
                .map(|(on, events)| (on.get(), events.len()));
            (task.done, on)
        });
        let heard = [0, 1].map(|server: usize| self.servers[server].revision().get());
        format!("{:?} {:?} {heard:?}", self.path, tasks.collect::<Vec<_>>())
    }
}

#[test]
fn contain_raise_observe_and_clear_in_every_order() {
    let mut open = vec![beginning()];
    let (mut seen, mut ends) = (BTreeSet::new(), BTreeSet::new());
    while let Some(point) = open.pop() {
        let moves = point.moves();
        let is_end = point.tasks.iter().all(|task| task.done);
        if is_end {
            point.check_end();
            ends.insert(point.path.clone());
            continue;
        }
        for next in moves {
            let mut point = point.clone();
            point.make(next);
            if seen.insert(point.signature()) {
                open.push(point);
            }
        }
    }
    println!("{} points, {} ledgers", seen.len(), ends.len());
    assert!(
        seen.len() > 10_000,
        "{} points are not every order",
        seen.len()
    );
}
