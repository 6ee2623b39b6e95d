//! A release and its course: who consented to it, what is known of its gates, how far it got.
//!
//! Invariants: everything in a course binds the plan it was given for: a new plan begins a new one. Only what was found
//! faulty is kept, so that a re-release must change it. Not here: what all this allows (`release::guard`).

use super::{Environment, FeatureFlag};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::gate::{Bar, Evidence, GateName, Verdict};
use crate::name::{FlagKey, PrincipalName, ReleaseName, Revision, TeamName};
use crate::plan::closure::{Obstacle, RollbackPart};
use crate::plan::{Plan, PlanHash};
use crate::release::{Actor, Entry, Fact};
use crate::time::Timestamp;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A release: the plan in force, who applied it, and its course.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The plan.
    pub plan: Plan,
    /// Its hash.
    pub hash: PlanHash,
    /// The hash of the plan it replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<PlanHash>,
    /// The file it was read from.
    pub source: String,
    /// Who applied it.
    pub applied_by: Actor,
    /// When.
    pub applied_at: Timestamp,
    /// In which entry.
    pub revision: Revision,
    /// How far it got.
    #[serde(default)]
    pub course: Course,
    /// Versions that were rolled back as faulty, under this plan or one before: none of them ships again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faulty: BTreeMap<Pin, Timestamp>,
}

/// How far a release got under its plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Course {
    /// Where it stands.
    pub phase: Phase,
    /// The owners who consented.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sign_offs: BTreeMap<TeamName, Consent>,
    /// The steps that teams consented to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// The latest evidence for each gate and metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// The share of users each part's own route admits, besides those of the flags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routes: BTreeMap<Pin, Route>,
    /// When the deployment of a part was last tried again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retried: BTreeMap<Pin, Timestamp>,
    /// The rollback that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
}

/// Where a release stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// On its way.
    #[default]
    Running,
    /// No raises until resumed.
    Paused {
        /// By whom.
        by: Actor,
        /// Since when.
        since: Timestamp,
    },
    /// Done; its pins are live.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// Ended before it was done.
    Aborted {
        /// When.
        at: Timestamp,
    },
}

/// Somebody's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who.
    pub person: PrincipalName,
    /// When.
    pub at: Timestamp,
}

/// A team's consent to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The flag.
    pub flag: FlagKey,
    /// The step, by its exposure.
    pub step: Exposure,
    /// The flag's epoch it binds: with another one it is void.
    pub epoch: Revision,
    /// On behalf of which team.
    pub team: TeamName,
    /// Who and when.
    pub consent: Consent,
}

/// The latest evidence for a gate, and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was found.
    pub evidence: Evidence,
    /// What it says against the plan's bar.
    pub verdict: Verdict,
    /// The epochs of the release's flags when it was recorded.
    pub epochs: BTreeMap<FlagKey, Revision>,
    /// When it was recorded.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Who goes on although it says nothing clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Consent>,
}

/// A part's own route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The share of users it admits.
    pub exposure: Exposure,
    /// Since when.
    pub since: Timestamp,
}

/// A rollback under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The parts at fault.
    pub causes: BTreeSet<Pin>,
    /// Everything that goes back, consumers before foundations.
    pub parts: Vec<RollbackPart>,
    /// What cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Obstacle>,
    /// The entry that took the flags to 0: edges must have acknowledged it before the first part moves.
    pub awaits: Revision,
    /// Since when.
    pub since: Timestamp,
    /// A person let it go on before they had.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub released: bool,
}

impl Release {
    /// Whether it still asks for its versions: neither done nor ended.
    pub fn is_active(&self) -> bool {
        matches!(self.course.phase, Phase::Running | Phase::Paused { .. })
    }

    /// Whether its pins are live.
    pub fn is_completed(&self) -> bool {
        matches!(self.course.phase, Phase::Completed { .. })
    }

    /// Whether a part was taken back, or is being taken back, under the plan in force.
    pub fn is_taken_back(&self, pin: &Pin) -> bool {
        let under_way = self.course.rollback.as_ref();
        under_way.is_some_and(|rollback| rollback.parts.iter().any(|part| part.pin == *pin))
            || self.faulty.contains_key(pin)
    }

    /// The evidence for a gate or metric, what ran last first.
    pub fn latest(&self, bar: Bar<'_>) -> impl Iterator<Item = &Record> {
        let records = self.course.records.iter();
        let mut named: Vec<&Record> = records
            .filter(|record| bar.is_named(&record.evidence.gate))
            .collect();
        named.sort_by_key(|record| core::cmp::Reverse((record.evidence.ran_at, record.verdict)));
        named.into_iter()
    }

    /// The share of users a part's own route admits.
    pub fn route(&self, part: &Pin) -> Exposure {
        let route = self.course.routes.get(part);
        route.map_or(Exposure::ZERO, |route| route.exposure)
    }

    /// Takes every part's own route to 0.
    pub(super) fn close_routes(&mut self, at: Timestamp) {
        let open: Vec<Pin> = self.course.routes.keys().cloned().collect();
        for part in open {
            self.course.set_route(&part, Exposure::ZERO, at);
        }
    }

