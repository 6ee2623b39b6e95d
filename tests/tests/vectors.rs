//! The vectors of `tests/vectors`: the targeting language, shares and documents, as data.
//!
//! They hold for a freshly compiled ruleset and for one read back from its image.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{
    CompileOptions, Details, Explanation, FlagType, Reason, Unobserved, compile, compile_with,
    evaluate,
};
use flaghoist_core::ruleset::{HashVersion, Ruleset};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

const NOW_SECONDS: i64 = 1_780_000_000;

fn vectors<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// Compiles, and reads the image back as an edge does.
fn loaded(document: &Value, options: CompileOptions) -> Ruleset {
    let text = serde_json::to_vec(document).unwrap();
    let bundle = Bundle::from_foreign_json(&text).unwrap();
    let (ruleset, _) = compile_with(&bundle, options);
    let read = Ruleset::from_bytes(ruleset.as_bytes().to_vec()).unwrap();
    assert_eq!(read, ruleset);
    read
}

#[derive(Deserialize)]
struct Rules {
    cases: Vec<RuleCase>,
}

#[derive(Deserialize)]
struct RuleCase {
    rule: Value,
    context: Context,
    #[serde(deserialize_with = "present")]
    gives: Value,
}

/// `null` is a value here.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Value::deserialize(deserializer)
}

fn one_flag(rule: &Value) -> Value {
    let flag = BTreeMap::from([
        ("state".to_owned(), Value::from("ENABLED")),
        (
            "variants".to_owned(),
            Value::from(BTreeMap::from([("x".to_owned(), Value::Int(1))])),
        ),
        ("targeting".to_owned(), rule.clone()),
    ]);
    let flags = BTreeMap::from([("flag".to_owned(), Value::from(flag))]);
    Value::from(BTreeMap::from([("flags".to_owned(), Value::from(flags))]))
}

#[test]
fn every_operator() {
    let vectors: Rules = vectors("operators");
    for case in vectors.cases {
        let ruleset = loaded(&one_flag(&case.rule), CompileOptions::default());
        let mut explanation = Explanation::default();
        let seen = evaluate(
            &ruleset,
            "flag",
            &case.context,
            at(NOW_SECONDS),
            &mut explanation,
        );
        let name = format!("{:?} over {:?}: {seen:?}", case.rule, case.context);
        match explanation
            .steps
            .first()
            .and_then(|step| step.value.clone())
        {
            Some(value) => assert!(
                same(&value, &case.gives),
                "{name}: {value:?}, not {:?}",
                case.gives
            ),
            None => assert_eq!(case.gives, Value::from("fault"), "{name}"),
        }
        let unseen = evaluate(
            &ruleset,
            "flag",
            &case.context,
            at(NOW_SECONDS),
            &mut Unobserved,
        );
        assert_eq!(seen, unseen, "{name}: observing changes nothing");
    }
}

/// Numbers of rules are numbers, however they were written.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => a == b || (a.as_f64().is_some() && a.as_f64() == b.as_f64()),
    }
}

#[derive(Deserialize)]
struct Shares {
    document: Value,
    cases: Vec<ShareCase>,
}

#[derive(Deserialize)]
struct ShareCase {
    flag: String,
    context: Context,
    #[serde(default)]
    now: Option<i64>,
    #[serde(default)]
    v2: Option<String>,
    #[serde(default)]
    v3: Option<String>,
    #[serde(default)]
    reason: Option<Reason>,
}

#[test]
fn shares_by_hash_version() {
    let vectors: Shares = vectors("fractional");
    for version in [HashVersion::V2, HashVersion::V3] {
        let options = CompileOptions {
            fractional: Some(version),
        };
        let ruleset = loaded(&vectors.document, options);
        assert_eq!(ruleset.hash_version(), version);
        for case in &vectors.cases {
            let expected = if version == HashVersion::V2 {
                &case.v2
            } else {
                &case.v3
            };
            let Some(expected) = expected else { continue };
            let now = at(case.now.unwrap_or(NOW_SECONDS));
            let mut explanation = Explanation::default();
            let seen = evaluate(&ruleset, &case.flag, &case.context, now, &mut explanation);
            let unseen = evaluate(&ruleset, &case.flag, &case.context, now, &mut Unobserved);
            let name = format!("{version:?} {} {:?}", case.flag, case.context);
            assert_eq!(
                seen.variant_name(&ruleset),
                Some(expected.as_str()),
                "{name} {seen:?}"
            );
            assert_eq!(seen, unseen, "{name}");
            if let Some(reason) = case.reason {
                assert_eq!(seen.reason, reason, "{name}");
            }
        }
    }
}

