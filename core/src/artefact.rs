//! Artefacts: the versioned things that ship besides flags: what they are called, and pinned to which version.
//!
//! Invariant: a pin names one immutable version, never a range, an alias or `latest`. What is observed of them in an
//! environment is `Availability`: a *set* of available versions and at most one *live* version, which users outside
//! any release get. Not here: who depends on what (`plan`) and what a change of the set does to flags (`release`).

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

mod availability;
mod kind;
mod report;

pub use availability::{Availability, Deployed, Failure, Mismatch, Promise, Unready};
pub use kind::{CustomKind, Kind};
pub use report::{Digest, Health, Observation, Report, VersionReport};

use crate::name::{NameError, check};
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

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
