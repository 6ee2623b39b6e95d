//! What is asked of a release as a whole: consent, evidence, pause and end, routes, rollback.
//!
//! Invariant: an act that asks for what is so already gives no events. Not here: what the facts do (`workspace::release`).

mod consent;
mod course;
mod evidence;
mod rollback;
mod route;

use super::Decision;
use crate::name::{EnvironmentName, PrincipalName, ReleaseName, TeamName};
use crate::plan::PlanHash;
use crate::release::{Act, Event, Fact, Refusal, Stamp, Unmet};
use crate::workspace::{Environment, Release};
use alloc::vec;
use alloc::vec::Vec;

/// A release, where it is, and what is asked by whom: what every act is given.
struct Asked<'a> {
    environment: &'a EnvironmentName,
    state: &'a Environment,
    name: &'a ReleaseName,
    release: &'a Release,
    stamp: &'a Stamp,
}

pub(super) fn decide(
    environment: &EnvironmentName,
    state: &Environment,
    name: &ReleaseName,
    act: &Act,
    stamp: &Stamp,
) -> Decision {
    let Some(release) = state.releases.get(name) else {
        return Err(vec![Refusal::Unmet(Unmet::UnknownRelease {
            release: name.clone(),
            known: state.releases.keys().cloned().collect(),
        })]);
    };
    let asked = Asked {
        environment,
        state,
        name,
        release,
        stamp,
    };
    match act {
        Act::SignOff { plan, team } => consent::sign_off(&asked, plan, team),
        Act::Approve {
            plan,
            flag,
            step,
            epoch,
            team,
        } => {
            asked.is_at(plan)?;
            consent::approve(&asked, flag, *step, *epoch, team)
        }
        Act::Record { evidence } => evidence::record(&asked, evidence),
        Act::Accept { gate, part } => evidence::accept(&asked, gate, part.as_ref()),
        Act::Pause => course::pause(&asked),
        Act::Resume => course::resume(&asked),
        Act::Abort => course::abort(&asked),
        Act::Complete => course::complete(&asked),
        Act::RaiseRoute { part, to } => route::raise(&asked, part, *to),
        Act::LowerRoute { part, to } => route::lower(&asked, part, *to),
        Act::Retry { part } => course::retry(&asked, part),
        Act::RollBack { parts } => rollback::begin(&asked, parts),
        Act::ReleaseRollback => rollback::release(&asked),
        Act::FinishRollback => rollback::finish(&asked),
    }
}

impl Asked<'_> {
    fn fact(&self, fact: Fact) -> Event {
        Event::Release {
            environment: self.environment.clone(),
            release: self.name.clone(),
            fact,
        }
    }

    /// The decision of one fact.
    fn so(&self, fact: Fact) -> Decision {
        Ok(vec![self.fact(fact)])
    }

    fn person(&self) -> Result<&PrincipalName, Vec<Refusal>> {
        let person = self.stamp.actor.person();
        person.ok_or_else(|| vec![Refusal::PersonMissing])
    }

    /// Refuses what was meant for another plan.
    fn is_at(&self, plan: &PlanHash) -> Result<(), Vec<Refusal>> {
        if *plan == self.release.hash {
            return Ok(());
        }
        Err(unmet(Unmet::OtherPlan {
            release: self.name.clone(),
            given: plan.clone(),
            current: self.release.hash.clone(),
        }))
    }

    /// The person, where they may speak for the team: one of its approvers, or anybody where it names none.
    fn speaks_for(&self, team: &TeamName) -> Result<&PrincipalName, Vec<Refusal>> {
        let person = self.person()?;
        let teams = &self.release.plan.teams;
        let owners = self.release.plan.owners();
        let Some(known) = teams.get(team) else {
            if owners.contains(team) {
                return Ok(person);
            }
            return Err(unmet(Unmet::UnknownTeam {
                team: team.clone(),
                known: teams.keys().cloned().collect(),
            }));
        };
        if known.approvers.is_empty() || known.approvers.contains(person) {
            return Ok(person);
        }
        Err(unmet(Unmet::NotAnApprover {
            person: person.clone(),
            team: team.clone(),
            approvers: known.approvers.clone(),
        }))
    }
}

fn unmet(unmet: Unmet) -> Vec<Refusal> {
    vec![Refusal::Unmet(unmet)]
}
