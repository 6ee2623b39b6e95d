//! `advance`: what Flaghoist does of itself now, and what everything else waits for.
//!
//! Invariants: pure; time alone never raises: a command here is decided again by `decide`, with every guard; at most one step
//! of a flag; what a person lowered or contained is never raised of itself. Not here: the clock that calls it (the server's).

use super::decide::on_behalf_of;
use super::guard::{self, Raise, next_step};
use super::progress::unfinished;
use super::{Act, Command, EDGE_LEASE, Facts, Refusal, Unmet, deadline, rollback};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::name::{EnvironmentName, FlagKey, ReleaseName};
use crate::time::Timestamp;
use crate::workspace::{Environment, FeatureFlag, Release, Workspace};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What to do, what is waited for, and when to ask again at the latest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Advance {
    /// To be decided now, on Flaghoist's own account.
    pub commands: Vec<Command>,
    /// What the others wait for.
    pub waits: Vec<Wait>,
    /// When the passing of time alone can change the answer.
    pub again: Option<Timestamp>,
}

/// What a release waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// Where.
    pub environment: EnvironmentName,
    /// Which release.
    pub release: ReleaseName,
    /// What would happen next.
    pub next: Next,
    /// What is missing; empty where a person need only say so.
    pub missing: Vec<Refusal>,
}

/// What would happen next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Next {
    /// A flag goes a step further.
    Raise {
        /// The flag.
        flag: FlagKey,
        /// To what share.
        to: Exposure,
    },
    /// A latch is cleared.
    Clear {
        /// The flag.
        flag: FlagKey,
    },
    /// A part is deployed.
    Ship {
        /// The part.
        part: Pin,
    },
    /// The rollback goes on.
    RollBack(rollback::Progress),
    /// The release is done.
    Complete,
}

/// What happens of itself in a workspace now.
pub fn advance(workspace: &Workspace, facts: &Facts, now: Timestamp) -> Advance {
    let mut found = Advance::default();
    for (name, state) in workspace.environments() {
        fallen_silent(name, state, facts, now, &mut found);
        found.commands.extend(caught_up(name, state, facts));
        for (release_name, release) in &state.releases {
            let place = Place {
                environment: name,
                state,
                name: release_name,
                release,
                now,
            };
            place.advance(&mut found);
        }
    }
    found
}

/// The promised reports that have not come.
fn fallen_silent(
    environment: &EnvironmentName,
    state: &Environment,
    facts: &Facts,
    now: Timestamp,
    found: &mut Advance,
) {
    for (artefact, known) in &state.artefacts {
        let Some(promise) = known.promise().filter(|_| known.stale().is_none()) else {
            continue;
        };
        let heard = facts.heard.get(&(environment.clone(), artefact.clone()));
        let last = heard.copied().unwrap_or(promise.since);
        let due = last.max(promise.since).max(facts.listening_since) + promise.within;
        if due > now {
            found.ask_again(due, now);
            continue;
        }
        found.commands.push(Command::Silence {
            environment: environment.clone(),
            artefact: artefact.clone(),
        });
    }
}

/// That every edge that tells serves what is published, where the ledger has not heard so.
fn caught_up(environment: &EnvironmentName, state: &Environment, facts: &Facts) -> Option<Command> {
    let serving = facts.serving.get(environment)?;
    let oldest = serving.first()?.revision;
    let known = state.acknowledged.map(|known| known.revision);
    let news = oldest == state.bundle_revision && known.is_none_or(|known| known < oldest);
    let edges = serving.iter().map(|serving| serving.edges);
    news.then(|| Command::Acknowledge {
        environment: environment.clone(),
        revision: oldest,
        edges: edges.fold(0, u32::saturating_add),
    })
}

struct Place<'a> {
    environment: &'a EnvironmentName,
    state: &'a Environment,
    name: &'a ReleaseName,
    release: &'a Release,
    now: Timestamp,
}

