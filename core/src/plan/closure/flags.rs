//! Which flags a rollback touches: those that need a part that goes, and those that do without.
//!
//! Not here: which parts go.

use super::ForeignFlag;
use crate::artefact::Pin;
use crate::name::{FlagKey, ReleaseName};
use crate::plan::graph::{Graph, Node};
use crate::plan::{Dependency, Feature, Plan};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

/// A set of small numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (number % 64);
        }
    }

    /// Adds all of another set; whether any was new.
    fn add(&mut self, other: &Self) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }

    fn has(&self, number: usize) -> bool {
        let word = self.0.get(number / 64).copied().unwrap_or_default();
        word >> (number % 64) & 1 == 1
    }
}

/// Of each node, the features that cannot be without it.
fn required_by(features: &[&Feature], graph: &Graph) -> Vec<Bits> {
    let mut needed = alloc::vec![Bits::default(); graph.nodes().len()];
    for (number, feature) in features.iter().enumerate() {
        let required = feature
            .dependencies
            .iter()
            .filter(|(_, need)| !may_be_without(need));
        for place in required.filter_map(|(pin, _)| graph.place(&Node::Part(pin.clone()))) {
            if let Some(bits) = needed.get_mut(place) {
                bits.insert(number);
            }
        }
    }
    // Consumers hand their features down. In this order one round is enough; a plan with a circle takes more.
    let order = graph.order_or_rest();
    let mut changed = true;
    while changed {
        changed = false;
        for place in order.iter().rev() {
            let Some(features) = needed.get(*place).cloned() else {
                continue;
            };
            let is_part = |place: usize| matches!(graph.nodes().get(place), Some(Node::Part(_)));
            let beneath = graph.needs(*place).iter().filter(|need| need.required);
            for need in beneath.filter(|_| is_part(*place)) {
                if let Some(bits) = needed.get_mut(need.node) {
                    changed |= bits.add(&features);
                }
            }
        }
    }
    needed
}

/// Optional without evidence is as good as required.
fn may_be_without(need: &Dependency) -> bool {
    need.optional && need.evidence.is_some()
}

/// The flags of the plan.
#[derive(Debug, Clone)]
pub(super) struct Flags<'a> {
    features: Vec<&'a Feature>,
    /// Of each node, the features that cannot be without it.
    required_by: Vec<Bits>,
    /// Of each part, the features that do without it.
    optional_for: BTreeMap<usize, Vec<usize>>,
    /// Of each feature, those that are seen through its flag only.
    behind: Vec<Bits>,
}

/// The flags a rollback touches.
pub(super) struct Touched {
    pub to_zero: BTreeSet<FlagKey>,
    pub behind: BTreeSet<FlagKey>,
    pub degraded: BTreeMap<FlagKey, BTreeSet<Pin>>,
}

impl<'a> Flags<'a> {
    pub(super) fn of(plan: &'a Plan, graph: &Graph) -> Self {
        let features: Vec<&Feature> = plan.features.values().collect();
        let mut optional_for: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, feature) in features.iter().enumerate() {
            let optional = feature
                .dependencies
                .iter()
                .filter(|(_, need)| may_be_without(need));
            for place in optional.filter_map(|(pin, _)| graph.place(&Node::Part(pin.clone()))) {
                optional_for.entry(place).or_default().push(number);
            }
        }
        Self {
            required_by: required_by(&features, graph),
            behind: behind(&features),
            features,
            optional_for,
        }
    }

    /// What the going of these parts does to the flags.
    pub(super) fn touched(&self, parts: &[usize], graph: &Graph) -> Touched {
        let mut zero = Bits::default();
        for bits in parts
            .iter()
            .filter_map(|place| self.required_by.get(*place))
        {
            zero.add(bits);
        }
        let numbered = || self.features.iter().enumerate();
        let mut behind = Bits::default();
        for (number, _) in numbered().filter(|(number, _)| zero.has(*number)) {
            if let Some(more) = self.behind.get(number) {
                behind.add(more);
            }
        }
        let flags = |is_in: &dyn Fn(usize) -> bool| -> BTreeSet<FlagKey> {
            let found = numbered().filter(|(number, _)| is_in(*number));
            found.map(|(_, feature)| feature.flag.clone()).collect()
        };
        let mut degraded: BTreeMap<FlagKey, BTreeSet<Pin>> = BTreeMap::new();
        for place in parts {
            let without = self.optional_for.get(place).into_iter().flatten();
            for number in without.filter(|number| !zero.has(**number)) {
                if let (Some(feature), Some(Node::Part(pin))) =
                    (self.features.get(*number), graph.nodes().get(*place))
                {
                    let missing = degraded.entry(feature.flag.clone()).or_default();
                    missing.insert(pin.clone());
                }
            }
        }
        Touched {
            to_zero: flags(&|number| zero.has(number)),
            behind: flags(&|number| behind.has(number) && !zero.has(number)),
            degraded,
        }
    }
}

