//! What holds for every rule, context and image: same answers on every way, bounded, never a panic.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use flaghoist_core::bucketing::Prefix;
use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{
    CompileOptions, Explanation, Prepared, Reason, Resolution, Unobserved, compile, compile_with,
    evaluate,
};
use flaghoist_core::ruleset::{FlagIndex, HashVersion, ImageError, Ruleset};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

const OPERATORS: [&str; 39] = [
    "var",
    "missing",
    "missing_some",
    "if",
    "and",
    "or",
    "!",
    "!!",
    "==",
    "===",
    "!=",
    "!==",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "min",
    "max",
    "merge",
    "cat",
    "substr",
    "in",
    "map",
    "filter",
    "reduce",
    "all",
    "none",
    "some",
    "starts_with",
    "ends_with",
    "sem_ver",
    "fractional",
    "$ref",
    "nonsense",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..200).prop_map(Value::Int),
        any::<f64>()
            .prop_filter("JSON has none else", |number| number.is_finite())
            .prop_map(Value::Float),
        prop_oneof![
            Just("on"),
            Just("off"),
            Just(""),
            Just("targetingKey"),
            Just("list"),
            Just("a.b"),
            Just("1.2.3"),
            Just("$flagd.flagKey"),
            Just("current"),
            Just("accumulator"),
            Just("é𝄞"),
            Just("known"),
            Just("=")
        ]
        .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 48, 4, |inner| {
        let operands = prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => inner.clone(),
        ];
        prop_oneof![
            4 => (0..OPERATORS.len(), operands)
                .prop_map(|(at, operands)| Value::from(BTreeMap::from([(OPERATORS[at].to_owned(), operands)]))),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

fn plain(depth: u32) -> impl Strategy<Value = Value> {
    scalar().prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab]|id|list", inner, 0..4).prop_map(Value::from),
        ]
    })
}

fn context() -> impl Strategy<Value = Context> {
    let names = prop_oneof![
        Just("targetingKey"),
        Just("list"),
        Just("a"),
        Just("id"),
        Just("$flagd")
    ];
    prop::collection::btree_map(names.prop_map(str::to_owned), plain(4), 0..5)
        .prop_map(Context::from_attributes)
}

fn document(rules: &[Value]) -> Value {
    let variants = BTreeMap::from([
        ("on".to_owned(), Value::Bool(true)),
        ("off".to_owned(), Value::Bool(false)),
    ]);
    let flag = |rule: &Value| {
        Value::from(BTreeMap::from([
            ("state".to_owned(), Value::from("ENABLED")),
            ("variants".to_owned(), Value::from(variants.clone())),
            ("defaultVariant".to_owned(), Value::from("off")),
            ("targeting".to_owned(), rule.clone()),
        ]))
    };
    let flags = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| (format!("flag-{at}"), flag(rule)));
    let known = Value::from(BTreeMap::from([("var".to_owned(), Value::from("id"))]));
    Value::from(BTreeMap::from([
        (
            "flags".to_owned(),
            Value::from(flags.collect::<BTreeMap<_, _>>()),
        ),
        (
            "$evaluators".to_owned(),
            Value::from(BTreeMap::from([("known".to_owned(), known)])),
        ),
    ]))
}

fn bundle(document: &Value) -> Bundle {
    Bundle::from_foreign_json(serde_json::to_vec(document).unwrap()).unwrap()
}

fn ruleset(text: &str) -> Ruleset {
    compile(&Bundle::from_foreign_json(text).unwrap()).0
}

/// Gives an image the checksum its bytes ask for, as a hostile writer would.
fn seal(image: &mut [u8]) {
    let checksum = Prefix::new(&image[..12]).hash_with(&image[16..]);
    image[12..16].copy_from_slice(&checksum.to_le_bytes());
}

