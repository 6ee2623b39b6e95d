//! An incident of a release: what was seen in production, what is at fault, and how far its mending has come.
//!
//! `suspects` compares the parts, `postmortem` writes the document from the ledger. Invariants: it begins when users lose a
//! flag that was open, or when somebody attaches a case; it ends when a flag of the release is raised again or another plan takes
//! its place; while parts are named as at fault nothing of the release rises. Not here: taking parts back (`release::rollback`)
//! and what is served meanwhile.

mod fold;
mod postmortem;
mod suspects;

pub use postmortem::{Postmortem, postmortem};
pub use suspects::{Suspect, cause, suspects};

use crate::artefact::Pin;
use crate::gate::{Link, Note};
use crate::name::{FlagKey, PrincipalName};
use crate::time::Timestamp;
use crate::workspace::{Environment, Release};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A production case: what one user got, and with which versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Whose: the targeting key, or a stand-in for it. The ledger keeps it for ever.
    pub key: Note,
    /// When it happened.
    pub at: Timestamp,
    /// The versions it was served with, as `client.details()` tells them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub served: BTreeSet<Pin>,
    /// What was wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// A page about it: a trace, a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Since when.
    pub since: Timestamp,
    /// The flag that was contained first; none where cases came before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<FlagKey>,
    /// What was seen in production.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// What is at fault, as far as somebody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributed: Option<Attribution>,
    /// When every part was back where it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<Timestamp>,
    /// When a flag was raised again, or another plan took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Timestamp>,
}

/// Who says what is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// The parts.
    pub parts: BTreeSet<Pin>,
    /// Who says so.
    pub by: PrincipalName,
    /// When.
    pub at: Timestamp,
}

/// How far an incident has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Users still see what is wrong.
    Open,
    /// Nobody sees it; nobody has said what is at fault.
    Contained,
    /// Somebody has said what is at fault.
    Attributed,
    /// Parts go back.
    RollingBack,
    /// Everything is back where it should be; a new plan may follow.
    Stable,
    /// It is over.
    Over,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Open => "users still see it: contain first",
            Stage::Contained => "contained: compare the parts, attach cases, name what is at fault",
            Stage::Attributed => "the cause is named: roll it back, or re-release without it",
            Stage::RollingBack => "parts go back",
            Stage::Stable => "stable: re-release with a new version of what was at fault",
            Stage::Over => "over",
        })
    }
}

impl Incident {
    /// One that begins.
    pub(crate) fn begin(since: Timestamp, flag: Option<FlagKey>) -> Self {
        Self {
            since,
            flag,
            cases: Vec::new(),
            attributed: None,
            rolled_back: None,
            over: None,
        }
    }

    /// The parts that are named as at fault, while it lasts.
    pub fn at_fault(&self) -> impl Iterator<Item = &Pin> {
        let named = self.attributed.iter().filter(|_| self.over.is_none());
        named.flat_map(|attribution| &attribution.parts)
    }
}

/// How far the incident of a release has come.
pub fn stage(state: &Environment, release: &Release, incident: &Incident) -> Stage {
    let name = &release.plan.release;
    let mut flags = state.flags_of(name);
    if incident.over.is_some() {
        Stage::Over
    } else if release.course.rollback.is_some() {
        Stage::RollingBack
    } else if incident.rolled_back.is_some() {
        Stage::Stable
    } else if incident.attributed.is_some() {
        Stage::Attributed
    } else if flags.any(|(_, flag)| !flag.exposure.is_zero()) {
        Stage::Open
    } else {
        Stage::Contained
    }
}
