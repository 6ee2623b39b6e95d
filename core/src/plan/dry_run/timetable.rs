//! What is done, one after the other, and when at the earliest.
//!
//! Sequenced: one change at a time, each with its route's own canary, live before the next; flags last. Coordinated: every part
//! dark, then the flags' steps, and the parts live after the bake. Not here: whether a step may be taken (`release::guard`).

use super::Facts;
use crate::artefact::Pin;
use crate::calendar::{self, Openness};
use crate::exposure::Exposure;
use crate::name::FlagKey;
use crate::plan::graph::{Cycle, Graph, Node};
use crate::plan::{LocalTime, Plan, RouteCanary, Strategy};
use crate::time::{Span, Timestamp};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One thing that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What.
    #[serde(flatten)]
    pub task: Task,
    /// Not before this moment, as far as is known.
    pub earliest: Timestamp,
    /// Not before this time on the clock of the plan, which the teams agreed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<LocalTime>,
    /// It lasts at least so long.
    pub lasts: Span,
    /// And so not over before this moment.
    pub until: Timestamp,
    /// About how many users see it then, of each flag or route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Windows or an agreed time should have moved it, and their clock is not known here.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub regardless: bool,
}

impl Entry {
    /// When, to the minute: `2026-06-02 10:00 UTC`, and what was agreed on, as it was written.
    pub fn when(&self) -> String {
        let text = self.earliest.to_string();
        let minute = text.get(..16).filter(|_| text.len() == 24);
        let minute = minute.map(|minute| format!("{} UTC", minute.replace('T', " ")));
        let agreed = self.agreed.as_ref();
        let agreed = agreed.map(|local| format!(" (agreed: {local})"));
        format!("{}{}", minute.unwrap_or(text), agreed.unwrap_or_default())
    }
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// A part is made available; nobody gets it yet.
    Deploy {
        /// The part.
        part: Pin,
    },
    /// A part's own route opens this far.
    Route {
        /// The part.
        part: Pin,
        /// To what share.
        to: Exposure,
    },
    /// A part becomes what users outside any release get.
    Live {
        /// The part.
        part: Pin,
    },
    /// Flags open this far, those that others rest on first.
    Raise {
        /// The flags.
        flags: Vec<FlagKey>,
        /// To what share.
        to: Exposure,
        /// Happens of itself when the parts are ready.
        armed: bool,
    },
    /// Everything is watched.
    Bake,
    /// The held-back rest of the users follows.
    Rest {
        /// The flags.
        flags: Vec<FlagKey>,
    },
}

impl Task {
    /// The share of users that see it, where it moves one.
    fn exposure(&self, plan: &Plan) -> Option<Exposure> {
        match self {
            Task::Route { to, .. } => Some(*to),
            Task::Raise { to, .. } => Some((*to).min(plan.full())),
            Task::Rest { .. } => Some(Exposure::FULL),
            Task::Deploy { .. } | Task::Live { .. } | Task::Bake => None,
        }
    }
}

pub(super) fn of(plan: &Plan, graph: &Graph, facts: &Facts<'_>) -> Result<Vec<Entry>, Cycle> {
    let mut table = Table {
        plan,
        population: facts.population,
        at: facts.now,
        open_until: None,
        entries: Vec::new(),
    };
    let order = graph.order()?;
    let nodes = || order.iter().filter_map(|place| graph.nodes().get(*place));
    let parts = || {
        nodes().filter_map(|node| match node {
            Node::Part(pin) => Some((pin, plan.changes.get(pin)?)),
            Node::Flag(_) => None,
        })
    };
    let own: BTreeSet<&FlagKey> = plan
        .features
        .values()
        .map(|feature| &feature.flag)
        .collect();
    let flags: Vec<FlagKey> = nodes()
        .filter_map(|node| match node {
            Node::Flag(flag) if own.contains(flag) => Some(flag.clone()),
            Node::Flag(_) | Node::Part(_) => None,
        })
        .collect();
    for (part, change) in parts() {
        let deploy = Task::Deploy { part: part.clone() };
        table.add(deploy, Span::default());
        if plan.strategy == Strategy::Sequenced {
            let steps: &[Exposure] = match &change.canary {
                Some(RouteCanary::Steps(steps)) => steps,
                // It waits for the flag, at 0 until then.
                Some(RouteCanary::WithFlag) => continue,
                None => &[Exposure::FULL],
            };
            for to in steps {
                let route = Task::Route {
                    part: part.clone(),
                    to: *to,
                };
                table.add(route, Span::default());
            }
            table.add(Task::Live { part: part.clone() }, Span::default());
        }
    }
    for (to, flags, lasts, armed) in steps(plan, &flags) {
        table.add(Task::Raise { flags, to, armed }, lasts);
    }
    table.add(Task::Bake, plan.bake());
    if plan.full() < Exposure::FULL && !flags.is_empty() {
        table.add(Task::Rest { flags }, Span::default());
    }
    // What went with the flag, or came dark, becomes live when the release completes.
    let with_flag = parts().filter(|(_, change)| {
        plan.strategy == Strategy::Coordinated || change.canary == Some(RouteCanary::WithFlag)
    });
    for (part, _) in with_flag {
        table.add(Task::Live { part: part.clone() }, Span::default());
    }
    Ok(table.entries)
}

