//! Sequenced or coordinated: what a plan's own graph speaks for, with reasons.
//!
//! The rule is the chapter's: sequenced by default, coordinated when the changes are tightly coupled. Not here: what is wrong
//! with the strategy a plan chose (`lint`).

use super::graph::{Edge, Graph, Node};
use super::{Plan, Strategy};
use crate::artefact::{Kind, Pin};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// More names than this are counted in place of listed.
const NAMES_SHOWN: usize = 3;
/// More changes or teams than this are a risk of their own; the same numbers as FH118's.
const CHANGES_MANY: usize = 5;
const TEAMS_MANY: usize = 3;

/// Which strategy a plan's graph speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// What it suggests.
    pub suggests: Strategy,
    /// What the plan says.
    pub chosen: Strategy,
    /// Why, and what speaks against it; the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Something that speaks for a strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The changes fall into groups that nothing ties together.
    Apart {
        /// The groups.
        groups: Vec<Vec<Pin>>,
    },
    /// There are not two changes to coordinate.
    Single,
    /// No change needs a new version of another.
    Loose,
    /// A consumer works with nothing but the new version of a foundation.
    NeedsNew {
        /// Who.
        consumer: Pin,
        /// What.
        foundations: Vec<Pin>,
    },
    /// A model changes together with prompts.
    ModelWithPrompt {
        /// The model.
        model: Pin,
        /// The prompts.
        prompts: Vec<Pin>,
    },
    /// A feature needs several changes to be in place at once.
    SeveralParts {
        /// The feature's flag.
        flag: crate::name::FlagKey,
        /// How many.
        parts: usize,
    },
    /// The plan says itself why it must be coordinated.
    Stated {
        /// In its words.
        coupling: String,
    },
    /// Many things in flight at once are a risk of their own.
    Many {
        /// How many changes.
        changes: usize,
        /// How many teams.
        teams: usize,
    },
}

impl Reason {
    /// What it speaks for.
    pub fn speaks_for(&self) -> Strategy {
        match self {
            Reason::Apart { .. } | Reason::Single | Reason::Loose | Reason::Many { .. } => {
                Strategy::Sequenced
            }
            Reason::NeedsNew { .. }
            | Reason::ModelWithPrompt { .. }
            | Reason::SeveralParts { .. }
            | Reason::Stated { .. } => Strategy::Coordinated,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Apart { groups } => {
                let shown: Vec<String> = groups
                    .iter()
                    .take(NAMES_SHOWN)
                    .map(|group| names(group))
                    .collect();
                let more = if groups.len() > NAMES_SHOWN {
                    " | …"
                } else {
                    ""
                };
                let count = groups.len();
                write!(
                    f,
                    "the changes fall into {count} groups that nothing ties together: {}{more}",
                    shown.join(" | ")
                )
            }
            Reason::Single => f.write_str("there are not two changes to coordinate"),
            Reason::Loose => f.write_str("no change here needs a new version of another"),
            Reason::NeedsNew {
                consumer,
                foundations,
            } => {
                write!(
                    f,
                    "{consumer} works with no older version of {}",
                    names(foundations)
                )
            }
            Reason::ModelWithPrompt { model, prompts } => {
                write!(
                    f,
                    "{model} changes together with {}: prompts usually need revision for a new model",
                    names(prompts)
                )
            }
            Reason::SeveralParts { flag, parts } => {
                write!(
                    f,
                    "users of {flag} need {parts} changes to be in place at once"
                )
            }
            Reason::Stated { coupling } => write!(f, "the plan says: {coupling}"),
            Reason::Many { changes, teams } => {
                write!(
                    f,
                    "{changes} changes of {teams} teams in flight at once are harder to tell apart when something goes wrong"
                )
            }
        }
    }
}

