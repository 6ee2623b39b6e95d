//! Reading documents: what a strict reading refuses, where and why; what a lenient one takes.

use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::evaluation::{
    CompileOptions, Details, Unobserved, compile, compile_foreign, evaluate,
};
use flaghoist_core::limits::{DOCUMENT_BYTES_MAX, LOWERED_FLAG_BYTES_MAX};
use flaghoist_core::ruleset::Ruleset;
use flaghoist_core::time::Timestamp;

fn told(found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

const SOUND: &str = r#"{
  "metadata": { "flagSetId": "production", "ledger": "l", "revision": 3 },
  "$evaluators": { "staff": { "ends_with": [{ "var": "email" }, "@acme.com"] } },
  "flags": {
    "a.b": {
      "state": "ENABLED",
      "variants": { "on": true, "off": false },
      "defaultVariant": "off",
      "targeting": { "if": [{ "$ref": "staff" }, "on", null] }
    }
  }
}"#;

#[test]
fn a_strict_reading_tells_line_column_path_and_fix() {
    // What is replaced in the sound document, by what, and the finding.
    let cases = [
        (
            "\"flags\": {",
            "\"flags\" {",
            "4:11: ",
            "json: expected `:`",
        ),
        (
            "\"flags\"",
            "\"flag\"",
            "error flag: `flags` is missing",
            "write `{\"flags\": {…}}`",
        ),
        (
            "\"flags\"",
            "\"flag\"",
            "4:3 flag: error flag: `flag` is not a known key",
            "the keys here are flags",
        ),
        (
            "ENABLED",
            "ON",
            "6:7 flags.a.b.state: error flag: the state is neither",
            "write one of the two",
        ),
        (
            "\"state\": \"ENABLED\",",
            "",
            "5:5 flags.a.b: error flag: the state is neither",
            "write one of the two",
        ),
        (
            "\"state\"",
            "\"status\"",
            "6:7 flags.a.b.status: error flag: `status` is not a known key",
            "state, variants",
        ),
        (
            "\"off\": false",
            "\"off\": 0",
            "7:7 flags.a.b.variants: error flag: the variants are of different types",
            "make them",
        ),
        (
            "{ \"on\": true, \"off\": false }",
            "{}",
            "8:7 flags.a.b.defaultVariant: error flag: `off` is not a variant",
            "name one",
        ),
        (
            "{ \"on\": true, \"off\": false }",
            "[]",
            "7:7 flags.a.b.variants: error flag: `variants` is not an object",
            "write name",
        ),
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": \"nope\"",
            "8:7 flags.a.b.defaultVariant: error flag: `nope` is not a variant",
            "name one",
        ),
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": 1",
            "8:7 flags.a.b.defaultVariant: error flag: the default variant is not text",
            "name one",
        ),
        (
            "\"$ref\": \"staff\"",
            "\"$ref\": \"stuff\"",
            "9:29 flags.a.b.targeting.if.0: error targeting: `$ref` names `stuff`",
            "define it there",
        ),
        (
            "\"$ref\": \"staff\"",
            "\"nope\": [1]",
            "9:29 flags.a.b.targeting.if.0: error targeting: `nope` is not an operator",
            "flagd",
        ),
        (
            "ends_with",
            "ends",
            "3:20 $evaluators.staff: error targeting: in `staff` of `$evaluators`: `ends` is not an operator",
            "flagd",
        ),
        (
            "\"flagSetId\": \"production\"",
            "\"flagSetId\": []",
            "2:17 metadata.flagSetId: error flag: metadata holds scalars only",
            "use text",
        ),
        (
            "\"ledger\": \"l\"",
            "\"fractional\": \"v9\"",
            "2:44 metadata.fractional: warning fractional: the hash version is not known",
            "write `v2` or `v3`",
        ),
        (
            "\"state\"",
            "\"state\": 1, \"state\"",
            "6:19 flags.a.b.state: error json: the key stands here for the second time",
            "remove one",
        ),
        (
            "\"state\"",
            "\"st\\u0061te\": 1, \"state\"",
            "for the second time",
            "remove one",
        ),
    ];
    assert!(Bundle::from_json(SOUND).is_ok());
    for (from, to, expected, fix) in cases {
        let document = SOUND.replacen(from, to, 1);
        assert_ne!(document, SOUND, "{from}");
        let found = told(&Bundle::from_json(&document).expect_err(&document));
        let is_told = found
            .iter()
            .any(|finding| finding.contains(expected) && finding.contains(fix));
        assert!(is_told, "{expected} … {fix} is not in {found:#?}");
    }
}

#[test]
fn what_is_no_document_is_refused_by_both_readings() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "eof while parsing"),
        (b"[]", "of type array, not an object"),
        (b"null", "of type null"),
        (b"{\"flags\":{}} x", "1:14: error json: trailing characters"),
        (b"{\"flags\":{}", "eof while parsing an object"),
        (b"{\"flags\":7}", "`flags` is not an object"),
        (b"{}", "`flags` is missing"),
        (b"\xff{}", "not UTF-8 from byte 0"),
        (
            br#"{"flags":{"f":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"b"}}}"#,
            "`b` is not a variant",
        ),
    ];
    for (document, expected) in cases {
        for found in [
            Bundle::from_json(document),
            Bundle::from_foreign_json(document),
        ] {
            let found = told(&found.unwrap_err());
            assert!(
                found.iter().any(|finding| finding.contains(expected)),
                "{expected} is not in {found:?}"
            );
        }
    }
}

