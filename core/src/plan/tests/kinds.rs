//! Kinds of a plan's own: where they rank, and what is refused of them.

use super::*;
use crate::limits::KINDS_MAX;

/// A release of three parts that do not need each other.
fn with(kinds: &str, pins: &[&str]) -> String {
    let changes: String = pins.iter().map(|pin| format!("  - {pin}\n")).collect();
    format!("release: r\n{kinds}changes:\n{changes}")
}

fn order(text: &str) -> Vec<String> {
    let waves = graph::Graph::of(&parse(text).unwrap()).waves().unwrap();
    waves.concat().iter().map(ToString::to_string).collect()
}

#[test]
fn they_rank_where_the_plan_says() {
    let pins = [
        "prompt: p@1",
        "model: m@1",
        "guardrail: g@1",
        "cache: c@1",
        "tool: t@1",
        "data: d@1",
    ];
    for (kinds, ordered) in [
        (
            "kinds: { guardrail: { after: tool }, cache: { after: data } }\n",
            "data:d@1 cache:c@1 tool:t@1 guardrail:g@1 model:m@1 prompt:p@1",
        ),
        (
            "kinds: { guardrail: { after: model }, cache: { after: model } }\n",
            "data:d@1 tool:t@1 model:m@1 cache:c@1 guardrail:g@1 prompt:p@1",
        ),
    ] {
        let text = with(kinds, &pins);
        assert_eq!(order(&text).join(" "), ordered);
        // One at a time too, in the order of the timetable.
        let plan = parse(&text).unwrap();
        let run = dry_run::dry_run(&plan, &dry_run::Facts::default()).unwrap();
        let live = run.timetable.iter().filter_map(|entry| match &entry.task {
            dry_run::Task::Live { part } => Some(part.to_string()),
            _ => None,
        });
        assert_eq!(live.collect::<Vec<_>>().join(" "), ordered);
    }
}

#[test]
fn needs_go_before_ranks() {
    let text = with(
        "kinds: { guardrail: { after: data } }\n",
        &[
            "tool: t@1",
            "guardrail: g@1\n    requires: [ \"tool:t@1\" ]",
        ],
    );
    assert_eq!(order(&text), ["tool:t@1", "guardrail:g@1"]);
}

#[test]
fn a_kind_is_declared_before_it_is_used() {
    let declared = "kinds: { guardrail: { after: tool } }\n";
    let part = "tool: t@1\n    requires: [ \"guardrail:g@1\" ]";
    let metric = "canary: { steps: [], metrics: [ { name: m, component: guardrail:g, role: info, value: q, limit: \"< 1\" } ] }\n";
    let metric = |kinds: &str| format!("{}{metric}", with(kinds, &["tool: t@1"]));
    for text in [
        with(declared, &["guardrail: g@1"]),
        with(declared, &[part]),
        metric(declared),
    ] {
        parse(&text).unwrap();
    }
    for (text, findings) in [
        (
            with("", &["guardrail: g@1"]),
            &[
                "3:5 changes[0].guardrail unknown-key: `guardrail` is not a key of this map",
                "3:5 changes[0] kind: no kind of artefact is named",
            ][..],
        ),
        (
            with("", &[part]),
            &["4:17 changes[0].requires[0] kind: `guardrail` is no kind of artefact"],
        ),
        (
            metric(""),
            &["4:55 canary.metrics[0].component kind: `guardrail` is no kind of artefact"],
        ),
    ] {
        assert_eq!(errors(&text), findings);
    }
}

#[test]
fn what_cannot_be_a_kind_is_refused() {
    for (kinds, finding) in [
        (
            "{ prompt: { after: tool } }",
            "kinds.prompt name: `prompt` is not a kind of artefact",
        ),
        (
            "{ promt: { after: tool } }",
            "kinds.promt name: `promt` is not a kind of artefact",
        ),
        (
            "{ flag: { after: tool } }",
            "kinds.flag name: `flag` is not a kind of artefact: flags are no artefacts",
        ),
        (
            "{ owner: { after: tool } }",
            "kinds.owner kind: `owner` says something else beside a part",
        ),
        (
            "{ evidence: { after: tool } }",
            "kinds.evidence kind: `evidence` says something else beside a part",
        ),
        (
            "{ guardrail: { after: prompt } }",
            "kinds.guardrail.after choice: `prompt` is not one of data, retrieval_index, tool, eval_set, model",
        ),
        (
            "{ guardrail: { after: corpus } }",
            "kinds.guardrail.after choice: `corpus` is not one of",
        ),
        (
            "{ guardrail: {} }",
            "kinds.guardrail missing-key: `after` is missing",
        ),
        (
            "{ guardrail: { before: prompt } }",
            "kinds.guardrail.before unknown-key: ",
        ),
        (
            "{ guardrail: 2 }",
            "kinds.guardrail shape: a map is expected here",
        ),
        ("[ guardrail ]", "kinds shape: a map is expected here"),
    ] {
        let found = errors(&with(&format!("kinds: {kinds}\n"), &["tool: t@1"]));
        assert!(
            found.iter().any(|error| error.contains(finding)),
            "{kinds}: {found:?}"
        );
    }
}

#[test]
fn there_are_not_too_many() {
    let text = |count: usize| {
        let kinds: String = (0..count)
            .map(|index| format!("  guardrail_{index}: {{ after: tool }}\n"))
            .collect();
        with(&format!("kinds:\n{kinds}"), &["guardrail_0: g@1"])
    };
    parse(&text(KINDS_MAX)).unwrap();
    let found = errors(&text(KINDS_MAX + 1));
    assert_eq!(
        found,
        ["23:3 kinds.guardrail_20 too-many: a plan declares at most 20 kinds"]
    );
}