impl Place<'_> {
    fn advance(&self, found: &mut Advance) {
        if let Some(progress) = rollback::progress(self.state, self.release, self.now) {
            self.go_back(progress, found);
            return;
        }
        if self.release.is_active() {
            self.ship(found);
        }
        for (key, flag) in self.state.flags_of(self.name) {
            self.flag(key, flag, found);
        }
        if self.release.is_active() && !self.release.plan.is_bare() {
            self.complete(found);
        }
    }

    fn go_back(&self, progress: rollback::Progress, found: &mut Advance) {
        if progress.is_done() {
            found.commands.push(self.act(Act::FinishRollback));
            return;
        }
        if let Some(rollback) = &self.release.course.rollback {
            found.ask_again(rollback.since + EDGE_LEASE, self.now);
        }
        if let Some(due) = deadline::due_back(self.release, &progress) {
            found.ask_again(due, self.now);
        }
        let trouble = deadline::trouble_back(self.state, self.release, &progress, self.now);
        let trouble = trouble.into_iter().map(Refusal::Unmet).collect();
        found
            .waits
            .push(self.wait(Next::RollBack(progress), trouble));
    }

    /// The deployments that failed, or take too long: a person tries again, or takes the part back.
    fn ship(&self, found: &mut Advance) {
        for part in self.release.plan.changes.keys() {
            if let Some(due) = deadline::due(self.state, self.release, part) {
                found.ask_again(due, self.now);
            }
        }
        for (part, trouble) in deadline::troubles(self.state, self.release, self.now) {
            let missing = Vec::from([Refusal::Unmet(trouble)]);
            found.waits.push(self.wait(Next::Ship { part }, missing));
        }
    }

    fn flag(&self, key: &FlagKey, flag: &FeatureFlag, found: &mut Advance) {
        if flag.latch.is_some() {
            let next = Next::Clear { flag: key.clone() };
            found.waits.push(self.wait(next, Vec::new()));
            return;
        }
        let plan = &self.release.plan;
        let to = match &flag.armed {
            Some(armed) => armed.to,
            None => next_step(plan, flag),
        };
        let widest = if self.release.is_completed() {
            Exposure::FULL
        } else {
            plan.full()
        };
        if to <= flag.exposure || flag.exposure >= widest {
            return;
        }
        let raise = Raise {
            to,
            epoch: None,
            now: self.now,
            person: None,
            skip: false,
            emergency: false,
        };
        let missing = guard::refusals(self.state, key, flag, &raise);
        for refusal in &missing {
            if let Some(at) = refusal.until() {
                found.ask_again(at, self.now);
            }
        }
        if missing.is_empty() && flag.armed.is_some() {
            found.commands.push(Command::Open {
                environment: self.environment.clone(),
                flag: key.clone(),
            });
        } else if missing.is_empty() && on_behalf_of(self.state, flag).is_some() {
            found.commands.push(Command::Promote {
                environment: self.environment.clone(),
                flag: key.clone(),
                to,
                epoch: flag.epoch,
            });
        } else {
            let flag = key.clone();
            found
                .waits
                .push(self.wait(Next::Raise { flag, to }, missing));
        }
    }

    fn complete(&self, found: &mut Advance) {
        let unfinished = unfinished(self.state, self.name, self.release, self.now);
        if let Some(at) = unfinished.as_ref().and_then(Unmet::until) {
            found.ask_again(at, self.now);
        }
        match unfinished {
            None => found.commands.push(self.act(Act::Complete)),
            Some(missing) => {
                let missing = Vec::from([Refusal::Unmet(missing)]);
                found.waits.push(self.wait(Next::Complete, missing));
            }
        }
    }

    fn act(&self, act: Act) -> Command {
        Command::Release {
            environment: self.environment.clone(),
            release: self.name.clone(),
            act,
        }
    }

    fn wait(&self, next: Next, missing: Vec<Refusal>) -> Wait {
        Wait {
            environment: self.environment.clone(),
            release: self.name.clone(),
            next,
            missing,
        }
    }
}

impl Advance {
    fn ask_again(&mut self, at: Timestamp, now: Timestamp) {
        if at > now {
            self.again = Some(self.again.map_or(at, |known| known.min(at)));
        }
    }
}