    pub(super) fn fold(&mut self, fact: &Fact, entry: &Entry) {
        let at = entry.at;
        match fact {
            Fact::SignedOff { .. } | Fact::Approved { .. } | Fact::Accepted { .. } => {
                self.fold_consent(fact, at);
            }
            Fact::Recorded {
                evidence,
                verdict,
                epochs,
            } => self.course.keep(Record {
                evidence: (**evidence).clone(),
                verdict: *verdict,
                epochs: epochs.clone(),
                at,
                by: entry.actor.clone(),
                accepted: None,
            }),
            Fact::Paused => {
                self.course.phase = Phase::Paused {
                    by: entry.actor.clone(),
                    since: at,
                };
            }
            Fact::Resumed => self.course.phase = Phase::Running,
            Fact::Aborted => self.course.phase = Phase::Aborted { at },
            Fact::Completed => self.course.phase = Phase::Completed { at },
            Fact::RouteRaised { part, to, .. } => self.course.set_route(part, *to, at),
            Fact::RouteLowered { part, to, .. } => {
                let to = self.route(part).min(*to);
                self.course.set_route(part, to, at);
            }
            Fact::Retried { part } => {
                self.course.retried.insert(part.clone(), at);
            }
            Fact::RollbackStarted { .. } | Fact::RollbackReleased | Fact::RollbackFinished => {
                self.fold_rollback(fact, entry);
            }
        }
    }

    /// Consent binds the plan it was given for: that of another plan folds to nothing.
    fn fold_consent(&mut self, fact: &Fact, at: Timestamp) {
        let consent = |person: &PrincipalName| Consent {
            person: person.clone(),
            at,
        };
        match fact {
            Fact::SignedOff { plan, team, person } if *plan == self.hash => {
                self.course.sign_offs.insert(team.clone(), consent(person));
            }
            Fact::Approved {
                plan,
                flag,
                step,
                epoch,
                team,
                person,
            } if *plan == self.hash => {
                let approvals = &mut self.course.approvals;
                approvals.retain(|known| known.flag != *flag || known.epoch == *epoch);
                approvals.push(Approval {
                    flag: flag.clone(),
                    step: *step,
                    epoch: *epoch,
                    team: team.clone(),
                    consent: consent(person),
                });
            }
            Fact::Accepted { gate, part, person } => {
                let mut records = self.course.records.iter_mut();
                if let Some(record) = records.find(|record| record.concerns(gate, part.as_ref())) {
                    record.accepted = Some(consent(person));
                }
            }
            _ => {}
        }
    }

    fn fold_rollback(&mut self, fact: &Fact, entry: &Entry) {
        let at = entry.at;
        match fact {
            Fact::RollbackStarted {
                causes,
                parts,
                blocked,
            } => {
                for part in parts {
                    self.course.set_route(&part.pin, Exposure::ZERO, at);
                }
                let faulty = causes.iter().map(|pin| (pin.clone(), at));
                self.faulty.extend(faulty);
                self.course.rollback = Some(Rollback {
                    causes: causes.clone(),
                    parts: parts.clone(),
                    blocked: blocked.clone(),
                    awaits: entry.revision,
                    since: at,
                    released: false,
                });
            }
            Fact::RollbackReleased => {
                if let Some(rollback) = &mut self.course.rollback {
                    rollback.released = true;
                }
            }
            _ => self.course.rollback = None,
        }
    }
}

impl Course {
    /// Keeps what was found last: of two findings the one that ran later counts, of two at the same time the worse one, in
    /// whatever order they come in.
    fn keep(&mut self, record: Record) {
        let (gate, part) = (record.evidence.gate.clone(), record.evidence.part.clone());
        let weight = |record: &Record| (record.evidence.ran_at, record.verdict);
        let known = self
            .records
            .iter()
            .find(|known| known.concerns(&gate, part.as_ref()));
        if known.is_some_and(|known| weight(known) > weight(&record)) {
            return;
        }
        self.records
            .retain(|known| !known.concerns(&gate, part.as_ref()));
        self.records.push(record);
    }

    fn set_route(&mut self, part: &Pin, exposure: Exposure, since: Timestamp) {
        let known = self
            .routes
            .get(part)
            .map_or(Exposure::ZERO, |route| route.exposure);
        if exposure != known {
            self.routes.insert(part.clone(), Route { exposure, since });
        }
    }
}

impl Record {
    /// Whether it is about this gate of this change, or of the flag's steps.
    pub fn concerns(&self, gate: &GateName, part: Option<&Pin>) -> bool {
        self.evidence.gate == *gate && self.evidence.part.as_ref() == part
    }
}

impl Environment {
    /// The release of a flag.
    pub fn release_of(&self, flag: &FeatureFlag) -> Option<&Release> {
        self.releases.get(&flag.release)
    }

    /// The flags of a release.
    pub fn flags_of<'a>(
        &'a self,
        release: &'a ReleaseName,
    ) -> impl Iterator<Item = (&'a FlagKey, &'a FeatureFlag)> {
        self.flags
            .iter()
            .filter(move |(_, flag)| flag.release == *release)
    }
}
