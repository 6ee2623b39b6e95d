//! What should be so, by a naive reading of the same ledger: the state the checks compare with, kept without core's fold.
//!
//! Invariants: it takes core's values (plans, pins, names) and none of its rules; it is told each entry in the ledger's order.
//! Not here: whether an entry was allowed (`checks`).

use flaghoist_core::artefact::{
    ArtefactId, Digest, Health, Kind, Observation, Pin, Report, Version,
};
use flaghoist_core::calendar::Freeze;
use flaghoist_core::gate::{Evidence, GateName, Verdict};
use flaghoist_core::name::{FlagKey, PrincipalName, ReleaseName, Revision, TeamName};
use flaghoist_core::plan::closure::{RollbackPart, Target};
use flaghoist_core::plan::{Change, Feature, Plan, PlanHash, RouteCanary, Strategy};
use flaghoist_core::release::{Entry, Event, Fact};
use flaghoist_core::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a version is like: there or not, working or not, with which content.
pub type State = Option<(Health, Option<Digest>)>;

/// Whether one is another thing than the other to who rests on it.
pub fn differs(before: &State, after: &State) -> bool {
    match (before, after) {
        (Some((Health::Healthy, Some(was))), Some((Health::Healthy, Some(is)))) => was != is,
        (Some((was, _)), Some((is, _))) => was != is,
        (None, None) => false,
        _ => true,
    }
}

#[derive(Default)]
pub struct Shadow {
    pub deployed: BTreeMap<ArtefactId, BTreeMap<Version, (Health, Option<Digest>)>>,
    pub live: BTreeMap<ArtefactId, Version>,
    pub stale: BTreeSet<ArtefactId>,
    pub seen: BTreeMap<(ArtefactId, PrincipalName), Timestamp>,
    pub releases: BTreeMap<ReleaseName, Release>,
    pub flags: BTreeMap<FlagKey, Flag>,
    pub freezes: BTreeMap<Revision, Freeze>,
    pub acknowledged: Option<Revision>,
}

pub struct Release {
    pub plan: Plan,
    pub hash: PlanHash,
    pub author: Option<PrincipalName>,
    pub signed: BTreeMap<TeamName, PrincipalName>,
    pub approved: Vec<(FlagKey, u16, Revision, PrincipalName, TeamName)>,
    pub evidence: Vec<Finding>,
    pub phase: Phase,
    pub rollback: Option<Rollback>,
    pub faulty: BTreeSet<Pin>,
    pub routes: BTreeMap<Pin, u16>,
}

pub struct Finding {
    pub evidence: Evidence,
    pub verdict: Verdict,
    pub epochs: BTreeMap<FlagKey, Revision>,
    pub accepted: bool,
}

pub struct Rollback {
    pub parts: Vec<RollbackPart>,
    pub awaits: Revision,
    pub since: Timestamp,
    pub released: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Running,
    Paused,
    Completed,
    Aborted,
}

#[derive(Clone, Debug)]
pub struct Flag {
    pub release: ReleaseName,
    pub exposure: u16,
    /// What a person, or a plan that people signed, allowed last.
    pub allowed: u16,
    pub epoch: Revision,
    pub moved_at: Timestamp,
    pub latched: bool,
    pub resumes_to: u16,
    pub contained_from: u16,
    pub armed: Option<u16>,
    pub lowered: bool,
    pub opened: Option<(Timestamp, Option<Timestamp>)>,
}

