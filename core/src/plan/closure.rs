//! What goes back together: the closure of a rollback, seen before anybody needs it.
//!
//! Invariants: `Closures` is a function of plans and of the changes to take back alone, so that the preview at plan time is what
//! happens; a change goes back with everything that must go with it, or not at all; consumers come before foundations.
//! Preparing is linear in edges, and so is each closure. Not here: who is exposed now, and carrying it out (`release`).

mod flags;
mod preview;

pub use preview::{ForeignFlag, Obstacle, RollbackPart, RollbackPreview, Stop, Target};

use super::graph::{Graph, Node};
use super::{Change, Plan};
use crate::artefact::Pin;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use flags::{Flags, Foreign};

/// Everything about rollbacks that follows from a plan; made once, asked about any set of its changes.
#[derive(Debug, Clone)]
pub struct Closures<'a> {
    plan: &'a Plan,
    graph: Graph,
    /// Of each part: where it goes back to, or why it cannot.
    ways: Vec<Result<Target, Stop>>,
    /// Of each part: the consumers that do not work with what it goes back to.
    pulls: Vec<Vec<usize>>,
    /// Of each part: when it ships, so that what shipped last goes back first.
    shipped: Vec<usize>,
    flags: Flags<'a>,
    foreign: Foreign<'a>,
}

impl<'a> Closures<'a> {
    /// The closures of a plan by itself.
    pub fn of(plan: &'a Plan) -> Self {
        Self::among(plan, core::iter::empty())
    }

    /// The closures of a plan among the other plans in force in its environment: their flags close too where they need a part
    /// that goes back.
    pub fn among(plan: &'a Plan, others: impl IntoIterator<Item = &'a Plan>) -> Self {
        let graph = Graph::of(plan);
        let pins: Vec<Option<&Pin>> = graph.nodes().iter().map(pin_of).collect();
        let changes: Vec<Option<&Change>> =
            pins.iter().map(|pin| plan.changes.get((*pin)?)).collect();
        let ways: Vec<Result<Target, Stop>> =
            changes.iter().map(|change| way_back(*change)).collect();
        let pulls = ways
            .iter()
            .zip(&pins)
            .enumerate()
            .map(|(node, (way, pin))| {
                let consumers = graph.needed_by(node).iter().filter(|edge| edge.required);
                let goes = consumers.filter(|consumer| {
                    let change = changes.get(consumer.node).copied().flatten();
                    change.is_some_and(|change| !accepts(change, *pin, way))
                });
                goes.map(|consumer| consumer.node).collect()
            })
            .collect();
        let mut shipped = alloc::vec![usize::MAX; graph.nodes().len()];
        for (place, node) in graph.order_or_rest().into_iter().enumerate() {
            if let Some(shipped) = shipped.get_mut(node) {
                *shipped = place;
            }
        }
        let flags = Flags::of(plan, &graph);
        let foreign = Foreign::of(others, &graph);
        Self {
            plan,
            graph,
            ways,
            pulls,
            shipped,
            flags,
            foreign,
        }
    }

    /// What happens when `changes` are taken back.
    pub fn rollback(&self, changes: &BTreeSet<Pin>) -> RollbackPreview {
        let place = |pin: &Pin| self.graph.place(&Node::Part(pin.clone()));
        let seeds: Vec<usize> = changes.iter().filter_map(place).collect();
        let mut preview = self.rollback_of(&seeds);
        let strange = changes.iter().filter(|pin| place(pin).is_none());
        preview.blocked_by.extend(strange.map(|pin| Obstacle {
            pin: pin.clone(),
            stop: Stop::Unknown,
        }));
        preview
    }

    /// What happens when a change is taken back, for each change of the plan.
    pub fn of_every_change(&self) -> BTreeMap<Pin, RollbackPreview> {
        let changes = self.graph.nodes().iter().enumerate();
        changes
            .filter_map(|(place, node)| {
                let pin = pin_of(node).filter(|pin| self.plan.changes.contains_key(*pin))?;
                Some((pin.clone(), self.rollback_of(&[place])))
            })
            .collect()
    }

    /// The flags of other releases that need any part of the plan.
    pub fn foreign(&self) -> Vec<ForeignFlag> {
        let all: Vec<usize> = (0..self.graph.nodes().len()).collect();
        self.foreign.touched(&all, &self.graph)
    }

