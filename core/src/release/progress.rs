//! Where a change and a release stand, in one word each.
//!
//! Invariants: states are read off the facts, never stored, so that none can contradict them; every release is in exactly one.
//! The words are those of `semantics.md` §3.1 and §3.2. Not here: what is missing for the next step (`advance`).

use super::guard::{of_changes, unsigned};
use super::{Unmet, deadline, rollback};
use crate::artefact::{Availability, Pin, Unready};
use crate::exposure::Exposure;
use crate::name::{FlagKey, ReleaseName};
use crate::plan::graph::{Graph, Node};
use crate::time::Timestamp;
use crate::workspace::{Environment, Phase, Release};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// Its owner has not signed.
    Planned,
    /// Signed; what it requires is not there yet.
    Ready,
    /// Its gates have not passed.
    Gating,
    /// Nothing is in its way; it is not observed yet.
    Deploying,
    /// It was tried, or should have been there by now.
    DeployFailed,
    /// Observed, and users outside the release do not get it.
    Deployed,
    /// Observed, and everybody gets it.
    Live,
    /// There, and it does not work.
    Drifted,
    /// On its way back.
    RollingBack,
    /// Its way back failed, or should be over by now: a person decides.
    RollbackFailed,
    /// Taken back as faulty.
    RolledBack,
}

impl fmt::Display for ChangeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChangeState::Planned => "planned",
            ChangeState::Ready => "ready",
            ChangeState::Gating => "gating",
            ChangeState::Deploying => "to be deployed",
            ChangeState::DeployFailed => "deployment failed",
            ChangeState::Deployed => "deployed",
            ChangeState::Live => "live",
            ChangeState::Drifted => "unhealthy",
            ChangeState::RollingBack => "rolling back",
            ChangeState::RollbackFailed => "rollback failed",
            ChangeState::RolledBack => "rolled back",
        })
    }
}

/// Where a release stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReleaseState {
    /// Owners have not signed.
    AwaitingSignOff,
    /// Parts are missing; the first wave of them, from 1.
    Shipping {
        /// The wave.
        wave: usize,
        /// Of how many.
        of: usize,
    },
    /// Everything is there, and nobody sees it.
    Dark,
    /// A flag is on its way.
    Canary {
        /// The flag that is furthest behind.
        flag: FlagKey,
        /// Where it is.
        exposure: Exposure,
    },
    /// Everything is open; it is watched.
    Baking {
        /// Till when.
        until: Timestamp,
    },
    /// Everything is open, and watched long enough.
    Full,
    /// No raises until resumed.
    Paused,
    /// A flag is contained.
    Contained {
        /// The flag.
        flag: FlagKey,
    },
    /// Parts go back.
    RollingBack,
    /// Done.
    Completed,
    /// Ended.
    Aborted,
}

impl fmt::Display for ReleaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReleaseState::AwaitingSignOff => f.write_str("awaiting sign-off"),
            ReleaseState::Shipping { wave, of } => write!(f, "shipping, wave {wave} of {of}"),
            ReleaseState::Dark => f.write_str("dark: everything is there, nobody sees it"),
            ReleaseState::Canary { flag, exposure } => write!(f, "canary: {flag} at {exposure}"),
            ReleaseState::Baking { until } => write!(f, "baking until {until}"),
            ReleaseState::Full => f.write_str("full"),
            ReleaseState::Paused => f.write_str("paused"),
            ReleaseState::Contained { flag } => write!(f, "contained: {flag} at 0 %"),
            ReleaseState::RollingBack => f.write_str("rolling back"),
            ReleaseState::Completed => f.write_str("completed"),
            ReleaseState::Aborted => f.write_str("aborted"),
        }
    }
}

/// Where a change of a release stands.
pub fn change_state(
    state: &Environment,
    release: &Release,
    pin: &Pin,
    now: Timestamp,
) -> ChangeState {
    if let Some(progress) = rollback::progress(state, release, now) {
        let next = progress.next.iter().any(|part| part.pin == *pin);
        let stuck = || deadline::trouble_back(state, release, &progress, now).is_some();
        if next && stuck() {
            return ChangeState::RollbackFailed;
        }
        if next || progress.then.iter().any(|part| part.pin == *pin) {
            return ChangeState::RollingBack;
        }
    }
    if release.is_taken_back(pin) {
        return ChangeState::RolledBack;
    }
    let availability = state.artefacts.get(pin.artefact());
    match state.unready(pin).map(|problem| problem.state) {
        None if availability.and_then(Availability::live) == Some(pin.version()) => {
            ChangeState::Live
        }
        None => ChangeState::Deployed,
        Some(Unready::Unhealthy) => ChangeState::Drifted,
        Some(Unready::Missing) => before_it_ships(state, release, pin, now),
    }
}