#[test]
fn the_document_declares_its_hash_version() {
    let Shares { document, .. } = vectors("fractional");
    let Value::Object(mut document) = document else {
        panic!("an object")
    };
    let metadata = BTreeMap::from([("fractional".to_owned(), Value::from("v3"))]);
    document.insert("metadata".into(), Value::from(metadata));
    let declared = loaded(&Value::from(document.clone()), CompileOptions::default());
    assert_eq!(declared.hash_version(), HashVersion::V3);
    let overridden = CompileOptions {
        fractional: Some(HashVersion::V2),
    };
    assert_eq!(
        loaded(&Value::from(document), overridden).hash_version(),
        HashVersion::V2
    );
}

#[derive(Deserialize)]
struct Documents {
    document: Value,
    cases: Vec<DocumentCase>,
}

#[derive(Deserialize)]
struct DocumentCase {
    flag: String,
    #[serde(default)]
    context: Context,
    #[serde(default, rename = "type")]
    expected: Option<FlagType>,
    expect: Expected,
}

#[derive(Deserialize)]
struct Expected {
    value: Option<Value>,
    variant: Option<String>,
    reason: String,
    #[serde(rename = "errorCode")]
    error_code: Option<String>,
    metadata: Option<BTreeMap<String, Value>>,
}

#[test]
fn documents_of_every_kind() {
    let vectors: Documents = vectors("documents");
    let ruleset = loaded(&vectors.document, CompileOptions::default());
    for case in vectors.cases {
        let mut resolution = evaluate(
            &ruleset,
            &case.flag,
            &case.context,
            at(NOW_SECONDS),
            &mut Unobserved,
        );
        if let Some(expected) = case.expected {
            resolution = resolution.expecting(expected, &ruleset);
        }
        let details = Details::new(&ruleset, &case.flag, &resolution);
        let name = format!(
            "{} {:?} {:?}: {details:?}",
            case.flag, case.context, case.expected
        );
        assert_eq!(details.value, case.expect.value, "{name}");
        assert_eq!(details.variant, case.expect.variant, "{name}");
        assert_eq!(details.reason.as_str(), case.expect.reason, "{name}");
        let code = details.error_code.map(|code| code.as_str().to_owned());
        assert_eq!(code, case.expect.error_code, "{name}");
        assert_eq!(details.error_message.is_some(), code.is_some(), "{name}");
        if let Some(metadata) = case.expect.metadata {
            assert_eq!(details.metadata, metadata, "{name}");
        }
    }
}

#[test]
fn details_are_written_as_openfeature_names_them() {
    let Documents { document, .. } = vectors("documents");
    let ruleset = loaded(&document, CompileOptions::default());
    let written = |key: &str| {
        let resolution = evaluate(&ruleset, key, &Context::default(), at(0), &mut Unobserved);
        serde_json::to_string(&Details::new(&ruleset, key, &resolution)).unwrap()
    };
    let set = r#""metadata":{"flagSetId":"set","shared":"set","version":"1"}"#;
    assert_eq!(
        written("float"),
        format!(r#"{{"flagKey":"float","value":10.0,"variant":"a","reason":"STATIC",{set}}}"#)
    );
    assert_eq!(
        written("disabled"),
        format!(r#"{{"flagKey":"disabled","reason":"DISABLED",{set}}}"#)
    );
    let unknown =
        r#"{"flagKey":"nobody","reason":"ERROR","errorCode":"FLAG_NOT_FOUND","errorMessage":"#;
    assert!(
        written("nobody").starts_with(unknown),
        "{}",
        written("nobody")
    );
}

#[test]
fn compiling_tells_what_is_wrong_with_which_flag() {
    let Documents { document, .. } = vectors("documents");
    let text = serde_json::to_vec(&document).unwrap();
    let (_, found) = compile(&Bundle::from_foreign_json(&text).unwrap());
    let told: Vec<String> = found.iter().map(|finding| finding.to_string()).collect();
    let expected = [
        "flags.unknown-operator.targeting.if.1: error targeting: `frobnicate` is not an operator",
        "flags.unresolved.targeting.if.0: error targeting: `$ref` names `nobody`",
        "flags.two-operators.targeting: error targeting: a rule has 2 operators: `if`, `or`",
        "$evaluators.round: error targeting: `round` of `$evaluators` refers to itself, or to a rule that does",
    ];
    for expected in expected {
        assert!(
            told.iter().any(|told| told.starts_with(expected)),
            "{expected} is not in {told:#?}"
        );
    }
}
