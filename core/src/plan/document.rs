//! The model of a plan; see `parse` for how it is read.
//!
//! Invariant: what a plan does not say is left out of its canonical form, so that a new key of the form never changes the hash
//! of a plan without it.

mod calendar;
mod gate;
mod kinds;

pub use calendar::{Bake, LocalTime, Weekly, Window};
pub use gate::{Canary, Direction, Gate, Measure, Metric, OnInconclusive, Promotion, Role, Step};
pub use kinds::{Foundation, KindRank};

use crate::artefact::{CustomKind, Kind, Pin, Version};
use crate::exposure::Exposure;
use crate::name::{
    EnvironmentName, FeatureName, FlagKey, NameError, PrincipalName, ReleaseName, TeamName,
};
use crate::time::Span;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// From so many changes on a release is watched for 48 hours where its plan says nothing (DESIGN §5).
const HEAVY_CHANGES: usize = 3;

/// How the changes of a release follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// One at a time, each with its own canary: the default.
    #[default]
    Sequenced,
    /// Foundations dark, then one percentage moves everything.
    Coordinated,
}

/// What ships together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name; in the bare form that of its first feature.
    pub release: ReleaseName,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where; without it the command names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// How the changes follow each other.
    #[serde(default)]
    pub strategy: Strategy,
    /// Why it must be coordinated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupling: Option<String>,
    /// What goes before the targeting key in the bucket's hash; without it each feature's flag key does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<FlagKey>,
    /// Who owns what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub teams: BTreeMap<TeamName, Team>,
    /// The kinds of artefacts it declares.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<CustomKind, KindRank>,
    /// The user-facing parts, by name.
    pub features: BTreeMap<FeatureName, Feature>,
    /// The parts that ship, by pin.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<Pin, Change>,
    /// How its flags open; a bare plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// The earliest time of a step that the teams agreed on, by the step's exposure.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        with = "calendar::by_step"
    )]
    pub schedule: BTreeMap<Exposure, LocalTime>,
    /// Watching after the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bake: Option<Bake>,
    /// Hours in which raises may happen; none means always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Where its steps are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<Announce>,
}

/// Where the steps of a release are told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Announce {
    /// For people: a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// A webhook of the server's settings, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

/// A team and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Team {
    /// A channel, a mailing list, a pager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Who may consent for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<PrincipalName>,
}

/// A user-facing part: a flag and what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// The flag that gates it.
    pub flag: FlagKey,
    /// The team that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<TeamName>,
    /// The day by which the flag should be gone: `2026-12-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Whether browser evaluation keys, which are public, may see the flag.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub client: bool,
    /// The opening that applying the plan arms; none arms nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Exposure>,
    /// What it needs, by pin.
    pub dependencies: BTreeMap<Pin, Dependency>,
    /// Flags whose users alone may see it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub prerequisites: BTreeSet<FlagKey>,
    /// Targeting keys that are served while the parts are ready, before the flag opens to anybody.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub preview: BTreeSet<String>,
}

/// How much a feature needs a pin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dependency {
    /// It works without.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub optional: bool,
    /// Proof of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// One part that ships.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Change {
    /// The team that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<TeamName>,
    /// What it needs before it ships.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub requires: BTreeSet<Pin>,
    /// Other versions of what it requires that it works with too: rolling back to one of them does not take it along.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accepts: BTreeSet<Pin>,
    /// The artefact's own staged rollout, where it has one: shares of its traffic or data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Exposure>,
    /// What must have passed before it ships.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// How long its deployment, or its way back, may take until it counts as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Span>,
    /// How its route opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<RouteCanary>,
    /// How to take it back alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
}

/// How the route of a change opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteCanary {
    /// With the flag: one percentage moves both.
    WithFlag,
    /// On its own, step by step.
    Steps(Vec<Exposure>),
}

/// How a change is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rollback {
    /// To this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Version>,
    /// By switching it off.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub disable: bool,
    /// Where the steps are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// It cannot go back: what is wrong is mended by a further version.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub forward_only: bool,
}

