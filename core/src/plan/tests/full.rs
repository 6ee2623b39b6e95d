//! The full form: DESIGN's own example, and what is refused of each of its keys.

use super::*;
use crate::exposure::Exposure;
use crate::limits::{GATES_MAX, METRICS_MAX, PREVIEW_KEYS_MAX, STEPS_MAX};
use crate::time::Span;

pub(super) const WHOLE: &str = include_str!("../../../../examples/refund_explanation/full.yaml");

#[test]
fn the_whole_form_is_read() {
    let plan = parse(WHOLE).unwrap();
    assert!(!plan.is_bare());
    let canary = plan.canary.as_ref().unwrap();
    assert_eq!((canary.steps.len(), canary.metrics.len()), (4, 3));
    assert_eq!(canary.promote, Promotion::Manual);
    let first = canary.steps.first().unwrap();
    assert_eq!(
        (first.at_least, first.units),
        (Some(Span::from_hours(1)), Some(500))
    );
    let roles: Vec<Role> = canary.metrics.iter().map(|metric| metric.role).collect();
    assert_eq!(roles, [Role::Critical, Role::Critical, Role::Signal]);
    let gates: Vec<String> = plan
        .changes
        .iter()
        .flat_map(|(pin, change)| change.gates.iter().map(move |gate| format!("{pin} {gate}")))
        .collect();
    assert_eq!(
        gates,
        [
            "retrieval_index:refund_policies@2026-05-20 schema_check:refund_policies",
            "retrieval_index:refund_policies@2026-05-20 freshness",
            "tool:lookup_refund_eligibility@1.0.0 tests:integration",
            "prompt:explain_refund@1.0.0 eval_set:refund_flow@3",
        ]
    );
    let index = plan
        .changes
        .iter()
        .find(|(pin, _)| pin.artefact().kind().as_str() == "retrieval_index");
    let stages: Vec<String> = index
        .unwrap()
        .1
        .stages
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(stages, ["10 %", "50 %", "100 %"]);
    assert_eq!(plan.features.values().next().unwrap().preview.len(), 2);
    assert_eq!(plan.schedule.len(), 2);
    assert_eq!(
        (plan.bake(), plan.full()),
        (Span::from_hours(48), "99".parse::<Exposure>().unwrap())
    );
    assert_eq!(
        plan.windows[0].allow.to_string(),
        "Mon,Tue,Wed,Thu 09:00-17:00"
    );
    assert_eq!(
        plan.announce.as_ref().unwrap().webhook.as_deref(),
        Some("releases")
    );
    assert_eq!(plan.signers().len(), 3);
}

#[test]
fn the_ledger_keeps_it_whole() {
    let plan = parse(WHOLE).unwrap();
    let stored = serde_json::to_string(&plan).unwrap();
    let read: Plan = serde_json::from_str(&stored).unwrap();
    assert_eq!((&read, read.hash()), (&plan, plan.hash()));
}

#[test]
fn what_a_new_key_says_too_little_is_left_out_of_the_hash() {
    let stored = serde_json::to_value(parse(CHAPTER).unwrap()).unwrap();
    let keys: Vec<&String> = stored.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["features", "release", "strategy"]);
}

