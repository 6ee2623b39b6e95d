//! `lower`: from the state of an environment to the flagd document its edges load (DESIGN §6).
//!
//! Invariants: a closed flag has no targeting and answers `off`, so that no caller's own default can switch it on; an
//! open flag and the routes of its pins embed the same expression and cohort, so a user is in all of them or in none;
//! a flag without a targeting key answers its default. Not here: compiling and evaluating the document.

mod rule;

use super::Bundle;
use crate::artefact::{ArtefactId, Availability, Pin};
use crate::flag::{Definition, State};
use crate::name::{EnvironmentName, FlagKey};
use crate::plan::Plan;
use crate::release::Event;
use crate::value::Value;
use crate::workspace::{Closed, Environment, FeatureFlag, Release, Workspace};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use rule::{exposed, rule};

/// The variant of a feature's flag that exposed users get.
pub const ON: &str = "on";
/// The variant everybody else gets.
pub const OFF: &str = "off";

/// Lowers one environment; `None` where there is no such environment.
pub fn lower(workspace: &Workspace, environment: &EnvironmentName) -> Option<Bundle> {
    lower_where(workspace, environment, |_, _| true)
}

/// The same with only the flags marked for clients: what browser evaluation keys may load.
pub fn lower_for_clients(workspace: &Workspace, environment: &EnvironmentName) -> Option<Bundle> {
    lower_where(workspace, environment, |state, key| {
        state.is_for_clients(key)
    })
}

fn lower_where(
    workspace: &Workspace,
    environment: &EnvironmentName,
    wanted: impl Fn(&Environment, &str) -> bool,
) -> Option<Bundle> {
    let state = workspace.environment(environment)?;
    let metadata = BTreeMap::from([
        ("flagSetId".into(), Value::from(environment.as_str())),
        ("ledger".into(), Value::from(workspace.ledger().as_str())),
        (
            "revision".into(),
            Value::from(state.bundle_revision.get() as i64),
        ),
    ]);
    let features = state.flags.keys().map(ToString::to_string);
    let plain = state.plain_flags.keys().map(ToString::to_string);
    let flags = features
        .chain(plain)
        .chain(route_keys(state))
        .filter(|key| wanted(state, key))
        .filter_map(|key| lower_key(state, &key).map(|definition| (key, definition)))
        .collect();
    Some(Bundle {
        metadata,
        flags,
        ..Bundle::default()
    })
}

/// The definition of one key of the document; `None` where the state has no such key.
pub(crate) fn lower_key(state: &Environment, key: &str) -> Option<Definition> {
    if let Ok(artefact) = key.parse::<ArtefactId>() {
        return route(state, &artefact);
    }
    let key: FlagKey = key.parse().ok()?;
    match state.flags.get(&key) {
        Some(flag) => Some(feature_flag(state, flag)),
        None => state
            .plain_flags
            .get(&key)
            .map(|flag| flag.definition.clone()),
    }
}

/// The keys of the document whose definition an event can change.
pub(crate) fn affected_keys(state: &Environment, event: &Event) -> BTreeSet<String> {
    let mut keys = directly_affected(state, event);
    // What rests on a flag embeds its expression, and so do the routes of its pins.
    let flags: Vec<FlagKey> = keys.iter().filter_map(|key| key.parse().ok()).collect();
    for (_, flag) in state.dependents(&flags.iter().collect()) {
        keys.extend(
            state
                .feature(flag)
                .map(|(plan, _)| with_routes(plan))
                .unwrap_or_default(),
        );
    }
    keys
}

/// The flags of a plan and the routes of its pins.
fn with_routes(plan: &Plan) -> BTreeSet<String> {
    let flags = plan
        .features
        .values()
        .map(|feature| feature.flag.to_string());
    let routes = plan
        .pins()
        .into_iter()
        .map(|pin| pin.artefact().to_string());
    flags.chain(routes).collect()
}

