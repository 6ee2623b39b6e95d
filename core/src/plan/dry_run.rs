//! The dry run: everything that follows from a plan before anything happens: waves, timetable, expected users, every rollback,
//! what is missing.
//!
//! Invariants: a function of the plan and of the facts it is given; nothing in it is a promise of time: each moment is the
//! earliest one, as time alone never raises. Not here: what is deployed and who is exposed now (`workspace`), and what is unwise
//! (`lint`).

mod missing;
mod timetable;

pub use missing::Missing;
pub use timetable::{Entry, Task};

use super::advice::{Advice, advise};
use super::closure::{Closures, ForeignFlag, RollbackPreview};
use super::graph::{Cycle, Graph, Node};
use super::{Plan, PlanHash, Strategy};
use crate::artefact::Pin;
use crate::name::{EnvironmentName, FlagKey, ReleaseName, TeamName};
use crate::time::{Span, Timestamp};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What is known besides the plan.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// When the release would start.
    pub now: Timestamp,
    /// Where, for a plan that does not say.
    pub environment: Option<EnvironmentName>,
    /// About how many users the environment has.
    pub population: Option<u64>,
    /// The plans of the other releases in force there.
    pub others: Vec<&'a Plan>,
    /// The teams that have signed this plan.
    pub signed: BTreeSet<TeamName>,
}

/// What follows from a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// Of which release.
    pub release: ReleaseName,
    /// Of which plan.
    pub plan: PlanHash,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// How its changes follow each other.
    pub strategy: Strategy,
    /// How they should.
    pub advice: Advice,
    /// What may ship at the same time, foundations first.
    pub waves: Vec<Vec<Node>>,
    /// What the plan needs and does not ship: it must be there beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beforehand: Vec<Pin>,
    /// What is done, one after the other.
    pub timetable: Vec<Entry>,
    /// How long it is watched after the last step.
    pub bake: Span,
    /// Users of each flag's preview, who are served before anybody else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub preview: BTreeMap<FlagKey, usize>,
    /// What happens when a change is taken back, for each change.
    pub rollbacks: BTreeMap<Pin, RollbackPreview>,
    /// Flags of other releases that need a part of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<ForeignFlag>,
    /// What people have yet to say or do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// What follows from a plan and these facts.
///
/// # Errors
/// A circle of needs, where there is one; `parse` refuses such a plan.
pub fn dry_run(plan: &Plan, facts: &Facts<'_>) -> Result<DryRun, Cycle> {
    let graph = Graph::of(plan);
    let waves = graph.waves()?;
    let others = facts.others.iter().copied();
    let closures = Closures::among(plan, others.filter(|other| other.release != plan.release));
    let timetable = timetable::of(plan, &graph, facts)?;
    let outside = plan.pins().into_iter();
    let outside = outside.filter(|pin| !plan.changes.contains_key(*pin));
    let preview = plan.features.values();
    let preview = preview.filter(|feature| !feature.preview.is_empty());
    Ok(DryRun {
        release: plan.release.clone(),
        plan: plan.hash(),
        environment: plan
            .environment
            .as_ref()
            .or(facts.environment.as_ref())
            .cloned(),
        strategy: plan.strategy,
        advice: advise(plan, &graph),
        waves,
        beforehand: outside.cloned().collect(),
        missing: missing::of(plan, facts, &timetable),
        timetable,
        bake: plan.bake(),
        preview: preview
            .map(|feature| (feature.flag.clone(), feature.preview.len()))
            .collect(),
        rollbacks: closures.of_every_change(),
        foreign: closures.foreign(),
    })
}

#[cfg(test)]
mod tests;
