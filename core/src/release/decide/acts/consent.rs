//! Sign-offs of a plan and approvals of a step. Both bind what they were given for; neither is ever given by a program alone.

use super::{Asked, unmet};
use crate::exposure::Exposure;
use crate::name::{FlagKey, Revision, TeamName};
use crate::plan::PlanHash;
use crate::release::decide::Decision;
use crate::release::{Fact, Refusal, Unmet};
use alloc::vec;
use alloc::vec::Vec;

pub(super) fn sign_off(asked: &Asked<'_>, plan: &PlanHash, team: &TeamName) -> Decision {
    asked.is_at(plan)?;
    let person = asked.speaks_for(team)?;
    if asked.release.course.sign_offs.contains_key(team) {
        return Ok(Vec::new());
    }
    asked.so(Fact::SignedOff {
        plan: plan.clone(),
        team: team.clone(),
        person: person.clone(),
    })
}

pub(super) fn approve(
    asked: &Asked<'_>,
    key: &FlagKey,
    step: Exposure,
    epoch: Revision,
    team: &TeamName,
) -> Decision {
    let person = asked.speaks_for(team)?;
    let plan = &asked.release.plan;
    let steps: Vec<Exposure> = plan
        .canary
        .iter()
        .flat_map(|canary| &canary.steps)
        .map(|step| step.exposure)
        .collect();
    let Some(flag) = asked
        .state
        .flags
        .get(key)
        .filter(|flag| flag.release == *asked.name)
    else {
        return Err(vec![Refusal::UnknownFlag {
            environment: asked.environment.clone(),
            flag: key.clone(),
            nearest: None,
        }]);
    };
    if !steps.contains(&step) {
        return Err(unmet(Unmet::NoStep { step, steps }));
    }
    if flag.epoch != epoch {
        return Err(unmet(Unmet::OtherEpoch {
            flag: key.clone(),
            given: epoch,
            current: flag.epoch,
        }));
    }
    let mut approvals = asked.release.course.approvals.iter();
    let so_already = approvals.any(|given| {
        given.flag == *key && given.step == step && given.epoch == epoch && given.team == *team
    });
    if so_already {
        return Ok(Vec::new());
    }
    asked.so(Fact::Approved {
        plan: asked.release.hash.clone(),
        flag: key.clone(),
        step,
        epoch,
        team: team.clone(),
        person: person.clone(),
    })
}