#[test]
fn documents_and_flags_have_a_largest_size() {
    let padded = |bytes: usize| {
        let document = "{\"flags\":{}}";
        format!("{document}{}", " ".repeat(bytes - document.len()))
    };
    assert!(Bundle::from_json(padded(DOCUMENT_BYTES_MAX)).is_ok());
    let found = told(&Bundle::from_json(padded(DOCUMENT_BYTES_MAX + 1)).unwrap_err());
    assert!(found[0].contains("more than 8388608"), "{found:?}");

    let flag = |text: usize| {
        let text = "x".repeat(text);
        format!(r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"a":"{text}"}}}}}}}}"#)
    };
    let around = flag(0).len() - "{\"flags\":{\"f\":}}".len();
    assert!(Bundle::from_json(flag(LOWERED_FLAG_BYTES_MAX - around)).is_ok());
    assert!(Bundle::from_json(flag(LOWERED_FLAG_BYTES_MAX - around + 1)).is_err());
}

#[test]
fn writing_gives_the_same_bytes_and_reads_back() {
    let bundle = Bundle::from_json(SOUND).unwrap();
    let written = bundle.to_json();
    assert_eq!(written, bundle.to_json());
    assert_eq!(Bundle::from_json(&written).unwrap(), bundle);
    assert_eq!((bundle.ledger(), bundle.revision()), (Some("l"), Some(3)));
    let other_order = r#"{"flags":{"b":{"variants":{"z":10.0,"a":1},"state":"DISABLED"},"a":{"state":"DISABLED","variants":{"é":"\u0000"}}}}"#;
    let written = String::from_utf8(Bundle::from_json(other_order).unwrap().to_json()).unwrap();
    assert_eq!(
        written,
        r#"{"flags":{"a":{"state":"DISABLED","variants":{"é":"\u0000"}},"b":{"state":"DISABLED","variants":{"a":1,"z":10.0}}}}"#
    );
}

#[test]
fn the_list_form_of_the_daemon_is_read() {
    let document =
        r#"{"flags":[{"key":"f","state":"ENABLED","variants":{"on":true},"defaultVariant":"on"}]}"#;
    let (ruleset, found) = compile(&Bundle::from_foreign_json(document).unwrap());
    assert_eq!((ruleset.len(), found.len()), (1, 0));
    assert!(ruleset.find("f").is_some());
    let no_key = r#"{"flags":[{"state":"ENABLED","variants":{"on":true}}]}"#;
    assert!(
        told(&Bundle::from_foreign_json(no_key).unwrap_err())[0]
            .contains("flags.0: error flag: the flag has no `key`")
    );
    assert!(Bundle::from_json(document).is_err());
}

#[test]
fn a_document_read_flag_by_flag_is_the_document_read_as_a_whole() {
    let flag = |on: &str| {
        format!(
            r#"{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"{on}"}}"#
        )
    };
    let (on, off) = (flag("on"), flag("off"));
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let documents = [
        format!(r#"{{"flags":{{"z":{on},"a":{off}}},"metadata":{{"ledger":"l","revision":3}}}}"#),
        format!(r#"{{"flags":{{"a":{on},"b":{on},"a":{off}}}}}"#),
        format!(r#"{{"flags":{{"a":{on}}},"flags":{{"b":{off}}}}}"#),
        format!(r#"{{"flags":{{"a":{on}}},"metadata":7,"$evaluators":[],"metadata":{{"x":1}}}}"#),
        format!(
            r#"{{"flags":[{{"key":"a","state":"DISABLED","variants":{{"x":1}}}}],"extra":{on}}}"#
        ),
        format!(
            r#"{{"flags":{{"a":5,"b":{{"state":"ON"}},"c":{on}}},"$evaluators":{{"r":{{"nope":1}}}}}}"#
        ),
        format!(r#"{{"flags":{{"a":{}}}}}"#, flag("nobody")),
        format!(r#"{{"flags":{{"a":{on}}},"extra":{}}}"#, deep(127)),
        format!(r#"{{"flags":{{"a":{on}}},"extra":{}}}"#, deep(128)),
        format!(r#"{{"flags":{{"a":{on}}}}} x"#),
        "{}".into(),
        "[]".into(),
    ];
    let mut refused = 0;
    for document in documents {
        let whole = Bundle::from_foreign_json(&document).map(|bundle| compile(&bundle).0);
        let by_flag = compile_foreign(document.as_bytes(), CompileOptions::default());
        let answers = |ruleset: &Ruleset| {
            let details = |key: &str| {
                let context = Context::default();
                let now = Timestamp::from_millis(0);
                let resolution = evaluate(ruleset, key, &context, now, &mut Unobserved);
                Details::new(ruleset, key, &resolution)
            };
            let flags = ruleset.flags().map(|(_, key)| details(key));
            (flags.collect::<Vec<_>>(), ruleset.revision())
        };
        refused += usize::from(whole.is_err());
        assert_eq!(
            whole.as_ref().map(answers),
            by_flag.as_ref().map(|(ruleset, _)| answers(ruleset)),
            "{document}"
        );
    }
    assert_eq!(refused, 6);
}
