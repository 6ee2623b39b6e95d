//! Differences: nothing differs where plans are equal, something does where they are not, and it is told in words.

use super::any::{self, Dice};
use super::full::WHOLE;
use super::*;
use crate::plan::diff::{What, diff};
use proptest::prelude::*;
use serde_json::Value;

/// What of the whole example is replaced by what, and what is said of that.
const TOLD: &[(&str, &str, &str)] = &[
    (
        "release: refund-explanation",
        "release: other",
        "name is `other` in place of `refund-explanation`",
    ),
    (
        "title: Refund explanation flow\n",
        "",
        "the plan has no title any more; it was `Refund explanation flow`",
    ),
    (
        "strategy: coordinated",
        "strategy: sequenced",
        "strategy is sequenced in place of coordinated",
    ),
    (
        "approvers: [asha]",
        "approvers: [asha, dana]",
        "approver `dana` of team agents added",
    ),
    (
        "tools:     { contact",
        "sales:     { contact",
        "team `tools` removed; team `sales` added",
    ),
    (
        "expires: 2026-12-01",
        "expires: 2027-01-01",
        "expiry of feature refund_explanation is 2027-01-01 in place of 2026-12-01",
    ),
    (
        "    owner: agents\n    expires",
        "    client: true\n    owner: agents\n    expires",
        "visibility to browser keys of feature refund_explanation is true in place of false",
    ),
    (
        "canary_percentage: 5 ",
        "canary_percentage: 2.5 ",
        "first opening of feature refund_explanation is 2.5 % in place of 5 %",
    ),
    (
        "        optional: true\n",
        "",
        "eval_set:refund_flow of feature refund_explanation is required in place of optional",
    ),
    (
        "keys: [staff-1, staff-2]",
        "keys: [staff-2]",
        "preview key `staff-1` of feature refund_explanation removed",
    ),
    (
        "lookup_refund_eligibility@1.0.0",
        "lookup_refund_eligibility@1.1.0",
        "feature refund_explanation needs tool:lookup_refund_eligibility@1.1.0 in place of tool:lookup_refund_eligibility@1.0.0; \
         tool:lookup_refund_eligibility goes from 1.0.0 to 1.1.0; \
         prompt:explain_refund requires tool:lookup_refund_eligibility@1.1.0 in place of tool:lookup_refund_eligibility@1.0.0",
    ),
    (
        "  - eval_set: refund_flow@3\n    owner: agents\n    rollback: { to: refund_flow@2 }\n",
        "",
        "change eval_set:refund_flow@3 removed",
    ),
    (
        "teams:\n",
        "kinds: { guardrail: { after: tool } }\nteams:\n",
        "kind guardrail now ranks after tool",
    ),
    (
        "stages: [10, 50, 100]",
        "stages: [50, 100]",
        "staged rollout of retrieval_index:refund_policies is 50 %, 100 % in place of 10 %, 50 %, 100 %",
    ),
    (
        "{ schema_check: refund_policies }, { freshness: \"< 24h\" }",
        "{ freshness: \"< 2h\" }, { schema_check: refund_policies }",
        "the order of each gate of retrieval_index:refund_policies is freshness, schema_check:refund_policies in place of \
         schema_check:refund_policies, freshness; gate `freshness` of retrieval_index:refund_policies asks for < 2h in place of < 24h",
    ),
    (
        "    gates: [ { eval_set: refund_flow@3, pass_rate: \">= 0.95\" } ]\n",
        "",
        "gate `eval_set:refund_flow@3` of prompt:explain_refund removed",
    ),
    (
        "canary: with_flag ",
        "canary: [5, 100] ",
        "prompt:explain_refund opens by 5 %, 100 % in place of with the flag",
    ),
    (
        "{ to: explain_refund@0.9.4 }",
        "{ forward_only: true }",
        "prompt:explain_refund no longer goes back to 0.9.4; going forward only of prompt:explain_refund is true in place of false",
    ),
    (
        "    rollback: { to: refund_flow@2 }\n",
        "",
        "eval_set:refund_flow has no way back any more; it was to 2",
    ),
    (
        "promote: manual",
        "promote: automatic",
        "promotion of the canary is automatic in place of manual",
    ),
    (
        "at_least: 4h",
        "at_least: 8h",
        "step 25 % takes at least 8h in place of 4h",
    ),
    (", units: 500", "", "step 5 % no longer waits for 500 users"),
    (
        "exposure: 50, at",
        "exposure: 60, at",
        "step `50 %` removed; step `60 %` added",
    ),
    (
        "ratio: 1.5 ",
        "ratio: 2 ",
        "tolerated ratio of metric `tool error rate` is 2 in place of 1.5",
    ),
    (
        "role: signal",
        "role: info",
        "role of metric `response quality` is info in place of signal",
    ),
    (
        "name: response quality",
        "name: quality",
        "metric `response quality` removed; metric `quality` added",
    ),
    (
        "on_inconclusive: hold",
        "on_inconclusive: proceed",
        "answer to an inconclusive metric is proceed in place of hold",
    ),
    (
        "\"5\": 2026-06-02T10:00, ",
        "",
        "step 5 % no longer is scheduled for 2026-06-02T10:00",
    ),
    ("for: 48h", "for: 24h", "bake takes 24h in place of 48h"),
    (
        "timezone: Asia/Kolkata",
        "timezone: UTC",
        "window `Mon,Tue,Wed,Thu 09:00-17:00 Asia/Kolkata` removed; window `Mon,Tue,Wed,Thu 09:00-17:00 UTC` added",
    ),
    (
        "channel: \"#releases\"",
        "channel: \"#all\"",
        "channel of the announcement is `#all` in place of `#releases`",
    ),
];

