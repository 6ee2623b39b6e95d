//! What people have yet to say or do before a plan can run. Not here: what is wrong with the plan (`lint`).

use super::{Entry, Facts};
use crate::exposure::Exposure;
use crate::name::{PrincipalName, TeamName};
use crate::plan::Plan;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Something people have yet to say or do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "missing", rename_all = "snake_case")]
pub enum Missing {
    /// A part has no owner to ask.
    Owner {
        /// The part or feature.
        of: String,
    },
    /// An owner has not signed the plan.
    SignOff {
        /// The team.
        team: TeamName,
        /// Who may sign for it; nobody named means every member.
        approvers: Vec<PrincipalName>,
    },
    /// A step will need a team's approval when it comes.
    Approval {
        /// The step.
        step: Exposure,
        /// The team.
        team: TeamName,
    },
    /// Nobody said how many users there are.
    Population,
    /// The clock of the plan's windows is not known here, so that times are without them.
    Hours,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Owner { of } => write!(f, "{of} has no owner"),
            Missing::SignOff { team, approvers } if approvers.is_empty() => {
                write!(f, "sign-off of {team}")
            }
            Missing::SignOff { team, approvers } => {
                let names: Vec<&str> = approvers.iter().map(PrincipalName::as_str).collect();
                write!(f, "sign-off of {team} ({})", names.join(" or "))
            }
            Missing::Approval { step, team } => write!(f, "approval of {team} for {step}"),
            Missing::Population => f.write_str("how many users the environment has"),
            Missing::Hours => f.write_str("the rules of the time zone: times are without windows"),
        }
    }
}

pub(super) fn of(plan: &Plan, facts: &Facts<'_>, timetable: &[Entry]) -> Vec<Missing> {
    let mut found = Vec::new();
    let features = plan.features.iter();
    let features = features.map(|(name, feature)| (name.to_string(), &feature.owner));
    let changes = plan.changes.iter();
    let changes = changes.map(|(pin, change)| (pin.to_string(), &change.owner));
    let ownerless = features.chain(changes).filter(|(_, owner)| owner.is_none());
    found.extend(ownerless.map(|(of, _)| Missing::Owner { of }));
    for team in plan.signers() {
        if !facts.signed.contains(team) {
            let approvers = plan.teams.get(team).map(|team| team.approvers.clone());
            found.push(Missing::SignOff {
                team: team.clone(),
                approvers: approvers.unwrap_or_default(),
            });
        }
    }
    for step in plan.canary.iter().flat_map(|canary| &canary.steps) {
        found.extend(step.approve.iter().map(|team| Missing::Approval {
            step: step.exposure,
            team: team.clone(),
        }));
    }
    if facts.population.is_none() {
        found.push(Missing::Population);
    }
    if timetable.iter().any(|entry| entry.regardless) {
        found.push(Missing::Hours);
    }
    found
}
