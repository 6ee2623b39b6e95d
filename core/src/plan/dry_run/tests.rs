//! Dry runs of the example plan, as text.

use super::*;
use crate::exposure::Exposure;
use crate::plan::{Bake, Canary, OnInconclusive, Promotion, RouteCanary, Step, Window};
use alloc::format;
use alloc::string::{String, ToString};

const FULL: &str = include_str!("../../../../examples/refund_explanation/plan.yaml");
const CHAPTER: &str = include_str!("../../../../examples/refund_explanation/chapter.yaml");

fn share(percent: &str) -> Exposure {
    percent.parse().unwrap()
}

/// The example with steps, a bake, a holdback, an agreed time and, where there is a zone, windows.
fn full(zone: &str) -> Plan {
    let mut plan = crate::plan::parse(FULL).unwrap();
    let step = |to: &str, lasts: &str, approve: &[&str]| Step {
        exposure: share(to),
        at_least: lasts.parse().ok(),
        units: None,
        gates: Vec::new(),
        approve: approve.iter().map(|team| team.parse().unwrap()).collect(),
    };
    plan.canary = Some(Canary {
        promote: Promotion::Manual,
        steps: Vec::from([
            step("5", "1h", &[]),
            step("25", "4h", &["tools"]),
            step("100", "", &[]),
        ]),
        metrics: Vec::new(),
        on_inconclusive: OnInconclusive::Hold,
    });
    plan.bake = Some(Bake {
        lasts: Span::from_hours(48),
        holdback: share("1"),
    });
    plan.schedule
        .insert(share("25"), "2026-06-02T14:00".parse().unwrap());
    if !zone.is_empty() {
        plan.windows.push(Window {
            allow: "Mon-Fri 09:00-15:00".parse().unwrap(),
            timezone: zone.into(),
        });
    }
    plan
}

fn facts() -> Facts<'static> {
    Facts {
        now: "2026-06-02T10:00:00Z".parse().unwrap(),
        population: Some(40_000),
        ..Facts::default()
    }
}

/// `what earliest +lasts users`, a line each.
fn table(plan: &Plan) -> Vec<String> {
    let run = dry_run(plan, &facts()).unwrap();
    let mut before = facts().now;
    let lines = run.timetable.iter().map(|entry| {
        // Entries follow each other.
        assert!(entry.earliest >= before && entry.until == entry.earliest + entry.lasts);
        before = entry.until;
        let what = match &entry.task {
            Task::Deploy { part } => format!("deploy {}", part.artefact().name()),
            Task::Route { part, to } => format!("route {} {to}", part.artefact().name()),
            Task::Live { part } => format!("live {}", part.artefact().name()),
            Task::Raise { to, armed, .. } => {
                format!("{} {to}", if *armed { "armed" } else { "raise" })
            }
            Task::Bake => "bake".into(),
            Task::Rest { .. } => "rest".into(),
        };
        let day = entry.earliest.to_string();
        let users = entry
            .users
            .map(|users| format!(" {users}"))
            .unwrap_or_default();
        let blind = if entry.regardless { " ?" } else { "" };
        format!("{what} {} +{}{users}{blind}", &day[8..16], entry.lasts)
    });
    lines.collect()
}

#[test]
fn coordinated_parts_are_dark_until_the_flag_moves_them() {
    assert_eq!(
        table(&full("")),
        [
            "deploy refund_policies 02T10:00 +0s",
            "deploy lookup_refund_eligibility 02T10:00 +0s",
            "deploy refund_flow 02T10:00 +0s",
            "deploy explain_refund 02T10:00 +0s",
            "raise 5 % 02T10:00 +1h 2000",
            // The teams agreed on 14:00.
            "raise 25 % 02T14:00 +4h 10000",
            "raise 100 % 02T18:00 +0s 39600",
            "bake 02T18:00 +48h",
            "rest 04T18:00 +0s 40000",
            "live refund_policies 04T18:00 +0s",
            "live lookup_refund_eligibility 04T18:00 +0s",
            "live refund_flow 04T18:00 +0s",
            "live explain_refund 04T18:00 +0s",
        ]
    );
}

