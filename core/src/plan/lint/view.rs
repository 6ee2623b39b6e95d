//! What several rules ask of a plan's graph, computed once. Not here: any finding.

use crate::artefact::{Kind, Pin};
use crate::plan::Plan;
use crate::plan::graph::{Graph, Node};
use alloc::vec::Vec;

/// A plan with its graph, the wave of every node and whether a flag needs it.
pub(super) struct View<'a> {
    pub plan: &'a Plan,
    pub graph: Graph,
    waves: Vec<usize>,
    reached: Vec<bool>,
}

impl<'a> View<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        let graph = Graph::of(plan);
        let mut waves = alloc::vec![0; graph.nodes().len()];
        // `parse` refuses circles; a plan of another origin that has one is in a single wave here.
        for (wave, nodes) in graph.waves().into_iter().flatten().enumerate() {
            for node in &nodes {
                let known = graph.place(node).and_then(|place| waves.get_mut(place));
                if let Some(known) = known {
                    *known = wave;
                }
            }
        }
        let reached = reached(&graph);
        Self {
            plan,
            graph,
            waves,
            reached,
        }
    }

    fn place(&self, pin: &Pin) -> Option<usize> {
        self.graph.place(&Node::Part(pin.clone()))
    }

    /// When it ships: a part needs only parts of earlier waves.
    pub fn wave(&self, pin: &Pin) -> usize {
        let wave = self.place(pin).and_then(|place| self.waves.get(place));
        wave.copied().unwrap_or_default()
    }

    /// Whether some flag needs it, by whatever steps, optional ones included.
    pub fn is_behind_a_flag(&self, pin: &Pin) -> bool {
        let reached = self.place(pin).and_then(|place| self.reached.get(place));
        reached.copied().unwrap_or_default()
    }

    /// The parts that cannot be without it, directly.
    pub fn consumers(&self, pin: &Pin) -> impl Iterator<Item = &Pin> {
        let edges = self.place(pin).map(|place| self.graph.needed_by(place));
        let required = edges.into_iter().flatten().filter(|edge| edge.required);
        required.filter_map(|edge| match self.graph.nodes().get(edge.node) {
            Some(Node::Part(pin)) => Some(pin),
            _ => None,
        })
    }
}

/// Everything that flags rest on.
fn reached(graph: &Graph) -> Vec<bool> {
    let mut seen = alloc::vec![false; graph.nodes().len()];
    let nodes = graph.nodes().iter().enumerate();
    let flags = nodes.filter(|(_, node)| matches!(node, Node::Flag(_)));
    let mut open: Vec<usize> = flags.map(|(place, _)| place).collect();
    while let Some(place) = open.pop() {
        if let Some(seen) = seen.get_mut(place)
            && !core::mem::replace(seen, true)
        {
            open.extend(graph.needs(place).iter().map(|need| need.node));
        }
    }
    seen
}

/// Whether users meet a part of this kind themselves; the others are foundations (the chapter: "data, tools, eval cases").
pub(super) fn is_consumer(kind: Kind) -> bool {
    match kind {
        Kind::Data
        | Kind::RetrievalIndex
        | Kind::Tool
        | Kind::EvalSet
        // It ranks beneath prompts, whatever it is.
        | Kind::Custom(_) => false,
        Kind::Model | Kind::Prompt | Kind::Agent | Kind::Service => true,
    }
}
