//! Evidence against a plan's gates: what it says, whether it counts, and how it reads.

use super::*;
use crate::artefact::{ArtefactId, Availability, Pin, Report};
use crate::limits::{
    EVIDENCE_AGE_MAX, EVIDENCE_PINS_MAX, EVIDENCE_SKEW_MAX, FRESHNESS_EVIDENCE_AGE_MAX,
    NAME_BYTES_MAX,
};
use crate::name::PrincipalName;
use crate::plan::{Gate, Plan};
use crate::time::{Span, Timestamp};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

const PLAN: &str = r#"{
  "release": "refund-explanation",
  "features": { "refund_explanation": { "flag": "refund_explanation_v1",
    "dependencies": { "prompt:explain_refund@1.0.0": {}, "model:small@7": {} } } },
  "changes": {
    "retrieval_index:refund_policies@2026-05-20": { "gates": [
      { "gate": "schema_check", "name": "refund_policies" }, { "gate": "freshness", "age": "< 24h" } ] },
    "tool:lookup_refund_eligibility@1.0.0": { "gates": [ { "gate": "tests", "name": "integration" } ] },
    "prompt:explain_refund@1.0.0": { "gates": [
      { "gate": "eval_set", "name": "refund_flow", "version": "3", "pass_rate": ">= 0.95" } ] }
  },
  "canary": {
    "steps": [
      { "exposure": 500, "gates": [ { "gate": "feedback", "positive": ">= 0.8", "units": 200 },
                                    { "gate": "review", "team": "agents" } ] },
      { "exposure": 10000 } ],
    "metrics": [ { "name": "tool error rate", "component": "tool:lookup_refund_eligibility", "role": "critical",
      "measure": { "rate": { "events": "e", "units": "u", "worse": "higher", "ratio": "1.5" } } } ]
  }
}"#;

const INDEX: &str = "retrieval_index:refund_policies@2026-05-20";
const TOOL: &str = "tool:lookup_refund_eligibility@1.0.0";
const PROMPT: &str = "prompt:explain_refund@1.0.0";

fn plan() -> Plan {
    serde_json::from_str(PLAN).unwrap()
}

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - seconds * 1000)
}