/// Of each feature, those whose prerequisites lead to its flag.
fn behind(features: &[&Feature]) -> Vec<Bits> {
    let numbers: BTreeMap<&FlagKey, usize> = features
        .iter()
        .enumerate()
        .map(|(number, feature)| (&feature.flag, number))
        .collect();
    let mut behind = alloc::vec![Bits::default(); features.len()];
    let mut changed = true;
    // A round for each level of prerequisites, and one to see that all is found.
    while changed {
        changed = false;
        for (number, feature) in features.iter().enumerate() {
            let mut more = behind.get(number).cloned().unwrap_or_default();
            more.insert(number);
            let beneath = feature
                .prerequisites
                .iter()
                .filter_map(|flag| numbers.get(flag));
            for beneath in beneath {
                if let Some(bits) = behind.get_mut(*beneath) {
                    changed |= bits.add(&more);
                }
            }
        }
    }
    behind
}

/// The flags of other releases that cannot be without parts of this one.
#[derive(Debug, Clone)]
pub(super) struct Foreign<'a> {
    flags: Vec<(&'a ReleaseName, &'a FlagKey)>,
    /// Of each part, those that need it.
    needed_by: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Foreign<'a> {
    pub(super) fn of(others: impl IntoIterator<Item = &'a Plan>, graph: &Graph) -> Self {
        let mut flags = Vec::new();
        let mut needed_by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for other in others {
            let features: Vec<&Feature> = other.features.values().collect();
            let theirs = Graph::of(other);
            let required = required_by(&features, &theirs);
            for (node, bits) in theirs.nodes().iter().zip(&required) {
                let (Node::Part(_), Some(place)) = (node, graph.place(node)) else {
                    continue;
                };
                let needing = (0..features.len()).filter(|number| bits.has(*number));
                let needed_by = needed_by.entry(place).or_default();
                needed_by.extend(needing.map(|number| flags.len() + number));
            }
            flags.extend(
                features
                    .iter()
                    .map(|feature| (&other.release, &feature.flag)),
            );
        }
        Self { flags, needed_by }
    }

    /// Those that need any of these parts, by release and flag.
    pub(super) fn touched(&self, parts: &[usize], graph: &Graph) -> Vec<ForeignFlag> {
        let mut found: BTreeMap<(&ReleaseName, &FlagKey), BTreeSet<Pin>> = BTreeMap::new();
        for place in parts {
            let needing = self.needed_by.get(place).into_iter().flatten();
            for (release, flag) in needing.filter_map(|number| self.flags.get(*number)) {
                if let Some(Node::Part(pin)) = graph.nodes().get(*place) {
                    found
                        .entry((*release, *flag))
                        .or_default()
                        .insert(pin.clone());
                }
            }
        }
        let flag =
            |((release, flag), pins): ((&ReleaseName, &FlagKey), BTreeSet<Pin>)| ForeignFlag {
                release: release.clone(),
                flag: flag.clone(),
                pins,
            };
        found.into_iter().map(flag).collect()
    }
}
