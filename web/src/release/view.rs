//! What the release page looks at: one release in one environment, at one revision.

use crate::live::Live;
use flaghoist_core::name::{EnvironmentName, FlagKey, ReleaseName};
use flaghoist_core::workspace::{Closed, Environment, FeatureFlag, Release};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use std::sync::Arc;

/// A release where it is.
#[derive(Clone, PartialEq)]
pub struct ReleaseView {
    /// The environment's name.
    pub environment: EnvironmentName,
    /// The release's name.
    pub name: ReleaseName,
    /// Everything of that environment.
    pub state: Arc<Environment>,
}

/// How a flag stands, for colour and word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Users see it.
    Open,
    /// It waits for parts, or for somebody to open it.
    Waiting,
    /// It was taken back.
    Contained,
}

impl Tone {
    /// How a flag stands.
    pub fn of(state: &Environment, flag: &FeatureFlag) -> Self {
        match state.closed(flag) {
            None => Tone::Open,
            Some(Closed::Contained(_)) => Tone::Contained,
            Some(Closed::NotReady(_) | Closed::Prerequisite(_) | Closed::NotOpened) => {
                Tone::Waiting
            }
        }
    }

    /// For class names.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Open => "open",
            Tone::Waiting => "waiting",
            Tone::Contained => "contained",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Tone::Open => "● Open",
            Tone::Waiting => "○ Closed",
            Tone::Contained => "■ Contained",
        }
    }
}

impl ReleaseView {
    /// The release the address names, as it is now; `None` while loading or where there is none.
    pub fn memo(live: Live) -> Memo<Option<ReleaseView>> {
        let params = use_params_map();
        Memo::new(move |_| {
            let params = params.read();
            let environment: EnvironmentName = params.get("environment")?.parse().ok()?;
            let name: ReleaseName = params.get("release")?.parse().ok()?;
            live.workspace.with(|workspace| {
                let state = workspace.as_ref()?.environment(&environment)?;
                state.releases.contains_key(&name).then(|| ReleaseView {
                    state: Arc::new(state.clone()),
                    environment: environment.clone(),
                    name: name.clone(),
                })
            })
        })
    }

    /// The release itself.
    pub fn release(&self) -> Option<&Release> {
        self.state.releases.get(&self.name)
    }

    /// Its flags, by key.
    pub fn flags(&self) -> impl Iterator<Item = (&FlagKey, &FeatureFlag)> {
        self.state
            .flags
            .iter()
            .filter(|(_, flag)| flag.release == self.name)
    }

    /// One of its flags.
    pub fn flag(&self, key: &FlagKey) -> Option<&FeatureFlag> {
        self.state
            .flags
            .get(key)
            .filter(|flag| flag.release == self.name)
    }

    /// Its title, or its name where it has none.
    pub fn title(&self) -> String {
        let title = self
            .release()
            .and_then(|release| release.plan.title.clone());
        title.unwrap_or_else(|| self.name.to_string())
    }
}
