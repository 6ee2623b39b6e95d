//! The guards of a raise: everything that must hold before exposure may increase, and nothing that lowering asks.
//!
//! Invariant: all are evaluated and all refusals returned, in the decision that appends the raise. The numbers are those of
//! `semantics.md` §3.2; G4 to G6, G8 and G10 ask what only a full plan says, and hold of themselves in a bare one.

mod gates;
mod hours;
mod people;
mod steps;

pub(super) use gates::of_changes;
pub(super) use people::unsigned;
pub use steps::{next_step, step_at};

use super::{Refusal, Unmet};
use crate::artefact::{ArtefactId, Availability, Kind, Pin};
use crate::exposure::Exposure;
use crate::name::{FlagKey, PrincipalName, Revision};
use crate::plan::{Change, RouteCanary, Strategy};
use crate::time::{Span, Timestamp};
use crate::workspace::{Environment, FeatureFlag, Phase, Release};
use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;

/// How long an edge that hears nothing goes on with what it has: after it, what it serves is stale and says so (DESIGN §7).
pub const EDGE_LEASE: Span = Span::from_seconds(60);

/// A raise that somebody asks for, or that an armed opening would make.
#[derive(Debug, Clone, Copy)]
pub struct Raise<'a> {
    /// To what share.
    pub to: Exposure,
    /// The flag's epoch as the caller last saw it; none where the decision reads the state itself.
    pub epoch: Option<Revision>,
    /// When.
    pub now: Timestamp,
    /// Who asks; none for Flaghoist itself.
    pub person: Option<&'a PrincipalName>,
    /// Leave out steps, on a person's word.
    pub skip: bool,
    /// Hours and freezes do not count, on a person's word.
    pub emergency: bool,
}

/// Every reason why `flag` may not rise now; empty when it may.
pub fn refusals(
    environment: &Environment,
    key: &FlagKey,
    flag: &FeatureFlag,
    raise: &Raise<'_>,
) -> Vec<Refusal> {
    let mut found: Vec<Refusal> = [
        // G3, G2, G1.
        raise.epoch.and_then(|epoch| moved(key, flag, epoch)),
        latched(key, flag),
        not_ready(environment, key, flag),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut unmet = stale(environment, &environment.required_pins(flag));
    if let Some(release) = environment.release_of(flag) {
        unmet.extend(standing(release));
        unmet.extend(taken_back(environment, flag, release));
        unmet.extend(shared(environment, release));
        unmet.extend(hours::unmet(environment, release, key, raise));
        // What is left of a completed release is its holdback, which has been watched for as long as the plan says.
        let on_its_way = !release.is_completed();
        if on_its_way && !release.plan.is_bare() {
            // Sequenced: every part has its own canary behind it and is live; the flag goes last.
            let first = not_live(environment, release).into_iter();
            unmet.extend(first.map(|part| Unmet::OutOfOrder { part }));
            unmet.extend(people::unmet(release, key, flag, raise));
            unmet.extend(of_changes(release, raise.now));
        }
        if let Some(canary) = release.plan.canary.as_ref().filter(|_| on_its_way) {
            unmet.extend(steps::unmet(&release.plan, key, flag, raise));
            unmet.extend(gates::of_step(release, canary, key, flag, raise.now));
        }
    }
    unmet.extend(not_acknowledged(environment, flag, raise.now));
    found.extend(unmet.into_iter().map(Refusal::Unmet));
    found
}

fn moved(key: &FlagKey, flag: &FeatureFlag, epoch: Revision) -> Option<Refusal> {
    (flag.epoch != epoch).then(|| Refusal::EpochMoved {
        flag: key.clone(),
        expected: epoch,
        current: flag.epoch,
        exposure: flag.exposure,
        latched: flag.latch.is_some(),
        by: flag.last_move.by.clone(),
        at: flag.last_move.at,
        what: flag.last_move.what.clone(),
    })
}

fn latched(key: &FlagKey, flag: &FeatureFlag) -> Option<Refusal> {
    flag.latch.as_ref().map(|latch| Refusal::Latched {
        flag: key.clone(),
        since: latch.since,
        by: latch.by.clone(),
        cause: latch.cause.clone(),
        reason: latch.reason.clone(),
    })
}

fn not_ready(environment: &Environment, key: &FlagKey, flag: &FeatureFlag) -> Option<Refusal> {
    let pins = environment.missing(flag);
    (!pins.is_empty()).then(|| Refusal::NotReady {
        flag: key.clone(),
        pins,
    })
}

/// Pins of which the last promised report is missing: they close nothing, and nothing rises on them.
pub(super) fn stale<'a>(
    environment: &Environment,
    pins: impl IntoIterator<Item = &'a Pin>,
) -> Vec<Unmet> {
    let artefacts: BTreeSet<&ArtefactId> = pins.into_iter().map(Pin::artefact).collect();
    let silent = artefacts.into_iter().filter_map(|artefact| {
        let known = environment.artefacts.get(artefact)?;
        Some(Unmet::Stale {
            artefact: artefact.clone(),
            since: known.stale()?,
            reporter: known.promise()?.source.clone(),
        })
    });
    silent.collect()
}

