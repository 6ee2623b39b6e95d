//! Taking up a plan: a new release, the same again, or a new version of one.
//!
//! Invariants: the same file again changes nothing; a file never moves a percentage that was applied; an open flag's
//! needs do not change under its users; two releases never pin two versions of one artefact in one environment.

mod prerequisites;

use super::{Decision, known, observe};
use crate::calendar;
use crate::diagnostic::{Diagnostic, Severity};
use crate::exposure::Exposure;
use crate::name::EnvironmentName;
use crate::plan::{Feature, Plan, lint};
use crate::release::{Event, Refusal, Stamp};
use crate::workspace::{Environment, FeatureFlag, Release, Workspace};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

/// Errors of lint that have a refusal of their own, which says more: two versions of one artefact, a faulty version again.
const REFUSED_BY_NAME: [&str; 2] = ["FH115", "FH164"];

/// Every finding about a plan where `decide` would apply it, with its lines; of the plan alone where that is nowhere.
pub fn findings(
    workspace: &Workspace,
    asked: Option<&EnvironmentName>,
    plan: &Plan,
    source: &str,
) -> Vec<Diagnostic> {
    let environment = target(workspace, asked, plan).ok();
    let mut found = match environment.and_then(|name| workspace.environment(&name)) {
        Some(state) => lint::lint_in(plan, state),
        None => lint::lint(plan),
    };
    lint::locate(source, &mut found);
    found
}

pub(super) fn decide(
    workspace: &Workspace,
    asked: Option<&EnvironmentName>,
    plan: &Plan,
    source: &str,
    stamp: &Stamp,
) -> Decision {
    let environment = target(workspace, asked, plan)?;
    let state = known(workspace, &environment)?;
    let hash = plan.hash();
    let current = state.releases.get(&plan.release);
    if current.is_some_and(|release| release.hash == hash) {
        return Ok(Vec::new());
    }
    let mut refusals = refusals(state, plan, current, source, stamp);
    refusals.extend(prerequisites::refusals(&environment, state, plan));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut events = vec![Event::PlanApplied {
        environment: environment.clone(),
        plan: Box::new(plan.clone()),
        hash,
        parent: current.map(|release| release.hash.clone()),
        source: source.to_string(),
    }];
    let Some(person) = stamp.actor.person() else {
        return Ok(events);
    };
    for feature in plan.features.values() {
        let known = state.flags.get(&feature.flag);
        // An edit disarms; the new plan arms again only what had never opened and nobody had stopped.
        let fresh = known.is_none_or(|flag| flag.armed.is_some());
        let Some(to) = feature.canary.filter(|to| fresh && !to.is_zero()) else {
            continue;
        };
        events.push(Event::Armed {
            environment: environment.clone(),
            flag: feature.flag.clone(),
            to,
            on_behalf_of: person.clone(),
        });
    }
    // Where the parts are there already, the opening fires in this same decision: fold a copy and ask its guards.
    let mut next = workspace.clone();
    next.apply_events(&events, stamp);
    if let Some(next) = next.environment(&environment) {
        let too_large = prerequisites::too_large(next, plan);
        if !too_large.is_empty() {
            return Err(too_large);
        }
        let flags = plan
            .features
            .values()
            .filter_map(|feature| next.flags.get_key_value(&feature.flag));
        let openings: Vec<Event> = flags
            .filter_map(|(key, flag)| observe::opening(&environment, next, key, flag, stamp.now))
            .collect();
        events.extend(openings);
    }
    Ok(events)
}

/// The environment a plan is for: its own word, the command's, or the only one there is.
fn target(
    workspace: &Workspace,
    asked: Option<&EnvironmentName>,
    plan: &Plan,
) -> Result<EnvironmentName, Vec<Refusal>> {
    match (plan.environment.as_ref(), asked) {
        (Some(plan), Some(command)) if plan != command => Err(vec![Refusal::EnvironmentDiffers {
            plan: plan.clone(),
            command: command.clone(),
        }]),
        (Some(name), _) | (None, Some(name)) => Ok(name.clone()),
        (None, None) => {
            let mut names = workspace.environments().keys();
            match (names.next(), names.next()) {
                (Some(only), None) => Ok(only.clone()),
                _ => Err(vec![Refusal::EnvironmentUnclear {
                    known: workspace.environments().keys().cloned().collect(),
                }]),
            }
        }
    }
}