fn before_it_ships(
    state: &Environment,
    release: &Release,
    pin: &Pin,
    now: Timestamp,
) -> ChangeState {
    let change = release.plan.changes.get(pin);
    let owner = change.and_then(|change| change.owner.as_ref());
    let signers = release.plan.signers();
    let unsigned = |owner| signers.contains(owner) && !release.course.sign_offs.contains_key(owner);
    if owner.is_some_and(unsigned) {
        return ChangeState::Planned;
    }
    let gates = of_changes(release, now).into_iter();
    let mut own = gates
        .filter(|gate| matches!(gate, Unmet::GateOpen { part, .. } if part.as_ref() == Some(pin)));
    if own.next().is_some() {
        return ChangeState::Gating;
    }
    let mut needed = change.into_iter().flat_map(|change| &change.requires);
    if needed.any(|needed| state.unready(needed).is_some()) {
        return ChangeState::Ready;
    }
    match deadline::trouble(state, release, pin, now) {
        Some(_) => ChangeState::DeployFailed,
        None => ChangeState::Deploying,
    }
}

/// Where a release stands.
pub fn release_state(
    state: &Environment,
    name: &ReleaseName,
    release: &Release,
    now: Timestamp,
) -> ReleaseState {
    match release.course.phase {
        Phase::Completed { .. } => return ReleaseState::Completed,
        Phase::Aborted { .. } => return ReleaseState::Aborted,
        Phase::Running | Phase::Paused { .. } => {}
    }
    if release.course.rollback.is_some() {
        return ReleaseState::RollingBack;
    }
    let flags = || state.flags_of(name);
    if let Some((key, _)) = flags().find(|(_, flag)| flag.latch.is_some()) {
        return ReleaseState::Contained { flag: key.clone() };
    }
    if matches!(release.course.phase, Phase::Paused { .. }) {
        return ReleaseState::Paused;
    }
    if !release.plan.is_bare() && !unsigned(release).is_empty() {
        return ReleaseState::AwaitingSignOff;
    }
    if let Some((wave, of)) = shipping(state, release) {
        return ReleaseState::Shipping { wave, of };
    }
    if let Some(Unmet::Bakes { until, .. }) = unfinished(state, name, release, now) {
        return ReleaseState::Baking { until };
    }
    match flags().min_by_key(|(_, flag)| flag.exposure) {
        Some((_, flag)) if flag.exposure.is_zero() => ReleaseState::Dark,
        Some((key, flag)) if flag.exposure < release.plan.full() => ReleaseState::Canary {
            flag: key.clone(),
            exposure: flag.exposure,
        },
        _ => ReleaseState::Full,
    }
}

/// The first thing that is missing before the release is done: every flag has baked at its full exposure, every part is
/// there.
pub(super) fn unfinished(
    state: &Environment,
    name: &ReleaseName,
    release: &Release,
    now: Timestamp,
) -> Option<Unmet> {
    let not_done = |what: String| Unmet::NotDone {
        release: name.clone(),
        what,
    };
    if release.course.rollback.is_some() {
        return Some(Unmet::RollingBack {
            release: name.clone(),
        });
    }
    for (key, flag) in state.flags_of(name) {
        if flag.latch.is_some() {
            return Some(not_done(format!("{key} is contained")));
        }
        if flag.exposure < release.plan.full() {
            return Some(not_done(format!("{key} is at {}", flag.exposure)));
        }
        let since = flag
            .opened
            .map(|opened| opened.acknowledged.unwrap_or(opened.at));
        let over = since.map(|since| since + release.plan.bake());
        if let Some(until) = over.filter(|over| now < *over) {
            let flag = key.clone();
            return Some(Unmet::Bakes { flag, until });
        }
    }
    if release.plan.features.is_empty()
        && let Some(unmet) = unshipped(name, release, now)
    {
        return Some(unmet);
    }
    let mut missing = release
        .plan
        .changes
        .keys()
        .filter_map(|pin| state.unready(pin));
    missing.next().map(|problem| not_done(problem.to_string()))
}

/// What a release without a user-facing part has left: there is no raise that would have asked for signatures and gates, and the
/// routes of its parts are all there is to open.
fn unshipped(name: &ReleaseName, release: &Release, now: Timestamp) -> Option<Unmet> {
    let mut open = unsigned(release)
        .into_iter()
        .chain(of_changes(release, now));
    if let Some(open) = open.next() {
        return Some(open);
    }
    let changes = release.plan.changes.iter();
    let mut stepped = changes.filter(|(_, change)| !change.own_steps().is_empty());
    let (pin, _) = stepped.find(|(pin, _)| release.route(pin) < Exposure::FULL)?;
    Some(Unmet::NotDone {
        release: name.clone(),
        what: format!("the route of {pin} is at {}", release.route(pin)),
    })
}

/// The first wave with a part that is not there, and how many waves of parts there are.
fn shipping(state: &Environment, release: &Release) -> Option<(usize, usize)> {
    // A plan with a circle is never read.
    let waves = Graph::of(&release.plan).waves().unwrap_or_default();
    let parts = |wave: &[Node]| wave.iter().any(|node| matches!(node, Node::Part(_)));
    let of = waves.iter().filter(|wave| parts(wave)).count();
    let missing = |node: &Node| match node {
        Node::Part(pin) => state.unready(pin).is_some() && !optional(release, pin),
        Node::Flag(_) => false,
    };
    let first = waves.iter().position(|wave| wave.iter().any(missing))?;
    Some((first + 1, of))
}

/// Whether nothing but optional dependencies asks for a part.
fn optional(release: &Release, pin: &Pin) -> bool {
    let features = release.plan.features.values();
    !release.plan.changes.contains_key(pin)
        && features
            .filter_map(|feature| feature.dependencies.get(pin))
            .all(|dependency| dependency.optional)
}
