//! Findings that need the facts of an environment: what is deployed there, who else ships, how many users there are, freezes
//! (FH113, FH115, FH116, FH135, FH142, FH151, FH157, FH161, FH164).
//!
//! Invariants: facts change, so that a finding here is a warning, save where a guard refuses the same plan now (FH115, FH164);
//! other releases are looked through once. Not here: guards themselves (`release::decide`).

use super::{finding, hours, names};
use crate::artefact::{ArtefactId, Pin, Unready};
use crate::calendar;
use crate::diagnostic::{Diagnostic, Severity};
use crate::exposure::Exposure;
use crate::plan::closure::Closures;
use crate::plan::{Measure, Plan, Role};
use crate::workspace::Environment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Users with an event that a canary arm must show before a doubled rate is told from chance, by the share of users exposed in
/// basis points (semantics.md §1.2 and §1.3: 25 at 5 %, 34 at 25 %, 54 at 50 %, each for ρ = 2 and α = 0.01).
const EVENTS_NEEDED: [(u16, u64); 3] = [(5_000, 54), (2_500, 34), (500, 25)];
/// What the table is for: the rate is so many times the control's.
const DETECTABLE: u64 = 2;
/// Of so many users one has the event in the control (semantics.md §1.3: simulated with 1 % errors).
const BASELINE_ONE_OF: u64 = 100;

pub(super) fn lint(plan: &Plan, state: &Environment, found: &mut Vec<Diagnostic>) {
    let places = Places::of(plan);
    not_deployed(plan, state, &places, found);
    others(plan, state, &places, found);
    traffic(plan, state.population, found);
    frozen(plan, state, found);
    no_way_back(plan, state, found);
    foreign_flags(plan, state, found);
    history(plan, state, &places, found);
}

/// FH113: needed, not shipped by the plan, and not there.
fn not_deployed(
    plan: &Plan,
    state: &Environment,
    places: &Places<'_>,
    found: &mut Vec<Diagnostic>,
) {
    for pin in plan.pins() {
        let missing = state
            .unready(pin)
            .is_some_and(|problem| problem.state == Unready::Missing);
        if missing && !plan.changes.contains_key(pin) {
            found.push(finding(
                Severity::Warning,
                "FH113",
                places.path(pin),
                format!("{pin} is neither among the changes nor deployed"),
                "add it under `changes`, or pin a version that is deployed",
            ));
        }
    }
}

/// Where a plan names each of its pins: where it ships it, else where a feature, else where a change needs it.
struct Places<'a>(BTreeMap<&'a Pin, String>);

impl<'a> Places<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut places = BTreeMap::new();
        for pin in plan.changes.keys() {
            places.insert(pin, format!("changes[{pin}]"));
        }
        for (name, feature) in &plan.features {
            for pin in feature.dependencies.keys() {
                let place = || format!("features.{name}.dependencies[{pin}]");
                places.entry(pin).or_insert_with(place);
            }
        }
        for (consumer, change) in &plan.changes {
            for pin in &change.requires {
                let place = || format!("changes[{consumer}].requires[{pin}]");
                places.entry(pin).or_insert_with(place);
            }
        }
        Self(places)
    }

    fn path(&self, pin: &Pin) -> String {
        let known = self.0.get(pin).cloned();
        known.unwrap_or_else(|| "changes".into())
    }
}

/// FH115, FH116: releases that want the same parts.
fn others(plan: &Plan, state: &Environment, places: &Places<'_>, found: &mut Vec<Diagnostic>) {
    let pins = plan.pins();
    let ours: BTreeMap<&ArtefactId, &Pin> = pins.iter().map(|pin| (pin.artefact(), *pin)).collect();
    for (name, other) in &state.releases {
        if *name == plan.release || !other.is_active() {
            continue;
        }
        let mid = state
            .flags_of(name)
            .find(|(_, flag)| !flag.exposure.is_zero() && flag.exposure < other.plan.full());
        let mut shared = Vec::new();
        for theirs in other.plan.pins() {
            let Some(pin) = ours.get(theirs.artefact()) else {
                continue;
            };
            if *pin == theirs {
                shared.push(theirs.artefact());
                continue;
            }
            found.push(finding(
                Severity::Error,
                "FH115",
                places.path(pin),
                format!(
                    "the plan pins {pin}, release {name} pins {}",
                    theirs.version()
                ),
                format!("pin {} too, or wait until {name} is done", theirs.version()),
            ));
        }
        if let Some((key, flag)) = mid.filter(|_| !shared.is_empty()) {
            let message = format!(
                "release {name} is in its canary ({key} at {}) with {}: what their metrics show is of both",
                flag.exposure,
                names(&shared)
            );
            let fix = format!("wait until {name} is done");
            found.push(finding(Severity::Warning, "FH116", "changes", message, fix));
        }
    }
}

