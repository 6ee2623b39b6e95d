//! The limits of the evaluator: hostile rules, contexts and nesting end in an error of their own flag.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{ErrorCode, Reason, Resolution, Unobserved, compile, evaluate};
use flaghoist_core::time::Timestamp;

/// What the flag `f` of a document answers.
fn answer(document: &str, context: &Context) -> Resolution {
    let (ruleset, _) = compile(&Bundle::from_foreign_json(document).unwrap());
    let now = Timestamp::from_millis(1_780_000_000_000);
    evaluate(&ruleset, "f", context, now, &mut Unobserved)
}

#[test]
fn hostile_rules_end() {
    let list = (0..3_000)
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let doubling =
        r#"{"reduce":[{"var":"l"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"xx"]}"#;
    let nesting = r#"{"reduce":[{"var":"l"},[{"var":"accumulator"}],0]}"#;
    let everything = r#"{"reduce":[{"var":"l"},{"var":""},0]}"#;
    let product = r#"{"map":[{"var":"l"},{"merge":[[{"var":""}],[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]]}]}"#;
    let cubic = format!(r#"{{"map":[[{list}],{{"map":[[{list}],{{"+":[1,2]}}]}}]}}"#);
    let cases = [
        (doubling, "4 MiB"),
        (nesting, "deeper than 128"),
        (everything, "deeper than 128"),
        (cubic.as_str(), "1,000,000 steps"),
        (product, "not a variant"),
    ];
    let context: Context = serde_json::from_str(&format!(r#"{{"l":[{list}]}}"#)).unwrap();
    for (rule, expected) in cases {
        let document = format!(
            r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"a":1}},"defaultVariant":"a","targeting":{rule}}}}}}}"#
        );
        let answer = answer(&document, &context);
        let failure = answer.failure.unwrap();
        assert_eq!(failure.code, ErrorCode::General);
        assert!(
            failure.message.contains(expected),
            "{expected}: {}",
            failure.message
        );
    }
}

#[test]
fn nesting_has_a_limit_in_documents_and_in_programs() {
    let flag = |rule: &str| {
        format!(
            r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"true":1}},"targeting":{rule}}}}}}}"#
        )
    };
    let nots = |count: usize| format!("{}true{}", r#"{"!":["#.repeat(count), "]}".repeat(count));
    // Three levels lie above the rule, each operator is two.
    let fits = Bundle::from_foreign_json(flag(&nots(62))).unwrap();
    assert_eq!(compile(&fits).1, []);
    let found = Bundle::from_foreign_json(flag(&nots(63))).unwrap_err();
    assert!(
        found[0].message.contains("nests deeper than 128 levels"),
        "{found:?}"
    );

    // References deepen a program beyond what a document can.
    let chain = |count: usize| {
        let rules: Vec<String> = (0..count)
            .map(|at| format!(r#""r{at:04}":{{"!":[{{"$ref":"r{:04}"}}]}}"#, at + 1))
            .collect();
        let document = format!(
            r#"{{"$evaluators":{{{},"r{count:04}":true}},"flags":{{"f":{{"state":"ENABLED","variants":{{"true":1,"false":0}},
            "targeting":{{"$ref":"r0000"}}}}}}}}"#,
            rules.join(",")
        );
        answer(&document, &Context::default())
    };
    assert_eq!(chain(60).reason, Reason::TargetingMatch);
    // A rule is refused for its own depth, not for that of a longer chain that uses it.
    let long: Vec<String> = (0..300)
        .map(|at| format!(r#""r{at:04}":{{"!":[{{"$ref":"r{:04}"}}]}}"#, at + 1))
        .collect();
    let flag = |key: &str, name: &str| {
        format!(
            r#""{key}":{{"state":"ENABLED","variants":{{"true":1,"false":0}},"targeting":{{"$ref":"{name}"}}}}"#
        )
    };
    let document = format!(
        r#"{{"$evaluators":{{{},"r0300":true,"a":{{"$ref":"b"}},"b":{{"$ref":"a"}}}},"flags":{{{},{},{},{}}}}}"#,
        long.join(","),
        flag("deep", "r0000"),
        flag("f", "r0270"),
        flag("none", "r0300"),
        flag("round", "a")
    );
    let (ruleset, _) = compile(&Bundle::from_foreign_json(&document).unwrap());
    let reasons = ["deep", "f", "none", "round"].map(|key| {
        let now = Timestamp::from_millis(0);
        let context = Context::default();
        evaluate(&ruleset, key, &context, now, &mut Unobserved).reason
    });
    let fits = Reason::TargetingMatch;
    assert_eq!(reasons, [Reason::Error, fits, fits, Reason::Error]);
    assert_eq!(chain(500).error(), Some(ErrorCode::ParseError));
    assert_eq!(chain(9_999).error(), Some(ErrorCode::ParseError));
}
