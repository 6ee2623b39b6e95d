//! The state: the fold of the ledger, and what can be read off it.
//!
//! Invariants: `apply` is total and deterministic: the same entries give the same workspace on every host, so the
//! server, a replica and the browser agree; nothing here is set except by folding an entry.
//! Not here: what may happen next (`release::decide`) and what edges load (`bundle::lower`).

mod edges;
mod fold;
mod prerequisites;
mod release;

pub use edges::Acknowledged;
pub use release::{Approval, Consent, Course, Phase, Record, Release, Rollback, Route};

use crate::artefact::{ArtefactId, Availability, Pin, Unready};
use crate::calendar::Freeze;
use crate::exposure::Exposure;
use crate::flag::Definition;
use crate::name::{
    EnvironmentName, FeatureName, FlagKey, LedgerId, PrincipalName, ReleaseName, Revision,
};
use crate::plan::{Feature, Plan};
use crate::release::{Actor, Cause, Event, PinProblem};
use crate::time::Timestamp;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Everything that is so at one revision of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    ledger: LedgerId,
    revision: Revision,
    environments: BTreeMap<EnvironmentName, Environment>,
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Environment {
    /// About how many targeting keys it sees, where somebody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<u64>,
    /// Revision of the last entry that changed what edges load.
    pub bundle_revision: Revision,
    /// What is deployed.
    pub artefacts: BTreeMap<ArtefactId, Availability>,
    /// The releases, by name.
    pub releases: BTreeMap<ReleaseName, Release>,
    /// The flags of features.
    pub flags: BTreeMap<FlagKey, FeatureFlag>,
    /// The flags that belong to no plan.
    pub plain_flags: BTreeMap<FlagKey, PlainFlag>,
    /// When nobody raises anything, by the revision of the entry that said so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub freezes: BTreeMap<Revision, Freeze>,
    /// How far the edges have come, where any tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
}

/// The flag of a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureFlag {
    /// The release that has it.
    pub release: ReleaseName,
    /// The feature it gates.
    pub feature: FeatureName,
    /// The share of users it admits while its parts are ready.
    pub exposure: Exposure,
    /// The opening that waits for the parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armed: Option<Armed>,
    /// Set by contain, until a person clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latch: Option<Latch>,
    /// Revision of the last entry that changed its exposure, latch, plan or the state of its required pins.
    pub epoch: Revision,
    /// What that entry did.
    pub last_move: Move,
    /// Since when it is at its exposure, while that is above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opened>,
    /// Where it was contained: the next raise may go back there at once.
    #[serde(default, skip_serializing_if = "Exposure::is_default")]
    pub resumes_to: Exposure,
    /// Whether its last move was a lowering: nothing raises it of itself then.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub lowered: bool,
    /// Whether the plan's preview was closed by hand: by lowering to 0 or by contain. The next raise opens it again.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub preview_closed: bool,
}

/// When an exposure began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// When it was decided.
    pub at: Timestamp,
    /// When the edges had acknowledged it, where they have told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Timestamp>,
}

/// An opening that waits for the parts to be ready; it fires once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// To what share.
    pub to: Exposure,
    /// On whose behalf.
    pub on_behalf_of: PrincipalName,
}

/// What keeps a contained flag at 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    /// Since when.
    pub since: Timestamp,
    /// Who contained it.
    pub by: Actor,
    /// Why.
    pub cause: Cause,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it was.
    pub from: Exposure,
}

/// The last thing that happened to a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Who did it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// What, to follow the actor's name: "raised it to 25 %".
    pub what: String,
}

/// A flag that belongs to no plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlainFlag {
    /// What it is.
    pub definition: Definition,
    /// Whether browser evaluation keys may see it.
    pub client: bool,
    /// The entry that wrote it last.
    pub revision: Revision,
}

/// Why a feature's flag answers off for everybody.
#[derive(Debug, Clone, PartialEq)]
pub enum Closed<'a> {
    /// Contained, and not cleared.
    Contained(&'a Latch),
    /// Required parts are missing or unhealthy.
    NotReady(Vec<PinProblem>),
    /// A flag that it rests on is closed for everybody, or is not there.
    Prerequisite(&'a FlagKey),
    /// Nobody has opened it.
    NotOpened,
}

impl Workspace {
    /// The state before the first entry.
    pub fn new(ledger: LedgerId) -> Self {
        Self {
            ledger,
            revision: Revision::ZERO,
            environments: BTreeMap::new(),
        }
    }

    /// The ledger this is the fold of.
    pub fn ledger(&self) -> &LedgerId {
        &self.ledger
    }

    /// The last entry folded.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Every environment, by name.
    pub fn environments(&self) -> &BTreeMap<EnvironmentName, Environment> {
        &self.environments
    }

    /// One environment.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.get(name)
    }
}

impl Environment {
    /// The plan and feature behind a feature's flag.
    pub fn feature(&self, flag: &FeatureFlag) -> Option<(&Plan, &Feature)> {
        let plan = &self.releases.get(&flag.release)?.plan;
        Some((plan, plan.features.get(&flag.feature)?))
    }