    fn rollback_of(&self, seeds: &[usize]) -> RollbackPreview {
        let wanted = self.reach(seeds);
        let stopped = self.stopped(&wanted);
        let (staying, going): (Vec<usize>, Vec<usize>) =
            seeds.iter().partition(|seed| stopped.contains(seed));
        // What must not be stopped is not reached from what can go: else that could not go either.
        let going = if staying.is_empty() {
            wanted.clone()
        } else {
            self.reach(&going)
        };
        let pins = |places: &[usize]| -> Vec<Pin> {
            let nodes = places
                .iter()
                .filter_map(|place| self.graph.nodes().get(*place));
            nodes.filter_map(pin_of).cloned().collect()
        };
        let obstacle = |place: &usize| {
            let stop = self.ways.get(*place)?.as_ref().err()?;
            Some(Obstacle {
                pin: pin_of(self.graph.nodes().get(*place)?)?.clone(),
                stop: *stop,
            })
        };
        let touched = self.flags.touched(&wanted, &self.graph);
        RollbackPreview {
            parts: going.iter().filter_map(|place| self.part(*place)).collect(),
            flags_to_zero: touched.to_zero,
            closed_behind: touched.behind,
            degraded: touched.degraded,
            foreign: self.foreign.touched(&wanted, &self.graph),
            blocked_by: wanted.iter().filter_map(obstacle).collect(),
            stays: pins(&staying),
        }
    }

    fn part(&self, place: usize) -> Option<RollbackPart> {
        Some(RollbackPart {
            pin: pin_of(self.graph.nodes().get(place)?)?.clone(),
            to: self.ways.get(place)?.as_ref().ok()?.clone(),
        })
    }

    /// The closure: what goes when `seeds` go, consumers before foundations.
    fn reach(&self, seeds: &[usize]) -> Vec<usize> {
        let mut seen = alloc::vec![false; self.graph.nodes().len()];
        let mut found = Vec::new();
        let mut open = seeds.to_vec();
        while let Some(place) = open.pop() {
            let Some(seen) = seen.get_mut(place).filter(|seen| !**seen) else {
                continue;
            };
            *seen = true;
            found.push(place);
            if self.has_way(place) {
                open.extend(self.pulls.get(place).into_iter().flatten());
            }
        }
        found.sort_by_key(|place| core::cmp::Reverse(self.shipped.get(*place)));
        found
    }

    fn has_way(&self, place: usize) -> bool {
        self.ways.get(place).is_some_and(Result::is_ok)
    }

    /// What of a closure cannot go: what has no way back, and whatever that would be stranded without.
    fn stopped(&self, closure: &[usize]) -> BTreeSet<usize> {
        let mut stopped: BTreeSet<usize> = BTreeSet::new();
        if closure.iter().all(|place| self.has_way(*place)) {
            return stopped;
        }
        // Consumers come first, so that one look at each part is enough.
        for place in closure {
            let mut pulls = self.pulls.get(*place).into_iter().flatten();
            if !self.has_way(*place) || pulls.any(|consumer| stopped.contains(consumer)) {
                stopped.insert(*place);
            }
        }
        stopped
    }
}

fn pin_of(node: &Node) -> Option<&Pin> {
    match node {
        Node::Part(pin) => Some(pin),
        Node::Flag(_) => None,
    }
}

/// Where a part goes back to.
fn way_back(change: Option<&Change>) -> Result<Target, Stop> {
    let way = change.and_then(|change| change.rollback.as_ref());
    let way = way.ok_or(Stop::NoWay)?;
    match (&way.to, &way.procedure) {
        _ if way.forward_only => Err(Stop::ForwardOnly),
        (Some(version), _) => Ok(Target::Version(version.clone())),
        _ if way.disable => Ok(Target::Disabled),
        (None, Some(_)) => Ok(Target::ByProcedure),
        (None, None) => Err(Stop::NoWay),
    }
}

/// Whether a consumer works with what a part goes back to.
fn accepts(consumer: &Change, pin: Option<&Pin>, way: &Result<Target, Stop>) -> bool {
    match (pin, way) {
        (Some(pin), Ok(Target::Version(version))) => {
            let back = Pin::new(pin.artefact().clone(), version.clone());
            consumer.accepts.contains(&back)
        }
        // What is not there, or is nobody knows what, is accepted by nobody.
        _ => false,
    }
}

#[cfg(test)]
mod tests;
