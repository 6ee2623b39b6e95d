//! Rolling back parts: flags to 0 first, their own and those of other releases, then the parts, consumers before foundations.
//!
//! Invariants: what goes along is what the plan's preview said; a flag stays open only where the part is optional with
//! evidence; nothing here asks a gate, an approval, hours or a freeze.

use super::{Asked, unmet};
use crate::artefact::Pin;
use crate::name::FlagKey;
use crate::plan::closure::{Closures, RollbackPreview};
use crate::release::decide::{Decision, said_why};
use crate::release::{Cause, Event, Fact, Unmet, rollback};
use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;

pub(super) fn begin(asked: &Asked<'_>, causes: &BTreeSet<Pin>) -> Decision {
    asked.person()?;
    let release = asked.release;
    if let Some(part) = causes
        .iter()
        .find(|pin| !release.plan.pins().contains(*pin))
    {
        return Err(unmet(Unmet::UnknownPart {
            release: asked.name.clone(),
            part: part.clone(),
        }));
    }
    let under_way = release.course.rollback.as_ref();
    if under_way.is_some_and(|rollback| causes.is_subset(&rollback.causes)) || causes.is_empty() {
        return Ok(Vec::new());
    }
    // A second cause widens the rollback that is under way.
    let known = under_way.into_iter().flat_map(|rollback| &rollback.causes);
    let causes: BTreeSet<Pin> = causes.iter().chain(known).cloned().collect();
    let others = asked
        .state
        .releases
        .values()
        .filter(|other| other.plan.release != *asked.name);
    let closures = Closures::among(&release.plan, others.map(|other| &other.plan));
    let RollbackPreview {
        parts,
        flags_to_zero,
        foreign,
        blocked_by,
        ..
    } = closures.rollback(&causes);
    let foreign = foreign.into_iter().map(|foreign| foreign.flag);
    let mut events: Vec<Event> = flags_to_zero
        .into_iter()
        .chain(foreign)
        .filter_map(|key| contained(asked, key, &causes))
        .collect();
    events.push(asked.fact(Fact::RollbackStarted {
        causes,
        parts,
        blocked: blocked_by,
    }));
    Ok(events)
}

/// A flag goes to 0 before what it needs goes away; nothing where it is latched already or was never applied.
fn contained(asked: &Asked<'_>, key: FlagKey, causes: &BTreeSet<Pin>) -> Option<Event> {
    let flag = asked
        .state
        .flags
        .get(&key)
        .filter(|flag| flag.latch.is_none())?;
    Some(Event::Contained {
        environment: asked.environment.clone(),
        from: flag.exposure,
        flag: key,
        cause: Cause::Rollback {
            release: asked.name.clone(),
            causes: causes.clone(),
        },
    })
}

pub(super) fn release(asked: &Asked<'_>) -> Decision {
    said_why(asked.stamp)?;
    match &asked.release.course.rollback {
        Some(rollback) if !rollback.released => asked.so(Fact::RollbackReleased),
        _ => Ok(Vec::new()),
    }
}

/// Done is what is observed: asked for too early, it is refused with what is left.
pub(super) fn finish(asked: &Asked<'_>) -> Decision {
    let Some(progress) = rollback::progress(asked.state, asked.release, asked.stamp.now) else {
        return Ok(Vec::new());
    };
    if progress.is_done() {
        return asked.so(Fact::RollbackFinished);
    }
    Err(unmet(Unmet::NotDone {
        release: asked.name.clone(),
        what: progress.to_string(),
    }))
}
