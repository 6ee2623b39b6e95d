//! What a release's own rules have against a raise or an act: steps, gates, people, hours, other releases.
//!
//! Invariant: each says what is missing and how to get it; none of them is ever asked by what lowers. Not here: the refusals
//! that bare plans know too (`refusal`).

use super::describe::join;
use super::refusal::RefusalKind;
use crate::artefact::{ArtefactId, Pin};
use crate::calendar::ClosedBy;
use crate::exposure::Exposure;
use crate::gate::{GateName, Inadmissible, Verdict};
use crate::name::{FlagKey, PrincipalName, ReleaseName, Revision, TeamName};
use crate::plan::PlanHash;
use crate::time::{Span, Timestamp};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A rule of a release that is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Unmet {
    /// No such release.
    #[error("there is no release `{release}`")]
    UnknownRelease {
        /// As asked.
        release: ReleaseName,
        /// Those there are.
        known: Vec<ReleaseName>,
    },
    /// The plan has no such part.
    #[error("release {release} ships no {part}")]
    UnknownPart {
        /// The release.
        release: ReleaseName,
        /// As asked.
        part: Pin,
    },
    /// The act was meant for another plan.
    #[error("release {release} is at plan {}, not {}", current.short(), given.short())]
    OtherPlan {
        /// The release.
        release: ReleaseName,
        /// As asked.
        given: PlanHash,
        /// The plan in force.
        current: PlanHash,
    },
    /// The approval was meant for an earlier moment.
    #[error("{flag} has moved since you looked: epoch {current}, not {given}")]
    OtherEpoch {
        /// The flag.
        flag: FlagKey,
        /// As asked.
        given: Revision,
        /// The flag's.
        current: Revision,
    },
    /// The plan has no such step.
    #[error("{step} is no step of the plan; its steps are {}", join(steps, ", "))]
    NoStep {
        /// As asked.
        step: Exposure,
        /// Those there are.
        steps: Vec<Exposure>,
    },
    /// The person does not speak for the team.
    #[error("{person} is not among the approvers of {team}")]
    NotAnApprover {
        /// Who.
        person: PrincipalName,
        /// For whom.
        team: TeamName,
        /// Who may.
        approvers: Vec<PrincipalName>,
    },
    /// The plan knows no such team.
    #[error("the plan knows no team `{team}`")]
    UnknownTeam {
        /// As asked.
        team: TeamName,
        /// Those there are.
        known: Vec<TeamName>,
    },
    /// The release has ended.
    #[error("release {release} has {what}")]
    Ended {
        /// The release.
        release: ReleaseName,
        /// How: "been completed", "been aborted".
        what: String,
    },
    /// The release is paused.
    #[error("release {release} is paused since {since}, by {by}")]
    Paused {
        /// The release.
        release: ReleaseName,
        /// By whom.
        by: String,
        /// Since when.
        since: Timestamp,
    },
    /// Owners have not consented to the plan.
    #[error("{} {} not signed plan {}", join(teams, ", "), if teams.len() == 1 { "has" } else { "have" }, plan.short())]
    Unsigned {
        /// The plan.
        plan: PlanHash,
        /// Who is missing.
        teams: Vec<TeamName>,
    },
    /// Only the author consented.
    #[error("only {person}, who applied the plan, has signed it")]
    FourEyes {
        /// Who.
        person: PrincipalName,
    },
    /// The raise leaves out a step.
    #[error("{flag} goes to {next} next, not to {to}")]
    NotTheNextStep {
        /// The flag.
        flag: FlagKey,
        /// The step that is next.
        next: Exposure,
        /// What was asked.
        to: Exposure,
    },
    /// The raise of a route leaves out a step.
    #[error("the route of {part} goes to {next} next, not to {to}")]
    NotTheNextRouteStep {
        /// The part.
        part: Pin,
        /// The step that is next.
        next: Exposure,
        /// What was asked.
        to: Exposure,
    },
    /// The step is too young.
    #[error("{flag} stays at {step} until {until}: the step lasts at least {at_least}")]
    TooEarly {
        /// The flag.
        flag: FlagKey,
        /// The step it is at.
        step: Exposure,
        /// How long it lasts.
        at_least: Span,
        /// When that is over.
        until: Timestamp,
    },
    /// The plan says when this step may be taken at the earliest.
    #[error("the plan takes {flag} to {step} at {at} at the earliest")]
    Scheduled {
        /// The flag.
        flag: FlagKey,
        /// The step.
        step: Exposure,
        /// When.
        at: Timestamp,
    },
    /// Too few users were seen at the step.
    #[error("{flag} has been seen by {units} users at {step}; the step needs {needed}")]
    TooFewUnits {
        /// The flag.
        flag: FlagKey,
        /// The step it is at.
        step: Exposure,
        /// Users that evidence counted.
        units: u64,
        /// Users it needs.
        needed: u64,
    },
    /// A gate has not passed.
    #[error("{}{} {}", gate, of(part.as_ref()), said(*verdict))]
    GateOpen {
        /// The gate, as evidence names it.
        gate: String,
        /// Of which change; none for the flag's steps.
        part: Option<Pin>,
        /// What the latest evidence that counts says; none where there is none.
        verdict: Option<Verdict>,
    },
    /// Teams have not approved the step.
    #[error("{} {} not approved {flag} at {step}", join(teams, ", "), if teams.len() == 1 { "has" } else { "have" })]
    Unapproved {
        /// The flag.
        flag: FlagKey,
        /// The step.
        step: Exposure,
        /// Who is missing.
        teams: Vec<TeamName>,
    },
    /// Raises may not happen now.
    #[error("no raises now: {}{}", closed_by(cause), opens.map(|at| format!(", until {at}")).unwrap_or_default())]
    NotNow {
        /// Why.
        cause: ClosedBy,
        /// When they may again, where that is known.
        opens: Option<Timestamp>,
    },
    /// Another release is on its way with the same part.
    #[error(
        "release {release} is on its way with {artefact}; what goes wrong could not be told apart"
    )]
    SharedPart {
        /// The other release.
        release: ReleaseName,
        /// What both ship.
        artefact: ArtefactId,
    },
    /// Edges still serve an earlier state.
    #[error("the edges have not acknowledged revision {revision} yet")]
    NotAcknowledged {
        /// What they should serve.
        revision: Revision,
    },
    /// A part was taken back.
    #[error("{part} was rolled back")]
    TakenBack {
        /// The part.
        part: Pin,
    },
    /// A rollback is under way.
    #[error("a rollback of release {release} is under way")]
    RollingBack {
        /// The release.
        release: ReleaseName,
    },
    /// An earlier part of a sequenced release is not live yet.
    #[error("{part} goes first, and is not live yet")]
    OutOfOrder {
        /// The earlier part.
        part: Pin,
    },
    /// A promised report is missing.
    #[error(
        "{reporter} is silent about {artefact} since {since}; what is known may no longer be so"
    )]
    Stale {
        /// Of what.
        artefact: ArtefactId,
        /// Who is silent.
        reporter: PrincipalName,
        /// Since when.
        since: Timestamp,
    },
    /// A deployment did not work.
    #[error("deploying {part} failed{}", why.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    DeployFailed {
        /// The part.
        part: Pin,
        /// Why, in the reporter's words.
        why: Option<String>,
    },
    /// A deployment, or a way back, takes too long.
    #[error("{part} should have been observed by {due}")]
    Overdue {
        /// The part.
        part: Pin,
        /// By when.
        due: Timestamp,
    },
    /// The evidence does not count.
    #[error("{}", join(reasons, "; "))]
    Inadmissible {
        /// Why.
        reasons: Vec<Inadmissible>,
    },
    /// There is nothing that could be accepted.
    #[error("{gate} has no verdict that leaves it open")]
    NothingToAccept {
        /// The gate.
        gate: GateName,
    },
    /// It has not been watched long enough.
    #[error("{flag} bakes until {until}")]
    Bakes {
        /// The flag.
        flag: FlagKey,
        /// Till when.
        until: Timestamp,
    },
    /// It is not where it should be.
    #[error("release {release} is not done: {what}")]
    NotDone {
        /// The release.
        release: ReleaseName,
        /// What is missing.
        what: String,
    },
}

