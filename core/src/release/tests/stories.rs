//! The stories a release manager would tell, one after the other.

use super::*;

#[test]
fn the_chapters_release_opens_when_its_last_part_is_there() {
    let mut world = World::new();
    let applied = world.apply_plan(CHAPTER).unwrap();
    assert_eq!(
        words(&applied[1..]),
        ["armed refund_explanation_v1 to open at 5 % when its parts are ready"]
    );
    assert_eq!(world.percent(), "0 %");
    assert_eq!(world.missing().len(), 3);
    assert!(world.bundle().contains(r#""missing":"retrieval_index:refund_policies@2026-05-20,tool:lookup_refund_eligibility@1.0.0,prompt:explain_refund@1.0.0""#), "{}", world.bundle());

    world.deploy(PINS[0]).unwrap();
    world.deploy(PINS[1]).unwrap();
    assert_eq!(
        (world.percent().as_str(), world.missing()),
        ("0 %", [PINS[2].to_string()].to_vec())
    );

    let opened = world.deploy(PINS[2]).unwrap();
    assert_eq!(
        words(&opened),
        [
            "reported retrieval_index:refund_policies@2026-05-20 deployed",
            "opened refund_explanation_v1 at 5 %, as armed by asha: every part is ready"
        ]
    );
    assert_eq!(world.percent(), "5 %");
    assert_eq!(world.apply_plan(CHAPTER), Ok(Vec::new()));
}

#[test]
fn an_opening_fires_once() {
    let mut world = World::open();
    world.lower("0").unwrap();
    world.withdraw(PINS[0]).unwrap();
    world.deploy(PINS[0]).unwrap();
    assert_eq!(world.percent(), "0 %");
    assert_eq!(
        world.flag().latch,
        None,
        "a part that goes while the flag is at 0 does not latch"
    );
}

#[test]
fn a_plan_whose_parts_are_there_opens_at_once() {
    let mut world = World::new();
    for pin in PINS {
        world.deploy(pin).unwrap();
    }
    let events = world.apply_plan(CHAPTER).unwrap();
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(world.percent(), "5 %");
}

#[test]
fn losing_a_part_contains_in_the_same_decision() {
    type Loss = fn(&mut World) -> Result<Vec<Event>, Vec<Refusal>>;
    let losses: [(&str, Loss); 4] = [
        ("was withdrawn", |world| world.withdraw(PINS[1])),
        ("was reported unhealthy", |world| {
            world.report(PINS[1], Health::Unhealthy, None, false)
        }),
        ("changed under the same version", |world| {
            world.report(PINS[1], Health::Healthy, Some("sha256:b"), false)
        }),
        ("was withdrawn", |world| {
            world.observe(
                "tool:lookup_refund_eligibility",
                Observation::Full {
                    versions: Vec::new(),
                    live: None,
                },
            )
        }),
    ];
    for (what, lose) in losses {
        let mut world = World::open();
        world
            .report(PINS[1], Health::Healthy, Some("sha256:a"), false)
            .unwrap();
        world.raise_now("25").unwrap();
        let events = lose(&mut world).unwrap();
        assert_eq!(
            words(&events[1..]),
            [format!(
                "contained {FLAG}, from 25 % to 0 %, because {} {what}",
                PINS[1]
            )]
        );
        assert_eq!(world.percent(), "0 %");
        let refusals = refused(world.raise_now("5"));
        assert!(
            refusals[0].contains("is latched: contained by deployer"),
            "{refusals:?}"
        );
        assert!(refusals[0].contains(what), "{refusals:?}");
    }
}

#[test]
fn another_version_going_live_does_not_contain() {
    let mut world = World::open();
    world.raise_now("25").unwrap();
    let events = world
        .report(
            "tool:lookup_refund_eligibility@1.1.0",
            Health::Healthy,
            None,
            true,
        )
        .unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(world.percent(), "25 %");
}

#[test]
fn clearing_ends_at_zero_and_takes_a_reason() {
    let mut world = World::open();
    world.raise_now("25").unwrap();
    world.contain().unwrap();
    assert_eq!(world.contain(), Ok(Vec::new()), "contained already");
    assert_eq!(refused(world.clear(None)), ["this takes a reason"]);
    assert_eq!(refused(world.clear(Some("  "))), ["this takes a reason"]);
    world.clear(Some("the tool is mended")).unwrap();
    assert_eq!(world.percent(), "0 %");
    world.raise_now("5").unwrap();
    assert_eq!(world.percent(), "5 %");
}

#[test]
fn every_refusal_comes_at_once() {
    let mut world = World::open();
    let epoch = world.flag().epoch;
    world.raise_now("25").unwrap();
    world.withdraw(PINS[0]).unwrap();
    let refusals = world.raise("50", epoch).expect_err("nothing allows it");
    let kinds: Vec<RefusalKind> = refusals.iter().map(Refusal::kind).collect();
    assert_eq!(
        kinds,
        [
            RefusalKind::Conflict,
            RefusalKind::Guarded,
            RefusalKind::Guarded
        ],
        "{refusals:?}"
    );
    let Refusal::EpochMoved { what, .. } = &refusals[0] else {
        panic!("{refusals:?}")
    };
    assert!(
        what.contains("contained refund_explanation_v1, from 25 % to 0 %"),
        "{what}"
    );
}

#[test]
fn two_raises_from_one_epoch_let_one_through() {
    let mut world = World::open();
    let epoch = world.flag().epoch;
    world.raise("25", epoch).unwrap();
    assert_eq!(world.raise("25", epoch), Ok(Vec::new()), "reached already");
    let refusals = refused(world.raise("50", epoch));
    assert_eq!(refusals.len(), 1);
    assert!(
        refusals[0].contains("asha raised refund_explanation_v1 from 5 % to 25 %"),
        "{refusals:?}"
    );
    let refusals = refused(world.raise("10", epoch));
    assert_eq!(refusals.len(), 1, "only what changed is told: {refusals:?}");
    assert!(refused(world.raise_now("10"))[0].contains("10 % is less"));
}

#[test]
fn contain_lower_and_edits_disarm() {
    for stop in [
        World::contain as fn(&mut World) -> _,
        |world: &mut World| world.lower("0"),
    ] {
        let mut world = World::new();
        world.apply_plan(CHAPTER).unwrap();
        stop(&mut world).unwrap();
        assert_eq!(world.flag().armed, None);
        for pin in PINS {
            world.deploy(pin).unwrap();
        }
        assert_eq!(world.percent(), "0 %");
        let edited = CHAPTER.replace("explain_refund@1.0.0", "explain_refund@1.0.1");
        world.apply_plan(&edited).unwrap();
        assert_eq!(
            world.flag().armed,
            None,
            "an edit does not arm again what was stopped"
        );
    }
    let mut world = World::new();
    world.apply_plan(CHAPTER).unwrap();
    world
        .apply_plan(&CHAPTER.replace("explain_refund@1.0.0", "explain_refund@1.0.1"))
        .unwrap();
    assert!(
        world.flag().armed.is_some(),
        "what never opened stays armed under its new plan"
    );
    assert!(
        world
            .environment()
            .releases
            .values()
            .all(|release| release.parent.is_some())
    );
}

#[test]
fn a_file_moves_no_percentage_and_no_open_flag() {
    let mut world = World::open();
    let refusals = refused(world.apply_plan(&CHAPTER.replace("percentage: 5", "percentage: 50")));
    assert_eq!(
        refusals,
        ["the file moves refund_explanation_v1 from 5 % to 50 %"]
    );
    let refusals =
        refused(world.apply_plan(&CHAPTER.replace("explain_refund@1.0.0", "explain_refund@1.0.1")));
    assert_eq!(
        refusals,
        ["refund_explanation_v1 is open at 5 % and the plan changes what it needs"]
    );
    assert_eq!(world.percent(), "5 %");
}

#[test]
fn releases_do_not_take_each_others_flags_or_pin_against_each_other() {
    let mut world = World::open();
    let other = "features:\n  other:\n    flag: refund_explanation_v1\n    dependencies:\n      - tool: lookup_refund_eligibility@2.0.0\n";
    assert_eq!(
        refused(world.apply_plan(other)),
        [
            "this plan pins tool:lookup_refund_eligibility@2.0.0, release refund_explanation pins tool:lookup_refund_eligibility@1.0.0",
            "`refund_explanation_v1` belongs to release refund_explanation",
        ]
    );
}

#[test]
fn what_is_not_there_is_named_with_what_is_near() {
    let mut world = World::open();
    let flag: FlagKey = "refund_explanation_v2".parse().unwrap();
    let refusals = world
        .act(
            "asha",
            None,
            &Command::Contain {
                environment: production(),
                flag,
            },
        )
        .expect_err("no such flag");
    assert_eq!(refusals[0].kind(), RefusalKind::NotFound);
    assert_eq!(refusals[0].fix(), "did you mean `refund_explanation_v1`?");
    let staging: EnvironmentName = "staging".parse().unwrap();
    let refusals = world
        .act(
            "asha",
            None,
            &Command::Lower {
                environment: staging,
                flag: flag_key(),
                to: Exposure::ZERO,
            },
        )
        .expect_err("no such environment");
    assert_eq!(refusals[0].fix(), "name one of: production");
}

#[test]
fn routes_follow_the_flag() {
    let mut world = World::open();
    world
        .report("prompt:explain_refund@0.9.4", Health::Healthy, None, true)
        .unwrap();
    let document = lower(&world.workspace, &production()).unwrap();
    let route = &document.flags["prompt:explain_refund"];
    assert_eq!(route.default_variant.as_deref(), Some("0.9.4"));
    assert_eq!(
        serde_json::to_string(&route.targeting).unwrap(),
        r#"{"if":[{"var":"targetingKey"},{"fractional":[{"cat":["refund_explanation_v1",{"var":"targetingKey"}]},["1.0.0",500],[null,9500]]},null]}"#
    );
    assert_eq!(
        document.flags["tool:lookup_refund_eligibility"].default_variant,
        None
    );
    world.contain().unwrap();
    let document = lower(&world.workspace, &production()).unwrap();
    assert_eq!(document.flags["prompt:explain_refund"].targeting, None);
    assert_eq!(document.flags[FLAG].targeting, None);
    assert_eq!(document.flags[FLAG].default_variant.as_deref(), Some("off"));
}
