//! G9: raises happen in the plan's hours, outside of freezes, and not before the time the teams agreed on.

use super::Raise;
use super::steps::step_taken;
use crate::calendar::{self, Freeze, Openness};
use crate::name::FlagKey;
use crate::release::Unmet;
use crate::workspace::{Environment, Release};
use alloc::vec::Vec;

/// What the clock has against a raise of a flag.
pub(super) fn unmet(
    environment: &Environment,
    release: &Release,
    key: &FlagKey,
    raise: &Raise<'_>,
) -> Vec<Unmet> {
    let mut found = closed(environment, release, raise);
    let plan = &release.plan;
    let step = step_taken(plan, raise.to);
    let agreed = step.and_then(|step| Some((step.exposure, plan.schedule.get(&step.exposure)?)));
    if let Some((step, local)) = agreed {
        // A zone that nobody knows was refused with the plan.
        let at = calendar::moment(local, calendar::schedule_zone(plan)).ok();
        found.extend(at.filter(|at| raise.now < *at).map(|at| Unmet::Scheduled {
            flag: key.clone(),
            step,
            at,
        }));
    }
    found
}

/// Whether it is outside of hours or in a freeze. An emergency is neither.
pub(super) fn closed(
    environment: &Environment,
    release: &Release,
    raise: &Raise<'_>,
) -> Vec<Unmet> {
    if raise.emergency {
        return Vec::new();
    }
    let freezes: Vec<Freeze> = environment.freezes.values().cloned().collect();
    match calendar::open(&release.plan.windows, &freezes, raise.now) {
        Openness::Open { .. } => Vec::new(),
        Openness::Closed { cause, opens } => Vec::from([Unmet::NotNow { cause, opens }]),
    }
}