#[test]
fn sequenced_parts_are_live_one_after_the_other() {
    let mut plan = full("");
    plan.strategy = Strategy::Sequenced;
    let mut canaries = [
        None,
        Some(RouteCanary::Steps(Vec::from([share("10"), share("100")]))),
        None,
        Some(RouteCanary::WithFlag),
    ]
    .into_iter();
    for change in plan.changes.values_mut() {
        change.canary = canaries.next().unwrap();
    }
    let found = table(&plan);
    let parts: Vec<&str> = found
        .iter()
        .map(|line| line.split(" 02T").next().unwrap())
        .collect();
    assert_eq!(
        parts[..11],
        [
            "deploy refund_policies",
            "route refund_policies 100 %",
            "live refund_policies",
            "deploy lookup_refund_eligibility",
            "route lookup_refund_eligibility 10 %",
            "route lookup_refund_eligibility 100 %",
            "live lookup_refund_eligibility",
            "deploy refund_flow",
            "route refund_flow 100 %",
            "live refund_flow",
            "deploy explain_refund",
        ]
    );
    assert_eq!(found.last().unwrap(), "live explain_refund 04T18:00 +0s");
}

#[test]
fn raises_wait_for_windows_and_nothing_else_does() {
    let found = table(&full("UTC"));
    assert_eq!(
        found[4..9],
        [
            "raise 5 % 02T10:00 +1h 2000",
            "raise 25 % 02T14:00 +4h 10000",
            // 18:00 is too late for that day.
            "raise 100 % 03T09:00 +0s 39600",
            "bake 03T09:00 +48h",
            "rest 05T09:00 +0s 40000",
        ]
    );
    // A clock nobody knows moves nothing, and it is said.
    let blind = full("Nowhere/Land");
    assert_eq!(table(&blind)[5], "raise 25 % 02T11:00 +4h 10000 ?");
    let missing = dry_run(&blind, &facts()).unwrap().missing;
    assert!(missing.contains(&Missing::Hours), "{missing:?}");
}

#[test]
fn a_bare_plan_opens_by_itself_once() {
    let plan = crate::plan::parse(CHAPTER).unwrap();
    assert_eq!(
        table(&plan),
        [
            "armed 5 % 02T10:00 +0s 2000",
            "raise 100 % 02T10:00 +0s 40000",
            "bake 02T10:00 +24h"
        ]
    );
    let run = dry_run(&plan, &facts()).unwrap();
    assert_eq!(run.beforehand.len(), 3);
    assert!(run.rollbacks.is_empty());
}

#[test]
fn what_is_missing_is_told() {
    let mut plan = full("");
    for (team, person) in [("agents", "asha"), ("tools", "bala")] {
        let team = plan.teams.get_mut(&team.parse().unwrap()).unwrap();
        team.approvers.push(person.parse().unwrap());
    }
    plan.features
        .values_mut()
        .next()
        .unwrap()
        .preview
        .insert("staff-1".into());
    plan.changes.values_mut().next().unwrap().owner = None;
    let mut facts = facts();
    facts.population = None;
    facts.signed.insert("agents".parse().unwrap());
    let run = dry_run(&plan, &facts).unwrap();
    let missing: Vec<String> = run.missing.iter().map(ToString::to_string).collect();
    assert_eq!(
        missing,
        [
            "retrieval_index:refund_policies@2026-05-20 has no owner",
            "sign-off of tools (bala)",
            "approval of tools for 25 %",
            "how many users the environment has",
        ]
    );
    assert_eq!(run.preview.values().copied().collect::<Vec<_>>(), [1]);
    let json = serde_json::to_string(&run).unwrap();
    assert_eq!(serde_json::from_str::<DryRun>(&json).unwrap(), run);
}

#[test]
fn every_rollback_is_there_and_other_releases_are_named() {
    let plan = full("");
    let mut other = crate::plan::parse(CHAPTER).unwrap();
    let own = plan.clone();
    other
        .features
        .values_mut()
        .for_each(|feature| feature.flag = "other".parse().unwrap());
    let facts = Facts {
        others: Vec::from([&own, &other]),
        ..facts()
    };
    let run = dry_run(&plan, &facts).unwrap();
    assert_eq!(
        run.rollbacks.keys().collect::<Vec<_>>(),
        plan.changes.keys().collect::<Vec<_>>()
    );
    let closures = Closures::among(&plan, [&other]);
    for (pin, preview) in &run.rollbacks {
        assert_eq!(*preview, closures.rollback(&BTreeSet::from([pin.clone()])));
    }
    // The release's own plan, as it is in force there, is not another.
    let foreign: Vec<&str> = run.foreign.iter().map(|flag| flag.flag.as_str()).collect();
    assert_eq!(foreign, ["other"]);
}
