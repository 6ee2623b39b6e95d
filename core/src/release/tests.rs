//! Stories and properties of `decide` and `apply` together, on a world as small as tells them.

use super::*;
use crate::artefact::{Health, Observation, VersionReport};
use crate::bundle::lower;
use crate::exposure::Exposure;
use crate::name::{EnvironmentName, FlagKey, Revision};
use crate::plan;
use crate::time::Timestamp;
use crate::workspace::{Closed, FeatureFlag, Workspace};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

mod properties;
mod stories;

const CHAPTER: &str = include_str!("../../../examples/refund_explanation/chapter.yaml");
const FLAG: &str = "refund_explanation_v1";
const PINS: [&str; 3] = [
    "prompt:explain_refund@1.0.0",
    "tool:lookup_refund_eligibility@1.0.0",
    "retrieval_index:refund_policies@2026-05-20",
];

/// A ledger in memory: what the server does, without a server.
#[derive(Clone)]
struct World {
    workspace: Workspace,
    entries: Vec<Entry>,
}

impl World {
    fn new() -> Self {
        let workspace = Workspace::new("ledger-1".parse().unwrap());
        let mut world = Self {
            workspace,
            entries: Vec::new(),
        };
        world
            .act(
                "asha",
                None,
                &Command::DeclareEnvironment {
                    environment: production(),
                    population: Some(40_000),
                },
            )
            .unwrap();
        world
    }

    /// A world with the chapter's plan applied and every part deployed: open at 5 %.
    fn open() -> Self {
        let mut world = Self::new();
        world.apply_plan(CHAPTER).unwrap();
        for pin in PINS {
            world.deploy(pin).unwrap();
        }
        world
    }

    fn act(
        &mut self,
        who: &str,
        reason: Option<&str>,
        command: &Command,
    ) -> Result<Vec<Event>, Vec<Refusal>> {
        let stamp = Stamp {
            now: Timestamp::from_millis(1_780_000_000_000 + 1000 * self.entries.len() as i64),
            actor: Actor::Person(who.parse().unwrap()),
            reason: reason.map(String::from),
            request: None,
        };
        let events = decide(&self.workspace, command, &stamp)?;
        if !events.is_empty() {
            let entry = Entry {
                format: FORMAT,
                revision: self.workspace.revision().next(),
                at: stamp.now,
                actor: stamp.actor,
                reason: stamp.reason,
                request: None,
                events: events.clone(),
            };
            self.workspace.apply(&entry);
            self.entries.push(entry);
        }
        Ok(events)
    }

    fn apply_plan(&mut self, text: &str) -> Result<Vec<Event>, Vec<Refusal>> {
        let plan = Box::new(plan::parse(text).expect("the test's plan is valid"));
        self.act(
            "asha",
            None,
            &Command::ApplyPlan {
                environment: None,
                plan,
                source: text.into(),
            },
        )
    }

    fn observe(
        &mut self,
        artefact: &str,
        observation: Observation,
    ) -> Result<Vec<Event>, Vec<Refusal>> {
        let artefact = artefact.parse().unwrap();
        self.act(
            "deployer",
            None,
            &Command::Observe {
                environment: production(),
                artefact,
                report: observation.into(),
            },
        )
    }

    fn deploy(&mut self, pin: &str) -> Result<Vec<Event>, Vec<Refusal>> {
        self.report(pin, Health::Healthy, None, false)
    }

    fn report(
        &mut self,
        pin: &str,
        health: Health,
        digest: Option<&str>,
        live: bool,
    ) -> Result<Vec<Event>, Vec<Refusal>> {
        let (artefact, version) = pin.split_once('@').unwrap();
        let version = VersionReport {
            version: version.parse().unwrap(),
            health,
            digest: digest.map(|d| d.parse().unwrap()),
        };
        self.observe(artefact, Observation::Deployed { version, live })
    }

    fn withdraw(&mut self, pin: &str) -> Result<Vec<Event>, Vec<Refusal>> {
        let (artefact, version) = pin.split_once('@').unwrap();
        self.observe(
            artefact,
            Observation::Withdrawn {
                version: version.parse().unwrap(),
            },
        )
    }

    fn raise(&mut self, percent: &str, epoch: Revision) -> Result<Vec<Event>, Vec<Refusal>> {
        let to = percent.parse().unwrap();
        self.act(
            "asha",
            None,
            &Command::Raise {
                environment: production(),
                flag: flag_key(),
                to,
                epoch,
                skip: false,
                emergency: None,
            },
        )
    }

    fn raise_now(&mut self, percent: &str) -> Result<Vec<Event>, Vec<Refusal>> {
        let epoch = self.flag().epoch;
        self.raise(percent, epoch)
    }

    fn lower(&mut self, percent: &str) -> Result<Vec<Event>, Vec<Refusal>> {
        let to = percent.parse().unwrap();
        self.act(
            "bala",
            None,
            &Command::Lower {
                environment: production(),
                flag: flag_key(),
                to,
            },
        )
    }

    fn contain(&mut self) -> Result<Vec<Event>, Vec<Refusal>> {
        self.act(
            "bala",
            Some("errors"),
            &Command::Contain {
                environment: production(),
                flag: flag_key(),
            },
        )
    }

    fn clear(&mut self, reason: Option<&str>) -> Result<Vec<Event>, Vec<Refusal>> {
        self.act(
            "asha",
            reason,
            &Command::ClearLatch {
                environment: production(),
                flag: flag_key(),
            },
        )
    }

    fn environment(&self) -> &crate::workspace::Environment {
        self.workspace.environment(&production()).unwrap()
    }

    fn flag(&self) -> &FeatureFlag {
        &self.environment().flags[&flag_key()]
    }

    fn percent(&self) -> String {
        self.flag().exposure.to_string()
    }

    fn missing(&self) -> Vec<String> {
        match self.environment().closed(self.flag()) {
            Some(Closed::NotReady(missing)) => missing
                .iter()
                .map(|problem| problem.pin.to_string())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The bundle as JSON text.
    fn bundle(&self) -> String {
        serde_json::to_string(&lower(&self.workspace, &production()).unwrap()).unwrap()
    }
}

fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

fn flag_key() -> FlagKey {
    FLAG.parse().unwrap()
}

fn words(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::describe).collect()
}

fn refused(result: Result<Vec<Event>, Vec<Refusal>>) -> Vec<String> {
    result
        .expect_err("it should be refused")
        .iter()
        .map(ToString::to_string)
        .collect()
}
