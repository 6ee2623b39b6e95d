//! G4 and G6: one step at a time, each for its time and with its users.

use super::Raise;
use crate::exposure::Exposure;
use crate::name::FlagKey;
use crate::plan::{Plan, Step};
use crate::release::Unmet;
use crate::workspace::FeatureFlag;
use alloc::vec::Vec;

/// The step a flag is at: the widest one it has reached; none below the first, none without a canary.
pub fn step_at(plan: &Plan, exposure: Exposure) -> Option<&Step> {
    let mut steps = plan.canary.iter().flat_map(|canary| &canary.steps).rev();
    // The last step is reached when only the holdback is left.
    steps.find(|step| step.exposure.min(plan.full()) <= exposure)
}

/// The step that a raise takes: the first one as wide as what is asked for.
pub(super) fn step_taken(plan: &Plan, to: Exposure) -> Option<&Step> {
    let mut steps = plan.canary.iter().flat_map(|canary| &canary.steps);
    steps.find(|step| step.exposure >= to)
}

/// The widest exposure that is allowed next: back to the step it was contained at, else one step further.
pub fn next_step(plan: &Plan, flag: &FeatureFlag) -> Exposure {
    let steps = plan.canary.iter().flat_map(|canary| &canary.steps);
    let mut wider = steps
        .map(|step| step.exposure)
        .filter(|step| step.min(&plan.full()) > &flag.exposure);
    wider.next().unwrap_or(Exposure::FULL).max(flag.resumes_to)
}

pub(super) fn unmet(
    plan: &Plan,
    key: &FlagKey,
    flag: &FeatureFlag,
    raise: &Raise<'_>,
) -> Vec<Unmet> {
    let mut found = Vec::new();
    let next = next_step(plan, flag);
    if raise.to > next && !raise.skip {
        found.push(Unmet::NotTheNextStep {
            flag: key.clone(),
            next,
            to: raise.to,
        });
    }
    let Some(step) = step_at(plan, flag.exposure) else {
        return found;
    };
    if let (Some(at_least), Some(opened)) = (step.at_least, &flag.opened) {
        let until = opened.acknowledged.unwrap_or(opened.at) + at_least;
        if raise.now < until {
            found.push(Unmet::TooEarly {
                flag: key.clone(),
                step: flag.exposure,
                at_least,
                until,
            });
        }
    }
    found
}
