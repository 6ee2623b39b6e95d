//! The operation that asks for an answer with the way it came about.

use super::endpoint;
use crate::context::Context;
use crate::evaluation::Explained;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Asks why a flag answers what it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// The flag, or `kind:name` for the route of an artefact.
    pub flag: String,
    /// Who asks.
    #[serde(default)]
    pub context: Context,
}

endpoint!(
    /// Evaluates a flag of the bundle that edges load now, and tells the way.
    PostExplain: Post "/api/v1/environments/{environment}/explain", Explain => Explained
);