/// In the whole form, what is replaced by what, and the finding.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "keys: [staff-1, staff-2]",
        "keys: [\"\"]",
        "features.refund_explanation.preview.keys[0] preview: a preview key has from 1 to 128 bytes",
    ),
    (
        "stages: [10, 50, 100]",
        "stages: [10, 10, 100]",
        "changes[1].stages percentage: the percentages of `stages` do not grow from above 0 to 100",
    ),
    (
        "stages: [10, 50, 100]",
        "stages: [10, 50]",
        "changes[1].stages percentage: the percentages of `stages` do not grow from above 0 to 100",
    ),
    (
        "{ schema_check: refund_policies }",
        "{ schema: refund_policies }",
        "changes[1].gates[0].schema unknown-key: `schema` is not a key of this map",
    ),
    (
        "{ schema_check: refund_policies }",
        "{ freshness: \"< 2h\" }",
        "changes[1].gates[1] doubled-gate: the gate `freshness` stands here twice",
    ),
    (
        "{ freshness: \"< 24h\" }",
        "{ freshness: 24h }",
        "changes[1].gates[1].freshness bound: `24h` is not a bound like `>= 0.95` or `< 24h`",
    ),
    (
        "pass_rate: \">= 0.95\"",
        "pass_rate: \"<= 0.95\"",
        "changes[3].gates[0].pass_rate bound: `<= 0.95` is not the least share, from 0 to 1",
    ),
    (
        "pass_rate: \">= 0.95\"",
        "pass_rate: \">= 95\"",
        "changes[3].gates[0].pass_rate bound: `>= 95` is not the least share, from 0 to 1",
    ),
    (
        "{ freshness: \"< 24h\" }",
        "{ freshness: \"> 24h\" }",
        "changes[1].gates[1].freshness bound: `> 24h` asks for old data",
    ),
    (
        "{ tests: integration }",
        "{ tests: a, review: b }",
        "changes[2].gates[0] gate: more than one kind of gate is named",
    ),
    (
        "{ tests: integration }",
        "{ tests: a, units: 5 }",
        "changes[2].gates[0] gate: `units` says nothing beside `tests`",
    ),
    (
        "{ tests: integration }",
        "{ feedback: \">= 0.8\" }",
        "changes[2].gates[0] missing-key: `units` is missing beside `feedback`",
    ),
    (
        "{ eval_set: refund_flow@3, pass",
        "{ eval_set: refund_flow@latest, pass",
        "changes[3].gates[0].eval_set FH114: ",
    ),
    (
        "canary: with_flag ",
        "canary: sometimes ",
        "changes[3].canary canary: a route opens `with_flag` or in steps of its own",
    ),
    (
        "canary: with_flag ",
        "accepts: [\"tool:other@1\"] ",
        "changes[3].accepts accepts: tool:other@1 is no other version of what prompt:explain_refund@1.0.0 requires",
    ),
    (
        "{ disable: true, procedure",
        "{ disable: true, forward_only: true, procedure",
        "changes[2].rollback rollback: a part that goes forward only has no way back",
    ),
    (
        "{ to: explain_refund@0.9.4 }",
        "{ to: explain_refund@1.0.0 }",
        "changes[3].rollback rollback: it would go back to the version that ships",
    ),
    (
        "promote: manual ",
        "promote: magic ",
        "canary.promote choice: `magic` is not one of manual, automatic",
    ),
    (
        "{ exposure: 5,",
        "{ exposure: 500,",
        "canary.steps[0].exposure percentage: `500` is not a percentage from 0 to 100 with at most two decimals",
    ),
    (
        "at_least: 1h,",
        "at_least: soon,",
        "canary.steps[0].at_least span: `soon` is not a length of time like 30m, 24h or 7d",
    ),
    (
        "role: signal",
        "role: vital",
        "canary.metrics[2].role choice: `vital` is not one of critical, signal, info",
    ),
    (
        "name: response quality",
        "name: retrieval freshness",
        "canary.metrics[2] doubled-metric: two metrics are called `retrieval freshness`",
    ),
    (
        "limit: \"< 86400\"",
        "ratio: 1.5",
        "canary.metrics[1] missing-key: `limit` is missing",
    ),
    (
        "limit: \"< 86400\"",
        "limit: \"< 86400\"\n      worse: higher",
        "canary.metrics[1] metric: `worse` says nothing beside `value`",
    ),
    (
        "score: { source: pushed, worse: lower, drop: 0.03 }",
        "score: { source: pushed, worse: lower }",
        "canary.metrics[2].score missing-key: `drop` is missing",
    ),
    (
        "on_inconclusive: hold",
        "on_inconclusive: hope",
        "canary.on_inconclusive choice: `hope` is not one of hold, proceed",
    ),
    (
        "\"25\": 2026-06-02T14:00",
        "\"30\": 2026-06-02T14:00",
        "schedule.30 schedule: 30 % is no step of the canary",
    ),
    (
        "\"25\": 2026-06-02T14:00",
        "\"25\": 2026-06-01T14:00",
        "schedule schedule: a wider step is scheduled before a narrower one",
    ),
    (
        "holdback: 1 }",
        "holdback: 100 }",
        "bake bake: a holdback of everybody leaves nobody to watch",
    ),
    (
        "for: 48h",
        "fort: 48h",
        "bake.fort unknown-key: `fort` is not a key of this map",
    ),
    (
        "Mon-Thu 09:00-17:00",
        "office hours",
        "windows[0].allow window: `office hours` is not weekly hours",
    ),
    (
        "webhook: releases",
        "webhooks: releases",
        "announce.webhooks unknown-key: `webhooks` is not a key of this map",
    ),
];