impl Shadow {
    pub fn tell(&mut self, event: &Event, entry: &Entry) {
        match event {
            Event::PlanApplied { plan, hash, .. } => self.plan(plan, hash, entry),
            Event::Armed { flag, to, .. } => self.flag(flag).armed = Some(to.basis_points()),
            Event::Observed {
                artefact,
                report,
                source,
                ..
            } => self.report(artefact, report, source, entry),
            Event::ObservationStale { artefact, .. } => {
                self.stale.insert(artefact.clone());
            }
            Event::Raised { flag, to, .. } => {
                let flag = self.moved(flag, entry);
                flag.exposure = to.basis_points();
                flag.allowed = flag.exposure;
                flag.resumes_to = 0;
                flag.lowered = false;
            }
            Event::Lowered { flag, to, .. } => {
                let flag = self.moved(flag, entry);
                flag.exposure = flag.exposure.min(to.basis_points());
                flag.allowed = flag.allowed.min(flag.exposure);
                flag.resumes_to = 0;
                flag.lowered = true;
            }
            Event::Contained { flag, .. } => {
                let release = self.flags.get(flag).map(|flag| flag.release.clone());
                let flag = self.moved(flag, entry);
                if !flag.latched {
                    flag.contained_from = flag.exposure;
                }
                (flag.exposure, flag.allowed, flag.latched, flag.lowered) = (0, 0, true, true);
                if let Some(release) = release.and_then(|name| self.releases.get_mut(&name)) {
                    release.routes.clear();
                }
            }
            Event::LatchCleared { flag, .. } => {
                let flag = self.moved(flag, entry);
                flag.resumes_to = flag.contained_from;
                (flag.exposure, flag.latched, flag.lowered) = (0, false, true);
            }
            Event::Release { release, fact, .. } => self.fact(release, fact, entry),
            Event::Frozen { freeze, .. } => {
                self.freezes.insert(entry.revision, freeze.clone());
            }
            Event::FreezeLifted { freeze, .. } => {
                self.freezes.remove(freeze);
            }
            Event::EdgesAcknowledged { .. }
            | Event::EnvironmentDeclared { .. }
            | Event::FlagWritten { .. } => {}
        }
    }

    fn flag(&mut self, key: &FlagKey) -> &mut Flag {
        self.flags.get_mut(key).expect("a known flag")
    }

    fn moved(&mut self, key: &FlagKey, entry: &Entry) -> &mut Flag {
        let flag = self.flag(key);
        flag.epoch = entry.revision;
        flag.moved_at = entry.at;
        flag.armed = None;
        flag.opened = Some((entry.at, None));
        flag
    }

    fn plan(&mut self, plan: &Plan, hash: &PlanHash, entry: &Entry) {
        let faulty = self
            .releases
            .get(&plan.release)
            .map(|release| release.faulty.clone());
        let release = Release {
            plan: plan.clone(),
            hash: hash.clone(),
            author: entry.actor.person().cloned(),
            signed: BTreeMap::new(),
            approved: Vec::new(),
            evidence: Vec::new(),
            phase: Phase::Running,
            rollback: None,
            faulty: faulty.unwrap_or_default(),
            routes: BTreeMap::new(),
        };
        self.releases.insert(plan.release.clone(), release);
        for feature in plan.features.values() {
            let known = self.flags.entry(feature.flag.clone());
            let flag = known.or_insert_with(|| Flag {
                release: plan.release.clone(),
                exposure: 0,
                allowed: 0,
                epoch: entry.revision,
                moved_at: entry.at,
                latched: false,
                resumes_to: 0,
                contained_from: 0,
                armed: None,
                lowered: false,
                opened: None,
            });
            flag.epoch = entry.revision;
            flag.moved_at = entry.at;
            flag.armed = None;
            flag.resumes_to = 0;
        }
    }

    fn report(
        &mut self,
        artefact: &ArtefactId,
        report: &Report,
        source: &PrincipalName,
        entry: &Entry,
    ) {
        let rest: Vec<(FlagKey, Pin, State)> = self.rests_on(artefact);
        self.stale.remove(artefact);
        if let Some(seen) = report.seen {
            self.seen.insert((artefact.clone(), source.clone()), seen);
        }
        let known = self.deployed.entry(artefact.clone()).or_default();
        let mut put = |version: &Version, health: Health, digest: &Option<Digest>| {
            let old = known.get(version).and_then(|(_, digest)| digest.clone());
            known.insert(version.clone(), (health, digest.clone().or(old)));
        };
        match &report.observation {
            Observation::Deployed { version, live } => {
                put(&version.version, version.health, &version.digest);
                if *live {
                    self.live.insert(artefact.clone(), version.version.clone());
                }
            }
            Observation::Full { versions, live } => {
                for report in versions {
                    put(&report.version, report.health, &report.digest);
                }
                known.retain(|version, _| versions.iter().any(|report| report.version == *version));
                match live {
                    Some(live) => self.live.insert(artefact.clone(), live.clone()),
                    None => self.live.remove(artefact),
                };
            }
            Observation::Withdrawn { version } => {
                known.remove(version);
            }
            Observation::Failed { .. } => {}
        }
        if let Some(live) = self.live.get(artefact)
            && !known.contains_key(live)
        {
            self.live.remove(artefact);
        }
        for (key, pin, before) in rest {
            if differs(&before, &self.at(&pin).cloned()) {
                let flag = self.flag(&key);
                flag.epoch = entry.revision;
                flag.moved_at = entry.at;
            }
        }
    }

