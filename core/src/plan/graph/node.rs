//! `Node`: a part of a release as a place in its graph: a pinned artefact or a flag.
//!
//! Not here: what needs what (`graph`).

use crate::artefact::Pin;
use crate::name::{FlagKey, NameError};
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// A part of a release. The order is foundations first: by kind rank, then name; flags last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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

/// As it is shown: a pin, or `flag:key`.
impl FromStr for Node {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix("flag:") {
            Some(flag) => Ok(Self::Flag(flag.parse()?)),
            None => Ok(Self::Part(text.parse()?)),
        }
    }
}

impl TryFrom<String> for Node {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Node> for String {
    fn from(node: Node) -> String {
        node.to_string()
    }
}