#[test]
fn each_key_is_refused_at_its_place() {
    for (good, bad, finding) in REFUSED {
        let text = WHOLE.replacen(good, bad, 1);
        assert_ne!(text, WHOLE, "`{good}` is not in the file");
        let found = errors(&text);
        let line = WHOLE.lines().position(|line| line.contains(good)).unwrap() + 1;
        // What is missing is reported where its map begins.
        let here = found.iter().any(|error| {
            let (place, rest) = error.split_once(' ').unwrap_or_default();
            let (row, _) = place.split_once(':').unwrap_or_default();
            rest.starts_with(finding) && row.parse::<usize>().unwrap().abs_diff(line) <= 4
        });
        assert!(here, "{bad}: {found:#?}");
    }
}

#[test]
fn flags_may_rest_on_flags() {
    let text = CHAPTER.replacen(
        "    dependencies:\n",
        "    dependencies:\n      - flag: checkout_v2\n",
        1,
    );
    let plan = parse(&text).unwrap();
    let feature = plan.features.values().next().unwrap();
    let beneath: Vec<&str> = feature
        .prerequisites
        .iter()
        .map(|key| key.as_str())
        .collect();
    assert_eq!(beneath, ["checkout_v2"]);
    for bad in [
        "refund_explanation_v1",
        "checkout_v2\n      - flag: checkout_v2",
    ] {
        let found = errors(&text.replacen("flag: checkout_v2", &format!("flag: {bad}"), 1));
        assert!(
            found.len() == 1 && found[0].contains(" prerequisite: "),
            "{found:?}"
        );
    }
}

#[test]
fn lists_are_bounded() {
    let steps = |count: usize| {
        format!(
            "canary: {{ steps: [{}] }}\n",
            "{ exposure: 5 },".repeat(count)
        )
    };
    let metric =
        |index: usize| format!("{{ name: m{index}, role: info, value: q, limit: \"< 1\" }}, ");
    let metrics = |count: usize| {
        let metrics: String = (0..count).map(metric).collect();
        format!("canary: {{ steps: [], metrics: [{metrics}] }}\n")
    };
    let gates = |count: usize| {
        let gates: String = (0..count)
            .map(|index| format!("{{ tests: t{index} }}, "))
            .collect();
        format!("canary: {{ steps: [{{ exposure: 5, gates: [{gates}] }}] }}\n")
    };
    let whole = |tail: String| format!("{CHAPTER}{tail}");
    let bounds: [(&dyn Fn(usize) -> String, usize); 3] = [
        (&steps, STEPS_MAX),
        (&metrics, METRICS_MAX),
        (&gates, GATES_MAX),
    ];
    for (write, max) in bounds {
        parse(&whole(write(max))).unwrap();
        let found = errors(&whole(write(max + 1)));
        assert!(
            found.len() == 1 && found[0].contains("too-many"),
            "{found:?}"
        );
    }
    let preview = |count: usize| {
        let keys: Vec<String> = (0..count).map(|index| format!("k{index}")).collect();
        let line = format!(
            "    preview: {{ keys: [{}] }}\n    rollout:",
            keys.join(", ")
        );
        CHAPTER.replacen("    rollout:", &line, 1)
    };
    parse(&preview(PREVIEW_KEYS_MAX)).unwrap();
    assert!(errors(&preview(PREVIEW_KEYS_MAX + 1))[0].contains("too-many"));
}
