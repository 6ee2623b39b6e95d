//! The dependency graph as waves: foundations left, the flag right; each part with what is observed of it.
//!
//! Sizes are fixed, so that edges are drawn without measuring; on a narrow screen the waves become a list (in CSS).

use super::view::{ReleaseView, Tone};
use flaghoist_core::artefact::Unready;
use flaghoist_core::plan::graph::{Graph, Node};
use leptos::prelude::*;
use std::collections::BTreeMap;

const NODE_WIDTH: usize = 248;
const NODE_HEIGHT: usize = 84;
const GAP_X: usize = 64;
const GAP_Y: usize = 16;

/// A node where it is drawn.
#[derive(Clone, PartialEq)]
struct Placed {
    node: Node,
    x: usize,
    y: usize,
    state: &'static str,
    label: String,
}

/// The graph, laid out.
#[derive(Clone, PartialEq)]
struct Layout {
    nodes: Vec<Placed>,
    /// Path data and whether the edge is required.
    edges: Vec<(String, bool)>,
    width: usize,
    height: usize,
}

/// What needs what, and what is there.
#[component]
pub fn GraphView(view: Memo<Option<ReleaseView>>) -> impl IntoView {
    let layout = Memo::new(move |_| view.with(|view| view.as_ref().and_then(layout)));
    let drawn = move || {
        layout.get().map(|layout| {
            let edges = layout.edges.into_iter().map(|(path, required)| {
                view! { <path class="edge" class:edge--optional=!required d=path /> }
            });
            let edges = edges.collect_view();
            let nodes = layout.nodes.into_iter().map(|placed| view! { <NodeView placed /> }).collect_view();
            view! {
                <div class="graph" style:width=format!("{}px", layout.width) style:height=format!("{}px", layout.height)>
                    <svg class="graph__edges" aria-hidden="true" width=layout.width height=layout.height>{edges}</svg>
                    <ol class="graph__nodes" aria-label="Parts, foundations first">{nodes}</ol>
                </div>
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="parts">
            <h2 class="section-title" id="parts">"Parts, foundations first"</h2>
            <div class="graph-scroll" tabindex="0" role="group" aria-label="Dependency graph">{drawn}</div>
        </section>
    }
}

#[component]
fn NodeView(placed: Placed) -> impl IntoView {
    let (kind, name, version) = match &placed.node {
        Node::Part(pin) => (
            pin.artefact().kind().to_string().replace('_', " "),
            pin.artefact().name().to_string(),
            pin.version().to_string(),
        ),
        Node::Flag(key) => ("flag".into(), key.to_string(), String::new()),
    };
    let pin = placed.node.to_string();
    view! {
        <li
            class=format!("node node--{}", placed.state)
            style:left=format!("{}px", placed.x) style:top=format!("{}px", placed.y)
            data-test="part" data-pin=pin data-state=placed.state
        >
            <span class="node__kind">{kind}</span>
            <span class="node__version">{version}</span>
            <span class="node__name" title=name.clone()>{name.clone()}</span>
            <span class="node__state">{placed.label}</span>
        </li>
    }
}

fn layout(view: &ReleaseView) -> Option<Layout> {
    let graph = Graph::of(&view.release()?.plan);
    let waves = graph.waves().ok()?;
    let rows = waves.iter().map(Vec::len).max()?;
    let height = rows * (NODE_HEIGHT + GAP_Y) - GAP_Y;
    let mut places = BTreeMap::new();
    let mut nodes = Vec::new();
    for (column, wave) in waves.iter().enumerate() {
        let top = (height - (wave.len() * (NODE_HEIGHT + GAP_Y) - GAP_Y)) / 2;
        for (row, node) in wave.iter().enumerate() {
            let (x, y) = (
                column * (NODE_WIDTH + GAP_X),
                top + row * (NODE_HEIGHT + GAP_Y),
            );
            let (state, label) = state_of(view, node);
            places.insert(node, (x, y));
            nodes.push(Placed {
                node: node.clone(),
                x,
                y,
                state,
                label,
            });
        }
    }
    let edge = |edge: &flaghoist_core::plan::graph::Edge| {
        let (from, to) = (places.get(&edge.foundation)?, places.get(&edge.consumer)?);
        let (x1, y1) = (from.0 + NODE_WIDTH, from.1 + NODE_HEIGHT / 2);
        let (x2, y2) = (to.0, to.1 + NODE_HEIGHT / 2);
        let bend = GAP_X / 2;
        Some((
            format!(
                "M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}",
                x1 + bend,
                x2 - bend
            ),
            edge.required,
        ))
    };
    let edges = graph.edges().iter().filter_map(edge).collect();
    Some(Layout {
        nodes,
        edges,
        width: waves.len() * (NODE_WIDTH + GAP_X) - GAP_X,
        height,
    })
}

/// A word for class names and tests, and what is shown.
fn state_of(view: &ReleaseView, node: &Node) -> (&'static str, String) {
    match node {
        Node::Part(pin) => {
            let live = view
                .state
                .artefacts
                .get(pin.artefact())
                .and_then(|known| known.live())
                == Some(pin.version());
            match view.state.unready(pin).map(|problem| problem.state) {
                None if live => ("ready", "● Deployed, live".into()),
                None => ("ready", "● Deployed".into()),
                Some(Unready::Missing) => ("missing", "○ Not deployed".into()),
                Some(Unready::Unhealthy) => ("unhealthy", "▲ Unhealthy".into()),
            }
        }
        Node::Flag(key) => match view.flag(key) {
            None => ("missing", String::new()),
            Some(flag) => {
                let tone = Tone::of(&view.state, flag);
                let share = if tone == Tone::Open {
                    format!(" at {}", flag.exposure)
                } else {
                    String::new()
                };
                (tone.word(), format!("{}{share}", tone.label()))
            }
        },
    }
}
