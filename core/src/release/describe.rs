//! What an event says in words: one wording for timelines, command lines and refusals.
//!
//! Invariant: a phrase in the past tense that follows the actor's name: "asha" + "raised refund_v1 from 5 % to 25 %".

use super::{Event, Fact};
use crate::artefact::{Health, Observation};
use crate::name::ReleaseName;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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
                artefact, report, ..
            } => {
                format!("reported {artefact}{}", observed(&report.observation))
            }
            Event::ObservationStale {
                artefact, source, ..
            } => format!("has not heard from {source} about {artefact} in the time it promised"),
            Event::FlagWritten { flag, .. } => format!("wrote flag {flag}"),
            Event::Release { release, fact, .. } => fact.describe(release),
            Event::Frozen { freeze, .. } => {
                let until = freeze.until.map(|until| format!(" until {until}"));
                format!(
                    "declared a freeze from {}{}",
                    freeze.from,
                    until.unwrap_or_default()
                )
            }
            Event::FreezeLifted { freeze, .. } => format!("lifted the freeze of entry {freeze}"),
            Event::EdgesAcknowledged {
                revision, edges, ..
            } => format!("saw {edges} edges at revision {revision} or later"),
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
            from,
            to,
            on_behalf_of: Some(person),
            ..
        } if !from.is_zero() => {
            format!(
                "raised {flag} from {from} to {to} for {person}: everything the step needs is there"
            )
        }
        Event::Raised {
            flag,
            to,
            on_behalf_of: Some(person),
            ..
        } => {
            format!("opened {flag} at {to}, as armed by {person}: every part is ready")
        }
        Event::Raised {
            flag,
            from,
            to,
            emergency,
            skipped,
            ..
        } => {
            let skipped = if *skipped { ", leaving out steps" } else { "" };
            let emergency = emergency
                .as_ref()
                .map(|follow_up| format!(", as an emergency ({follow_up})"));
            format!(
                "raised {flag} from {from} to {to}{skipped}{}",
                emergency.unwrap_or_default()
            )
        }
        Event::Lowered { flag, from, to, .. } if from <= to => format!("disarmed {flag}"),
        Event::Lowered { flag, from, to, .. } => format!("lowered {flag} from {from} to {to}"),
        Event::Contained {
            flag, from, cause, ..
        } => {
            format!("contained {flag}, from {from} to 0 %{}", cause.in_words())
        }
        Event::LatchCleared { flag, .. } => format!("cleared the latch of {flag}"),
        _ => String::new(),
    }
}

impl Fact {
    /// What happened to a release, to follow the actor's name.
    pub fn describe(&self, release: &ReleaseName) -> String {
        match self {
            Fact::SignedOff { plan, team, .. } => {
                format!("signed plan {} of {release} for {team}", plan.short())
            }
            Fact::Approved {
                flag, step, team, ..
            } => format!("approved {flag} at {step} for {team}"),
            Fact::Recorded {
                evidence, verdict, ..
            } => {
                let part = evidence.part.as_ref().map(|part| format!(" of {part}"));
                format!(
                    "recorded {verdict} for {}{}",
                    evidence.gate,
                    part.unwrap_or_default()
                )
            }
            Fact::Accepted { gate, .. } => format!("accepted {gate} without a clear verdict"),
            Fact::Paused => format!("paused {release}"),
            Fact::Resumed => format!("resumed {release}"),
            Fact::Aborted => format!("aborted {release}"),
            Fact::Completed => format!("completed {release}: its versions are live"),
            Fact::RouteRaised { part, from, to } => {
                format!("raised the route of {part} from {from} to {to}")
            }
            Fact::RouteLowered { part, from, to } => {
                format!("lowered the route of {part} from {from} to {to}")
            }
            Fact::Retried { part } => format!("tries to deploy {part} again"),
            Fact::RollbackStarted {
                causes,
                parts,
                blocked,
            } => {
                let parts = parts.iter().map(|part| format!("{} {}", part.pin, part.to));
                let blocked = blocked
                    .iter()
                    .map(|part| format!("{} {}", part.pin, part.stop));
                let words = [
                    format!("began to roll back {}", listed(causes.iter())),
                    listed(parts),
                    listed(blocked),
                ];
                join(words.into_iter().filter(|words| !words.is_empty()), "; ")
            }
            Fact::RollbackReleased => {
                "let the rollback go on before every edge had acknowledged".into()
            }
            Fact::RollbackFinished => format!("saw the rollback of {release} done"),
        }
    }
}

fn listed(items: impl Iterator<Item = impl ToString>) -> String {
    join(items, ", ")
}

/// The words of some things, with something between them.
pub(super) fn join<T: ToString>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    words.join(between)
}

fn observed(observation: &Observation) -> String {
    match observation {
        Observation::Deployed { version, live } => {
            let health = match version.health {
                Health::Healthy => "deployed",
                Health::Unhealthy => "unhealthy",
            };
            let live = if *live { " and live" } else { "" };
            format!("@{} {health}{live}", version.version)
        }
        Observation::Failed { version, why } => {
            let why = why.as_ref().map(|why| format!(": {why}"));
            format!(
                "@{version} could not be deployed{}",
                why.unwrap_or_default()
            )
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
