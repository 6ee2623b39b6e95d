//! Evidence for the gates and metrics of a release.

use super::{Decided, endpoint};
use crate::gate::Evidence;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Submits evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitEvidence {
    /// What was measured.
    pub evidence: Evidence,
    /// Why, where a person submits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

endpoint!(
    /// Submits evidence for a gate or a metric; it is refused where it does not count for the plan.
    PostEvidence: Post "/api/v1/environments/{environment}/releases/{release}/evidence", SubmitEvidence => Decided
);
