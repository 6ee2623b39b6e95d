//! The dependency graph of a plan: what needs what, in which order it ships, what goes back together.
//!
//! Invariants: every answer is deterministic (ties by kind rank, then name); work is linear in nodes and edges.
//! Not here: what is deployed (`artefact`); the graph is of the plan alone.

use super::Plan;
use crate::artefact::Pin;
use crate::name::FlagKey;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

/// A part of a release. The order is foundations first: by kind rank, then name; flags last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A pinned artefact.
    Part(Pin),
    /// The flag of a feature.
    Flag(FlagKey),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Part(pin) => write!(f, "{pin}"),
            Node::Flag(flag) => write!(f, "flag:{flag}"),
        }
    }
}

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    nodes: BTreeSet<Node>,
    edges: Vec<Edge>,
}

impl Graph {
    /// The graph of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut nodes: BTreeSet<Node> = plan.pins().into_iter().cloned().map(Node::Part).collect();
        let mut edges = Vec::new();
        for feature in plan.features.values() {
            nodes.insert(Node::Flag(feature.flag.clone()));
            edges.extend(feature.dependencies.iter().map(|(pin, dependency)| Edge {
                consumer: Node::Flag(feature.flag.clone()),
                foundation: Node::Part(pin.clone()),
                required: !dependency.optional,
            }));
        }
        for (pin, change) in &plan.changes {
            edges.extend(change.requires.iter().map(|foundation| Edge {
                consumer: Node::Part(pin.clone()),
                foundation: Node::Part(foundation.clone()),
                required: true,
            }));
        }
        edges.sort();
        Self { nodes, edges }
    }

    /// Every node, foundations (by kind) first.
    pub fn nodes(&self) -> &BTreeSet<Node> {
        &self.nodes
    }

    /// Every edge.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The sets of parts that may ship at the same time, foundations first. A flag is alone in the last waves: it
    /// opens when everything beneath it is there, so it never shares a wave with a part.
    ///
    /// # Errors
    /// A circle of needs, where there is one.
    pub fn waves(&self) -> Result<Vec<Vec<Node>>, Cycle> {
        let mut needs: BTreeMap<&Node, BTreeSet<&Node>> = self
            .nodes
            .iter()
            .map(|node| (node, BTreeSet::new()))
            .collect();
        let mut needed_by: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
        for edge in &self.edges {
            needs
                .entry(&edge.consumer)
                .or_default()
                .insert(&edge.foundation);
            needed_by
                .entry(&edge.foundation)
                .or_default()
                .push(&edge.consumer);
        }
        let mut open: BTreeMap<&Node, usize> = needs
            .iter()
            .map(|(node, needs)| (*node, needs.len()))
            .collect();
        let mut waves = Vec::new();
        let mut flags: BTreeSet<&Node> = BTreeSet::new();
        let mut next: BTreeSet<&Node> = open
            .iter()
            .filter(|(_, open)| **open == 0)
            .map(|(node, _)| *node)
            .collect();
        let mut placed = 0;
        while !next.is_empty() {
            let wave = core::mem::take(&mut next);
            for node in &wave {
                open.remove(node);
                for consumer in needed_by
                    .get(node)
                    .into_iter()
                    .flatten()
                    .collect::<BTreeSet<_>>()
                {
                    if let Some(left) = open.get_mut(*consumer) {
                        *left = left.saturating_sub(1);
                        if *left == 0 {
                            next.insert(consumer);
                        }
                    }
                }
            }
            placed += wave.len();
            let (gates, parts): (Vec<&Node>, Vec<&Node>) = wave
                .into_iter()
                .partition(|node| matches!(node, Node::Flag(_)));
            flags.extend(gates);
            if !parts.is_empty() {
                waves.push(parts.into_iter().cloned().collect());
            }
        }
        if placed < self.nodes.len() {
            return Err(self.circle(&open));
        }
        if !flags.is_empty() {
            waves.push(flags.into_iter().cloned().collect());
        }
        Ok(waves)
    }

    /// Every node that cannot be without `node`, itself included: what goes back with it, consumers first.
    pub fn closure(&self, node: &Node) -> BTreeSet<Node> {
        let mut consumers: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
        for edge in self.edges.iter().filter(|edge| edge.required) {
            consumers
                .entry(&edge.foundation)
                .or_default()
                .push(&edge.consumer);
        }
        let mut found = BTreeSet::new();
        let mut open = alloc::vec![node];
        while let Some(node) = open.pop() {
            if found.insert(node.clone()) {
                open.extend(consumers.get(node).into_iter().flatten());
            }
        }
        found
    }

    /// One circle among the nodes that could not be placed: each of them needs another of them.
    fn circle(&self, left: &BTreeMap<&Node, usize>) -> Cycle {
        let mut path: Vec<&Node> = Vec::new();
        let mut step = left.keys().next().copied();
        while let Some(node) = step {
            if let Some(start) = path.iter().position(|seen| *seen == node) {
                return Cycle {
                    nodes: path.split_off(start).into_iter().cloned().collect(),
                };
            }
            path.push(node);
            step = self
                .edges
                .iter()
                .find(|edge| edge.consumer == *node && left.contains_key(&edge.foundation))
                .map(|edge| &edge.foundation);
        }
        Cycle {
            nodes: path.into_iter().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

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
