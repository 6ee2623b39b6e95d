//! The world of a story: a ledger on paper, a clock that moves when the story says so, and Flaghoist's own hand.
//!
//! Invariants checked after every entry: the fold of the ledger is the state; exposure only rises by a raise; an open flag's
//! required parts are there; a contained flag is at 0.

use flaghoist_core::name::EnvironmentName;
use flaghoist_core::release::{
    Actor, Advance, Command, Entry, Event, FORMAT, Facts, Refusal, Stamp, advance, decide,
};
use flaghoist_core::time::{Span, Timestamp};
use flaghoist_core::workspace::{Environment, Workspace};

/// Tuesday, 2 June 2026, 09:00 in UTC.
const MORNING: &str = "2026-06-02T09:00:00Z";
/// More decisions than any story makes of itself in a row: beyond, it goes in circles.
const OF_ITSELF_MAX: usize = 50;

pub struct World {
    pub workspace: Workspace,
    pub now: Timestamp,
    facts: Facts,
    entries: Vec<Entry>,
}

impl World {
    pub fn new() -> Self {
        let now = MORNING.parse().unwrap();
        let mut world = Self {
            workspace: Workspace::new("story".parse().unwrap()),
            now,
            facts: Facts::none(now),
            entries: Vec::new(),
        };
        let declare = Command::DeclareEnvironment {
            environment: production(),
            population: Some(40_000),
        };
        world.act(Actor::System, None, &declare).unwrap();
        world
    }

    pub fn state(&self) -> &Environment {
        self.workspace.environment(&production()).unwrap()
    }

    /// One decision by somebody, and what Flaghoist does of itself after it.
    pub fn act(
        &mut self,
        actor: Actor,
        reason: Option<String>,
        command: &Command,
    ) -> Result<Vec<Told>, Vec<Refusal>> {
        let mut told = self.decide(actor, reason, command)?;
        if let Command::Observe {
            environment,
            artefact,
            ..
        } = command
        {
            let about = (environment.clone(), artefact.clone());
            self.facts.heard.insert(about, self.now);
        }
        told.extend(self.of_itself());
        Ok(told)
    }

    fn decide(
        &mut self,
        actor: Actor,
        reason: Option<String>,
        command: &Command,
    ) -> Result<Vec<Told>, Vec<Refusal>> {
        let stamp = Stamp {
            now: self.now,
            actor: actor.clone(),
            reason: reason.clone(),
            request: None,
        };
        let events = decide(&self.workspace, command, &stamp)?;
        let told = events.iter().map(|event| Told {
            by: actor.to_string(),
            what: event.describe(),
        });
        let told: Vec<Told> = told.collect();
        if !events.is_empty() {
            self.append(Entry {
                format: FORMAT,
                revision: self.workspace.revision().next(),
                at: self.now,
                actor,
                reason,
                request: None,
                events,
            });
        }
        Ok(told)
    }

    fn append(&mut self, entry: Entry) {
        let before = self.state_or_none();
        // As it is stored: what does not survive the store is not in the state either.
        let stored = serde_json::to_string(&entry).unwrap();
        let entry: Entry = serde_json::from_str(&stored).unwrap();
        self.workspace.apply(&entry);
        self.entries.push(entry);
        self.check(before.as_ref());
    }

    fn state_or_none(&self) -> Option<Environment> {
        self.workspace.environment(&production()).cloned()
    }

    fn check(&self, before: Option<&Environment>) {
        let entry = self.entries.last().unwrap();
        for (key, flag) in &self.state().flags {
            let was = before.and_then(|before| before.flags.get(key));
            let was = was.map_or(0, |flag| flag.exposure.basis_points());
            let raised = entry
                .events
                .iter()
                .any(|event| matches!(event, Event::Raised { flag, .. } if flag == key));
            assert!(
                flag.exposure.basis_points() <= was || raised,
                "{key} rose without a raise"
            );
            assert!(
                flag.latch.is_none() || flag.exposure.is_zero(),
                "{key} is contained and open"
            );
            assert!(
                flag.exposure.is_zero() || self.state().missing(flag).is_empty(),
                "{key} is open without its parts"
            );
        }
        let mut fold = Workspace::new("story".parse().unwrap());
        for entry in &self.entries {
            fold.apply(entry);
        }
        assert_eq!(fold, self.workspace, "the state is the fold of the ledger");
    }

    pub fn advance(&self) -> Advance {
        advance(&self.workspace, &self.facts, self.now)
    }

    /// What Flaghoist does of itself until it waits again.
    fn of_itself(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        for _ in 0..OF_ITSELF_MAX {
            let commands = self.advance().commands;
            let mut moved = false;
            for command in commands {
                let events = self.decide(Actor::System, None, &command);
                let events = events.unwrap_or_else(|refusals| {
                    panic!("proposed and refused: {command:?}: {refusals:?}")
                });
                moved |= !events.is_empty();
                told.extend(events);
            }
            if !moved {
                return told;
            }
        }
        panic!("it goes in circles: {:?}", self.advance().commands);
    }

    /// Lets time go by, stopping wherever it alone can change something.
    pub fn wait(&mut self, span: Span) -> Vec<Told> {
        let end = self.now + span;
        let mut told = Vec::new();
        while let Some(again) = self.advance().again.filter(|again| *again < end) {
            self.now = again;
            told.extend(self.of_itself());
        }
        self.now = end;
        told.extend(self.of_itself());
        told
    }
}

/// What somebody did.
pub struct Told {
    pub by: String,
    pub what: String,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.by, self.what)
    }
}

pub fn production() -> EnvironmentName {
    "production".parse().unwrap()
}
