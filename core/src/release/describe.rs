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
                population,
            } => {
                let users = population.map(|count| format!(", with about {count} users"));
                format!("declared {environment}{}", users.unwrap_or_default())
            }
            Event::PlanApplied {
                plan, hash, parent, ..
            } => {
                let which = if parent.is_some() {
                    "a new plan"
                } else {
                    "the plan"
                };
                format!("applied {which} of {} ({})", plan.release, hash.short())
            }
            Event::Observed {
                artefact,
                observation,
                ..
            } => {
                format!("reported {artefact}{}", report(observation))
            }
            Event::FlagWritten { flag, .. } => format!("wrote flag {flag}"),
            Event::Armed { .. }
            | Event::Raised { .. }
            | Event::Lowered { .. }
            | Event::Contained { .. }
            | Event::LatchCleared { .. } => moved(self),
        }
    }
}

/// What happened to the flag of a feature.
fn moved(event: &Event) -> String {
    match event {
        Event::Armed { flag, to, .. } => {
            format!("armed {flag} to open at {to} when its parts are ready")
        }
        Event::Raised {
            flag,
            to,
            on_behalf_of: Some(person),
            ..
        } => {
            format!("opened {flag} at {to}, as armed by {person}: every part is ready")
        }
        Event::Raised { flag, from, to, .. } => format!("raised {flag} from {from} to {to}"),
        Event::Lowered { flag, from, to, .. } if from <= to => format!("disarmed {flag}"),
        Event::Lowered { flag, from, to, .. } => format!("lowered {flag} from {from} to {to}"),
        Event::Contained {
            flag, from, cause, ..
        } => {
            let cause = match cause {
                Cause::Command => String::new(),
                Cause::Drift { pin, mismatch } => {
                    format!(", because {pin} {}", mismatch.in_words())
                }
            };
            format!("contained {flag}, from {from} to 0 %{cause}")
        }
        Event::LatchCleared { flag, .. } => format!("cleared the latch of {flag}"),
        _ => String::new(),
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
