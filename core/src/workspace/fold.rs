//! `Workspace::apply`: folds one entry.
//!
//! Invariants: total (an event about something unknown changes nothing); lower and contain are caps that fold in any
//! state; `bundle_revision` moves exactly when what edges load changes.

use super::{
    Acknowledged, Armed, Course, Environment, FeatureFlag, Latch, Move, Opened, PlainFlag, Release,
    Workspace,
};
use crate::artefact::{ArtefactId, Pin, Report, Unready};
use crate::bundle::{affected_keys, lower_key};
use crate::exposure::Exposure;
use crate::name::{EnvironmentName, FlagKey, PrincipalName, ReleaseName, Revision};
use crate::plan::{Plan, PlanHash};
use crate::release::{Entry, Event, FORMAT, Fact, Stamp};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

impl Workspace {
    /// Folds the next entry into the state.
    pub fn apply(&mut self, entry: &Entry) {
        let mut before: BTreeMap<(EnvironmentName, String), _> = BTreeMap::new();
        for event in &entry.events {
            let name = event.environment();
            let state = self.environments.entry(name.clone()).or_default();
            for key in affected_keys(state, event) {
                let lowered = lower_key(state, &key);
                before.entry((name.clone(), key)).or_insert(lowered);
            }
            state.fold(event, entry);
        }
        for ((name, key), before) in before {
            if let Some(state) = self.environments.get_mut(&name)
                && lower_key(state, &key) != before
            {
                state.bundle_revision = entry.revision;
            }
        }
        self.revision = entry.revision;
    }

    /// Folds events that are not in the ledger (yet), as if they were its next entry: for previews.
    pub fn apply_events(&mut self, events: &[Event], stamp: &Stamp) {
        let entry = Entry {
            format: FORMAT,
            revision: self.revision.next(),
            at: stamp.now,
            actor: stamp.actor.clone(),
            reason: stamp.reason.clone(),
            request: stamp.request.clone(),
            events: events.to_vec(),
        };
        self.apply(&entry);
    }
}

impl Environment {
    fn fold(&mut self, event: &Event, entry: &Entry) {
        match event {
            Event::EnvironmentDeclared { population, .. } => {
                self.population = population.or(self.population)
            }
            Event::PlanApplied {
                plan,
                hash,
                parent,
                source,
                ..
            } => {
                self.fold_plan(plan, hash, parent.as_ref(), source, entry);
            }
            Event::Armed {
                flag,
                to,
                on_behalf_of,
                ..
            } => {
                if let Some(flag) = self.flags.get_mut(flag) {
                    flag.armed = Some(Armed {
                        to: *to,
                        on_behalf_of: on_behalf_of.clone(),
                    });
                }
            }
            Event::Observed {
                artefact,
                report,
                source,
                ..
            } => {
                self.fold_report(artefact, report, source, entry);
            }
            Event::ObservationStale { artefact, .. } => {
                if let Some(known) = self.artefacts.get_mut(artefact) {
                    known.fall_silent(entry.at);
                }
            }
            Event::Raised { flag, .. }
            | Event::Lowered { flag, .. }
            | Event::Contained { flag, .. }
            | Event::LatchCleared { flag, .. } => self.fold_move(flag, event, entry),
            Event::Release { release, fact, .. } => self.fold_fact(release, fact, entry),
            Event::Frozen { freeze, .. } => {
                self.freezes.insert(entry.revision, freeze.clone());
            }
            Event::FreezeLifted { freeze, .. } => {
                self.freezes.remove(freeze);
            }
            Event::EdgesAcknowledged {
                revision, edges, ..
            } => self.fold_acknowledged(*revision, *edges, entry),
            Event::FlagWritten {
                flag,
                definition,
                client,
                ..
            } => {
                let written = PlainFlag {
                    definition: (**definition).clone(),
                    client: *client,
                    revision: entry.revision,
                };
                self.plain_flags.insert(flag.clone(), written);
            }
        }
    }

    fn fold_move(&mut self, key: &FlagKey, event: &Event, entry: &Entry) {
        let Some(flag) = self.flags.get_mut(key) else {
            return;
        };
        flag.fold(event, entry);
        // What contains a release's flag leaves none of its routes open on its own.
        if matches!(event, Event::Contained { .. })
            && let Some(release) = self.releases.get_mut(&flag.release)
        {
            release.close_routes(entry.at);
        }
    }

    fn fold_fact(&mut self, name: &ReleaseName, fact: &Fact, entry: &Entry) {
        let Some(release) = self.releases.get_mut(name) else {
            return;
        };
        release.fold(fact, entry);
        match fact {
            Fact::Completed => {
                let pins: Vec<Pin> = release.plan.pins().into_iter().cloned().collect();
                self.make_live(&pins);
            }
            Fact::RollbackStarted { .. } => self.observe_anew(name, fact, entry),
            Fact::Retried { part } => {
                if let Some(availability) = self.artefacts.get_mut(part.artefact()) {
                    availability.forget_failure(part.version());
                }
            }
            _ => {}
        }
    }

    fn make_live(&mut self, pins: &[Pin]) {
        for pin in pins {
            if let Some(availability) = self.artefacts.get_mut(pin.artefact()) {
                availability.make_live(pin.version());
            }
        }
    }

    /// What stays open without a part is another thing than what was watched so far: its step begins anew.
    fn observe_anew(&mut self, name: &ReleaseName, fact: &Fact, entry: &Entry) {
        let what = fact.describe(name);
        let flags = self.flags.values_mut().filter(|flag| flag.release == *name);
        for flag in flags.filter(|flag| !flag.exposure.is_zero()) {
            flag.epoch = entry.revision;
            flag.opened = Some(Opened {
                at: entry.at,
                acknowledged: None,
            });
            flag.last_move = Move {
                by: entry.actor.clone(),
                at: entry.at,
                what: what.clone(),
            };
        }
    }