/// FH135: a step too small for a verdict.
fn traffic(plan: &Plan, population: Option<u64>, found: &mut Vec<Diagnostic>) {
    let (Some(canary), Some(population)) = (&plan.canary, population) else {
        return;
    };
    let compares = canary
        .metrics
        .iter()
        .find(|metric| metric.role != Role::Info && matches!(metric.measure, Measure::Rate { .. }));
    let Some(metric) = compares else { return };
    for (index, step) in canary.steps.iter().enumerate() {
        let share = step.exposure.basis_points();
        // At 100 % there is no control to compare with.
        if step.exposure == Exposure::FULL || step.exposure.is_zero() {
            continue;
        }
        let row = EVENTS_NEEDED
            .iter()
            .find(|(from, _)| share >= *from)
            .or(EVENTS_NEEDED.last());
        let events = row.map_or(0, |(_, events)| *events);
        let (needed, users) = (
            events * BASELINE_ONE_OF / DETECTABLE,
            step.exposure.of(population),
        );
        if users < needed {
            let time = step
                .at_least
                .map_or_else(|| "the step".into(), |time| format!("{time}"));
            found.push(finding(
                Severity::Warning,
                "FH135",
                format!("canary.steps[{index}]"),
                format!(
                    "{} for {time} gives at most {users} users of {population}; to tell a rate of 2 % from one of 1 % `{}` needs \
                     {needed}: expect INCONCLUSIVE",
                    step.exposure, metric.name
                ),
                "make the step wider, or have a person look: `gates: [ { review: TEAM } ]`",
            ));
        }
    }
}

/// FH142: a step agreed for a time when nobody raises.
fn frozen(plan: &Plan, state: &Environment, found: &mut Vec<Diagnostic>) {
    let zone = calendar::schedule_zone(plan);
    for (step, time) in &plan.schedule {
        // A zone that is not known here has its own finding.
        let Ok(moment) = calendar::moment(time, zone) else {
            return;
        };
        if let Some(freeze) = state.freezes.values().find(|freeze| freeze.covers(moment)) {
            found.push(finding(
                Severity::Warning,
                "FH142",
                format!("schedule.{}", hours::key(*step)),
                format!(
                    "the step to {step} is agreed for {time}, in a freeze: {}",
                    freeze.reason.as_str()
                ),
                "agree on another time",
            ));
        }
    }
}

/// FH151: the way back leads to what is not there.
fn no_way_back(plan: &Plan, state: &Environment, found: &mut Vec<Diagnostic>) {
    for (pin, change) in &plan.changes {
        let Some(to) = change.rollback.as_ref().and_then(|way| way.to.as_ref()) else {
            continue;
        };
        let back = Pin::new(pin.artefact().clone(), to.clone());
        if state.unready(&back).is_some() {
            found.push(finding(
                Severity::Warning,
                "FH151",
                format!("changes[{pin}].rollback.to"),
                format!("{pin} cannot go back to {to}: that is not available"),
                "deploy it, and keep it as long as the release runs",
            ));
        }
    }
}

/// FH157: flags of others that close when a change goes back.
fn foreign_flags(plan: &Plan, state: &Environment, found: &mut Vec<Diagnostic>) {
    let active = state
        .releases
        .iter()
        .filter(|(name, other)| **name != plan.release && other.is_active());
    let closures = Closures::among(plan, active.map(|(_, other)| &other.plan));
    for foreign in closures.foreign() {
        let open = state
            .flags
            .get(&foreign.flag)
            .is_some_and(|flag| !flag.exposure.is_zero());
        let ships: BTreeSet<&Pin> = foreign
            .pins
            .iter()
            .filter(|pin| plan.changes.contains_key(*pin))
            .collect();
        if let Some(first) = ships.first().filter(|_| open) {
            found.push(finding(
                Severity::Warning,
                "FH157",
                format!("changes[{first}].rollback"),
                format!(
                    "rolling back {} takes {} of release {} to 0",
                    names(&ships),
                    foreign.flag,
                    foreign.release
                ),
                "agree on it with that release's owners",
            ));
        }
    }
}

/// FH161, FH164: what this release was before.
fn history(plan: &Plan, state: &Environment, places: &Places<'_>, found: &mut Vec<Diagnostic>) {
    let Some(release) = state.releases.get(&plan.release) else {
        return;
    };
    let signed = release.course.sign_offs.keys();
    let hash = plan.hash();
    if signed.len() > 0 && release.hash != hash {
        let message = format!(
            "the plan is not the one that was signed ({} then, {} now): sign-offs of {} are void",
            release.hash.short(),
            hash.short(),
            names(signed)
        );
        let fix = "have them sign again after applying it";
        found.push(finding(Severity::Warning, "FH161", "", message, fix));
    }
    let pins = plan.pins();
    for (pin, since) in release.faulty.iter().filter(|(pin, _)| pins.contains(pin)) {
        let message = format!("{pin} is the version that was rolled back as faulty on {since}");
        found.push(finding(
            Severity::Error,
            "FH164",
            places.path(pin),
            message,
            "ship a new version with the fix",
        ));
    }
}
