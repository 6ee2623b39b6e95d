//! What is observed of an artefact in an environment: which versions are there, whether they work, which is live.
//!
//! Invariants: the set changes only by reports; `after` is a pure function of the set and one of them; a live version is
//! always in the set; silence never changes what is ready, it only makes it stale. Not here: what a change of the set does to
//! flags (`release`).

use super::Version;
use super::report::{Digest, Health, Observation, Report, VersionReport};
use crate::limits::{SOURCES_PER_ARTEFACT_MAX, VERSIONS_PER_ARTEFACT_MAX};
use crate::name::PrincipalName;
use crate::time::{Span, Timestamp};
use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

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

/// A deployment that was tried and did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When it was reported.
    pub at: Timestamp,
    /// Who reported it.
    pub source: PrincipalName,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// That reports keep coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Who reports.
    pub source: PrincipalName,
    /// Within what time of the last report.
    pub within: Span,
    /// When the last report came that the ledger knows of; unchanged ones are not written down.
    pub since: Timestamp,
}

/// What is available of one artefact in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Availability {
    versions: BTreeMap<Version, Deployed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live: Option<Version>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    failed: BTreeMap<Version, Failure>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    seen: BTreeMap<PrincipalName, Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promise: Option<Promise>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale: Option<Timestamp>,
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

    /// Why the last deployment of a version did not work, until it is there.
    pub fn failure(&self, version: &Version) -> Option<&Failure> {
        self.failed.get(version)
    }

    /// The source that reports again and again, where one does.
    pub fn promise(&self) -> Option<&Promise> {
        self.promise.as_ref()
    }

    /// Since when a promised report is missing: what is known may no longer be so.
    pub fn stale(&self) -> Option<Timestamp> {
        self.stale
    }

    /// Whether the source told something that it saw later, or this very report.
    pub fn is_overtaken(&self, report: &Report, source: &PrincipalName) -> bool {
        let known = self.seen.get(source);
        report
            .seen
            .is_some_and(|seen| known.is_some_and(|known| seen <= *known))
    }

    /// Whether something else is so in `after`, besides that it was heard of again.
    pub fn tells_apart(&self, after: &Availability) -> bool {
        let promised = |of: &Self| {
            let promise = of.promise.as_ref();
            promise.map(|promise| (promise.source.clone(), promise.within))
        };
        self.versions != after.versions
            || self.live != after.live
            || self.failed != after.failed
            || self.stale != after.stale
            || promised(self) != promised(after)
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

    /// The set as it is after a report; the same where the report says nothing new.
    #[must_use]
    pub fn after(&self, report: &Report, at: Timestamp, source: &PrincipalName) -> Self {
        let mut next = self.clone();
        match &report.observation {
            Observation::Deployed { version, live } => {
                next.deploy(version, at, source);
                if *live {
                    next.live = Some(version.version.clone());
                }
            }
            Observation::Failed { version, why } => next.fail(version, why.as_ref(), at, source),
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
        next.heard(report, at, source);
        next
    }

    /// What a report says about its reporter.
    fn heard(&mut self, report: &Report, at: Timestamp, source: &PrincipalName) {
        self.stale = None;
        if let Some(seen) = report.seen {
            self.seen.insert(source.clone(), seen);
        }
        while self.seen.len() > SOURCES_PER_ARTEFACT_MAX {
            // Who was silent for longest is most likely gone.
            let oldest = self.seen.iter().min_by_key(|(_, seen)| **seen);
            let Some(oldest) = oldest.map(|(source, _)| source.clone()) else {
                break;
            };
            self.seen.remove(&oldest);
        }
        let own = self
            .promise
            .as_ref()
            .is_some_and(|promise| promise.source == *source);
        match report.again_within {
            Some(within) => {
                self.promise = Some(Promise {
                    source: source.clone(),
                    within,
                    since: at,
                });
            }
            None if own => self.promise = None,
            // What a person reports in between takes no promise from the connector that made it.
            None => {
                if let Some(promise) = &mut self.promise {
                    promise.since = at;
                }
            }
        }
    }

    /// A deployment is tried again: what was said of the last one is over.
    pub(crate) fn forget_failure(&mut self, version: &Version) {
        self.failed.remove(version);
    }

    /// A promised report is missing.
    pub(crate) fn fall_silent(&mut self, since: Timestamp) {
        self.stale = Some(since);
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
            Observation::Failed { version, .. } => {
                self.failed.len() >= VERSIONS_PER_ARTEFACT_MAX && !self.failed.contains_key(version)
            }
            Observation::Withdrawn { .. } => false,
            Observation::Full { versions, .. } => versions.len() > VERSIONS_PER_ARTEFACT_MAX,
        }
    }

    fn deploy(&mut self, report: &VersionReport, at: Timestamp, source: &PrincipalName) {
        self.failed.remove(&report.version);
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

    fn fail(
        &mut self,
        version: &Version,
        why: Option<&String>,
        at: Timestamp,
        source: &PrincipalName,
    ) {
        let known = self.failed.get(version);
        if known.is_some_and(|known| known.why.as_ref() == why) {
            return;
        }
        let failure = Failure {
            at,
            source: source.clone(),
            why: why.cloned(),
        };
        self.failed.insert(version.clone(), failure);
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
