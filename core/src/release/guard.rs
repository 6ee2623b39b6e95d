//! The guards of a raise: everything that must hold before exposure may increase, and nothing that lowering asks.
//!
//! Invariant: all are evaluated and all refusals returned, in the decision that appends the raise. Here are G1 (parts
//! ready), G2 (no latch) and G3 (epoch); the others of `semantics.md` §3.2 need steps, gates, windows and approvals,
//! which bare plans do not have.

use super::Refusal;
use crate::name::{FlagKey, Revision};
use crate::workspace::{Environment, FeatureFlag};
use alloc::vec::Vec;

/// Every reason why `flag` may not rise now; empty when it may. `epoch` is what the caller last saw, where a caller
/// asks; an armed opening has none, its decision reads the state itself.
pub fn refusals(
    environment: &Environment,
    key: &FlagKey,
    flag: &FeatureFlag,
    epoch: Option<Revision>,
) -> Vec<Refusal> {
    [
        epoch.and_then(|epoch| moved(key, flag, epoch)),
        latched(key, flag),
        not_ready(environment, key, flag),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn moved(key: &FlagKey, flag: &FeatureFlag, epoch: Revision) -> Option<Refusal> {
    (flag.epoch != epoch).then(|| Refusal::EpochMoved {
        flag: key.clone(),
        expected: epoch,
        current: flag.epoch,
        exposure: flag.exposure,
        latched: flag.latch.is_some(),
        by: flag.last_move.by.clone(),
        at: flag.last_move.at,
        what: flag.last_move.what.clone(),
    })
}

fn latched(key: &FlagKey, flag: &FeatureFlag) -> Option<Refusal> {
    flag.latch.as_ref().map(|latch| Refusal::Latched {
        flag: key.clone(),
        since: latch.since,
        by: latch.by.clone(),
        cause: latch.cause.clone(),
        reason: latch.reason.clone(),
    })
}

fn not_ready(environment: &Environment, key: &FlagKey, flag: &FeatureFlag) -> Option<Refusal> {
    let pins = environment.missing(flag);
    (!pins.is_empty()).then(|| Refusal::NotReady {
        flag: key.clone(),
        pins,
    })
}
