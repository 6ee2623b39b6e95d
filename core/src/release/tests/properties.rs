//! Whatever happens in whatever order, the rules hold.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Act {
    Apply(usize),
    Deploy(usize, bool, Option<u8>, bool),
    Withdraw(usize),
    Full(Vec<usize>),
    Raise(u16, bool),
    Lower(u16),
    Contain,
    Clear(bool),
    OtherVersionLive(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0usize..4).prop_map(Act::Apply),
        8 => (0usize..3, any::<bool>(), proptest::option::of(0u8..2), any::<bool>()).prop_map(|(p, h, d, l)| Act::Deploy(p, h, d, l)),
        4 => (0usize..3).prop_map(|pin| Act::Deploy(pin, true, None, false)),
        2 => (0usize..3).prop_map(Act::Withdraw),
        1 => proptest::collection::vec(0usize..3, 0..3).prop_map(Act::Full),
        6 => (0u16..=10_000, prop::bool::weighted(0.8)).prop_map(|(to, fresh)| Act::Raise(to, fresh)),
        2 => (0u16..=10_000).prop_map(Act::Lower),
        1 => Just(Act::Contain),
        2 => any::<bool>().prop_map(Act::Clear),
        1 => (0usize..3).prop_map(Act::OtherVersionLive),
    ]
}

fn perform(world: &mut World, act: &Act) -> Result<Vec<Event>, Vec<Refusal>> {
    let with_other_percentage = CHAPTER.replace("percentage: 5", "percentage: 7");
    let with_other_pin = CHAPTER.replace("explain_refund@1.0.0", "explain_refund@1.0.1");
    let without_canary = CHAPTER.replace("    rollout:\n      canary_percentage: 5\n", "");
    match act {
        Act::Apply(which) => world.apply_plan(
            [
                CHAPTER,
                &with_other_percentage,
                &with_other_pin,
                &without_canary,
            ][*which],
        ),
        Act::Deploy(pin, healthy, digest, live) => {
            let health = if *healthy {
                Health::Healthy
            } else {
                Health::Unhealthy
            };
            let digest = digest.map(|d| format!("sha256:{d}"));
            world.report(PINS[*pin], health, digest.as_deref(), *live)
        }
        Act::Withdraw(pin) => world.withdraw(PINS[*pin]),
        Act::Full(pins) => {
            let versions = pins.iter().map(|_| VersionReport {
                version: "1.0.0".parse().unwrap(),
                health: Health::Healthy,
                digest: None,
            });
            let versions = versions.take(1).collect();
            world.observe(
                "prompt:explain_refund",
                Observation::Full {
                    versions,
                    live: None,
                },
            )
        }
        Act::Raise(to, fresh) => {
            let Some(flag) = world.environment().flags.get(&flag_key()) else {
                return Ok(Vec::new());
            };
            let epoch = if *fresh { flag.epoch } else { Revision::new(1) };
            let to = Exposure::from_basis_points(*to).unwrap();
            world.act(
                "asha",
                None,
                &Command::Raise {
                    environment: production(),
                    flag: flag_key(),
                    to,
                    epoch,
                    skip: false,
                    emergency: None,
                },
            )
        }
        Act::Lower(to) => {
            let to = Exposure::from_basis_points(*to).unwrap();
            world.act(
                "bala",
                None,
                &Command::Lower {
                    environment: production(),
                    flag: flag_key(),
                    to,
                },
            )
        }
        Act::Contain => world.contain(),
        Act::Clear(reasoned) => world.clear(reasoned.then_some("understood")),
        Act::OtherVersionLive(pin) => {
            let artefact = PINS[*pin].split_once('@').unwrap().0;
            world.report(&format!("{artefact}@9.9.9"), Health::Healthy, None, true)
        }
    }
}

/// The bundle without its own revision: what users could notice.
fn content(world: &World) -> String {
    let mut bundle = lower(&world.workspace, &production()).unwrap();
    bundle.metadata.remove("revision");
    serde_json::to_string(&bundle).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold(acts in proptest::collection::vec(act(), 1..60)) {
        let mut world = World::new();
        for act in &acts {
            let before = world.clone();
            let result = perform(&mut world, act);
            if result.as_ref().map_or(true, Vec::is_empty) {
                prop_assert_eq!(&world.workspace, &before.workspace, "a refusal or a no-op changed something");
                continue;
            }
            let revision = world.workspace.revision();
            prop_assert_eq!(revision, before.workspace.revision().next());

            // Edges hear of a new revision exactly when what they load changed.
            let state = world.environment();
            let moved = state.bundle_revision != before.environment().bundle_revision;
            prop_assert_eq!(moved, content(&world) != content(&before), "{:?}", act);
            prop_assert!(!moved || state.bundle_revision == revision);

            let Some(flag) = state.flags.get(&flag_key()) else { continue };
            if !flag.exposure.is_zero() {
                prop_assert!(state.missing(flag).is_empty(), "open without its parts");
                prop_assert!(flag.latch.is_none(), "open while latched");
            }
            if let Some(old) = before.environment().flags.get(&flag_key()) {
                let raised = result.unwrap().iter().any(|event| matches!(event, Event::Raised { .. }));
                prop_assert!(raised || flag.exposure <= old.exposure, "exposure rose without a raise");
                prop_assert!(flag.epoch >= old.epoch);
                let same = (flag.exposure, &flag.latch) == (old.exposure, &old.latch);
                prop_assert!(same || flag.epoch == revision, "the flag moved and its epoch did not");
                if matches!(act, Act::Contain) {
                    prop_assert!(flag.latch.is_some() && flag.exposure.is_zero());
                }
            }
        }

        // State is the fold of the ledger, through its own JSON.
        let mut folded = Workspace::new(world.workspace.ledger().clone());
        for entry in &world.entries {
            let json = serde_json::to_string(entry).unwrap();
            folded.apply(&serde_json::from_str(&json).unwrap());
        }
        prop_assert_eq!(&folded, &world.workspace);
        let json = serde_json::to_string(&folded).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Workspace>(&json).unwrap(), &folded);
    }

    #[test]
    fn caps_fold_in_any_state(acts in proptest::collection::vec(act(), 0..20), to in 0u16..=10_000, contain in any::<bool>()) {
        // Appended without looking, as when two replicas race: the fold takes the smaller, whatever it finds.
        let mut world = World::new();
        for act in &acts {
            let _ = perform(&mut world, act);
        }
        let cap = Exposure::from_basis_points(to).unwrap();
        let event = if contain {
            Event::Contained { environment: production(), flag: flag_key(), from: Exposure::FULL, cause: Cause::Command }
        } else {
            Event::Lowered { environment: production(), flag: flag_key(), from: Exposure::FULL, to: cap }
        };
        let before = world.environment().flags.get(&flag_key()).map(|flag| flag.exposure);
        let stamp = Stamp { now: Timestamp::from_millis(0), actor: Actor::System, reason: None, request: None };
        world.workspace.apply_events(&[event], &stamp);
        if let Some(before) = before {
            let flag = world.flag();
            prop_assert_eq!(flag.exposure, if contain { Exposure::ZERO } else { before.min(cap) });
            prop_assert_eq!(&flag.armed, &None);
            prop_assert!(!contain || flag.latch.is_some());
        }
    }
}
