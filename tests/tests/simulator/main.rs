//! The simulator: seeded worlds in which everything that can go wrong does, and every rule is checked after every entry.
//!
//! `FLAGHOIST_STEPS` sets how many steps are taken (a million takes a release build some minutes), `FLAGHOIST_SEED` where the
//! seeds begin. A run that fails is shrunk and written to a file, whose name is printed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where a world cannot be run"
)]

mod breakage;
mod checks;
mod interleave;
mod people;
mod plans;
mod served;
mod shadow;
mod shrink;
mod step;
mod story;
mod world;

use breakage::Breakage;
use std::collections::BTreeMap;
use std::env;

/// Steps of one world.
const STEPS: usize = 500;
/// Steps of a run in CI.
const STEPS_IN_CI: usize = 100_000;
/// Worlds in which a breakage must show.
const WORLDS_BROKEN: u64 = 60;

fn number(name: &str, default: u64) -> u64 {
    let text = env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn nothing_goes_wrong_in_any_world() {
    let steps = number("FLAGHOIST_STEPS", STEPS_IN_CI as u64) as usize;
    let first = number("FLAGHOIST_SEED", 1);
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    let mut entries = 0;
    for seed in first..first + steps.div_ceil(STEPS) as u64 {
        let drawn = step::draw(seed, STEPS);
        let run = shrink::run(seed, &drawn, None);
        if let Some(failure) = run.failure {
            let path = shrink::write(seed, &drawn);
            panic!(
                "seed {seed}, step {}: {}\nshrunk: {}",
                failure.step,
                failure.wrong,
                path.display()
            );
        }
        entries += run.entries;
        for (what, count) in run.tally {
            *tally.entry(what).or_default() += count;
        }
    }
    println!("{steps} steps, {entries} entries: {tally:?}");
    // A simulation in which nothing happens proves nothing.
    for what in [
        "plans",
        "reports",
        "stale",
        "raised",
        "raised of itself",
        "contained",
        "cleared",
        "acknowledged",
        "completed",
        "rollbacks",
        "rollbacks done",
        "routes raised",
        "approvals",
    ] {
        assert!(
            tally.get(what).is_some_and(|count| *count >= 10),
            "{what} hardly happens: {tally:?}"
        );
    }
}

#[test]
fn every_broken_rule_is_noticed() {
    let unnoticed: Vec<Breakage> = Breakage::ALL
        .into_iter()
        .filter(|breakage| {
            !(1..=WORLDS_BROKEN).any(|seed| {
                let steps = step::draw(seed, STEPS);
                shrink::run(seed, &steps, Some(*breakage)).failure.is_some()
            })
        })
        .collect();
    assert!(unnoticed.is_empty(), "nobody noticed: {unnoticed:?}");
}

#[test]
fn a_failure_shrinks_to_a_few_steps() {
    let seed = (1..=WORLDS_BROKEN)
        .find(|seed| {
            let steps = step::draw(*seed, STEPS);
            let run = shrink::run(*seed, &steps, Some(Breakage::Ready));
            run.failure.is_some()
        })
        .expect("a world that notices");
    let steps = step::draw(seed, STEPS);
    let (few, failure) = shrink::shrink(seed, &steps, Some(Breakage::Ready));
    assert!(failure.wrong.starts_with("G1"), "{}", failure.wrong);
    assert!(
        few.len() <= 20,
        "seed {seed}: {} steps left: {few:?}",
        few.len()
    );
}
