//! The dependency graph of a plan: what needs what, in which order it ships, what goes back together.
//!
//! Invariants: every answer is deterministic (ties by kind rank, then name); waves, closures and circles take time linear in
//! nodes and edges, plus the ordering of ties. Not here: what is deployed (`artefact`), and what a rollback takes along
//! (`closure`); the graph is of the plan alone.

mod node;

pub use node::Node;

use super::Plan;
use crate::artefact::Pin;
use crate::name::FlagKey;
use alloc::collections::{BTreeSet, BinaryHeap};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

/// "`consumer` needs `foundation`."
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who needs.
    pub consumer: Node,
    /// What is needed.
    pub foundation: Node,
    /// Whether it cannot be without.
    pub required: bool,
}

/// A circle of needs: no order exists. Each node needs the next, the last needs the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    nodes: Vec<Node>,
}

impl Cycle {
    /// The nodes of the circle.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// `a → b → a`.
impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in &self.nodes {
            write!(f, "{node} → ")?;
        }
        f.write_str(
            &self
                .nodes
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )
    }
}

/// What needs what in one plan.
///
/// Nodes are known by their place in the order of `Node`; work is done on these numbers, and names are only looked at once.
/// Where the plan declares kinds of its own, ties are decided by their rank in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Their places in the order of ties, and of each node where it stands there.
    ranked: Vec<usize>,
    ranks: Vec<usize>,
    /// Of each node, what it needs.
    needs: Rows,
    /// Of each node, who needs it.
    needed_by: Rows,
}

/// A node seen from the other end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Neighbour {
    /// Its place among the nodes.
    pub node: usize,
    /// Whether the edge is required.
    pub required: bool,
}

/// The neighbours of every node, one row after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Rows {
    /// Where each row ends.
    ends: Vec<usize>,
    items: Vec<Neighbour>,
}

impl Rows {
    /// Rows for `count` nodes from pairs that are sorted by their first.
    fn of(count: usize, pairs: impl Iterator<Item = (usize, Neighbour)>) -> Self {
        let mut rows = Self::default();
        for (node, neighbour) in pairs {
            while rows.ends.len() < node {
                rows.ends.push(rows.items.len());
            }
            rows.items.push(neighbour);
        }
        while rows.ends.len() < count {
            rows.ends.push(rows.items.len());
        }
        rows
    }

    fn get(&self, node: usize) -> &[Neighbour] {
        let start = match node.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
        };
        let end = self.ends.get(node).copied().unwrap_or_default();
        self.items.get(start..end).unwrap_or_default()
    }
}

impl Graph {
    /// The graph of a plan.
    pub fn of(plan: &Plan) -> Self {
        let pins: Vec<&Pin> = plan.pins().into_iter().collect();
        let flags: BTreeSet<&FlagKey> = plan
            .features
            .values()
            .flat_map(|feature| core::iter::once(&feature.flag).chain(&feature.prerequisites))
            .collect();
        let flags: Vec<&FlagKey> = flags.into_iter().collect();
        let part = |pin: &Pin| pins.binary_search(&pin).ok();
        let flag = |key: &FlagKey| Some(pins.len() + flags.binary_search(&key).ok()?);
        let mut links: Vec<(usize, usize, bool)> = Vec::new();
        for feature in plan.features.values() {
            let Some(consumer) = flag(&feature.flag) else {
                continue;
            };
            let parts = feature.dependencies.iter();
            links.extend(
                parts.filter_map(|(pin, need)| Some((consumer, part(pin)?, !need.optional))),
            );
            let flags = feature.prerequisites.iter();
            links.extend(flags.filter_map(|key| Some((consumer, flag(key)?, true))));
        }
        for (pin, change) in &plan.changes {
            let Some(consumer) = part(pin) else { continue };
            let needs = change.requires.iter();
            links.extend(needs.filter_map(|pin| Some((consumer, part(pin)?, true))));
        }
        links.sort_unstable();
        links.dedup();
        let parts = pins.iter().map(|pin| Node::Part((*pin).clone()));
        let flags = flags.iter().map(|key| Node::Flag((*key).clone()));
        let mut graph = Self::new(parts.chain(flags).collect(), &mut links);
        graph.rank(plan);
        graph
    }