fn directly_affected(state: &Environment, event: &Event) -> BTreeSet<String> {
    match event {
        Event::EnvironmentDeclared { .. }
        | Event::Armed { .. }
        | Event::Frozen { .. }
        | Event::FreezeLifted { .. }
        | Event::ObservationStale { .. }
        | Event::EdgesAcknowledged { .. } => BTreeSet::new(),
        Event::Release { release, .. } => {
            let release = state.releases.get(release);
            release
                .map(|release| with_routes(&release.plan))
                .unwrap_or_default()
        }
        Event::PlanApplied { plan, .. } => {
            let mut keys = with_routes(plan);
            if let Some(old) = state.releases.get(&plan.release) {
                keys.extend(with_routes(&old.plan));
            }
            keys
        }
        // A part that comes or goes closes flags, and those decide the routes of all their pins.
        Event::Observed { artefact, .. } => {
            let plans = state.releases.values().map(|release| &release.plan);
            let using = plans.filter(|plan| {
                plan.pins()
                    .into_iter()
                    .any(|pin| pin.artefact() == artefact)
            });
            using
                .flat_map(with_routes)
                .chain([artefact.to_string()])
                .collect()
        }
        Event::Raised { flag, .. }
        | Event::Lowered { flag, .. }
        | Event::Contained { flag, .. }
        | Event::LatchCleared { flag, .. } => {
            let plan = state
                .flags
                .get(flag)
                .and_then(|flag| state.feature(flag))
                .map(|(plan, _)| plan);
            plan.map(with_routes).unwrap_or_default()
        }
        Event::FlagWritten { flag, .. } => BTreeSet::from([flag.to_string()]),
    }
}