    /// The pins a feature's flag cannot be open without. Of a completed release they are what is live now, so that the next
    /// upgrade does not contain what came before it.
    pub fn required_pins(&self, flag: &FeatureFlag) -> BTreeSet<Pin> {
        let Some(release) = self.releases.get(&flag.release) else {
            return BTreeSet::new();
        };
        let feature = release.plan.features.get(&flag.feature);
        let pins = feature
            .map(|feature| release.plan.required_pins(feature))
            .unwrap_or_default();
        if !release.is_completed() {
            return pins;
        }
        let now = |pin: Pin| match self
            .artefacts
            .get(pin.artefact())
            .and_then(Availability::live)
        {
            Some(live) => Pin::new(pin.artefact().clone(), live.clone()),
            None => pin,
        };
        pins.into_iter().map(now).collect()
    }

    /// How a pin is not ready here; `None` when it is.
    pub fn unready(&self, pin: &Pin) -> Option<PinProblem> {
        let state = match self.artefacts.get(pin.artefact()) {
            None => Some(Unready::Missing),
            Some(availability) => availability.unready(pin.version()),
        };
        state.map(|state| PinProblem {
            pin: pin.clone(),
            state,
        })
    }

    /// The required pins of a flag that are not ready, foundations first; empty when it is ready.
    pub fn missing(&self, flag: &FeatureFlag) -> Vec<PinProblem> {
        self.required_pins(flag)
            .iter()
            .filter_map(|pin| self.unready(pin))
            .collect()
    }

    /// Why a feature's flag is closed for everybody; `None` when it is open.
    pub fn closed<'a>(&'a self, flag: &'a FeatureFlag) -> Option<Closed<'a>> {
        self.closed_by_itself(flag).or_else(|| {
            let shut = |key: &FlagKey| {
                let flag = self.flags.get(key);
                flag.is_none_or(|flag| self.closed_by_itself(flag).is_some())
            };
            let mut beneath = self.prerequisites(flag).into_iter();
            beneath.find(|key| shut(key)).map(Closed::Prerequisite)
        })
    }

    fn closed_by_itself<'a>(&self, flag: &'a FeatureFlag) -> Option<Closed<'a>> {
        if let Some(latch) = &flag.latch {
            return Some(Closed::Contained(latch));
        }
        let missing = self.missing(flag);
        if !missing.is_empty() {
            return Some(Closed::NotReady(missing));
        }
        let nobody = flag.exposure.is_zero() && self.preview(flag).is_empty();
        nobody.then_some(Closed::NotOpened)
    }

    /// The targeting keys that see the flag before anybody else does.
    pub fn preview(&self, flag: &FeatureFlag) -> &BTreeSet<String> {
        static NOBODY: BTreeSet<String> = BTreeSet::new();
        let feature = self.feature(flag).filter(|_| !flag.preview_closed);
        feature.map_or(&NOBODY, |(_, feature)| &feature.preview)
    }

    /// A feature's flag in words, the same on a page and in a terminal: "open at 25 %", "closed: …".
    pub fn state_of(&self, flag: &FeatureFlag) -> String {
        match self.closed(flag) {
            None if flag.exposure.is_zero() => {
                format!("open to {} preview keys", self.preview(flag).len())
            }
            None => format!("open at {}", flag.exposure),
            Some(Closed::Prerequisite(key)) => {
                format!("closed: it rests on {key}, which is closed")
            }
            Some(Closed::NotOpened) => "closed: nobody has opened it".into(),
            Some(Closed::Contained(latch)) => {
                let cause = latch.cause.in_words();
                format!("contained by {}{cause}", latch.by)
            }
            Some(Closed::NotReady(missing)) => {
                let of = |state: Unready| {
                    let pins = missing.iter().filter(|problem| problem.state == state);
                    pins.map(|problem| problem.pin.to_string())
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let [absent, broken] = [of(Unready::Missing), of(Unready::Unhealthy)];
                let part =
                    |pins: &str, what: &str| (!pins.is_empty()).then(|| format!("{what} {pins}"));
                let parts = [part(&absent, "waiting for"), part(&broken, "unhealthy:")];
                format!(
                    "closed: {}",
                    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
                )
            }
        }
    }

    /// Whether browser evaluation keys may see this key of the bundle. Artefact routes are never for browsers.
    pub fn is_for_clients(&self, key: &str) -> bool {
        let Ok(key) = key.parse::<FlagKey>() else {
            return false;
        };
        let plain = self.plain_flags.get(&key).is_some_and(|flag| flag.client);
        let feature = self.flags.get(&key).and_then(|flag| self.feature(flag));
        plain || feature.is_some_and(|(_, feature)| feature.client)
    }
}

impl Environment {
    /// Whether an event is part of a release's story: its plan, its flags, or a part it pins.
    pub fn concerns(&self, release: &ReleaseName, event: &Event) -> bool {
        let Some(known) = self.releases.get(release) else {
            return false;
        };
        match event {
            Event::EnvironmentDeclared { .. }
            | Event::FlagWritten { .. }
            | Event::Frozen { .. }
            | Event::FreezeLifted { .. }
            | Event::EdgesAcknowledged { .. } => false,
            Event::Release { release: of, .. } => of == release,
            Event::PlanApplied { plan, .. } => plan.release == *release,
            Event::Observed { artefact, .. } | Event::ObservationStale { artefact, .. } => known
                .plan
                .pins()
                .iter()
                .any(|pin| pin.artefact() == artefact),
            Event::Armed { flag, .. }
            | Event::Raised { flag, .. }
            | Event::Lowered { flag, .. }
            | Event::Contained { flag, .. }
            | Event::LatchCleared { flag, .. } => known
                .plan
                .features
                .values()
                .any(|feature| feature.flag == *flag),
        }
    }
}