    /// From links of consumer, foundation and whether it is required, which are sorted.
    fn new(nodes: Vec<Node>, links: &mut [(usize, usize, bool)]) -> Self {
        let edge = |(consumer, foundation, required): &(usize, usize, bool)| {
            Some(Edge {
                consumer: nodes.get(*consumer)?.clone(),
                foundation: nodes.get(*foundation)?.clone(),
                required: *required,
            })
        };
        let edges = links.iter().filter_map(edge).collect();
        let seen = |node, required| Neighbour { node, required };
        let pairs = links
            .iter()
            .map(|(from, to, required)| (*from, seen(*to, *required)));
        let needs = Rows::of(nodes.len(), pairs);
        links.sort_unstable_by_key(|(consumer, foundation, _)| (*foundation, *consumer));
        let pairs = links
            .iter()
            .map(|(from, to, required)| (*to, seen(*from, *required)));
        let needed_by = Rows::of(nodes.len(), pairs);
        let ranked: Vec<usize> = (0..nodes.len()).collect();
        Self {
            ranks: ranked.clone(),
            ranked,
            nodes,
            edges,
            needs,
            needed_by,
        }
    }

    /// Puts the nodes in the plan's own order of kinds, parts before flags.
    fn rank(&mut self, plan: &Plan) {
        let nodes = &self.nodes;
        let rank = |place: &usize| match nodes.get(*place) {
            Some(Node::Part(pin)) => Some(plan.rank(pin.artefact().kind())),
            _ => None,
        };
        // Nothing comes before something; what is alike stays as it is.
        self.ranked
            .sort_by_key(|place| (rank(place).is_none(), rank(place)));
        for (rank, place) in self.ranked.iter().enumerate() {
            if let Some(known) = self.ranks.get_mut(*place) {
                *known = rank;
            }
        }
    }

    /// Every node: parts by kind and name, then flags.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Every edge, by consumer, then foundation.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The place of a node among the nodes.
    pub(super) fn place(&self, node: &Node) -> Option<usize> {
        self.nodes.binary_search(node).ok()
    }

    /// What a node needs.
    pub(super) fn needs(&self, node: usize) -> &[Neighbour] {
        self.needs.get(node)
    }

    /// Who needs a node.
    pub(super) fn needed_by(&self, node: usize) -> &[Neighbour] {
        self.needed_by.get(node)
    }

    /// The sets of parts that may ship at the same time, foundations first; then the flags, those that are a prerequisite
    /// of others before them. A flag opens when everything beneath it is there, so it never shares a wave with a part.
    ///
    /// # Errors
    /// A circle of needs, where there is one.
    pub fn waves(&self) -> Result<Vec<Vec<Node>>, Cycle> {
        let order = self.order()?;
        let mut levels = alloc::vec![0_usize; self.nodes.len()];
        for node in &order {
            // Only what is of the same sort makes a level: every flag comes after every part anyway.
            let alike = |other: &&Neighbour| self.is_flag(other.node) == self.is_flag(*node);
            let beneath = self.needs(*node).iter().filter(alike);
            let level = beneath
                .filter_map(|need| Some(levels.get(need.node)? + 1))
                .max();
            if let (Some(level), Some(known)) = (level, levels.get_mut(*node)) {
                *known = level;
            }
        }
        let mut waves: [Vec<Vec<Node>>; 2] = Default::default();
        for place in &self.ranked {
            let (Some(node), Some(level)) = (self.nodes.get(*place), levels.get(*place).copied())
            else {
                continue;
            };
            let [parts, flags] = &mut waves;
            let waves = match node {
                Node::Part(_) => parts,
                Node::Flag(_) => flags,
            };
            if waves.len() <= level {
                waves.resize_with(level + 1, Vec::new);
            }
            if let Some(wave) = waves.get_mut(level) {
                wave.push(node.clone());
            }
        }
        Ok(waves.into_iter().flatten().collect())
    }

