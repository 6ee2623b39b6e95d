//! Artefacts: the versioned things that ship besides flags, and what is observed of them in an environment.
//!
//! Invariants: a pin names one immutable version, never a range, an alias or `latest`; an environment has a *set* of
//! available versions and at most one *live* version, which users outside any release get; the set changes only by
//! observations. Not here: who depends on what (`plan`) and what a change of the set does to flags (`release`).

use crate::limits::VERSIONS_PER_ARTEFACT_MAX;
use crate::name::{NameError, PrincipalName, check};
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// What an artefact is. The order is the kind rank: foundations first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A data set or schema.
    Data,
    /// A search index.
    RetrievalIndex,
    /// A callable tool.
    Tool,
    /// Cases that judge the rest.
    EvalSet,
    /// A model.
    Model,
    /// A prompt.
    Prompt,
    /// An agent.
    Agent,
    /// A deployed service.
    Service,
}

impl Kind {
    /// Every kind, foundations first.
    pub const ALL: [Kind; 8] = [
        Kind::Data,
        Kind::RetrievalIndex,
        Kind::Tool,
        Kind::EvalSet,
        Kind::Model,
        Kind::Prompt,
        Kind::Agent,
        Kind::Service,
    ];

    /// The word for it in plans and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Data => "data",
            Kind::RetrievalIndex => "retrieval_index",
            Kind::Tool => "tool",
            Kind::EvalSet => "eval_set",
            Kind::Model => "model",
            Kind::Prompt => "prompt",
            Kind::Agent => "agent",
            Kind::Service => "service",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                NameError::new(
                    text,
                    "a kind of artefact",
                    alloc::format!("use one of {}", known.join(", ")),
                )
            })
    }
}

macro_rules! as_text {
    ($type:ident) => {
        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
    };
}

/// `kind:name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtefactId {
    kind: Kind,
    name: String,
}
as_text!(ArtefactId);

impl ArtefactId {
    /// An artefact of a kind by its name.
    pub fn new(kind: Kind, name: &str) -> Result<Self, NameError> {
        check(name, "an artefact's name", &[])?;
        Ok(Self {
            kind,
            name: name.into(),
        })
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name among its kind.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for ArtefactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl FromStr for ArtefactId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (kind, name) = text
            .split_once(':')
            .ok_or_else(|| NameError::new(text, "an artefact", "write `kind:name`"))?;
        Self::new(kind.parse()?, name)
    }
}

/// One immutable version of an artefact: a number, a date, a commit; always with a digit in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);
as_text!(Version);

impl Version {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Version {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        const WHAT: &str = "an immutable version";
        let movable = |problem: &'static str| Err(NameError::new(text, WHAT, problem));
        if text.contains(['^', '~', '>', '<', '=', '*', '|', ',', ' ']) {
            return movable("it is a range; pin one exact version");
        }
        check(text, WHAT, b"+")?;
        // Aliases are words (`latest`, `stable`, `production`); every real version scheme has a digit.
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return movable("it is a movable name; pin one exact version");
        }
        if text.split('.').any(|part| part.eq_ignore_ascii_case("x")) {
            return movable("it is a range; pin one exact version");
        }
        Ok(Self(text.into()))
    }
}

/// `kind:name@version`: exactly this version of this artefact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin {
    artefact: ArtefactId,
    version: Version,
}
as_text!(Pin);

impl Pin {
    /// A pin of an artefact to a version.
    pub fn new(artefact: ArtefactId, version: Version) -> Self {
        Self { artefact, version }
    }

    /// What is pinned.
    pub fn artefact(&self) -> &ArtefactId {
        &self.artefact
    }

    /// To which version.
    pub fn version(&self) -> &Version {
        &self.version
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.artefact, self.version)
    }
}

impl FromStr for Pin {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (artefact, version) = text
            .split_once('@')
            .ok_or_else(|| NameError::new(text, "a pin", "write `kind:name@version`"))?;
        Ok(Self::new(artefact.parse()?, version.parse()?))
    }
}

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
