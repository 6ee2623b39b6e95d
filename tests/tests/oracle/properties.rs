//! What holds for every document and every workspace: the same question has the same answer however it is put, and who is
//! in depends on the exposure alone.

use super::world::{World, production};
use super::{Asked, NOW, answer, cases, context_of, generate, keys, read};
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{
    Explanation, Prepared, Unobserved, compile, evaluate, evaluate_all,
};
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::FlagKey;
use flaghoist_core::release::Command;
use flaghoist_core::ruleset::Ruleset;
use flaghoist_core::value::Value;
use flaghoist_tests::random::Random;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_same_question_has_the_same_answer() {
    for seed in 0..cases(2_000) {
        let case = generate::case(seed);
        let document = serde_json::to_string(&case.document).unwrap();
        let ((Some(ruleset), tree), (again, _)) = (read(&document), read(&document)) else {
            continue;
        };
        assert_eq!(again.as_ref(), Some(&ruleset), "seed {seed}: {document}");
        let loaded = Ruleset::from_bytes(ruleset.as_bytes().to_vec()).unwrap();
        for key in keys(&tree) {
            for attributes in &case.contexts {
                let asked = Asked {
                    seed,
                    document: &document,
                    key: &key,
                    context: attributes,
                };
                let context = context_of(attributes);
                let ask = |ruleset| evaluate(ruleset, &key, &context, NOW, &mut Unobserved);
                let first = ask(&ruleset);
                assert_eq!(first, ask(&ruleset), "{asked}");
                assert_eq!(first, ask(&loaded), "{asked}");
                let prepared = Prepared::of(&loaded, context.clone());
                let again = evaluate(&loaded, &key, &prepared, NOW, &mut Unobserved);
                assert_eq!(first, again, "{asked}");
                evaluate_all(&loaded, &prepared, NOW, |flag, resolution| {
                    let is_this = loaded.key(flag) == Some(key.as_str());
                    assert!(!is_this || resolution == first, "{asked}: {resolution:?}");
                });
                let seen = evaluate(&ruleset, &key, &context, NOW, &mut Explanation::default());
                assert_eq!(first, seen, "{asked}, observed");
            }
        }
    }
}

/// Who of these is in, and that they are exactly those who get the release's parts.
fn exposed<'a>(ruleset: &Ruleset, flag: &str, keys: &'a [String]) -> BTreeSet<&'a str> {
    let is_in = |key: &&String| {
        let answer = answer(ruleset, flag, &Context::for_key(key.as_str()));
        assert!(answer.error.is_none(), "{answer:?}");
        answer.value == Some(Value::Bool(true))
    };
    keys.iter().filter(is_in).map(String::as_str).collect()
}

#[test]
fn who_is_in_depends_on_the_exposure_alone() {
    let (mut moved, mut parted) = (0, 0);
    for seed in 0..cases(150) {
        let mut random = Random::new(seed);
        let mut world = World::of(&mut random);
        let keys: Vec<String> = (0..40).map(|_| key(&mut random)).collect();
        for flag in world.flags() {
            let mut at: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
            for _ in 0..12 {
                step(&mut world, &flag, &mut random);
                let ruleset = compile(&world.bundle()).0;
                let is_in = exposed(&ruleset, flag.as_str(), &keys);
                let Some(exposure) = world.exposure(&flag) else {
                    assert_eq!(is_in, BTreeSet::new(), "seed {seed}: {flag} is closed");
                    continue;
                };
                moved += 1;
                // Raising only adds, lowering removes the last added, and going back brings back the same.
                let known = at.entry(exposure).or_insert_with(|| is_in.clone());
                assert_eq!(*known, is_in, "seed {seed}: {flag} at {exposure}");
                for (one, other) in at.values().zip(at.values().skip(1)) {
                    assert!(
                        one.is_subset(other),
                        "seed {seed}: {flag} at {:?}",
                        at.keys()
                    );
                    parted += usize::from(one.len() < other.len());
                }
            }
            // A flag that rests on another has that one's users at the most.
            let all = at.get(&10_000).filter(|_| !rests(&world, &flag));
            assert!(
                all.is_none_or(|all| all.len() == unique(&keys)),
                "seed {seed}: {flag}"
            );
        }
    }
    assert!(
        moved > 500 && parted > 500,
        "{moved} moves, {parted} that made a difference"
    );
}