/// The parts of a sequenced release that are not live yet and have to be before the next one starts: all that have users of
/// their own, but those that ride with the flag.
pub(super) fn not_live(environment: &Environment, release: &Release) -> Vec<Pin> {
    if release.plan.strategy != Strategy::Sequenced {
        return Vec::new();
    }
    let live = |pin: &Pin| {
        let availability = environment.artefacts.get(pin.artefact());
        availability.and_then(Availability::live) == Some(pin.version())
    };
    let changes = release.plan.changes.iter();
    // Nobody is served an eval set: it is there, or it is not.
    let goes_live = |(pin, change): &(&Pin, &Change)| {
        let rides = change.canary == Some(RouteCanary::WithFlag) && change.own_steps().is_empty();
        !rides && pin.artefact().kind() != Kind::EvalSet
    };
    let open = changes.filter(goes_live).filter(|(pin, _)| !live(pin));
    open.map(|(pin, _)| pin.clone()).collect()
}

/// What holds back everything of a release, its parts' own routes as well.
pub(super) fn of_release(
    environment: &Environment,
    release: &Release,
    raise: &Raise<'_>,
) -> Vec<Unmet> {
    let mut found = standing(release);
    found.extend(shared(environment, release));
    found.extend(hours::closed(environment, release, raise));
    found.extend(unsigned(release));
    found
}

/// Whether the release as a whole goes on.
fn standing(release: &Release) -> Vec<Unmet> {
    let name = &release.plan.release;
    let phase = match &release.course.phase {
        // What is left of a completed release is its holdback.
        Phase::Running | Phase::Completed { .. } => None,
        Phase::Paused { by, since } => Some(Unmet::Paused {
            release: name.clone(),
            by: by.to_string(),
            since: *since,
        }),
        Phase::Aborted { .. } => Some(Unmet::Ended {
            release: name.clone(),
            what: "been aborted".into(),
        }),
    };
    let rollback = release
        .course
        .rollback
        .as_ref()
        .map(|_| Unmet::RollingBack {
            release: name.clone(),
        });
    phase.into_iter().chain(rollback).collect()
}

/// What is faulty does not open again, wherever the flag needs it.
fn taken_back(environment: &Environment, flag: &FeatureFlag, release: &Release) -> Vec<Unmet> {
    let required = environment.required_pins(flag);
    let faulty = required
        .into_iter()
        .filter(|pin| release.is_taken_back(pin));
    faulty.map(|part| Unmet::TakenBack { part }).collect()
}

/// G11: no other release is mid-way with one of the same artefacts.
fn shared(environment: &Environment, release: &Release) -> Vec<Unmet> {
    let own = release.plan.pins();
    let mut found = Vec::new();
    for (name, other) in &environment.releases {
        let open = |part: &Exposure| !part.is_zero() && *part < Exposure::FULL;
        let midway = other.plan.canary.is_some()
            && other.is_active()
            && environment
                .flags_of(name)
                .any(|(_, flag)| open(&flag.exposure));
        if *name == release.plan.release || !midway {
            continue;
        }
        let theirs = other.plan.pins();
        let artefacts = own.iter().map(|pin| pin.artefact());
        let both =
            artefacts.filter(|artefact| theirs.iter().any(|pin| pin.artefact() == *artefact));
        found.extend(both.map(|artefact| Unmet::SharedPart {
            release: name.clone(),
            artefact: artefact.clone(),
        }));
    }
    found
}

/// G12: the edges serve the step the flag is at before it goes to the next, as far as they tell or their lease lasts.
fn not_acknowledged(
    environment: &Environment,
    flag: &FeatureFlag,
    now: Timestamp,
) -> Option<Unmet> {
    if flag.exposure.is_zero() {
        return None;
    }
    let awaited = environment.awaited(flag, now)?;
    Some(Unmet::NotAcknowledged { revision: awaited })
}
