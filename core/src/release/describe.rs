//! What an event says in words: one wording for timelines, command lines and refusals.
//!
//! Invariant: a phrase in the past tense that follows the actor's name: "asha" + "raised refund_v1 from 5 % to 25 %".

use super::{Cause, Event};
use crate::artefact::{Health, Observation};
use alloc::format;
use alloc::string::{String, ToString};

impl Event {
    /// What happened, to follow the actor's name.
    pub fn describe(&self) -> String {
        match self {
            Event::EnvironmentDeclared {
                environment,
                population: Some(count),
            } => {
                format!("declared {environment}, with about {count} users")
            }
            Event::EnvironmentDeclared {
                environment,
                population: None,
            } => format!("declared {environment}"),
            Event::PlanApplied {
                plan,
                hash,
                parent: None,
                ..
            } => {
                format!("applied the plan of {} ({})", plan.release, hash.short())
            }
            Event::PlanApplied {
                plan,
                hash,
                parent: Some(_),
                ..
            } => {
                format!("applied a new plan of {} ({})", plan.release, hash.short())
            }
            Event::Armed { flag, to, .. } => {
                format!("armed {flag} to open at {to} when its parts are ready")
            }
            Event::Observed {
                artefact,
                observation,
                ..
            } => format!("reported {artefact}{}", report(observation)),
            Event::Raised {
                flag,
                from,
                to,
                on_behalf_of: None,
                ..
            } => format!("raised {flag} from {from} to {to}"),
            Event::Raised {
                flag,
                to,
                on_behalf_of: Some(person),
                ..
            } => {
                format!("opened {flag} at {to}, as armed by {person}: every part is ready")
            }
            Event::Lowered { flag, from, to, .. } if from <= to => format!("disarmed {flag}"),
            Event::Lowered { flag, from, to, .. } => format!("lowered {flag} from {from} to {to}"),
            Event::Contained {
                flag,
                from,
                cause: Cause::Command,
                ..
            } => {
                format!("contained {flag}, from {from} to 0 %")
            }
            Event::Contained {
                flag,
                from,
                cause: Cause::Drift { pin, mismatch },
                ..
            } => {
                format!(
                    "contained {flag}, from {from} to 0 %, because {pin} {}",
                    mismatch.in_words()
                )
            }
            Event::LatchCleared { flag, .. } => format!("cleared the latch of {flag}"),
            Event::FlagWritten { flag, .. } => format!("wrote flag {flag}"),
        }
    }
}

fn report(observation: &Observation) -> String {
    match observation {
        Observation::Deployed { version, live } => {
            let health = match version.health {
                Health::Healthy => "deployed",
                Health::Unhealthy => "unhealthy",
            };
            let live = if *live { " and live" } else { "" };
            format!("@{} {health}{live}", version.version)
        }
        Observation::Withdrawn { version } => format!("@{version} withdrawn"),
        Observation::Full { versions, live } => {
            let live = live
                .as_ref()
                .map_or_else(|| "none".to_string(), ToString::to_string);
            format!(" in full: {} deployed, live {live}", versions.len())
        }
    }
}
