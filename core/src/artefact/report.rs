//! What is said about an artefact in an environment: a report, and what it saw.
//!
//! Invariants: a report is a value of its own, whatever is known already; two reports of one source are ordered by when the
//! source saw what it tells, not by when they arrive. Not here: what a report changes (`availability`).

use super::Version;
use crate::name::{NameError, check};
use crate::time::{Span, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Whether a version works where it is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It works, as far as its reporter knows.
    #[default]
    Healthy,
    /// It is there and does not work.
    Unhealthy,
}

/// A content hash, as the reporter writes it (`sha256:…`): compared, never computed here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);
as_text!(Digest);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Digest {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        check(text, "a digest", b":+/=")?;
        Ok(Self(text.into()))
    }
}

/// One version as a report has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionReport {
    /// Which version.
    pub version: Version,
    /// Whether it works.
    #[serde(default)]
    pub health: Health,
    /// Its content hash, where the reporter knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// A report that changes what is available of one artefact in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Observation {
    /// This version is deployed, healthy or not.
    Deployed {
        /// The version.
        #[serde(flatten)]
        version: VersionReport,
        /// Whether it is also the one that users outside any release get.
        #[serde(default)]
        live: bool,
    },
    /// Deploying this version was tried and did not work: what is there is what was there before.
    Failed {
        /// Which.
        version: Version,
        /// Why, in the reporter's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// This version is no longer there.
    Withdrawn {
        /// Which.
        version: Version,
    },
    /// Everything there is: replaces the set; what it does not list is gone.
    Full {
        /// Every version deployed.
        versions: Vec<VersionReport>,
        /// The live one, of those.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<Version>,
    },
}

/// An observation, and what its reporter says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was seen.
    #[serde(flatten)]
    pub observation: Observation,
    /// When it was seen, by the reporter's own clock: what the same source saw earlier and tells later changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Timestamp>,
    /// Within what time the source reports again, changed or not: silent for longer, what it told is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_within: Option<Span>,
}

impl From<Observation> for Report {
    fn from(observation: Observation) -> Self {
        Self {
            observation,
            seen: None,
            again_within: None,
        }
    }
}