/// Just what the flag says it reads, told slot by slot; none where that may be everything.
fn by_slot(ruleset: &Ruleset, flag: FlagIndex, context: &Context) -> Option<Prepared> {
    let reads = ruleset.reads(flag);
    let mut prepared = Prepared::new(ruleset);
    for (slot, name) in (0..).zip(ruleset.attributes()) {
        match context.get(name).filter(|_| reads.slots.contains(&slot)) {
            None | Some(Value::Null) => prepared.set_null(slot),
            Some(Value::Bool(value)) => prepared.set_bool(slot, *value),
            Some(Value::String(text)) => prepared.set_text(slot, text),
            Some(value) => match value.as_f64() {
                Some(number) => prepared.set_number(slot, number),
                None => prepared.set_nested(slot, value.clone()),
            },
        }
    }
    (!reads.everything).then_some(prepared)
}

/// Evaluates every flag in every way; what it answers.
fn answers(ruleset: &Ruleset, context: &Context) -> Vec<Resolution> {
    let all = ruleset.flags().map(|(flag, key)| {
        let unseen = evaluate(ruleset, flag, context, NOW, &mut Unobserved);
        let mut explanation = Explanation::default();
        assert_eq!(
            unseen,
            evaluate(ruleset, key, context, NOW, &mut explanation),
            "{key}"
        );
        let prepared = Prepared::of(ruleset, context.clone());
        let by_slot = by_slot(ruleset, flag, context);
        for prepared in [&prepared, by_slot.as_ref().unwrap_or(&prepared)] {
            let again = evaluate(ruleset, flag, prepared, NOW, &mut Unobserved);
            assert_eq!(unseen, again, "{key}");
        }
        if !ruleset.reads(flag).now {
            let later = Timestamp::from_millis(0);
            let later = evaluate(ruleset, flag, context, later, &mut Unobserved);
            assert_eq!(unseen, later, "{key} reads no time");
        }
        assert_eq!(unseen.reason == Reason::Error, unseen.failure.is_some());
        unseen.value(ruleset);
        unseen.variant_name(ruleset);
        unseen.metadata(ruleset);
        unseen
    });
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rule_over_any_context_is_answered(rules in prop::collection::vec(rule(), 1..4), context in context()) {
        for version in [HashVersion::V2, HashVersion::V3] {
            let options = CompileOptions { fractional: Some(version) };
            let bundle = bundle(&document(&rules));
            let (compiled, _) = compile_with(&bundle, options);
            prop_assert_eq!(&compile_with(&bundle, options).0, &compiled, "compiling twice gives the same bytes");
            let read = Ruleset::from_bytes(compiled.as_bytes().to_vec()).unwrap();
            prop_assert_eq!(answers(&compiled, &context), answers(&read, &context));
            prop_assert_eq!(compiled.len() as usize, rules.len());
        }
    }

    #[test]
    fn the_fast_shape_answers_as_the_slow_one(
        cohort in ".{0,9}",
        key in prop_oneof![3 => ".{0,9}".prop_map(Value::from), 1 => plain(2)],
        weights in prop::collection::vec(-1_i64..40, 1..4),
    ) {
        let shares: Vec<String> = weights.iter().zip(["\"on\"", "\"off\"", "null"])
            .map(|(weight, variant)| format!("[{variant},{weight}]")).collect();
        let shares = shares.join(",");
        // A share that is computed keeps a split from being recognised, and with no weight changes nothing.
        let slow_shares = format!("{shares},[\"on\",{{\"*\":[0,1]}}]");
        let cohort = serde_json::to_string(&cohort).unwrap();
        let var = |name: &str| format!("{{\"var\":\"{name}\"}}");
        let by = |prefix: &str, name: &str, shares: &str| {
            format!("{{\"fractional\":[{{\"cat\":[{prefix},{}]}},{shares}]}}", var(name))
        };
        let guarded = |name: &str, shares: &str| {
            format!("{{\"if\":[{},{},null]}}", var(name), by(&cohort, name, shares))
        };
        let own = var("$flagd.flagKey");
        let inside = |shares: &str| format!("{{\"merge\":[{{\"map\":[[1],{}]}}]}}", by(&own, "targetingKey", shares));
        let shapes: [&dyn Fn(&str) -> String; 6] = [
            &|shares| guarded("targetingKey", shares),
            &|shares| guarded("a.b", shares),
            &|shares| by(&cohort, "targetingKey", shares),
            &|shares| by(&own, "a", shares),
            &|shares| format!("{{\"fractional\":[{shares}]}}"),
            &inside,
        ];
        let mut context = Context::default();
        context.set("targetingKey", key.clone());
        context.set("a", key);
        for shape in shapes {
            let ruleset_of = |shares: &str| {
                let rule: Value = serde_json::from_str(&shape(shares)).unwrap();
                compile(&bundle(&document(&[rule]))).0
            };
            let (fast, slow) = (ruleset_of(&shares), ruleset_of(&slow_shares));
            prop_assert!(fast.as_bytes().len() < slow.as_bytes().len(), "the shape is recognised");
            prop_assert_eq!(answers(&fast, &context), answers(&slow, &context), "{}", shape(&shares));
        }
    }

    #[test]
    fn raising_only_adds_and_lowering_removes_the_last_added(key in ".{1,12}", a in 0_u32..=10_000, b in 0_u32..=10_000) {
        let on = |share: u32| {
            let rest = 10_000 - share;
            let ruleset = ruleset(&format!(r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"on":true,"off":false}},
                "defaultVariant":"off","targeting":{{"if":[{{"var":"targetingKey"}},{{"fractional":[{{"cat":["c",
                {{"var":"targetingKey"}}]}},["on",{share}],["off",{rest}]]}},null]}}}}}}}}"#));
            let context = Context::for_key(key.clone());
            evaluate(&ruleset, "f", &context, NOW, &mut Unobserved).variant_name(&ruleset) == Some("on")
        };
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(!on(low) || on(high), "in at {low}, out at {high}");
    }

    #[test]
    fn random_bytes_are_no_image(bytes: Vec<u8>) {
        prop_assert!(Ruleset::from_bytes(bytes).is_err());
    }

    #[test]
    fn a_damaged_image_is_refused_and_a_forged_one_does_no_harm(
        rules in prop::collection::vec(rule(), 1..3),
        context in context(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (good, _) = compile(&bundle(&document(&rules)));
        let mut bytes = good.as_bytes().to_vec();
        for (at, byte) in &damage {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if bytes != good.as_bytes() {
            prop_assert!(damage.len() > 1 || Ruleset::from_bytes(bytes.clone()).is_err());
        }
        // A hostile writer gets magic, format, length and checksum right.
        let length = (bytes.len() as u32).to_le_bytes();
        bytes[..6].copy_from_slice(&good.as_bytes()[..6]);
        bytes[8..12].copy_from_slice(&length);
        seal(&mut bytes);
        if let Ok(forged) = Ruleset::from_bytes(bytes) {
            answers(&forged, &context);
            forged.attributes().count();
        }
    }
}

#[test]
fn every_byte_of_an_image_counts() {
    let text = include_str!("../vectors/documents.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    let document = vectors.as_object().unwrap().get("document").unwrap();
    let (good, _) = compile(&bundle(document));
    let bytes = good.as_bytes();
    let contexts = [Context::default(), Context::for_key("friend")];
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= flip;
            assert!(
                Ruleset::from_bytes(damaged.clone()).is_err(),
                "byte {at} flipped by {flip}"
            );
            seal(&mut damaged);
            if let Ok(forged) = Ruleset::from_bytes(damaged) {
                contexts
                    .iter()
                    .for_each(|context| drop(answers(&forged, context)));
            }
        }
    }
    for length in 0..bytes.len() {
        assert!(
            Ruleset::from_bytes(bytes[..length].to_vec()).is_err(),
            "cut to {length}"
        );
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert!(matches!(
        Ruleset::from_bytes(longer),
        Err(ImageError::Length { .. })
    ));
    let mut newer = bytes.to_vec();
    newer[4] = 99;
    assert_eq!(
        Ruleset::from_bytes(newer),
        Err(ImageError::Version { found: 99 })
    );
}