impl Change {
    /// The steps of its own route, where it has any: its canary's, else its stages.
    pub fn own_steps(&self) -> &[Exposure] {
        match &self.canary {
            Some(RouteCanary::Steps(steps)) => steps,
            Some(RouteCanary::WithFlag) | None => &self.stages,
        }
    }
}

impl Plan {
    /// Whether this is the chapter's short form: no changes and no canary.
    pub fn is_bare(&self) -> bool {
        self.changes.is_empty() && self.canary.is_none()
    }

    /// Every pin the plan names, changes and dependencies, foundations (by kind) first.
    pub fn pins(&self) -> BTreeSet<&Pin> {
        let required = self
            .features
            .values()
            .flat_map(|feature| feature.dependencies.keys());
        let changes = self
            .changes
            .iter()
            .flat_map(|(pin, change)| core::iter::once(pin).chain(&change.requires));
        required.chain(changes).collect()
    }

    /// The pins a feature cannot be without: its required dependencies and whatever those require.
    pub fn required_pins(&self, feature: &Feature) -> BTreeSet<Pin> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Pin> = feature
            .dependencies
            .iter()
            .filter(|(_, dependency)| !dependency.optional)
            .map(|(pin, _)| pin)
            .collect();
        while let Some(pin) = open.pop() {
            if found.insert(pin.clone())
                && let Some(change) = self.changes.get(pin)
            {
                open.extend(&change.requires);
            }
        }
        found
    }

    /// The teams that own a part of it.
    pub fn owners(&self) -> BTreeSet<&TeamName> {
        let features = self
            .features
            .values()
            .filter_map(|feature| feature.owner.as_ref());
        let changes = self
            .changes
            .values()
            .filter_map(|change| change.owner.as_ref());
        features.chain(changes).collect()
    }

    /// The owners who must sign: those whose team says who may.
    pub fn signers(&self) -> BTreeSet<&TeamName> {
        let mut owners = self.owners();
        owners.retain(|team| {
            self.teams
                .get(*team)
                .is_some_and(|team| !team.approvers.is_empty())
        });
        owners
    }

    /// The widest exposure before the bake is over: everybody but the holdback.
    pub fn full(&self) -> Exposure {
        let holdback = self.bake.map_or(Exposure::ZERO, |bake| bake.holdback);
        holdback.rest()
    }

    /// How long it is watched after the last step: as the plan says, else by its weight (DESIGN §5).
    pub fn bake(&self) -> Span {
        let heavy = self.strategy == Strategy::Coordinated || self.changes.len() >= HEAVY_CHANGES;
        let default = Span::from_hours(if heavy { 48 } else { 24 });
        self.bake.map_or(default, |bake| bake.lasts)
    }

    /// The text that goes before the targeting key in a feature's bucket hash.
    pub fn cohort_of<'a>(&'a self, feature: &'a Feature) -> &'a FlagKey {
        self.cohort.as_ref().unwrap_or(&feature.flag)
    }

    /// The text that goes before the targeting key for the routes of its parts: the plan's cohort, that of its first feature,
    /// or the release's own name where nothing of it is user-facing.
    pub fn cohort(&self) -> FlagKey {
        let first = self.features.values().next().map(|feature| &feature.flag);
        let named = self.cohort.as_ref().or(first).cloned();
        named.unwrap_or_else(|| FlagKey::from(&self.release))
    }

    /// The hash of the plan's meaning.
    pub fn hash(&self) -> PlanHash {
        // Maps iterate in key order, so this text is canonical.
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&canonical) {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        PlanHash(hex)
    }

    /// The kinds among the plan's pins, foundations first.
    pub fn kinds(&self) -> BTreeSet<Kind> {
        self.pins()
            .into_iter()
            .map(|pin| pin.artefact().kind())
            .collect()
    }
}

/// SHA-256 of a plan's canonical form, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlanHash(String);

impl PlanHash {
    /// The first twelve digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl TryFrom<String> for PlanHash {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        if text.len() == 64
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            Ok(Self(text))
        } else {
            Err(NameError::new(
                &text,
                "a plan hash",
                "it is 64 lower-case hexadecimal digits",
            ))
        }
    }
}

impl From<PlanHash> for String {
    fn from(hash: PlanHash) -> String {
        hash.0
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