/// Whether a flag rests on others.
fn rests(world: &World, flag: &FlagKey) -> bool {
    let environment = world.workspace.environment(&production()).unwrap();
    !environment
        .prerequisites(&environment.flags[flag])
        .is_empty()
}

/// Moves a flag somewhere, or pauses and restarts it, or the whole server.
fn step(world: &mut World, flag: &FlagKey, random: &mut Random) {
    let to = *random.pick(&[0, 1, 500, 2_500, 5_000, 9_999, 10_000]);
    match (random.below(4), world.exposure(flag)) {
        (0, _) => drop(world.raise(flag, to)),
        (1, _) => drop(world.lower(flag, to)),
        (2, Some(before)) => {
            assert!(world.contain(flag) && world.exposure(flag).is_none());
            assert!(world.clear(flag) && world.raise(flag, before));
            assert_eq!(world.exposure(flag), Some(before));
        }
        _ => {
            let state = serde_json::to_string(&world.workspace).unwrap();
            world.workspace = serde_json::from_str(&state).unwrap();
        }
    }
}

#[test]
fn a_route_serves_the_parts_to_those_who_are_in() {
    let mut served = 0;
    for seed in 0..cases(300) {
        let mut random = Random::new(seed);
        let world = World::of(&mut random);
        let ruleset = compile(&world.bundle()).0;
        let environment = world.workspace.environment(&production()).unwrap();
        let keys: Vec<String> = (0..20).map(|_| key(&mut random)).collect();
        for (key, flag) in &environment.flags {
            let is_in = exposed(&ruleset, key.as_str(), &keys);
            for pin in environment.required_pins(flag) {
                for subject in &is_in {
                    let route = answer(
                        &ruleset,
                        &pin.artefact().to_string(),
                        &Context::for_key(*subject),
                    );
                    // An earlier release that has the subject too decides first, by its own pin.
                    let pinned = environment
                        .releases
                        .values()
                        .flat_map(|release| release.plan.pins());
                    let mut offered = pinned.filter(|other| other.artefact() == pin.artefact());
                    let is_pinned = offered
                        .any(|other| Some(other.version().as_str()) == route.variant.as_deref());
                    assert!(
                        is_pinned && route.reason == "SPLIT",
                        "seed {seed}: {pin} for {subject}: {route:?}"
                    );
                    served += 1;
                }
            }
        }
    }
    assert!(served > 1_000, "{served}");
}

fn unique(keys: &[String]) -> usize {
    keys.iter().collect::<BTreeSet<_>>().len()
}

/// A targeting key that is not empty, of any alphabet.
fn key(random: &mut Random) -> String {
    let tail: String = (0..random.below(4)).map(|_| random.char()).collect();
    format!("user-{}{tail}", random.below(100_000))
}

impl World {
    /// The exposure of a flag in basis points; none where it answers off for another reason.
    fn exposure(&self, flag: &FlagKey) -> Option<u16> {
        let environment = self.workspace.environment(&production()).unwrap();
        let flag = environment.flags.get(flag).unwrap();
        environment
            .closed(flag)
            .is_none()
            .then(|| flag.exposure.basis_points())
    }

    /// Closes a flag some way.
    fn lower(&mut self, flag: &FlagKey, basis_points: u16) -> bool {
        let to = Exposure::from_basis_points(basis_points).unwrap();
        self.act(&Command::Lower {
            environment: production(),
            flag: flag.clone(),
            to,
        })
    }

    /// Lifts the latch.
    fn clear(&mut self, flag: &FlagKey) -> bool {
        self.act(&Command::ClearLatch {
            environment: production(),
            flag: flag.clone(),
        })
    }
}
