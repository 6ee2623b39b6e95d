//! Closures: what goes, what stays, which flags close; by tables, and against the definition read word by word.

use super::*;
use crate::plan::{Dependency, Feature, Rollback};
use alloc::format;
use alloc::string::{String, ToString};
use proptest::prelude::*;

/// A part: its pin, what it requires, what else it accepts, and how it goes back (`0` is a version, `off`, `forward`, `by`, ``).
type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a str);

fn pins(texts: &[&str]) -> BTreeSet<Pin> {
    texts.iter().map(|pin| pin.parse().unwrap()).collect()
}

fn plan(parts: &[Row<'_>]) -> Plan {
    let mut plan = crate::plan::parse("release: r\nchanges:\n  - tool: seed@1\n").unwrap();
    plan.changes.clear();
    for (pin, requires, accepts, back) in parts {
        let rollback = match *back {
            "" => None,
            "off" => Some(Rollback {
                disable: true,
                ..Rollback::default()
            }),
            "forward" => Some(Rollback {
                forward_only: true,
                ..Rollback::default()
            }),
            "by" => Some(Rollback {
                procedure: Some("by.md".into()),
                ..Rollback::default()
            }),
            version => Some(Rollback {
                to: Some(version.parse().unwrap()),
                ..Rollback::default()
            }),
        };
        let change = Change {
            requires: pins(requires),
            accepts: pins(accepts),
            rollback,
            ..Change::default()
        };
        plan.changes.insert(pin.parse().unwrap(), change);
    }
    plan
}

/// Adds a feature by its flag; a dependency that begins with `?` is optional, with `??` also proven so; `^` is a prerequisite.
fn feature(plan: &mut Plan, flag: &str, needs: &[&str]) {
    let mut feature = Feature {
        flag: flag.parse().unwrap(),
        owner: None,
        expires: None,
        client: false,
        canary: None,
        dependencies: BTreeMap::new(),
        prerequisites: BTreeSet::new(),
        preview: BTreeSet::new(),
    };
    for need in needs {
        if let Some(flag) = need.strip_prefix('^') {
            feature.prerequisites.insert(flag.parse().unwrap());
            continue;
        }
        let dependency = Dependency {
            optional: need.starts_with('?'),
            evidence: need.starts_with("??").then(|| "run 8".into()),
        };
        let pin = need.trim_start_matches('?').parse().unwrap();
        feature.dependencies.insert(pin, dependency);
    }
    plan.features.insert(flag.parse().unwrap(), feature);
}

/// A preview in one line.
fn shown(preview: &RollbackPreview) -> String {
    let list = |items: Vec<String>| items.join(" ");
    let mut told = vec![list(
        preview
            .parts
            .iter()
            .map(|part| format!("{} {}", part.pin, part.to))
            .collect(),
    )];
    let mut tell = |what: &str, items: Vec<String>| {
        if !items.is_empty() {
            told.push(format!("{what}: {}", items.join(" ")));
        }
    };
    tell(
        "zero",
        preview
            .flags_to_zero
            .iter()
            .map(ToString::to_string)
            .collect(),
    );
    tell(
        "behind",
        preview
            .closed_behind
            .iter()
            .map(ToString::to_string)
            .collect(),
    );
    tell(
        "degraded",
        preview.degraded.keys().map(ToString::to_string).collect(),
    );
    let foreign = preview.foreign.iter();
    tell(
        "foreign",
        foreign
            .map(|f| format!("{}/{}", f.release, f.flag))
            .collect(),
    );
    let blocked = preview.blocked_by.iter();
    tell(
        "blocked",
        blocked
            .map(|by| format!("{} {}", by.pin, by.stop))
            .collect(),
    );
    tell(
        "stays",
        preview.stays.iter().map(ToString::to_string).collect(),
    );
    told.join("; ").trim_start_matches("; ").to_string()
}

#[test]
fn what_goes_back_together() {
    let mut plan = plan(&[
        ("retrieval_index:i@2", &[], &[], "1"),
        (
            "tool:t@2",
            &["retrieval_index:i@2"],
            &["retrieval_index:i@1"],
            "off",
        ),
        ("tool:u@2", &[], &[], "1"),
        ("eval_set:e@3", &[], &[], "2"),
        ("prompt:p@2", &["tool:t@2", "tool:u@2"], &["tool:u@0"], "by"),
        ("agent:a@2", &["prompt:p@2"], &[], "1"),
        ("data:gone@2", &[], &[], "forward"),
        ("data:low@2", &[], &[], "1"),
        ("service:s@2", &["data:low@2", "data:gone@2"], &[], ""),
    ]);
    feature(
        &mut plan,
        "chat",
        &["prompt:p@2", "??eval_set:e@3", "?data:low@2"],
    );
    feature(&mut plan, "beta", &["^chat"]);
    feature(&mut plan, "gamma", &["^beta", "eval_set:e@3"]);
    for (seeds, expected) in [
        // The tool accepts the older index: nothing follows, but the flag needs the index through the prompt.
        (
            &["retrieval_index:i@2"][..],
            "retrieval_index:i@2 to 1; zero: chat; behind: beta gamma",
        ),
        // Nobody accepts what is not there.
        (
            &["tool:t@2"],
            "agent:a@2 to 1 prompt:p@2 by its procedure tool:t@2 switched off; zero: chat; behind: beta gamma",
        ),
        // An older version that is not the one it goes back to is of no use.
        (
            &["tool:u@2"],
            "agent:a@2 to 1 prompt:p@2 by its procedure tool:u@2 to 1; zero: chat; behind: beta gamma",
        ),
        // Optional with evidence: the flag stays; required by another flag.
        (
            &["eval_set:e@3"],
            "eval_set:e@3 to 2; zero: gamma; degraded: chat",
        ),
        (&["agent:a@2"], "agent:a@2 to 1"),
        // Forward only: nothing goes, the flag is at 0 meanwhile. Optional without evidence is as good as required.
        (
            &["data:gone@2"],
            "blocked: data:gone@2 goes forward only; stays: data:gone@2",
        ),
        (
            &["data:low@2"],
            "zero: chat; behind: beta gamma; blocked: service:s@2 has no rollback path of its own; stays: data:low@2",
        ),
        // What is not blocked goes all the same, whole.
        (
            &["data:low@2", "agent:a@2", "tool:new@1"],
            "agent:a@2 to 1; zero: chat; behind: beta gamma; \
             blocked: service:s@2 has no rollback path of its own tool:new@1 is not in the plan; stays: data:low@2",
        ),
        (
            &["agent:a@2", "tool:u@2", "eval_set:e@3"],
            "agent:a@2 to 1 prompt:p@2 by its procedure eval_set:e@3 to 2 tool:u@2 to 1; zero: chat gamma; behind: beta",
        ),
        (&[], ""),
    ] {
        let closures = Closures::of(&plan);
        assert_eq!(
            shown(&closures.rollback(&pins(seeds))),
            expected,
            "{seeds:?}"
        );
    }
}

#[test]
fn flags_of_other_releases_close_too() {
    let mut ours = plan(&[
        ("data:d@2", &[], &[], "1"),
        ("tool:t@2", &["data:d@2"], &[], "1"),
    ]);
    feature(&mut ours, "ours", &["tool:t@2"]);
    let mut theirs = plan(&[("prompt:q@1", &["tool:t@2"], &[], "0")]);
    theirs.release = "theirs".parse().unwrap();
    feature(&mut theirs, "through", &["prompt:q@1"]);
    feature(&mut theirs, "without", &["??tool:t@2"]);
    feature(&mut theirs, "other", &["tool:t@1"]);
    let closures = Closures::among(&ours, [&theirs]);
    let preview = closures.rollback(&pins(&["data:d@2"]));
    assert_eq!(
        shown(&preview),
        "tool:t@2 to 1 data:d@2 to 1; zero: ours; foreign: theirs/through"
    );
    assert_eq!(preview.foreign[0].pins, pins(&["tool:t@2"]));
    assert!(
        Closures::of(&ours)
            .rollback(&pins(&["data:d@2"]))
            .foreign
            .is_empty()
    );
}

#[test]
fn a_thousand_changes_in_a_row_go_back_from_the_end() {
    let mut made = plan(&[]);
    let pin = |number: usize| -> Pin { format!("tool:t{number:04}@2").parse().unwrap() };
    for number in 0_usize..1000 {
        let change = Change {
            requires: number.checked_sub(1).map(pin).into_iter().collect(),
            rollback: Some(Rollback {
                disable: true,
                ..Rollback::default()
            }),
            ..Change::default()
        };
        made.changes.insert(pin(number), change);
    }
    let every = Closures::of(&made).of_every_change();
    for number in [0, 1, 500, 999] {
        let parts = &every[&pin(number)].parts;
        assert_eq!(parts.len(), 1000 - number);
        assert_eq!(
            (&parts[0].pin, &parts[999 - number].pin),
            (&pin(999), &pin(number))
        );
    }
}

#[test]
fn a_circle_ends_too() {
    let mut plan = plan(&[
        ("tool:a@2", &["tool:b@2"], &[], "1"),
        ("tool:b@2", &["tool:a@2"], &[], "1"),
    ]);
    feature(&mut plan, "f", &["tool:a@2"]);
    let preview = Closures::of(&plan).rollback(&pins(&["tool:b@2"]));
    assert_eq!(preview.parts.len(), 2);
    assert_eq!(preview.flags_to_zero.len(), 1);
}

/// Plans of up to ten parts: what each requires among those before it, whether it accepts their older versions, its way back.
fn any_plan() -> impl Strategy<Value = Plan> {
    let part = (any::<u16>(), any::<u16>(), 0..6_usize);
    prop::collection::vec(part, 1..10).prop_map(|parts| {
        let pin = |number: usize, version: u32| format!("tool:t{number}@{version}");
        let mut made = plan(&[]);
        for (number, (needs, accepts, back)) in parts.iter().enumerate() {
            let those = |bits: u16, version| {
                let chosen = (0..number).filter(|other| bits >> other & 1 == 1);
                chosen.map(|other| pin(other, version)).collect::<Vec<_>>()
            };
            let (requires, accepts) = (those(*needs, 2), those(*accepts, 1));
            let [requires, accepts] = [&requires, &accepts]
                .map(|pins| pins.iter().map(String::as_str).collect::<Vec<_>>());
            let back = ["1", "1", "1", "1", "off", "forward"][*back];
            let row = [(pin(number, 2), requires, accepts)];
            let [(pin, requires, accepts)] = &row;
            made.changes
                .extend(plan(&[(pin, requires, accepts, back)]).changes);
        }
        made
    })
}

proptest! {
    /// The least set that holds what the definition asks for, by trying until nothing changes.
    #[test]
    fn is_the_least_set_of_the_definition(plan in any_plan(), chosen in any::<u16>()) {
        let all: Vec<&Pin> = plan.changes.keys().collect();
        let seeds: BTreeSet<Pin> = all.iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1).map(|(_, pin)| (*pin).clone()).collect();
        let preview = Closures::of(&plan).rollback(&seeds);
        let gone: Vec<&Pin> = preview.parts.iter().map(|part| &part.pin).collect();
        let mut least = seeds.clone();
        least.retain(|pin| !preview.stays.contains(pin));
        loop {
            let before = least.len();
            for (consumer, change) in &plan.changes {
                let pulled = least.iter().any(|part| {
                    let back = plan.changes[part].rollback.as_ref().and_then(|way| way.to.clone());
                    let back = back.map(|version| Pin::new(part.artefact().clone(), version));
                    change.requires.contains(part) && !back.is_some_and(|back| change.accepts.contains(&back))
                });
                if pulled {
                    least.insert(consumer.clone());
                }
            }
            if least.len() == before {
                break;
            }
        }
        prop_assert_eq!(gone.iter().copied().cloned().collect::<BTreeSet<_>>(), least);
        prop_assert_eq!(preview.stays.is_empty(), preview.blocked_by.is_empty());
        for (place, part) in gone.iter().enumerate() {
            prop_assert!(!plan.changes[*part].rollback.as_ref().unwrap().forward_only);
            // Consumers first: whoever requires it is before it, not behind.
            prop_assert!(gone[place..].iter().all(|later| !plan.changes[*later].requires.contains(*part)));
        }
        for pin in &all {
            prop_assert_eq!(&Closures::of(&plan).of_every_change()[*pin], &Closures::of(&plan).rollback(&BTreeSet::from([(*pin).clone()])));
        }
    }
}