    /// The flags that cannot be without a version of an artefact, and what that is like.
    pub fn rests_on(&self, artefact: &ArtefactId) -> Vec<(FlagKey, Pin, State)> {
        let keys = self.flags.keys();
        let pins = keys.flat_map(|key| {
            let pins = self.required(key).into_iter();
            pins.map(move |pin| (key.clone(), pin))
        });
        pins.filter(|(_, pin)| pin.artefact() == artefact)
            .map(|(key, pin)| {
                let state = self.at(&pin).cloned();
                (key, pin, state)
            })
            .collect()
    }

    pub fn at(&self, pin: &Pin) -> Option<&(Health, Option<Digest>)> {
        self.deployed.get(pin.artefact())?.get(pin.version())
    }

    pub fn works(&self, pin: &Pin) -> bool {
        matches!(self.at(pin), Some((Health::Healthy, _)))
    }

    pub fn is_live(&self, pin: &Pin) -> bool {
        self.live.get(pin.artefact()) == Some(pin.version())
    }

    pub fn feature(&self, key: &FlagKey) -> Option<(&Release, &Feature)> {
        let release = self.releases.get(&self.flags.get(key)?.release)?;
        let mut features = release.plan.features.values();
        Some((release, features.find(|feature| feature.flag == *key)?))
    }

    /// What a flag cannot be without: what its feature names, and what that needs.
    pub fn required(&self, key: &FlagKey) -> BTreeSet<Pin> {
        let Some((release, feature)) = self.feature(key) else {
            return BTreeSet::new();
        };
        let named = feature.dependencies.iter();
        let mut pins: BTreeSet<Pin> = named
            .filter(|(_, dependency)| !dependency.optional)
            .map(|(pin, _)| pin.clone())
            .collect();
        loop {
            let changes = pins.iter().filter_map(|pin| release.plan.changes.get(pin));
            let more: BTreeSet<Pin> = changes.flat_map(|change| change.requires.clone()).collect();
            let before = pins.len();
            pins.extend(more);
            if pins.len() == before {
                break;
            }
        }
        if release.phase == Phase::Completed {
            let now = |pin: Pin| match self.live.get(pin.artefact()) {
                Some(live) => Pin::new(pin.artefact().clone(), live.clone()),
                None => pin,
            };
            pins = pins.into_iter().map(now).collect();
        }
        pins
    }