fn closed_by(cause: &ClosedBy) -> String {
    match cause {
        ClosedBy::Windows => "it is outside of the plan's hours".into(),
        ClosedBy::Freeze(freeze) => format!("there is a freeze ({})", freeze.reason),
    }
}

fn of(part: Option<&Pin>) -> String {
    part.map(|part| format!(" of {part}")).unwrap_or_default()
}

fn said(verdict: Option<Verdict>) -> String {
    verdict.map_or_else(
        || "has no evidence yet".to_string(),
        |verdict| format!("says {verdict}"),
    )
}

impl Unmet {
    /// What sort it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Unmet::UnknownRelease { .. } | Unmet::UnknownPart { .. } => RefusalKind::NotFound,
            Unmet::OtherPlan { .. } | Unmet::OtherEpoch { .. } => RefusalKind::Conflict,
            Unmet::NoStep { .. }
            | Unmet::UnknownTeam { .. }
            | Unmet::Inadmissible { .. }
            | Unmet::NothingToAccept { .. } => RefusalKind::Invalid,
            _ => RefusalKind::Guarded,
        }
    }

    /// When the passing of time alone can change it.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Unmet::TooEarly { until, .. } | Unmet::Scheduled { at: until, .. } => Some(*until),
            Unmet::NotNow { opens, .. } => *opens,
            Unmet::Bakes { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// What a person can do about it.
    pub fn fix(&self) -> String {
        match self {
            Unmet::UnknownRelease { known, .. } => format!("name one of: {}", join(known, ", ")),
            Unmet::UnknownTeam { known, .. } => format!("name one of: {}", join(known, ", ")),
            Unmet::UnknownPart { .. } => "name a part as the plan pins it".into(),
            Unmet::OtherPlan { .. } | Unmet::OtherEpoch { .. } => {
                "look at the release again and decide anew".into()
            }
            Unmet::NoStep { .. } => "name one of the plan's steps".into(),
            Unmet::NotAnApprover { approvers, .. } => {
                format!("ask one of them: {}", join(approvers, ", "))
            }
            Unmet::Ended { .. } => "apply a new plan".into(),
            Unmet::Paused { .. } => "resume the release".into(),
            Unmet::Unsigned { .. } => "have an approver of each team sign the plan".into(),
            Unmet::FourEyes { .. } => "have a second person sign it".into(),
            Unmet::NotTheNextStep { next, .. } => {
                format!("raise to {next}, or skip steps with a reason")
            }
            Unmet::NotTheNextRouteStep { next, .. } => format!("raise it to {next}"),
            Unmet::TooEarly { .. } => "wait; nothing is gained by haste".into(),
            Unmet::Scheduled { .. } => "wait for the time agreed on, or sign a new plan".into(),
            Unmet::TooFewUnits { .. } => "record evidence that counts its users".into(),
            Unmet::GateOpen { gate, .. } => {
                format!("record evidence for {gate}; its owner may accept INCONCLUSIVE")
            }
            Unmet::Unapproved { .. } => "have an approver of each team approve the step".into(),
            Unmet::NotNow { .. } => "wait, or declare an emergency with a reason".into(),
            Unmet::SharedPart { release, .. } => format!("finish {release} first"),
            Unmet::NotAcknowledged { .. } => "wait for the edges, or for their lease".into(),
            Unmet::TakenBack { .. } => "re-release with a new version of it".into(),
            Unmet::RollingBack { .. } => "wait until it is observed to be done".into(),
            Unmet::OutOfOrder { part } => format!("finish {part} first"),
            Unmet::Stale { reporter, .. } => {
                format!("look what keeps {reporter} from reporting, or report what is there")
            }
            Unmet::DeployFailed { .. } | Unmet::Overdue { .. } => {
                "deploy it again and retry, or roll it back".into()
            }
            Unmet::Inadmissible { .. } => "run it again for this plan's versions".into(),
            Unmet::NothingToAccept { .. } => "record evidence first".into(),
            Unmet::Bakes { .. } => "wait, and watch".into(),
            Unmet::NotDone { .. } => "wait, or take the steps that are left".into(),
        }
    }
}