/// Evidence that ran just now with the part it is for.
fn evidence(gate: &str, part: &str, outcome: &str) -> Evidence {
    let part = if part.is_empty() {
        String::new()
    } else {
        format!(r#""part": "{part}", "pins": {{ "{part}": null }}, "#)
    };
    let text = format!(r#"{{ "gate": "{gate}", {part}"outcome": {outcome}, "ran_at": "{NOW}" }}"#);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn gate(text: &str) -> Gate {
    serde_json::from_str(text).unwrap()
}

#[test]
fn verdicts_follow_from_the_numbers() {
    let eval =
        r#"{ "gate": "eval_set", "name": "refund_flow", "version": "3", "pass_rate": ">= 0.95" }"#;
    let tests = r#"{ "gate": "tests", "name": "integration" }"#;
    let schema = r#"{ "gate": "schema_check", "name": "s" }"#;
    let fresh = r#"{ "gate": "freshness", "age": "< 24h" }"#;
    let feedback = r#"{ "gate": "feedback", "positive": ">= 0.8", "units": 200 }"#;
    let review = r#"{ "gate": "review", "team": "agents" }"#;
    let run =
        |numbers: &str| format!(r#"{{"eval":{{"eval_set":"eval_set:refund_flow@3",{numbers}}}}}"#);
    for (gate_text, outcome, expected) in [
        (eval, run(r#""passed":95,"cases":100"#), "PASS"),
        (eval, run(r#""passed":94,"cases":100"#), "FAIL"),
        // Exactly: 949,999,9… of a million is not 0.95.
        (
            eval,
            run(r#""passed":9499999999,"cases":10000000000"#),
            "FAIL",
        ),
        (eval, run(r#""passed":0,"cases":0"#), "INCONCLUSIVE"),
        (eval, run(r#""passed":95,"cases":100,"errors":5"#), "ERROR"),
        (eval, run(r#""passed":90,"cases":100,"errors":5"#), "ERROR"),
        (eval, run(r#""passed":89,"cases":100,"errors":5"#), "FAIL"),
        (eval, run(r#""passed":101,"cases":100"#), "ERROR"),
        (
            eval,
            run(r#""passed":18446744073709551615,"cases":100,"errors":1"#),
            "ERROR",
        ),
        (
            eval,
            r#"{"eval":{"eval_set":"eval_set:refund_flow@2","passed":1,"cases":1}}"#.into(),
            "ERROR",
        ),
        (eval, r#"{"verdict":{"verdict":"PASS"}}"#.into(), "ERROR"),
        (tests, r#"{"tests":{"passed":12}}"#.into(), "PASS"),
        (
            tests,
            r#"{"tests":{"passed":12,"skipped":3}}"#.into(),
            "PASS",
        ),
        (
            tests,
            r#"{"tests":{"passed":12,"failed":1,"errors":1}}"#.into(),
            "FAIL",
        ),
        (
            tests,
            r#"{"tests":{"passed":12,"errors":1}}"#.into(),
            "ERROR",
        ),
        (
            tests,
            r#"{"tests":{"passed":0,"skipped":3}}"#.into(),
            "INCONCLUSIVE",
        ),
        (schema, r#"{"schema":{"compatible":true}}"#.into(), "PASS"),
        (schema, r#"{"schema":{"compatible":false}}"#.into(), "FAIL"),
        (fresh, r#"{"freshness":{"age":"23h"}}"#.into(), "PASS"),
        (fresh, r#"{"freshness":{"age":"24h"}}"#.into(), "FAIL"),
        (
            feedback,
            r#"{"feedback":{"positive":160,"units":200}}"#.into(),
            "PASS",
        ),
        (
            feedback,
            r#"{"feedback":{"positive":159,"units":200}}"#.into(),
            "FAIL",
        ),
        (
            feedback,
            r#"{"feedback":{"positive":0,"units":199}}"#.into(),
            "INCONCLUSIVE",
        ),
        (
            feedback,
            r#"{"feedback":{"positive":201,"units":200}}"#.into(),
            "ERROR",
        ),
        (
            review,
            r#"{"verdict":{"verdict":"INCONCLUSIVE"}}"#.into(),
            "INCONCLUSIVE",
        ),
        (review, r#"{"verdict":{"verdict":"FAIL"}}"#.into(), "FAIL"),
    ] {
        let gate = gate(gate_text);
        let evidence = evidence(&gate.to_string(), "", &outcome);
        assert_eq!(
            judge(&gate, &evidence, NOW).to_string(),
            expected,
            "{outcome} on {gate}"
        );
    }
}

#[test]
fn evidence_of_another_name_says_nothing() {
    let unit = gate(r#"{ "gate": "tests", "name": "unit" }"#);
    let passed = evidence("tests:integration", "", r#"{"tests":{"passed":1}}"#);
    assert_eq!(judge(&unit, &passed, NOW), Verdict::Error);
    let plan = plan();
    let metric = &plan.canary.as_ref().unwrap().metrics[0];
    let word = |name: &str| evidence(name, "", r#"{"verdict":{"verdict":"FAIL"}}"#);
    assert_eq!(
        judge(metric, &word("metric:tool error rate"), NOW),
        Verdict::Fail
    );
    assert_eq!(
        judge(metric, &word("metric:tool error"), NOW),
        Verdict::Error
    );
}

#[test]
fn the_age_of_data_counts_on() {
    let fresh = gate(r#"{ "gate": "freshness", "age": "< 24h" }"#);
    let evidence = evidence("freshness", INDEX, r#"{"freshness":{"age":"20h"}}"#);
    let after = |hours: u16| judge(&fresh, &evidence, NOW + Span::from_hours(hours));
    // Time alone fails nothing: it was fresh, and may be again.
    assert_eq!(
        [after(0), after(3), after(4)],
        [Verdict::Pass, Verdict::Pass, Verdict::Inconclusive]
    );
}

#[test]
fn a_pass_grows_old_and_a_fail_does_not() {
    let tests = gate(r#"{ "gate": "tests", "name": "integration" }"#);
    let verdicts = |outcome: &str| {
        let run = evidence("tests:integration", TOOL, outcome);
        let limit = NOW + EVIDENCE_AGE_MAX;
        [limit, limit + Span::from_seconds(1)].map(|now| judge(&tests, &run, now))
    };
    let passed = verdicts(r#"{"tests":{"passed":1}}"#);
    assert_eq!(passed, [Verdict::Pass, Verdict::Inconclusive]);
    let failed = verdicts(r#"{"tests":{"passed":1,"failed":1}}"#);
    assert_eq!(failed, [Verdict::Fail, Verdict::Fail]);
}

#[test]
fn nobodys_word_is_no_feedback() {
    let feedback = gate(r#"{ "gate": "feedback", "positive": ">= 0.8", "units": 0 }"#);
    let silence = evidence("feedback", "", r#"{"feedback":{"positive":0,"units":0}}"#);
    assert_eq!(judge(&feedback, &silence, NOW), Verdict::Inconclusive);
}

#[test]
fn the_heavier_verdict_decides() {
    use Verdict::{Error, Fail, Inconclusive, Pass};
    assert_eq!(Verdict::of_all([]), Pass);
    assert_eq!(Verdict::of_all([Pass, Inconclusive]), Inconclusive);
    assert_eq!(Verdict::of_all([Inconclusive, Error, Pass]), Error);
    assert_eq!(Verdict::of_all([Fail, Error]), Fail);
    assert!(Error.holds() && Inconclusive.holds() && !Pass.holds() && !Fail.holds());
}

#[test]
fn names_are_those_of_the_plans_gates() {
    let plan = plan();
    let parts = [Some(INDEX), Some(TOOL), Some(PROMPT), None];
    let parts = parts.map(|part| part.map(|pin| pin.parse::<Pin>().unwrap()));
    let names: Vec<String> = parts
        .iter()
        .flat_map(|part| bars(&plan, part.as_ref()))
        .map(|bar| {
            let name: GateName = bar.name().parse().unwrap();
            assert!(bar.is_named(&name) && name.to_string() == bar.name());
            bar.name()
        })
        .collect();
    assert_eq!(
        names,
        [
            "schema_check:refund_policies",
            "freshness",
            "tests:integration",
            "metric:tool error rate",
            "eval_set:refund_flow@3",
            "feedback",
            "review:agents",
            "metric:tool error rate",
        ]
    );
    let longest = format!("tests:{}", "x".repeat(NAME_BYTES_MAX));
    assert!(longest.parse::<GateName>().is_ok());
    for bad in [
        "",
        "tests",
        "tests:",
        "freshness:x",
        "eval_set:refund_flow",
        "eval_set:a@latest",
        "review:a b",
        "x:y",
        &format!("{longest}x"),
    ] {
        assert!(bad.parse::<GateName>().is_err(), "{bad}");
    }
}

fn reasons(evidence: &Evidence) -> Vec<String> {
    let deployed = r#"{ "report": "deployed", "version": "1.0.0", "digest": "sha256:aa" }"#;
    let deployed: Report = serde_json::from_str(deployed).unwrap();
    let seen = Availability::default().after(&deployed, NOW, &PrincipalName::system());
    let tool: Pin = TOOL.parse().unwrap();
    let available: BTreeMap<ArtefactId, Availability> = [(tool.artefact().clone(), seen)].into();
    match admissible(&plan(), &available, evidence, NOW) {
        Ok(()) => Vec::new(),
        Err(reasons) => reasons
            .iter()
            .map(|r| format!("{r}; {}", r.fix()))
            .collect(),
    }
}

#[test]
fn what_the_plan_asks_for_counts() {
    for (gate, part, outcome) in [
        (
            "schema_check:refund_policies",
            INDEX,
            r#"{"schema":{"compatible":true}}"#,
        ),
        ("freshness", INDEX, r#"{"freshness":{"age":"3h"}}"#),
        ("tests:integration", TOOL, r#"{"tests":{"passed":1}}"#),
        (
            "eval_set:refund_flow@3",
            PROMPT,
            r#"{"eval":{"eval_set":"eval_set:refund_flow@3","passed":1,"cases":1}}"#,
        ),
        ("feedback", "", r#"{"feedback":{"positive":1,"units":1}}"#),
        ("review:agents", "", r#"{"verdict":{"verdict":"PASS"}}"#),
        (
            "metric:tool error rate",
            "",
            r#"{"verdict":{"verdict":"FAIL"}}"#,
        ),
        (
            "metric:tool error rate",
            TOOL,
            r#"{"verdict":{"verdict":"FAIL"}}"#,
        ),
    ] {
        assert_eq!(reasons(&evidence(gate, part, outcome)), [""; 0], "{gate}");
    }
}

#[test]
fn what_does_not_count_is_told_with_a_way_out() {
    let tests = r#"{"tests":{"passed":1}}"#;
    let eval = |version: u8| {
        format!(
            r#"{{"eval":{{"eval_set":"eval_set:refund_flow@{version}","passed":1,"cases":1}}}}"#
        )
    };
    for (gate, part, outcome, expected) in [
        (
            "tests:integration",
            "tool:lookup_refund_eligibility@0.9.0",
            tests.into(),
            &[
                "the plan has no change `tool:lookup_refund_eligibility@0.9.0`; did you mean `tool:lookup_refund_eligibility@1.0.0`?",
                "it ran with `tool:lookup_refund_eligibility@0.9.0`, the plan pins `tool:lookup_refund_eligibility@1.0.0`; run it with `tool:lookup_refund_eligibility@1.0.0`",
            ][..],
        ),
        (
            "tests:integration",
            "tool:lookup_refund_eligibilty@1.0.0",
            tests.into(),
            &[
                "the plan has no change `tool:lookup_refund_eligibilty@1.0.0`; did you mean `tool:lookup_refund_eligibility@1.0.0`?",
            ],
        ),
        (
            "tests:integratoin",
            TOOL,
            tests.into(),
            &[
                "the plan asks for no `tests:integratoin` of `tool:lookup_refund_eligibility@1.0.0`; did you mean `tests:integration`?",
            ],
        ),
        (
            "tests:integration",
            "",
            tests.into(),
            &[
                "the plan asks for no `tests:integration` of the flag's steps; it asks for feedback, metric:tool error rate, review:agents",
                "it does not say that it ran with any of the plan's pins; name the exact versions it ran with",
            ],
        ),
        (
            "tests:integration",
            TOOL,
            r#"{"verdict":{"verdict":"PASS"}}"#.into(),
            &[
                "`tests:integration` takes an outcome of `tests`, this one is of `verdict`; submit an outcome of `tests`",
            ],
        ),
        (
            "eval_set:refund_flow@2",
            PROMPT,
            eval(2),
            &[
                "it ran over `eval_set:refund_flow@2`, the plan asks for `eval_set:refund_flow@3`; run it over `eval_set:refund_flow@3`",
            ],
        ),
        (
            "eval_set:refund_flow@3",
            PROMPT,
            eval(2),
            &[
                "it ran over `eval_set:refund_flow@2`, the plan asks for `eval_set:refund_flow@3`; run it over `eval_set:refund_flow@3`",
            ],
        ),
        (
            "feedback",
            "",
            r#"{"feedback":{"positive":3,"units":2}}"#.into(),
            &["it counts 3 of 2, which cannot be; count again"],
        ),
    ] {
        assert_eq!(reasons(&evidence(gate, part, &outcome)), expected);
    }
}

#[test]
fn it_ran_with_what_is_planned_and_deployed() {
    let mut run = evidence("tests:integration", TOOL, r#"{"tests":{"passed":1}}"#);
    let tool: Pin = TOOL.parse().unwrap();
    let digest = |text: &str| Some(text.parse().unwrap());
    run.pins.insert(tool.clone(), digest("sha256:aa"));
    // What the plan does not pin may be any version.
    run.pins.insert("service:mail@9".parse().unwrap(), None);
    assert_eq!(reasons(&run), [""; 0]);
    run.pins.insert(tool.clone(), digest("sha256:bb"));
    run.pins.insert("model:small@8".parse().unwrap(), None);
    assert_eq!(
        reasons(&run),
        [
            "it ran with `model:small@8`, the plan pins `model:small@7`; run it with `model:small@7`",
            "it ran with `tool:lookup_refund_eligibility@1.0.0` of sha256:bb, what is deployed is sha256:aa; run it with what is \
             deployed: sha256:aa",
        ]
    );
    run.pins.clear();
    assert_eq!(
        reasons(&run),
        [
            "it does not say that it ran with `tool:lookup_refund_eligibility@1.0.0`; run it with \
          `tool:lookup_refund_eligibility@1.0.0` and name that among its pins"
        ]
    );
}

#[test]
fn it_ran_lately() {
    let tests = evidence("tests:integration", TOOL, r#"{"tests":{"passed":1}}"#);
    let fresh = evidence("freshness", INDEX, r#"{"freshness":{"age":"3h"}}"#);
    let at = |evidence: &Evidence, ran_at| {
        reasons(&Evidence {
            ran_at,
            ..evidence.clone()
        })
        .concat()
    };
    for (evidence, limit) in [
        (&tests, EVIDENCE_AGE_MAX),
        (&fresh, FRESHNESS_EVIDENCE_AGE_MAX),
    ] {
        let limit = i64::from(limit.as_seconds());
        assert_eq!(at(evidence, ago(limit)), "");
        assert!(at(evidence, ago(limit + 1)).ends_with("ago; run it again"));
        let skew = i64::from(EVIDENCE_SKEW_MAX.as_seconds());
        assert_eq!(at(evidence, ago(-skew)), "");
        assert!(at(evidence, ago(-skew - 1)).contains("which is yet to come"));
    }
    assert!(at(&tests, Timestamp::from_millis(i64::MIN)).contains("more than 14d ago"));
    assert!(at(&tests, Timestamp::from_millis(i64::MAX)).contains("yet to come"));
}

#[test]
fn it_is_read_as_a_whole_or_not() {
    let text = r#"{"gate":"eval_set:refund_flow@3","part":"prompt:explain_refund@1.0.0","pins":{"tool:lookup_refund_eligibility@1.0.0":"sha256:aa","prompt:explain_refund@1.0.0":null},"outcome":{"eval":{"eval_set":"eval_set:refund_flow@3","passed":31,"cases":32,"errors":1}},"ran_at":"2026-05-28T20:26:40.000Z","link":"https://ci.example/run/811","summary":"one case timed out"}"#;
    let evidence: Evidence = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&evidence).unwrap(), text);
    assert_eq!(
        evidence.outcome.to_string(),
        "31 of 32 cases of eval_set:refund_flow@3 passed, 1 without an answer"
    );
    for (was, is) in [
        (r#""summary":"#, r#""sumary":"#),
        (r#""cases":32"#, r#""cases":32,"flaky":1"#),
        (r#""passed":31"#, r#""passed":-1"#),
        (r#""passed":31"#, r#""passed":0.97"#),
        ("https://ci.example", "javascript:x"),
        ("sha256:aa", "sha256 aa"),
        (
            r#""prompt:explain_refund@1.0.0":null"#,
            r#""tool:lookup_refund_eligibility@1.0.0":null"#,
        ),
        ("@1.0.0", "@latest"),
        (r#""eval":{"#, r#""evals":{"#),
        ("2026-05-28T", "yesterday"),
        (r#""outcome""#, r#""outcomes""#),
    ] {
        let changed = text.replace(was, is);
        assert_ne!(changed, text);
        assert!(
            serde_json::from_str::<Evidence>(&changed).is_err(),
            "{changed}"
        );
    }
}

#[test]
fn the_pins_are_bounded() {
    let with = |count: usize| {
        let pins: Vec<String> = (0..count)
            .map(|n| format!(r#""tool:t@{n}":null"#))
            .collect();
        let text = format!(
            r#"{{"gate":"freshness","pins":{{{}}},"outcome":{{"freshness":{{"age":"1h"}}}},"ran_at":"{NOW}"}}"#,
            pins.join(",")
        );
        serde_json::from_str::<Evidence>(&text).map_err(|error| error.to_string())
    };
    assert_eq!(
        with(EVIDENCE_PINS_MAX).unwrap().pins.len(),
        EVIDENCE_PINS_MAX
    );
    assert!(
        with(EVIDENCE_PINS_MAX + 1)
            .unwrap_err()
            .contains("more than 2000 pins")
    );
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let count = || prop_oneof![0..300_u64, any::<u64>()];
    let set =
        (1..5_u8).prop_map(|version| format!("eval_set:refund_flow@{version}").parse().unwrap());
    prop_oneof![
        (set, count(), count(), count()).prop_map(|(eval_set, passed, cases, errors)| {
            Outcome::Eval {
                eval_set,
                passed,
                cases,
                errors,
            }
        }),
        (count(), count(), count(), count()).prop_map(|(passed, failed, skipped, errors)| {
            Outcome::Tests {
                passed,
                failed,
                skipped,
                errors,
            }
        }),
        any::<bool>().prop_map(|compatible| Outcome::Schema { compatible }),
        any::<u32>().prop_map(|seconds| Outcome::Freshness {
            age: Span::from_seconds(seconds)
        }),
        (count(), count()).prop_map(|(positive, units)| Outcome::Feedback { positive, units }),
        prop_oneof![
            Just(Verdict::Pass),
            Just(Verdict::Fail),
            Just(Verdict::Inconclusive),
            Just(Verdict::Error)
        ]
        .prop_map(|verdict| Outcome::Verdict { verdict }),
    ]
}

fn some_evidence() -> impl Strategy<Value = Evidence> {
    let names = [
        "freshness",
        "feedback",
        "tests:integration",
        "eval_set:refund_flow@3",
        "review:agents",
        "metric:tool error rate",
    ];
    let parts = [None, Some(INDEX), Some(TOOL), Some(PROMPT)];
    let gate = proptest::sample::select(names.to_vec());
    let part = proptest::sample::select(parts.to_vec());
    (gate, part, outcome(), any::<i32>(), any::<bool>()).prop_map(
        |(gate, part, outcome, offset, pinned)| {
            let part: Option<Pin> = part.map(|pin| pin.parse().unwrap());
            Evidence {
                gate: gate.parse().unwrap(),
                pins: part
                    .iter()
                    .filter(|_| pinned)
                    .map(|pin| (pin.clone(), None))
                    .collect(),
                part,
                outcome,
                ran_at: ago(i64::from(offset)),
                users: None,
                link: None,
                summary: None,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(evidence in some_evidence()) {
        let text = serde_json::to_string(&evidence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    }

    #[test]
    fn admission_agrees_with_judgement(evidence in some_evidence()) {
        // What counts is never an error of the form: only of the run, or the judge's own word.
        let plan = plan();
        let bars = bars(&plan, evidence.part.as_ref());
        if admissible(&plan, &BTreeMap::new(), &evidence, NOW).is_ok() {
            let bar = bars.iter().find(|bar| bar.is_named(&evidence.gate)).unwrap();
            let broke = match &evidence.outcome {
                Outcome::Eval { errors, .. } | Outcome::Tests { errors, .. } => *errors > 0,
                Outcome::Verdict { verdict } => *verdict == Verdict::Error,
                _ => false,
            };
            prop_assert!(judge(*bar, &evidence, NOW) != Verdict::Error || broke);
        }
    }

    #[test]
    fn more_passed_cases_never_turn_a_pass(passed in 0..200_u64, more in 0..200_u64, cases in 0..200_u64, errors in 0..20_u64) {
        let gate = gate(r#"{ "gate": "eval_set", "name": "refund_flow", "version": "3", "pass_rate": ">= 0.95" }"#);
        let (passed, more) = (passed.min(cases), (passed.min(cases) + more).min(cases));
        let verdict = |passed: u64, errors: u64| {
            let outcome = Outcome::Eval { eval_set: "eval_set:refund_flow@3".parse().unwrap(), passed, cases, errors };
            let evidence = Evidence { outcome, ..evidence("eval_set:refund_flow@3", "", r#"{"schema":{"compatible":true}}"#) };
            judge(&gate, &evidence, NOW)
        };
        if verdict(passed, 0) == Verdict::Pass {
            prop_assert_eq!(verdict(more, 0), Verdict::Pass);
        }
        // Cases without an answer never make a pass.
        if errors > 0 {
            prop_assert_ne!(verdict(passed, errors), Verdict::Pass);
        }
    }
}