#[test]
fn each_difference_is_told_in_words() {
    let whole = parse(WHOLE).unwrap();
    for (good, other, told) in TOLD {
        let text = WHOLE.replace(good, other);
        assert_ne!(text, WHOLE, "`{good}` is not in the file");
        let found = diff(&whole, &parse(&text).unwrap());
        let words: Vec<&str> = found
            .iter()
            .map(|difference| difference.in_words())
            .collect();
        assert_eq!(words.join("; "), *told);
    }
}

#[test]
fn a_difference_says_where_it_is() {
    let text = WHOLE.replace("at_least: 4h", "at_least: 8h").replace("      - eval_set: refund_flow@3\n        optional: true\n        evidence: https://ci.example/run/811      # proof that the rest works without it\n", "");
    let found = diff(&parse(WHOLE).unwrap(), &parse(&text).unwrap());
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        serde_json::json!([
            {
                "of": "features.refund_explanation.dependencies[eval_set:refund_flow]",
                "what": "removed",
                "before": "eval_set:refund_flow@3",
                "words": "feature refund_explanation no longer needs eval_set:refund_flow@3",
            },
            {
                "of": "canary.steps[25 %].at_least",
                "what": "changed",
                "before": "4h",
                "after": "8h",
                "words": "step 25 % takes at least 8h in place of 4h",
            },
        ])
    );
}

/// Every plan that is `value` with one of its leaves, or one of its branches, gone or another.
fn others(value: &Value) -> Vec<Plan> {
    let mut found = Vec::new();
    let mut paths = alloc::vec![String::new()];
    while let Some(path) = paths.pop() {
        let here = value.pointer(&path).unwrap();
        let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
        let inside: Vec<(String, Value)> = match here {
            Value::Object(map) => {
                let without = |key: &String| {
                    let mut map = map.clone();
                    map.remove(key);
                    (format!("{path}/{}", escaped(key)), Value::Object(map))
                };
                map.keys().map(without).collect()
            }
            Value::Array(items) => {
                let without = |index: usize| {
                    let mut items = items.clone();
                    items.remove(index);
                    (format!("{path}/{index}"), Value::Array(items))
                };
                (0..items.len()).map(without).collect()
            }
            _ => Vec::new(),
        };
        let mut here_instead: Vec<Value> = match here {
            Value::String(text) => [
                "sequenced",
                "automatic",
                "proceed",
                "info",
                "signal",
                "higher",
                "lower",
                "with_flag",
                "> 7",
                "7h",
                "2026-01-01T00:00",
            ]
            .iter()
            .map(|word| Value::from(*word))
            .chain([Value::from(format!("{text}1"))])
            .collect(),
            Value::Number(number) => alloc::vec![Value::from(number.as_u64().unwrap() / 2 + 1)],
            Value::Bool(truth) => alloc::vec![Value::from(!truth)],
            Value::Array(items) => alloc::vec![Value::from_iter(items.iter().rev().cloned())],
            _ => Vec::new(),
        };
        for (path, without) in inside {
            paths.push(path);
            here_instead.push(without);
        }
        for instead in here_instead {
            let mut changed = value.clone();
            *changed.pointer_mut(&path).unwrap() = instead;
            found.extend(serde_json::from_value::<Plan>(changed));
        }
    }
    found
}

#[track_caller]
fn tells_exactly_what_differs(one: &Plan, other: &Plan) {
    let (there, back) = (diff(one, other), diff(other, one));
    assert_eq!(
        there.is_empty(),
        one == other,
        "{there:?}\n{}\n{}",
        to_yaml(one),
        to_yaml(other)
    );
    let turned = |what: What| match what {
        What::Added => What::Removed,
        What::Removed => What::Added,
        What::Changed => What::Changed,
    };
    let mut back: Vec<_> = back
        .into_iter()
        .map(|d| (d.of, turned(d.what), d.after, d.before))
        .collect();
    let mut there: Vec<_> = there
        .into_iter()
        .map(|d| (d.of, d.what, d.before, d.after))
        .collect();
    back.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    there.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    assert_eq!(there, back);
}

#[test]
fn nothing_of_the_whole_form_goes_unseen() {
    let whole = parse(WHOLE).unwrap();
    let others = others(&serde_json::to_value(&whole).unwrap());
    assert!(others.len() > 200, "{}", others.len());
    for other in others {
        tells_exactly_what_differs(&whole, &other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn plans_differ_where_they_are_not_equal(seed in any::<u64>(), other in any::<u64>(), nth in any::<prop::sample::Index>()) {
        let plan = any::plan(&mut Dice::new(seed));
        tells_exactly_what_differs(&plan, &plan);
        tells_exactly_what_differs(&plan, &any::plan(&mut Dice::new(other)));
        let others = others(&serde_json::to_value(&plan).unwrap());
        tells_exactly_what_differs(&plan, nth.get(&others));
    }
}
