//! Operations on releases as a whole, on freezes, and what everything waits for.

use super::{Decided, Reason, endpoint};
use crate::gate::Note;
use crate::name::{EnvironmentName, Revision};
use crate::release::{Act, Serving, Wait};
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Asks something of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActOn {
    /// What.
    #[serde(flatten)]
    pub act: Act,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Declares that nobody raises anything for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareFreeze {
    /// From when; now, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Till when; until it is lifted, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Note,
}

/// What an edge says it serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// The edge's own name for itself, the same for as long as it runs.
    pub edge: String,
    /// The bundle revision it serves.
    pub revision: Revision,
}

/// How far the edges of one environment have come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edges {
    /// Where.
    pub environment: EnvironmentName,
    /// What they should serve.
    pub published: Revision,
    /// How many that were heard of lately serve which revision.
    pub serving: Vec<Serving>,
}

endpoint!(
    /// Asks something of a release.
    PostAct: Post "/api/v1/environments/{environment}/releases/{release}/acts", ActOn => Decided
);
endpoint!(
    /// What the releases of all environments wait for.
    GetWaits: Get "/api/v1/waits", () => Vec<Wait>
);
endpoint!(
    /// Declares a freeze.
    PostFreeze: Post "/api/v1/environments/{environment}/freezes", DeclareFreeze => Decided
);
endpoint!(
    /// Lifts a freeze, named by the revision of the entry that declared it.
    PostLiftFreeze: Post "/api/v1/environments/{environment}/freezes/{revision}/lift", Reason => Decided
);
endpoint!(
    /// An edge tells what it serves.
    PostAcknowledgement: Post "/api/v1/environments/{environment}/acknowledgements", Acknowledge => ()
);
endpoint!(
    /// How far the edges have come.
    GetEdges: Get "/api/v1/environments/{environment}/edges", () => Edges
);