fn refusals(
    state: &Environment,
    plan: &Plan,
    current: Option<&Release>,
    source: &str,
    stamp: &Stamp,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if stamp.actor.person().is_none() {
        refusals.push(Refusal::PersonMissing);
    }
    let mut errors: Vec<_> = lint::lint_in(plan, state)
        .into_iter()
        .chain(calendar::check_zones(plan))
        .filter(|found| found.severity == Severity::Error)
        .filter(|found| !REFUSED_BY_NAME.contains(&found.code.as_str()))
        .collect();
    if !errors.is_empty() {
        lint::locate(source, &mut errors);
        refusals.push(Refusal::InvalidDocument {
            diagnostics: errors,
        });
    }
    refusals.extend(pin_conflicts(state, plan));
    let faulty = current.into_iter().flat_map(|release| &release.faulty);
    let again = faulty.filter(|(pin, _)| plan.pins().contains(pin));
    refusals.extend(again.map(|(part, since)| Refusal::SameFault {
        part: part.clone(),
        since: *since,
    }));
    let named = current
        .and_then(Release::going_on)
        .into_iter()
        .flat_map(|incident| incident.attributed.as_ref());
    let named = named.flat_map(|named| named.parts.iter().map(move |part| (part, named.at)));
    refusals.extend(
        named
            .filter(|(part, _)| plan.pins().contains(part))
            .filter(|(part, _)| current.is_none_or(|known| !known.faulty.contains_key(part)))
            .map(|(part, since)| Refusal::SameFault {
                part: part.clone(),
                since,
            }),
    );
    for feature in plan.features.values() {
        refusals.extend(flag_refusal(state, plan, current, feature));
    }
    // A feature that the new plan drops would leave its open flag without a plan.
    for (key, flag) in state
        .flags
        .iter()
        .filter(|(_, flag)| flag.release == plan.release)
    {
        let kept = plan
            .features
            .get(&flag.feature)
            .is_some_and(|feature| feature.flag == *key);
        if !kept && !flag.exposure.is_zero() {
            refusals.push(Refusal::OpenFlag {
                flag: key.clone(),
                exposure: flag.exposure,
            });
        }
    }
    refusals
}

fn flag_refusal(
    state: &Environment,
    plan: &Plan,
    current: Option<&Release>,
    feature: &Feature,
) -> Option<Refusal> {
    let key = &feature.flag;
    if state.plain_flags.contains_key(key) {
        return Some(Refusal::FlagTaken {
            flag: key.clone(),
            release: None,
        });
    }
    let flag = state.flags.get(key)?;
    if flag.release != plan.release {
        return Some(Refusal::FlagTaken {
            flag: key.clone(),
            release: Some(flag.release.clone()),
        });
    }
    let before = current.and_then(|release| release.plan.features.get(&flag.feature))?;
    let was = before.canary;
    if was != feature.canary {
        return Some(Refusal::PercentageInFile {
            flag: key.clone(),
            was,
            now: feature.canary,
        });
    }
    changes_what_is_open(state, plan, current, flag, feature).map(|exposure| Refusal::OpenFlag {
        flag: key.clone(),
        exposure,
    })
}

/// The exposure of a flag whose required pins or cohort the new plan would change while users see it.
fn changes_what_is_open(
    state: &Environment,
    plan: &Plan,
    current: Option<&Release>,
    flag: &FeatureFlag,
    feature: &Feature,
) -> Option<Exposure> {
    let old = current?;
    let before = old.plan.features.get(&flag.feature)?;
    let same = state.required_pins(flag) == plan.required_pins(feature)
        && before.prerequisites == feature.prerequisites
        && before.dependencies.keys().eq(feature.dependencies.keys())
        && old.plan.cohort_of(before) == plan.cohort_of(feature);
    (!same && !flag.exposure.is_zero()).then_some(flag.exposure)
}

fn pin_conflicts(state: &Environment, plan: &Plan) -> Vec<Refusal> {
    let pins = plan.pins();
    let ours: BTreeMap<_, _> = pins.iter().map(|pin| (pin.artefact(), *pin)).collect();
    let mut found = Vec::new();
    for (name, other) in state
        .releases
        .iter()
        .filter(|(name, release)| **name != plan.release && release.is_active())
    {
        for theirs in other.plan.pins() {
            let pin = ours.get(theirs.artefact());
            if let Some(pin) = pin.filter(|pin| pin.version() != theirs.version()) {
                found.push(Refusal::PinConflict {
                    artefact: pin.artefact().clone(),
                    pinned: pin.version().clone(),
                    other: theirs.version().clone(),
                    release: name.clone(),
                });
            }
        }
    }
    found
}
