//! The shapes `lower` gives, evaluated; the language's corners are vectors of the tests crate.

use super::*;
use crate::bucketing::exposed;
use crate::bundle::Bundle;
use crate::context::Context;
use crate::value::Value;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fn ruleset(document: &str) -> Ruleset {
    let bundle = Bundle::from_json(document).unwrap();
    let (ruleset, found) = compile(&bundle);
    assert_eq!(found, []);
    ruleset
}

fn details(ruleset: &Ruleset, key: &str, context: &Context) -> Details {
    Details::new(
        ruleset,
        key,
        &evaluate(ruleset, key, context, NOW, &mut Unobserved),
    )
}

fn open_flag(share: u32) -> String {
    let rest = 10_000 - share;
    format!(
        r#"{{"metadata":{{"ledger":"l1","revision":7,"flagSetId":"production"}},"flags":{{
        "closed":{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"off"}},
        "open":{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"off","targeting":
          {{"if":[{{"var":"targetingKey"}},{{"fractional":[{{"cat":["open",{{"var":"targetingKey"}}]}},
            ["on",{share}],["off",{rest}]]}},null]}}}},
        "prompt:p":{{"state":"ENABLED","variants":{{"1.0.0":"1.0.0","0.9.4":"0.9.4"}},"defaultVariant":"0.9.4","targeting":
          {{"or":[{{"if":[{{"var":"targetingKey"}},{{"fractional":[{{"cat":["other",{{"var":"targetingKey"}}]}},
            ["1.0.0",0],[null,10000]]}},null]}},
            {{"if":[{{"var":"targetingKey"}},{{"fractional":[{{"cat":["open",{{"var":"targetingKey"}}]}},
            ["1.0.0",{share}],[null,{rest}]]}},null]}}]}}}}}}}}"#
    )
}

#[test]
fn an_open_flag_and_its_route_admit_exactly_the_exposed() {
    for share in [0, 1, 500, 2_500, 9_999, 10_000] {
        let ruleset = ruleset(&open_flag(share));
        for key in (0..2_000).map(|key| format!("user-{key}")) {
            let context = Context::for_key(key.clone());
            let inside = exposed("open", &key, share);
            let flag = details(&ruleset, "open", &context);
            assert_eq!(flag.value, Some(Value::Bool(inside)), "{key} {share}");
            assert_eq!(flag.reason, Reason::Split);
            let route = details(&ruleset, "prompt:p", &context);
            let version = if inside { "1.0.0" } else { "0.9.4" };
            assert_eq!(route.value, Some(Value::from(version)), "{key} {share}");
            assert_eq!(
                route.reason,
                if inside {
                    Reason::Split
                } else {
                    Reason::Default
                }
            );
        }
    }
}

#[test]
fn without_a_targeting_key_the_default_answers() {
    let ruleset = ruleset(&open_flag(10_000));
    let mut empty = Context::default();
    for _ in 0..2 {
        let open = details(&ruleset, "open", &empty);
        assert_eq!(
            (open.variant.as_deref(), open.reason),
            (Some("off"), Reason::Default)
        );
        empty.set("targetingKey", "");
    }
    let closed = details(&ruleset, "closed", &empty);
    assert_eq!(
        (closed.variant.as_deref(), closed.reason),
        (Some("off"), Reason::Static)
    );
    assert_eq!(closed.metadata.get("revision"), Some(&Value::Int(7)));
    assert_eq!((ruleset.ledger(), ruleset.revision()), ("l1", 7));
}

#[test]
fn an_unknown_flag_and_a_wrong_type_are_errors_without_a_value() {
    let ruleset = ruleset(&open_flag(500));
    let unknown = details(&ruleset, "nope", &Context::default());
    assert_eq!(
        (unknown.error_code, unknown.value),
        (Some(ErrorCode::FlagNotFound), None)
    );
    let closed = evaluate(
        &ruleset,
        "closed",
        &Context::default(),
        NOW,
        &mut Unobserved,
    );
    let text = closed.clone().expecting(FlagType::String, &ruleset);
    assert_eq!(
        (text.error(), text.value(&ruleset)),
        (Some(ErrorCode::TypeMismatch), None)
    );
    assert_eq!(
        closed.clone().expecting(FlagType::Boolean, &ruleset),
        closed
    );
}

#[test]
fn an_explanation_tells_the_path_and_the_bucket() {
    let ruleset = ruleset(&open_flag(500));
    let mut explanation = Explanation::default();
    let context = Context::for_key("user-1");
    let explained = evaluate(&ruleset, "open", &context, NOW, &mut explanation);
    assert_eq!(
        explained,
        evaluate(&ruleset, "open", &context, NOW, &mut Unobserved)
    );
    let paths: Vec<&str> = explanation
        .steps
        .iter()
        .map(|step| step.path.as_str())
        .collect();
    assert_eq!(paths, ["targeting", "targeting.if.0", "targeting.if.1"]);
    let bucketing = explanation.steps[2].bucketing.unwrap();
    assert_eq!(bucketing.hash, crate::bucketing::hash(b"openuser-1"));
    assert_eq!(bucketing.total, 10_000);
    assert!((bucketing.from..bucketing.to).contains(&bucketing.bucket));
    assert_eq!(
        explanation.steps[1].value,
        Some(Value::from("user-1".to_string()))
    );
}