    fn fold_acknowledged(&mut self, revision: Revision, edges: u32, entry: &Entry) {
        let known = self
            .acknowledged
            .map_or(Revision::ZERO, |known| known.revision);
        self.acknowledged = Some(Acknowledged {
            revision: revision.max(known),
            edges,
            at: entry.at,
        });
        for flag in self.flags.values_mut() {
            let serves = flag.epoch.min(self.bundle_revision) <= revision;
            if let Some(opened) = flag
                .opened
                .as_mut()
                .filter(|opened| serves && opened.acknowledged.is_none())
            {
                opened.acknowledged = Some(entry.at);
            }
        }
    }

    fn fold_plan(
        &mut self,
        plan: &Plan,
        hash: &PlanHash,
        parent: Option<&PlanHash>,
        source: &str,
        entry: &Entry,
    ) {
        let replaced: BTreeMap<FlagKey, FeatureFlag> = {
            let (old, kept) = core::mem::take(&mut self.flags)
                .into_iter()
                .partition(|(_, flag)| flag.release == plan.release);
            self.flags = kept;
            old
        };
        let last_move = Move {
            by: entry.actor.clone(),
            at: entry.at,
            what: String::from("applied its plan"),
        };
        for (name, feature) in &plan.features {
            let old = replaced.get(&feature.flag);
            let flag = FeatureFlag {
                release: plan.release.clone(),
                feature: name.clone(),
                exposure: old.map_or(Exposure::ZERO, |flag| flag.exposure),
                armed: None,
                latch: old.and_then(|flag| flag.latch.clone()),
                epoch: entry.revision,
                last_move: last_move.clone(),
                opened: old.and_then(|flag| flag.opened),
                resumes_to: Exposure::ZERO,
                lowered: old.is_some_and(|flag| flag.lowered),
                preview_closed: old.is_some_and(|flag| flag.preview_closed),
            };
            self.flags.insert(feature.flag.clone(), flag);
        }
        let known = self.releases.remove(&plan.release);
        let release = Release {
            plan: plan.clone(),
            hash: hash.clone(),
            parent: parent.cloned(),
            source: source.into(),
            applied_by: entry.actor.clone(),
            applied_at: entry.at,
            revision: entry.revision,
            course: Course::default(),
            faulty: known.map(|known| known.faulty).unwrap_or_default(),
        };
        self.releases.insert(plan.release.clone(), release);
    }

    /// Changes what is known of an artefact, and moves the epoch of every flag for which a required pin changed state.
    fn fold_report(
        &mut self,
        artefact: &ArtefactId,
        report: &Report,
        source: &PrincipalName,
        entry: &Entry,
    ) {
        let before = self.artefacts.get(artefact).cloned().unwrap_or_default();
        let after = before.after(report, entry.at, source);
        let what = |flag: &FeatureFlag| {
            let pins = self.required_pins(flag);
            let pin = pins
                .into_iter()
                .filter(|pin| pin.artefact() == artefact)
                .find(|pin| {
                    before.unready(pin.version()) != after.unready(pin.version())
                        || before.mismatch(&after, pin.version()).is_some()
                })?;
            let state = match after.unready(pin.version()) {
                None => "ready",
                Some(Unready::Missing) => "withdrawn",
                Some(Unready::Unhealthy) => "unhealthy",
            };
            Some(format!("reported {pin} {state}"))
        };
        let moved: Vec<(FlagKey, String)> = self
            .flags
            .iter()
            .filter_map(|(key, flag)| what(flag).map(|what| (key.clone(), what)))
            .collect();
        for (key, what) in moved {
            if let Some(flag) = self.flags.get_mut(&key) {
                flag.epoch = entry.revision;
                flag.last_move = Move {
                    by: entry.actor.clone(),
                    at: entry.at,
                    what,
                };
            }
        }
        self.artefacts.insert(artefact.clone(), after);
    }
}

impl FeatureFlag {
    fn fold(&mut self, event: &Event, entry: &Entry) {
        match event {
            Event::Raised { to, .. } => {
                self.exposure = *to;
                self.preview_closed = false;
                self.resumes_to = Exposure::ZERO;
            }
            Event::Lowered { to, .. } => {
                self.exposure = self.exposure.min(*to);
                self.preview_closed |= to.is_zero();
                self.resumes_to = Exposure::ZERO;
            }
            Event::Contained { cause, .. } => {
                self.preview_closed = true;
                let from = core::mem::replace(&mut self.exposure, Exposure::ZERO);
                // The first latch tells the story; containing again does not rewrite it.
                self.latch.get_or_insert_with(|| Latch {
                    since: entry.at,
                    by: entry.actor.clone(),
                    cause: cause.clone(),
                    reason: entry.reason.clone(),
                    from,
                });
            }
            Event::LatchCleared { .. } => {
                let latch = self.latch.take();
                self.resumes_to = latch.map_or(Exposure::ZERO, |latch| latch.from);
                self.exposure = Exposure::ZERO;
            }
            _ => return,
        }
        self.lowered = !matches!(event, Event::Raised { .. });
        self.opened = (!self.exposure.is_zero()).then_some(Opened {
            at: entry.at,
            acknowledged: None,
        });
        // Whatever moved it, an opening that waited is over: it fired, or somebody stopped it.
        self.armed = None;
        self.epoch = entry.revision;
        self.last_move = Move {
            by: entry.actor.clone(),
            at: entry.at,
            what: event.describe(),
        };
    }
}
