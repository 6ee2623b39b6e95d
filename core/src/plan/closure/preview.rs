//! What a rollback does, as a value for people and for the release engine. Not here: how it is found.

use crate::artefact::{Pin, Version};
use crate::name::{FlagKey, ReleaseName};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What happens when changes are taken back: first the flags close, then the parts go, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RollbackPreview {
    /// What goes back, consumers before foundations.
    pub parts: Vec<RollbackPart>,
    /// The plan's own flags that go to 0 before anything else.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags_to_zero: BTreeSet<FlagKey>,
    /// Flags of the plan that nobody sees meanwhile, because a prerequisite goes to 0; their exposure stays.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub closed_behind: BTreeSet<FlagKey>,
    /// Flags that stay where they are, without these parts: each is optional, with evidence that the rest works without it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub degraded: BTreeMap<FlagKey, BTreeSet<Pin>>,
    /// Flags of other releases that go to 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<ForeignFlag>,
    /// What cannot go back, and so keeps in place what it needs: a person decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<Obstacle>,
    /// What should have gone back and stays, because of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<Pin>,
}

impl RollbackPreview {
    /// Whether a person must decide how to go on; the flags are at 0 meanwhile.
    pub fn needs_a_human(&self) -> bool {
        !self.blocked_by.is_empty()
    }
}

/// A part on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackPart {
    /// The part.
    pub pin: Pin,
    /// Where it goes.
    pub to: Target,
}

/// Where a part goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// To this version.
    Version(Version),
    /// It is switched off.
    Disabled,
    /// Where its written procedure leads.
    ByProcedure,
}

/// `to 0.9.4`, to follow the name of a part.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Version(version) => write!(f, "to {version}"),
            Target::Disabled => f.write_str("switched off"),
            Target::ByProcedure => f.write_str("by its procedure"),
        }
    }
}

/// A part that cannot go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The part.
    pub pin: Pin,
    /// Why.
    pub stop: Stop,
}

/// Why a part cannot go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// What is wrong with it is mended by a further version.
    ForwardOnly,
    /// The plan gives it no way back.
    NoWay,
    /// The plan does not name it.
    Unknown,
}

/// To follow the name of a part.
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::ForwardOnly => "goes forward only",
            Stop::NoWay => "has no rollback path of its own",
            Stop::Unknown => "is not in the plan",
        })
    }
}

/// A flag of another release that needs a part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignFlag {
    /// The other release.
    pub release: ReleaseName,
    /// Its flag.
    pub flag: FlagKey,
    /// What the flag needs of what goes.
    pub pins: BTreeSet<Pin>,
}
