//! What a plan may ask of other flags: prerequisites that exist, without a circle, and rules that fit an edge.

use crate::bundle::lowered_bytes;
use crate::limits::LOWERED_FLAG_BYTES_MAX;
use crate::name::{EnvironmentName, FlagKey, nearest};
use crate::plan::Plan;
use crate::release::Refusal;
use crate::workspace::Environment;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// What is wrong with the prerequisites of a plan, and with dropping flags that others rest on.
pub(super) fn refusals(
    environment: &EnvironmentName,
    state: &Environment,
    plan: &Plan,
) -> Vec<Refusal> {
    let own: BTreeSet<&FlagKey> = plan
        .features
        .values()
        .map(|feature| &feature.flag)
        .collect();
    let elsewhere = |key: &FlagKey| {
        let flag = state.flags.get(key);
        flag.is_some_and(|flag| flag.release != plan.release)
    };
    let mut found = Vec::new();
    for feature in plan.features.values() {
        let unknown = |key: &&FlagKey| !own.contains(key) && !elsewhere(key);
        found.extend(feature.prerequisites.iter().filter(unknown).map(|key| {
            let known = state.flags.keys().chain(own.iter().copied());
            Refusal::UnknownPrerequisite {
                environment: environment.clone(),
                flag: feature.flag.clone(),
                prerequisite: key.clone(),
                nearest: nearest(key.as_str(), known.map(FlagKey::as_str))
                    .and_then(|near| near.parse().ok()),
            }
        }));
    }
    let circle = state.circle(plan);
    if !circle.is_empty() {
        found.push(Refusal::PrerequisiteCircle { flags: circle });
    }
    for (key, flag) in &state.flags {
        let others = state.feature(flag).filter(|_| flag.release != plan.release);
        let beneath = others
            .into_iter()
            .flat_map(|(_, feature)| &feature.prerequisites);
        let dropped = |key: &&FlagKey| {
            let flag = state.flags.get(*key);
            flag.is_some_and(|flag| flag.release == plan.release) && !own.contains(key)
        };
        found.extend(beneath.filter(dropped).map(|dropped| Refusal::FlagNeeded {
            flag: dropped.clone(),
            dependent: key.clone(),
        }));
    }
    found
}

/// The flags that would take too much room at the edges once they are open: those of the plan and what rests on them.
pub(super) fn too_large(next: &Environment, plan: &Plan) -> Vec<Refusal> {
    let own: BTreeSet<&FlagKey> = plan
        .features
        .values()
        .map(|feature| &feature.flag)
        .collect();
    let of_plan = next.flags.iter().filter(|(key, _)| own.contains(key));
    of_plan
        .chain(next.dependents(&own))
        .filter_map(|(key, flag)| {
            let bytes = lowered_bytes(next, flag);
            (bytes > LOWERED_FLAG_BYTES_MAX).then(|| Refusal::FlagTooLarge {
                flag: key.clone(),
                bytes,
                max: LOWERED_FLAG_BYTES_MAX,
            })
        })
        .collect()
}