/// How the flags open: to what share, which of them, for how long, and whether of itself.
fn steps(plan: &Plan, flags: &[FlagKey]) -> Vec<(Exposure, Vec<FlagKey>, Span, bool)> {
    if flags.is_empty() {
        return Vec::new();
    }
    if let Some(canary) = &plan.canary {
        let steps = canary.steps.iter();
        let step = |step: &crate::plan::Step| {
            let lasts = step.at_least.unwrap_or_default();
            (step.exposure, flags.to_vec(), lasts, false)
        };
        return steps.map(step).collect();
    }
    // Without steps there is the opening that applying the plan arms, and then what people decide.
    let mut openings: BTreeMap<Exposure, Vec<FlagKey>> = BTreeMap::new();
    for feature in plan.features.values() {
        if let Some(armed) = feature.canary.filter(|armed| !armed.is_zero()) {
            openings
                .entry(armed)
                .or_default()
                .push(feature.flag.clone());
        }
    }
    let mut steps: Vec<_> = openings
        .into_iter()
        .map(|(to, flags)| (to, flags, Span::default(), true))
        .collect();
    steps.push((Exposure::FULL, flags.to_vec(), Span::default(), false));
    steps
}

/// The timetable while it is written.
struct Table<'a> {
    plan: &'a Plan,
    population: Option<u64>,
    at: Timestamp,
    /// Windows are known to be open until then.
    open_until: Option<Timestamp>,
    entries: Vec<Entry>,
}

impl Table<'_> {
    fn add(&mut self, task: Task, lasts: Span) {
        let exposure = task.exposure(self.plan);
        let mut regardless = false;
        let mut agreed = None;
        if let (Task::Raise { .. }, Some(to)) = (&task, exposure) {
            let schedule = &self.plan.schedule;
            // The last step is agreed on as 100, with or without a holdback.
            let scheduled = schedule.get(&to).or_else(|| {
                let is_last = to == self.plan.full();
                is_last.then(|| schedule.get(&Exposure::FULL)).flatten()
            });
            agreed = scheduled.cloned();
        }
        if let Some(local) = &agreed {
            match calendar::moment(local, calendar::schedule_zone(self.plan)) {
                Ok(moment) => self.at = self.at.max(moment),
                Err(_) => regardless = true,
            }
        }
        if exposure.is_some() {
            regardless |= !self.wait_for_windows();
        }
        let earliest = self.at;
        self.at = self.at + lasts;
        self.entries.push(Entry {
            task,
            earliest,
            agreed,
            lasts,
            until: self.at,
            users: self.population.zip(exposure).map(|(all, to)| to.of(all)),
            regardless,
        });
    }

    /// Moves on to when raises may happen; whether that is known.
    fn wait_for_windows(&mut self) -> bool {
        if self.plan.windows.is_empty() || self.open_until.is_some_and(|until| self.at < until) {
            return true;
        }
        match calendar::open(&self.plan.windows, &[], self.at) {
            Openness::Open { until } => {
                self.open_until = until.or(Some(Timestamp::from_millis(i64::MAX)));
                true
            }
            Openness::Closed {
                opens: Some(opens), ..
            } => {
                self.at = opens;
                true
            }
            Openness::Closed { opens: None, .. } => false,
        }
    }
}
