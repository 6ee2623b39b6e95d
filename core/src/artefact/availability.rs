//! What is observed of an artefact in an environment: which versions are there, whether they work, which is live.
//!
//! Invariants: the set changes only by observations; `after` is a pure function of the set and one of them; a live
//! version is always in the set. Not here: what a change of the set does to flags (`release`).

use super::Version;
use crate::limits::VERSIONS_PER_ARTEFACT_MAX;
use crate::name::{NameError, PrincipalName, check};
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
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

/// What is known of a deployed version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// Whether it works.
    pub health: Health,
    /// Its content hash, where a reporter told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When this was first observed as it is.
    pub since: Timestamp,
    /// Who reported it.
    pub source: PrincipalName,
}

/// Why a pin is not ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unready {
    /// Not in the set of available versions.
    Missing,
    /// There, and not working.
    Unhealthy,
}

/// Why a pin that was ready is not any more: a positive report, never mere silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// Withdrawn, or absent from a full report.
    Withdrawn,
    /// Reported as not working.
    Unhealthy,
    /// The same version with another content hash: somebody moved what is immutable.
    DigestChanged,
}

/// What is available of one artefact in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Availability {
    versions: BTreeMap<Version, Deployed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live: Option<Version>,
}

impl Availability {
    /// The deployed versions.
    pub fn versions(&self) -> &BTreeMap<Version, Deployed> {
        &self.versions
    }

    /// The version that users outside any release get.
    pub fn live(&self) -> Option<&Version> {
        self.live.as_ref()
    }

    /// `None` when the version is there and works.
    pub fn unready(&self, version: &Version) -> Option<Unready> {
        match self.versions.get(version) {
            None => Some(Unready::Missing),
            Some(Deployed {
                health: Health::Unhealthy,
                ..
            }) => Some(Unready::Unhealthy),
            Some(_) => None,
        }
    }

    /// How a version that was ready here fails to be the same in `after`.
    pub fn mismatch(&self, after: &Availability, version: &Version) -> Option<Mismatch> {
        let before = self
            .versions
            .get(version)
            .filter(|deployed| deployed.health == Health::Healthy)?;
        match after.versions.get(version) {
            None => Some(Mismatch::Withdrawn),
            Some(Deployed {
                health: Health::Unhealthy,
                ..
            }) => Some(Mismatch::Unhealthy),
            Some(now) => match (&before.digest, &now.digest) {
                (Some(was), Some(is)) if was != is => Some(Mismatch::DigestChanged),
                _ => None,
            },
        }
    }

    /// The set as it is after an observation; equal to this one where the observation says nothing new.
    #[must_use]
    pub fn after(&self, observation: &Observation, at: Timestamp, source: &PrincipalName) -> Self {
        let mut next = self.clone();
        match observation {
            Observation::Deployed { version, live } => {
                next.deploy(version, at, source);
                if *live {
                    next.live = Some(version.version.clone());
                }
            }
            Observation::Withdrawn { version } => {
                next.versions.remove(version);
            }
            Observation::Full { versions, live } => {
                next.versions
                    .retain(|version, _| versions.iter().any(|report| report.version == *version));
                for report in versions {
                    next.deploy(report, at, source);
                }
                next.live.clone_from(live);
            }
        }
        // A live version that is gone serves nobody.
        next.live = next.live.filter(|live| next.versions.contains_key(live));
        next
    }

    /// Makes a version live that is there.
    pub(crate) fn make_live(&mut self, version: &Version) {
        if self.versions.contains_key(version) {
            self.live = Some(version.clone());
        }
    }

    /// Whether an observation would pass the bound on versions.
    pub fn would_overflow(&self, observation: &Observation) -> bool {
        match observation {
            Observation::Deployed { version, .. } => {
                self.versions.len() >= VERSIONS_PER_ARTEFACT_MAX
                    && !self.versions.contains_key(&version.version)
            }
            Observation::Withdrawn { .. } => false,
            Observation::Full { versions, .. } => versions.len() > VERSIONS_PER_ARTEFACT_MAX,
        }
    }

    fn deploy(&mut self, report: &VersionReport, at: Timestamp, source: &PrincipalName) {
        let known = self.versions.get(&report.version);
        // A report without a digest does not forget the one that is known.
        let digest = report
            .digest
            .clone()
            .or_else(|| known.and_then(|known| known.digest.clone()));
        if known.is_some_and(|known| known.health == report.health && known.digest == digest) {
            return;
        }
        let deployed = Deployed {
            health: report.health,
            digest,
            since: at,
            source: source.clone(),
        };
        self.versions.insert(report.version.clone(), deployed);
    }
}

impl Mismatch {
    /// What became of the pin, to follow its name: "was withdrawn".
    pub const fn in_words(self) -> &'static str {
        match self {
            Mismatch::Withdrawn => "was withdrawn",
            Mismatch::Unhealthy => "was reported unhealthy",
            Mismatch::DigestChanged => "changed under the same version",
        }
    }
}