fn feature_flag(state: &Environment, flag: &FeatureFlag) -> Definition {
    let mut metadata = BTreeMap::from([
        ("release".into(), Value::from(flag.release.as_str())),
        ("epoch".into(), Value::from(flag.epoch.get() as i64)),
        (
            "exposure".into(),
            Value::from(i64::from(flag.exposure.basis_points())),
        ),
    ]);
    if let Some((plan, feature)) = state.feature(flag) {
        let mut parts: Vec<String> = Vec::new();
        for pin in plan
            .required_pins(feature)
            .iter()
            .chain(feature.dependencies.keys())
        {
            let part = pin.artefact().to_string();
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        if !parts.is_empty() {
            // So that an edge can say which versions it served with an answer.
            metadata.insert("artefacts".into(), Value::String(parts.join(",")));
        }
    }
    let prerequisites = state.prerequisites(flag);
    if !prerequisites.is_empty() {
        let keys: Vec<&str> = prerequisites.iter().map(|key| key.as_str()).collect();
        metadata.insert("prerequisites".into(), Value::String(keys.join(",")));
    }
    let closed = state.closed(flag);
    if let Some(closed) = &closed {
        metadata.extend(cause(closed));
    }
    let targeting = match closed {
        Some(_) => None,
        None => admitted(state, flag, Value::from(ON), Value::from(OFF)),
    };
    Definition {
        state: State::Enabled,
        variants: BTreeMap::from([
            (ON.into(), Value::Bool(true)),
            (OFF.into(), Value::Bool(false)),
        ]),
        default_variant: Some(OFF.into()),
        targeting,
        metadata,
    }
}

/// The bytes of JSON that a feature's flag takes at the edges at most: its definition when it is open.
pub(crate) fn lowered_bytes(state: &Environment, flag: &FeatureFlag) -> usize {
    let definition = feature_flag(state, flag);
    let targeting = admitted(state, flag, Value::from(ON), Value::from(OFF));
    let open = Definition {
        targeting,
        ..definition
    };
    serde_json::to_vec(&open).map_or(0, |bytes| bytes.len())
}

/// Why a flag is closed, as scalars: "why is it off?" has an answer at the edge.
fn cause(closed: &Closed<'_>) -> Vec<(String, Value)> {
    let word = |word: &str| (String::from("cause"), Value::from(word));
    match closed {
        Closed::Contained(_) => vec![word("contained")],
        Closed::NotOpened => vec![word("not_opened")],
        Closed::Prerequisite(key) => vec![
            word("prerequisite"),
            ("prerequisite".into(), Value::from(key.as_str())),
        ],
        Closed::NotReady(missing) => {
            let pins: Vec<String> = missing
                .iter()
                .map(|problem| problem.pin.to_string())
                .collect();
            vec![
                word("not_ready"),
                ("missing".into(), Value::String(pins.join(","))),
            ]
        }
    }
}

/// The rule of an open flag: `inside` for whom it admits, and whom all the flags it rests on admit, else `outside`.
fn admitted(
    state: &Environment,
    flag: &FeatureFlag,
    inside: Value,
    outside: Value,
) -> Option<Value> {
    let own = admitted_by_itself(state, flag, inside, outside)?;
    let beneath = state.prerequisites(flag);
    let mut conditions = Vec::with_capacity(beneath.len());
    for key in beneath {
        let answer = admitted_by_itself(
            state,
            state.flags.get(key)?,
            Value::from(ON),
            Value::from(OFF),
        )?;
        conditions.push(rule("==", Value::Array(vec![answer, Value::from(ON)])));
    }
    if conditions.is_empty() {
        return Some(own);
    }
    let all = rule("and", Value::Array(conditions));
    Some(rule("if", Value::Array(vec![all, own, Value::Null])))
}

/// The same without what the flag rests on: its preview, then its share of the cohort.
fn admitted_by_itself(
    state: &Environment,
    flag: &FeatureFlag,
    inside: Value,
    outside: Value,
) -> Option<Value> {
    let (plan, feature) = state.feature(flag)?;
    let preview = state.preview(flag);
    if preview.is_empty() {
        return Some(exposed(
            plan.cohort_of(feature),
            flag.exposure,
            inside,
            outside,
        ));
    }
    let keys = preview
        .iter()
        .map(|key| Value::from(key.as_str()))
        .collect();
    let key = rule("var", Value::from("targetingKey"));
    let previews = rule("in", Value::Array(vec![key, Value::Array(keys)]));
    let rest = if flag.exposure.is_zero() {
        Value::Null
    } else {
        exposed(
            plan.cohort_of(feature),
            flag.exposure,
            inside.clone(),
            outside,
        )
    };
    Some(rule("if", Value::Array(vec![previews, inside, rest])))
}

/// Every artefact that is deployed or pinned has a route.
fn route_keys(state: &Environment) -> BTreeSet<String> {
    let deployed = state.artefacts.keys().map(ToString::to_string);
    let pinned = state
        .releases
        .values()
        .flat_map(|release| release.plan.pins());
    deployed
        .chain(pinned.map(|pin| pin.artefact().to_string()))
        .collect()
}

/// The route of an artefact: exposed users get the release's pin, all others the live version.
fn route(state: &Environment, artefact: &ArtefactId) -> Option<Definition> {
    let live = state.artefacts.get(artefact).and_then(Availability::live);
    let mut versions: BTreeSet<String> = live.iter().map(ToString::to_string).collect();
    let mut branches = Vec::new();
    // What a completed release shipped is live; the next release of the same part goes before it.
    let active = state
        .releases
        .values()
        .filter(|release| release.is_active());
    for (release, pin) in active.flat_map(|release| pins_of(release, artefact)) {
        let plan = &release.plan;
        versions.insert(pin.version().to_string());
        // Only a pin that is there can be served: an optional part may be missing while its flag is open. And what was
        // taken back is not served, though the flag may stay open without it.
        if state.unready(pin).is_some() || release.is_taken_back(pin) {
            continue;
        }
        let own = release.route(pin);
        if !own.is_zero() {
            let version = Value::from(pin.version().as_str());
            branches.push(exposed(&plan.cohort(), own, version, Value::Null));
        }
        for feature in plan.features.values().filter(|feature| {
            feature.dependencies.contains_key(pin) || plan.required_pins(feature).contains(pin)
        }) {
            let Some(flag) = state.flags.get(&feature.flag) else {
                continue;
            };
            if state.closed(flag).is_none() {
                let version = Value::from(pin.version().as_str());
                branches.extend(admitted(state, flag, version, Value::Null));
            }
        }
    }
    branches.dedup();
    // The first release that has the user decides. Not `or`: engines differ in what it gives where nothing is true.
    let targeting = branches
        .into_iter()
        .rev()
        .reduce(|rest, first| rule("if", Value::Array(vec![first.clone(), first, rest])));
    // A document cannot hold a flag without variants.
    (!versions.is_empty()).then(|| Definition {
        state: State::Enabled,
        variants: versions
            .into_iter()
            .map(|version| (version.clone(), Value::String(version)))
            .collect(),
        default_variant: live.map(ToString::to_string),
        targeting,
        metadata: BTreeMap::new(),
    })
}

fn pins_of<'a>(release: &'a Release, artefact: &ArtefactId) -> Vec<(&'a Release, &'a Pin)> {
    let pins = release.plan.pins().into_iter();
    pins.filter(|pin| pin.artefact() == artefact)
        .map(|pin| (release, pin))
        .collect()
}