    fn fact(&mut self, name: &ReleaseName, fact: &Fact, entry: &Entry) {
        let Some(release) = self.releases.get_mut(name) else {
            return;
        };
        match fact {
            Fact::SignedOff { plan, team, person } if *plan == release.hash => {
                release.signed.insert(team.clone(), person.clone());
            }
            Fact::Approved {
                plan,
                flag,
                step,
                epoch,
                team,
                person,
            } if *plan == release.hash => release.approved.push((
                flag.clone(),
                step.basis_points(),
                *epoch,
                person.clone(),
                team.clone(),
            )),
            Fact::SignedOff { .. } | Fact::Approved { .. } => {}
            Fact::Recorded {
                evidence,
                verdict,
                epochs,
            } => release.evidence.push(Finding {
                evidence: (**evidence).clone(),
                verdict: *verdict,
                epochs: epochs.clone(),
                accepted: false,
            }),
            Fact::Accepted { gate, part, .. } => {
                if let Some(index) = release.latest(gate, part.as_ref()) {
                    release.evidence[index].accepted = true;
                }
            }
            Fact::Paused => release.phase = Phase::Paused,
            Fact::Resumed => release.phase = Phase::Running,
            Fact::Aborted => release.phase = Phase::Aborted,
            Fact::Completed => {
                release.phase = Phase::Completed;
                let pins: Vec<Pin> = release.plan.pins().into_iter().cloned().collect();
                for pin in pins {
                    if self.at(&pin).is_some() {
                        self.live
                            .insert(pin.artefact().clone(), pin.version().clone());
                    }
                }
            }
            Fact::RouteRaised { part, to, .. } => {
                release.routes.insert(part.clone(), to.basis_points());
            }
            Fact::RouteLowered { part, to, .. } => {
                let known = release.routes.get(part).copied().unwrap_or(0);
                release
                    .routes
                    .insert(part.clone(), known.min(to.basis_points()));
            }
            Fact::Retried { .. } => {}
            Fact::RollbackStarted { causes, parts, .. } => {
                release.faulty.extend(causes.iter().cloned());
                release
                    .routes
                    .retain(|pin, _| parts.iter().all(|part| part.pin != *pin));
                release.rollback = Some(Rollback {
                    parts: parts.clone(),
                    awaits: entry.revision,
                    since: entry.at,
                    released: false,
                });
                for flag in self.flags.values_mut() {
                    if flag.release == *name && flag.exposure > 0 {
                        flag.epoch = entry.revision;
                        flag.moved_at = entry.at;
                        flag.opened = Some((entry.at, None));
                    }
                }
            }
            Fact::RollbackReleased => {
                if let Some(rollback) = &mut release.rollback {
                    rollback.released = true;
                }
            }
            Fact::RollbackFinished => release.rollback = None,
        }
    }

    /// What an entry says of edges, once the bundle's revision after it is known.
    pub fn acknowledge(&mut self, entry: &Entry, bundle_revision: Revision) {
        for event in &entry.events {
            let Event::EdgesAcknowledged { revision, .. } = event else {
                continue;
            };
            self.acknowledged = self.acknowledged.max(Some(*revision));
            for flag in self.flags.values_mut() {
                let reached = flag.epoch.min(bundle_revision) <= *revision;
                if let Some((_, acknowledged @ None)) = &mut flag.opened
                    && reached
                {
                    *acknowledged = Some(entry.at);
                }
            }
        }
    }
}

impl Release {
    /// The finding that counts for a gate: what ran last, the worse of two at the same time.
    pub fn latest(&self, gate: &GateName, part: Option<&Pin>) -> Option<usize> {
        let about = |finding: &Finding| {
            finding.evidence.gate == *gate && finding.evidence.part.as_ref() == part
        };
        let found = self.evidence.iter().enumerate();
        found
            .filter(|(_, finding)| about(finding))
            .max_by_key(|(index, finding)| (finding.evidence.ran_at, finding.verdict, *index))
            .map(|(index, _)| index)
    }

    /// The parts that must be live before the flag opens.
    pub fn goes_first(&self) -> Vec<&Pin> {
        if self.plan.strategy != Strategy::Sequenced {
            return Vec::new();
        }
        let rides = |change: &Change| {
            change.canary == Some(RouteCanary::WithFlag) && change.own_steps().is_empty()
        };
        let changes = self.plan.changes.iter();
        changes
            .filter(|(pin, change)| !rides(change) && pin.artefact().kind() != Kind::EvalSet)
            .map(|(pin, _)| pin)
            .collect()
    }
}

/// Whether a part is where its rollback takes it.
pub fn is_back(shadow: &Shadow, part: &RollbackPart) -> bool {
    let live = shadow.live.get(part.pin.artefact());
    match &part.to {
        Target::Version(to) => live == Some(to),
        Target::Disabled | Target::ByProcedure => live != Some(part.pin.version()),
    }
}
