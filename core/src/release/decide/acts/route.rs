//! A part's own route: opened like a flag, step by step under guards, and closed by nothing but the wish.

use super::course::ended;
use super::{Asked, unmet};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::plan::graph::{Graph, Node};
use crate::release::decide::Decision;
use crate::release::guard::{self, Raise};
use crate::release::{Fact, PinProblem, Refusal, Unmet};
use alloc::vec::Vec;

pub(super) fn raise(asked: &Asked<'_>, part: &Pin, to: Exposure) -> Decision {
    let release = asked.release;
    let Some(change) = release.plan.changes.get(part) else {
        return Err(no_part(asked, part));
    };
    let from = release.route(part);
    if to <= from {
        return Ok(Vec::new());
    }
    // What is done is live for everybody: there is no route left to open.
    if release.is_completed() {
        return Err(ended(asked));
    }
    let raise = Raise {
        to,
        epoch: None,
        now: asked.stamp.now,
        person: asked.stamp.actor.person(),
        skip: false,
        emergency: false,
    };
    let latched = asked
        .state
        .flags_of(asked.name)
        .any(|(_, flag)| flag.latch.is_some());
    let mut found = guard::of_release(asked.state, release, &raise);
    let mut wider = change.own_steps().iter().filter(|step| **step > from);
    if let Some(next) = wider.next().filter(|next| to > **next) {
        found.push(Unmet::NotTheNextRouteStep {
            part: part.clone(),
            next: *next,
            to,
        });
    }
    if latched {
        found.push(Unmet::NotDone {
            release: asked.name.clone(),
            what: "a flag of it is contained".into(),
        });
    }
    let gates = guard::of_changes(release, asked.stamp.now).into_iter();
    found.extend(gates.filter(
        |gate| matches!(gate, Unmet::GateOpen { part: of, .. } if of.as_ref() == Some(part)),
    ));
    if release.is_taken_back(part) {
        found.push(Unmet::TakenBack { part: part.clone() });
    }
    found.extend(earlier(asked, part));
    let mut refusals: Vec<Refusal> = found.into_iter().map(Refusal::Unmet).collect();
    let needed = change.requires.iter().chain([part]);
    let stale = guard::stale(asked.state, needed.clone()).into_iter();
    refusals.extend(stale.map(Refusal::Unmet));
    let missing: Vec<PinProblem> = needed.filter_map(|pin| asked.state.unready(pin)).collect();
    if !missing.is_empty() {
        refusals.push(Refusal::PartNotReady {
            part: part.clone(),
            pins: missing,
        });
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    asked.so(Fact::RouteRaised {
        part: part.clone(),
        from,
        to,
    })
}

pub(super) fn lower(asked: &Asked<'_>, part: &Pin, to: Exposure) -> Decision {
    if !asked.release.plan.changes.contains_key(part) {
        return Err(no_part(asked, part));
    }
    let from = asked.release.route(part);
    if from <= to {
        return Ok(Vec::new());
    }
    asked.so(Fact::RouteLowered {
        part: part.clone(),
        from,
        to,
    })
}

/// In a sequenced release, the parts that go before this one and are not live yet.
fn earlier(asked: &Asked<'_>, part: &Pin) -> Vec<Unmet> {
    let plan = &asked.release.plan;
    // A plan with a circle is never read.
    let waves = Graph::of(plan).waves().unwrap_or_default();
    let order = waves.into_iter().flatten().filter_map(|node| match node {
        Node::Part(pin) => Some(pin),
        Node::Flag(_) => None,
    });
    let before: Vec<Pin> = order.take_while(|pin| pin != part).collect();
    let open = guard::not_live(asked.state, asked.release).into_iter();
    open.filter(|pin| before.contains(pin))
        .map(|part| Unmet::OutOfOrder { part })
        .collect()
}

fn no_part(asked: &Asked<'_>, part: &Pin) -> Vec<Refusal> {
    unmet(Unmet::UnknownPart {
        release: asked.name.clone(),
        part: part.clone(),
    })
}