fn names(pins: &[Pin]) -> String {
    let shown: Vec<String> = pins
        .iter()
        .take(NAMES_SHOWN)
        .map(ToString::to_string)
        .collect();
    match pins.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(", "),
        more => alloc::format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether a part ships with the release; a bare plan names its changes only as what its features need.
fn ships(plan: &Plan, pin: &Pin) -> bool {
    plan.is_bare() || plan.changes.contains_key(pin)
}

/// Which strategy a plan's graph speaks for, and why. Coupling decides, of what hangs together.
pub fn advise(plan: &Plan, graph: &Graph) -> Advice {
    let mut reasons = Vec::new();
    let groups = groups(plan, graph);
    let changes = plan
        .pins()
        .into_iter()
        .filter(|pin| ships(plan, pin))
        .count();
    if changes < 2 {
        reasons.push(Reason::Single);
    } else if groups.len() > 1 {
        reasons.push(Reason::Apart { groups });
    }
    let apart = !reasons.is_empty();
    if let Some(coupling) = &plan.coupling {
        reasons.push(Reason::Stated {
            coupling: coupling.clone(),
        });
    }
    coupled(plan, graph, &mut reasons);
    let coupled = reasons
        .iter()
        .any(|reason| reason.speaks_for() == Strategy::Coordinated);
    if !coupled && !apart {
        reasons.push(Reason::Loose);
    }
    let teams = plan.teams.len();
    if changes > CHANGES_MANY || teams > TEAMS_MANY {
        reasons.push(Reason::Many { changes, teams });
    }
    // What people say of the coupling counts more than what they wrote as `requires`, and so does what models do to prompts.
    let tied = |reason: &Reason| {
        matches!(
            reason,
            Reason::Stated { .. } | Reason::ModelWithPrompt { .. }
        )
    };
    let single = changes < 2;
    let suggests = if coupled && !single && (!apart || reasons.iter().any(tied)) {
        Strategy::Coordinated
    } else {
        Strategy::Sequenced
    };
    // What speaks for the suggestion comes first; the sort keeps the rest as it is.
    reasons.sort_by_key(|reason| reason.speaks_for() != suggests);
    Advice {
        suggests,
        chosen: plan.strategy,
        reasons,
    }
}

/// What ties changes to each other.
fn coupled(plan: &Plan, graph: &Graph, reasons: &mut Vec<Reason>) {
    let of_kind = |kind: Kind| -> Vec<Pin> {
        let pins = plan.changes.keys();
        pins.filter(|pin| pin.artefact().kind() == kind)
            .cloned()
            .collect()
    };
    let prompts = of_kind(Kind::Prompt);
    if let (Some(model), false) = (of_kind(Kind::Model).into_iter().next(), prompts.is_empty()) {
        reasons.push(Reason::ModelWithPrompt { model, prompts });
    }
    let mut needs_new: BTreeMap<&Pin, Vec<Pin>> = BTreeMap::new();
    let mut parts: BTreeMap<&crate::name::FlagKey, usize> = BTreeMap::new();
    for Edge {
        consumer,
        foundation,
        required,
    } in graph.edges()
    {
        let Node::Part(foundation) = foundation else {
            continue;
        };
        if !required || !ships(plan, foundation) {
            continue;
        }
        match consumer {
            Node::Flag(flag) => *parts.entry(flag).or_default() += 1,
            Node::Part(pin) => {
                let accepts = plan.changes.get(pin).map(|change| &change.accepts);
                // Any older version will do: then there is a state between that works.
                let works = accepts.is_some_and(|accepts| {
                    accepts
                        .iter()
                        .any(|accepted| accepted.artefact() == foundation.artefact())
                });
                if !works {
                    needs_new.entry(pin).or_default().push(foundation.clone());
                }
            }
        }
    }
    let needs_new = needs_new
        .into_iter()
        .map(|(consumer, foundations)| Reason::NeedsNew {
            consumer: consumer.clone(),
            foundations,
        });
    reasons.extend(needs_new);
    let several = parts.into_iter().filter(|(_, parts)| *parts > 1);
    reasons.extend(several.map(|(flag, parts)| Reason::SeveralParts {
        flag: flag.clone(),
        parts,
    }));
}

/// The changes, by what hangs together; features tie what they need.
fn groups(plan: &Plan, graph: &Graph) -> Vec<Vec<Pin>> {
    let nodes = graph.nodes();
    let mut seen = alloc::vec![false; nodes.len()];
    let mut groups = Vec::new();
    for start in 0..nodes.len() {
        let mut group = Vec::new();
        let mut open = alloc::vec![start];
        while let Some(node) = open.pop() {
            let Some(seen) = seen.get_mut(node).filter(|seen| !**seen) else {
                continue;
            };
            *seen = true;
            if let Some(Node::Part(pin)) = nodes.get(node)
                && ships(plan, pin)
            {
                group.push(pin.clone());
            }
            let neighbours = graph.needs(node).iter().chain(graph.needed_by(node));
            open.extend(neighbours.map(|neighbour| neighbour.node));
        }
        if !group.is_empty() {
            group.sort();
            groups.push(group);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// The suggestion and its reasons, for changes written as in a file; `accepts` is of the first.
    fn advice(rest: &str, accepts: &str) -> Vec<String> {
        let mut plan = crate::plan::parse(&format!("release: r\n{rest}")).unwrap();
        if let (Ok(accepts), Some(change)) = (accepts.parse(), plan.changes.values_mut().last()) {
            change.accepts.insert(accepts);
        }
        let advice = advise(&plan, &Graph::of(&plan));
        let reasons = advice.reasons.iter().map(ToString::to_string);
        core::iter::once(format!("{:?}", advice.suggests))
            .chain(reasons)
            .collect()
    }

    #[test]
    fn sequenced_unless_changes_are_coupled() {
        let pair = "changes:\n  - tool: t@2\n  - prompt: p@2\n    requires: [ \"tool:t@2\" ]\n";
        let apart = "changes:\n  - tool: t@2\n  - prompt: p@2\n  - data: d@2\n";
        let feature = "features:\n  f: { flag: f, dependencies: [ { tool: t@2 }, { prompt: p@2 }, { data: d@2 } ] }\n";
        let model = "changes:\n  - model: m@2\n  - prompt: p@2\n  - prompt: q@2\n";
        let bare =
            "features:\n  f: { flag: f, dependencies: [ { tool: t@2 }, { prompt: p@2 } ] }\n";
        for (rest, accepts, expected) in [
            (
                bare.into(),
                "",
                &[
                    "Coordinated",
                    "users of f need 2 changes to be in place at once",
                ][..],
            ),
            (
                "changes:\n  - tool: t@2\n".into(),
                "",
                &["Sequenced", "there are not two changes to coordinate"][..],
            ),
            (
                pair.into(),
                "",
                &[
                    "Coordinated",
                    "prompt:p@2 works with no older version of tool:t@2",
                ],
            ),
            (
                pair.into(),
                "tool:t@1",
                &["Sequenced", "no change here needs a new version of another"],
            ),
            (
                apart.into(),
                "",
                &[
                    "Sequenced",
                    "the changes fall into 3 groups that nothing ties together: data:d@2 | tool:t@2 | prompt:p@2",
                ],
            ),
            (
                format!("{feature}{apart}"),
                "",
                &[
                    "Coordinated",
                    "users of f need 3 changes to be in place at once",
                ],
            ),
            // What is apart may still be coupled, in a way that only people or models know.
            (
                format!("coupling: they rhyme\n{model}"),
                "",
                &[
                    "Coordinated",
                    "the plan says: they rhyme",
                    "model:m@2 changes together with prompt:p@2, prompt:q@2: prompts usually need revision for a new model",
                    "the changes fall into 3 groups that nothing ties together: model:m@2 | prompt:p@2 | prompt:q@2",
                ],
            ),
            (
                format!("coupling: they rhyme\n{apart}"),
                "",
                &[
                    "Coordinated",
                    "the plan says: they rhyme",
                    "the changes fall into 3 groups that nothing ties together: data:d@2 | tool:t@2 | prompt:p@2",
                ],
            ),
        ] {
            assert_eq!(advice(&rest, accepts), expected, "{rest}");
        }
    }
}
