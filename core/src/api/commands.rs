//! Operations that append to the ledger. All take an optional `Idempotency-Key` header.

use super::endpoint;
use crate::artefact::{ArtefactId, Report};
use crate::diagnostic::Diagnostic;
use crate::exposure::Exposure;
use crate::flag::Definition;
use crate::name::{EnvironmentName, Revision};
use crate::release::Event;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a command did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The ledger's revision after it: of the entry appended, or of the state that already was so.
    pub revision: Revision,
    /// What was appended; empty where it was so already.
    pub events: Vec<Event>,
    /// Warnings about a document that was taken all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

/// Makes an environment known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareEnvironment {
    /// About how many targeting keys it sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<u64>,
}

/// Applies a plan file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyPlan {
    /// Where, when the plan does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// The file: YAML or JSON.
    pub document: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Reports what is deployed of one artefact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observe {
    /// Of what.
    pub artefact: ArtefactId,
    /// What was seen.
    #[serde(flatten)]
    pub report: Report,
}

/// Opens a flag further.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// To what share, in basis points.
    pub to: Exposure,
    /// The flag's epoch as last seen.
    pub epoch: Revision,
    /// Leave out steps. Takes a reason.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub skip: bool,
    /// Do it outside of hours and in a freeze: where the follow-up is. Takes a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Closes a flag some way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lower {
    /// To what share at the most, in basis points.
    pub to: Exposure,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why, and nothing else: the body of contain and clear.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Writes a plain flag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteFlag {
    /// The flag, as flagd has it.
    pub definition: Definition,
    /// Whether browser evaluation keys may see it.
    #[serde(default)]
    pub client: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

endpoint!(
    /// Makes an environment known, or tells how many users it has.
    PutEnvironment: Put "/api/v1/environments/{environment}", DeclareEnvironment => Decided
);
endpoint!(
    /// Takes up a plan and arms what it opens.
    PostPlan: Post "/api/v1/plans", ApplyPlan => Decided
);
endpoint!(
    /// Reports what is deployed.
    PostObservation: Post "/api/v1/environments/{environment}/observations", Observe => Decided
);
endpoint!(
    /// Opens a flag further, under all guards.
    PostRaise: Post "/api/v1/environments/{environment}/flags/{flag}/raise", Raise => Decided
);
endpoint!(
    /// Closes a flag some way; no guard.
    PostLower: Post "/api/v1/environments/{environment}/flags/{flag}/lower", Lower => Decided
);
endpoint!(
    /// Takes a flag to 0 and latches it; no guard.
    PostContain: Post "/api/v1/environments/{environment}/flags/{flag}/contain", Reason => Decided
);
endpoint!(
    /// Lifts a latch; the flag stays at 0.
    PostClear: Post "/api/v1/environments/{environment}/flags/{flag}/clear", Reason => Decided
);
endpoint!(
    /// Writes a plain flag.
    PutFlag: Put "/api/v1/environments/{environment}/flags/{flag}", WriteFlag => Decided
);