    fn is_flag(&self, node: usize) -> bool {
        matches!(self.nodes.get(node), Some(Node::Flag(_)))
    }

    /// Every node after all it needs, one at a time; of those that could be next, the first by kind rank and name.
    ///
    /// # Errors
    /// A circle of needs, where there is one.
    pub(super) fn order(&self) -> Result<Vec<usize>, Cycle> {
        let (order, open) = self.order_so_far();
        if order.len() < self.nodes.len() {
            return Err(self.circle(&open));
        }
        Ok(order)
    }

    /// The same of any plan: what is in a circle, or above one, comes last.
    pub(super) fn order_or_rest(&self) -> Vec<usize> {
        let (mut order, open) = self.order_so_far();
        let rest = open.iter().enumerate().filter(|(_, open)| **open > 0);
        order.extend(rest.map(|(node, _)| node));
        order
    }

    /// The order up to where circles begin, and of every node how many of its needs are not in it.
    fn order_so_far(&self) -> (Vec<usize>, Vec<usize>) {
        let count = self.nodes.len();
        let mut open: Vec<usize> = (0..count).map(|node| self.needs(node).len()).collect();
        let ready = open.iter().enumerate().filter(|(_, open)| **open == 0);
        let rank = |node: usize| Reverse(self.ranks.get(node).copied().unwrap_or(node));
        let mut next: BinaryHeap<Reverse<usize>> = ready.map(|(node, _)| rank(node)).collect();
        let mut order = Vec::with_capacity(count);
        while let Some(Reverse(first)) = next.pop() {
            let Some(node) = self.ranked.get(first).copied() else {
                continue;
            };
            order.push(node);
            for consumer in self.needed_by(node) {
                if let Some(left) = open.get_mut(consumer.node) {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        next.push(rank(consumer.node));
                    }
                }
            }
        }
        (order, open)
    }

    /// Every node that cannot be without `node`, itself included: what would go with it, were no older version accepted.
    pub fn closure(&self, node: &Node) -> BTreeSet<Node> {
        let mut found = BTreeSet::from([node.clone()]);
        let mut seen = alloc::vec![false; self.nodes.len()];
        let mut open: Vec<usize> = self.place(node).into_iter().collect();
        while let Some(place) = open.pop() {
            if let Some(seen) = seen.get_mut(place)
                && !core::mem::replace(seen, true)
            {
                found.extend(self.nodes.get(place).cloned());
                let consumers = self.needed_by(place).iter();
                open.extend(consumers.filter(|edge| edge.required).map(|edge| edge.node));
            }
        }
        found
    }

    /// One circle among the nodes that could not be placed: each of them needs another of them.
    fn circle(&self, open: &[usize]) -> Cycle {
        let is_left = |node: usize| open.get(node).is_some_and(|open| *open > 0);
        let mut path: Vec<usize> = Vec::new();
        let mut seen = alloc::vec![false; self.nodes.len()];
        let mut step = (0..self.nodes.len()).find(|node| is_left(*node));
        while let Some(node) = step {
            let Some(seen) = seen.get_mut(node) else {
                break;
            };
            if core::mem::replace(seen, true) {
                let start = path.iter().position(|seen| *seen == node);
                path.drain(..start.unwrap_or_default());
                break;
            }
            path.push(node);
            let mut needs = self.needs(node).iter().map(|need| need.node);
            step = needs.find(|need| is_left(*need));
        }
        let nodes = path
            .iter()
            .filter_map(|node| self.nodes.get(*node).cloned());
        Cycle {
            nodes: nodes.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn plan(requires: &[(&str, &[&str])]) -> Plan {
        let mut text = String::from("release: r\nchanges:\n");
        for (pin, needs) in requires {
            let (kind, rest) = pin.split_once(':').unwrap();
            text += &format!(
                "  - {kind}: {rest}\n    requires: [{}]\n",
                needs
                    .iter()
                    .map(|n| format!("\"{n}\""))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
        crate::plan::parse(&text).unwrap()
    }

    fn shown(waves: &[Vec<Node>]) -> Vec<String> {
        waves
            .iter()
            .map(|wave| {
                wave.iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    #[test]
    fn waves_are_foundations_first() {
        let plan = plan(&[
            ("prompt:p@1", &["tool:t@1", "retrieval_index:i@1"]),
            ("tool:t@1", &["data:d@1"]),
            ("retrieval_index:i@1", &[]),
            ("data:d@1", &[]),
        ]);
        let graph = Graph::of(&plan);
        assert_eq!(
            shown(&graph.waves().unwrap()),
            ["data:d@1 retrieval_index:i@1", "tool:t@1", "prompt:p@1"]
        );
        let data = Node::Part("data:d@1".parse().unwrap());
        let closure: Vec<String> = graph
            .closure(&data)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(closure, ["data:d@1", "tool:t@1", "prompt:p@1"]);
    }

    #[test]
    fn a_prerequisite_is_a_flag_beneath() {
        let text = "release: r\nfeatures:\n  a: { flag: a }\n  b: { flag: b }\n  c: { flag: c }\nchanges:\n  - tool: t@1\n";
        let mut plan = crate::plan::parse(text).unwrap();
        let mut needs = |feature: &str, flag: &str| {
            let feature = plan.features.get_mut(&feature.parse().unwrap()).unwrap();
            feature.prerequisites.insert(flag.parse().unwrap());
        };
        // `checkout` is of another release.
        needs("a", "c");
        needs("c", "checkout");
        let graph = Graph::of(&plan);
        assert_eq!(
            shown(&graph.waves().unwrap()),
            ["tool:t@1", "flag:b flag:checkout", "flag:c", "flag:a"]
        );
        let checkout = Node::Flag("checkout".parse().unwrap());
        let closure: Vec<String> = graph
            .closure(&checkout)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(closure, ["flag:a", "flag:c", "flag:checkout"]);
        let feature = plan.features.get_mut(&"c".parse().unwrap()).unwrap();
        feature.prerequisites.insert("a".parse().unwrap());
        let cycle = Graph::of(&plan).waves().unwrap_err();
        assert_eq!(cycle.to_string(), "flag:a → flag:c → flag:a");
    }

    #[test]
    fn one_at_a_time_takes_the_first_that_could_be_next() {
        let plan = plan(&[
            ("prompt:p@1", &["data:z@1"]),
            ("tool:t@1", &["data:z@1"]),
            ("eval_set:e@1", &[]),
            ("data:z@1", &["retrieval_index:i@1"]),
            ("retrieval_index:i@1", &[]),
        ]);
        let graph = Graph::of(&plan);
        let order = graph.order().unwrap();
        let shown: Vec<String> = order
            .iter()
            .map(|at| graph.nodes()[*at].to_string())
            .collect();
        assert_eq!(
            shown,
            [
                "retrieval_index:i@1",
                "data:z@1",
                "tool:t@1",
                "eval_set:e@1",
                "prompt:p@1"
            ]
        );
    }

    #[test]
    fn a_cycle_is_named() {
        let text = "release: r\nchanges:\n  - tool: a@1\n    requires: [\"tool:b@1\"]\n  - tool: b@1\n    requires: [\"tool:c@1\"]\n  - tool: c@1\n    requires: [\"tool:b@1\"]\n";
        let errors = crate::plan::parse(text).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].code, "FH110");
        assert!(
            errors[0].message.contains("tool:b@1 → tool:c@1 → tool:b@1"),
            "{}",
            errors[0].message
        );
    }
}
