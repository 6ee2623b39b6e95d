//! Kinds of artefacts that a plan declares, and where they rank. Not here: what a kind is called (`artefact`).

use crate::artefact::Kind;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};

/// Where a kind of a plan's own ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindRank {
    /// Behind this kind, before the next of ours.
    pub after: Foundation,
}

/// The kinds that others are built on: one of a plan's own ranks among them, before prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Foundation {
    /// Data sets and schemas.
    Data,
    /// Search indexes.
    RetrievalIndex,
    /// Tools.
    Tool,
    /// Eval sets.
    EvalSet,
    /// Models.
    Model,
}

impl From<Foundation> for Kind {
    fn from(foundation: Foundation) -> Kind {
        match foundation {
            Foundation::Data => Kind::Data,
            Foundation::RetrievalIndex => Kind::RetrievalIndex,
            Foundation::Tool => Kind::Tool,
            Foundation::EvalSet => Kind::EvalSet,
            Foundation::Model => Kind::Model,
        }
    }
}

impl Plan {
    /// What the kinds of this plan are ordered by: one of its own comes behind the kind that it is declared to follow, with
    /// others there by name.
    pub fn rank(&self, kind: Kind) -> (Kind, Option<Kind>) {
        let Kind::Custom(custom) = kind else {
            return (kind, None);
        };
        let declared = self.kinds.get(&custom);
        let after = declared.map_or(Foundation::Model, |rank| rank.after);
        (after.into(), Some(kind))
    }
}
