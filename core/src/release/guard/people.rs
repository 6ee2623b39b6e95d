//! G8 and G10: the plan is signed by its owners, the step approved, by more than one pair of eyes.

use super::Raise;
use super::steps::step_taken;
use crate::name::{FlagKey, PrincipalName};
use crate::plan::Plan;
use crate::release::Unmet;
use crate::workspace::{FeatureFlag, Release};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

pub(super) fn unmet(
    release: &Release,
    key: &FlagKey,
    flag: &FeatureFlag,
    raise: &Raise<'_>,
) -> Vec<Unmet> {
    let mut found = unsigned(release);
    let Some(step) = step_taken(&release.plan, raise.to) else {
        return found;
    };
    let approved: BTreeSet<_> = release
        .course
        .approvals
        .iter()
        .filter(|given| {
            given.flag == *key && given.epoch == flag.epoch && given.step == step.exposure
        })
        // Nobody approves what they do themselves.
        .filter(|given| raise.person != Some(&given.consent.person))
        .map(|given| &given.team)
        .collect();
    let missing = step.approve.iter().filter(|team| !approved.contains(team));
    let teams: Vec<_> = missing.cloned().collect();
    if !teams.is_empty() {
        found.push(Unmet::Unapproved {
            flag: key.clone(),
            step: step.exposure,
            teams,
        });
    }
    found
}

/// The owners who have not signed, or that only the author has.
pub(in crate::release) fn unsigned(release: &Release) -> Vec<Unmet> {
    let signers = release.plan.signers();
    let signed = &release.course.sign_offs;
    let missing = signers.iter().filter(|team| !signed.contains_key(*team));
    let teams: Vec<_> = missing.map(|team| (*team).clone()).collect();
    if !teams.is_empty() {
        return Vec::from([Unmet::Unsigned {
            plan: release.hash.clone(),
            teams,
        }]);
    }
    let author = release.applied_by.person();
    let alone = |person: &PrincipalName| signed.values().all(|consent| consent.person == *person);
    author
        .filter(|person| {
            !signers.is_empty() && alone(person) && others_may_sign(&release.plan, person)
        })
        .map(|person| Unmet::FourEyes {
            person: person.clone(),
        })
        .into_iter()
        .collect()
}

/// A team of one cannot be four eyes: where the plan names nobody but its author, the author's word is what there is.
fn others_may_sign(plan: &Plan, author: &PrincipalName) -> bool {
    let mut approvers = plan.teams.values().flat_map(|team| &team.approvers);
    approvers.any(|person| person != author)
}
