//! Rolling back parts: flags to 0 first, their own and those of other releases, then the parts, consumers before foundations.
//!
//! Invariants: what goes along is what the plan's preview said; a flag stays open only where the part is optional with
//! evidence; nothing here asks a gate, an approval, hours or a freeze.

use super::{Asked, unmet};
use crate::artefact::Pin;
use crate::name::FlagKey;
use crate::plan::graph::{Graph, Node};
use crate::release::decide::{Decision, said_why};
use crate::release::{Cause, Event, Fact, Unmet, rollback};
use crate::workspace::FeatureFlag;
use alloc::collections::BTreeSet;
use alloc::format;
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
    let graph = Graph::of(&release.plan);
    let beneath: BTreeSet<Node> = causes
        .iter()
        .flat_map(|pin| graph.closure(&Node::Part(pin.clone())))
        .collect();
    let waves = graph.waves().unwrap_or_default();
    let parts: Vec<Pin> = waves
        .into_iter()
        .rev()
        .flatten()
        .filter(|node| beneath.contains(node))
        .filter_map(|node| match node {
            Node::Part(pin) => Some(pin),
            Node::Flag(_) => None,
        })
        .collect();
    let mut events: Vec<Event> = closed_by(asked, &parts)
        .map(|(key, flag)| Event::Contained {
            environment: asked.environment.clone(),
            flag: key.clone(),
            from: flag.exposure,
            cause: Cause::Rollback {
                release: asked.name.clone(),
                causes: causes.clone(),
            },
        })
        .collect();
    events.push(asked.fact(Fact::RollbackStarted { causes, parts }));
    Ok(events)
}

/// The flags that must go to 0 first: every open one, of whatever release, that requires one of the parts.
fn closed_by<'a>(
    asked: &Asked<'a>,
    parts: &'a [Pin],
) -> impl Iterator<Item = (&'a FlagKey, &'a FeatureFlag)> {
    let state = asked.state;
    let needs = move |flag: &FeatureFlag| {
        let required = state.required_pins(flag);
        parts.iter().any(|part| required.contains(part))
    };
    let flags = state.flags.iter().filter(|(_, flag)| flag.latch.is_none());
    flags.filter(move |(_, flag)| needs(flag))
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
    let waits = match (progress.awaits, progress.next) {
        (Some(revision), _) => format!("the edges have not acknowledged revision {revision}"),
        (None, Some(pin)) => format!("{pin} is not back yet"),
        (None, None) => return Ok(Vec::new()),
    };
    Err(unmet(Unmet::NotDone {
        release: asked.name.clone(),
        what: waits,
    }))
}
