//! Reading plans: the chapter's file, a full one, and everything that is refused.

mod any;
mod diff;
mod full;
mod kinds;
mod schema;
mod write;

use super::*;
use crate::diagnostic::Severity;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const CHAPTER: &str = include_str!("../../../examples/refund_explanation/chapter.yaml");
const FULL: &str = include_str!("../../../examples/refund_explanation/plan.yaml");

/// `line:column path code: message`, a line each.
fn errors(text: &str) -> Vec<String> {
    parse(text)
        .expect_err("the plan should be refused")
        .iter()
        .map(|e| format!("{} {}: {}", e.place, e.code, e.message))
        .collect()
}

#[test]
fn the_chapters_own_file_is_a_plan() {
    let plan = parse(CHAPTER).unwrap();
    assert!(plan.is_bare());
    assert_eq!(plan.release.as_str(), "refund_explanation");
    let feature = plan.features.values().next().unwrap();
    assert_eq!(feature.flag.as_str(), "refund_explanation_v1");
    assert_eq!(feature.canary.unwrap().to_string(), "5 %");
    let pins: Vec<String> = plan
        .required_pins(feature)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        pins,
        [
            "retrieval_index:refund_policies@2026-05-20",
            "tool:lookup_refund_eligibility@1.0.0",
            "prompt:explain_refund@1.0.0"
        ]
    );
    assert!(
        lint::lint(&plan)
            .iter()
            .all(|found| found.severity > Severity::Error)
    );
    assert!(lint::lint(&plan).iter().any(|found| found.code == "FH104"));
}

#[test]
fn the_example_without_a_canary_has_no_errors_and_is_told_what_it_lacks() {
    let plan = parse(FULL).unwrap();
    let found = lint::lint(&plan);
    let codes: BTreeSet<&str> = found.iter().map(|found| found.code.as_str()).collect();
    let lacks = ["FH106", "FH120", "FH153", "FH163"];
    assert_eq!(codes, BTreeSet::from(lacks), "{found:#?}");
    assert!(found.iter().all(|found| found.severity > Severity::Error));
    let waves = graph::Graph::of(&plan).waves().unwrap();
    let sizes: Vec<usize> = waves.iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 1, 1]);
}

#[test]
fn a_hash_is_over_meaning() {
    let plan = parse(CHAPTER).unwrap();
    let reordered = CHAPTER.replace("      - prompt: explain_refund@1.0.0\n", "")
        + "      - prompt: explain_refund@1.0.0 # last\n";
    assert_eq!(parse(&reordered).unwrap().hash(), plan.hash());
    let moved = CHAPTER.replace("percentage: 5", "percentage: 6");
    assert_ne!(parse(&moved).unwrap().hash(), plan.hash());
}

#[test]
fn a_plan_survives_its_own_json() {
    for text in [CHAPTER, FULL] {
        let plan = parse(text).unwrap();
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    }
}

#[test]
fn every_finding_comes_at_once_with_its_place() {
    let text = "\
features:
  refund:
    flag: refund v1
    rolout: { canary_percentage: 5 }
    rollout: { canary_percentage: 101 }
    dependencies:
      - prompt: explain@latest
      - tool: lookup
      - promt: explain@1
      - tool: a@^1.2
";
    assert_eq!(
        errors(text),
        [
            "3:11 features.refund.flag name: `refund v1` is not a flag's key: ` ` is not allowed; use letters, digits, `.`, `_` and `-`",
            "4:5 features.refund.rolout unknown-key: `rolout` is not a key of this map",
            "5:35 features.refund.rollout.canary_percentage percentage: `101` is not a percentage from 0 to 100 with at most two decimals",
            "7:17 features.refund.dependencies[0].prompt FH114: `latest` is not an immutable version: it is a movable name; pin one exact version",
            "8:15 features.refund.dependencies[1].tool FH114: `lookup` pins no version",
            "9:9 features.refund.dependencies[2].promt unknown-key: `promt` is not a key of this map",
            "9:9 features.refund.dependencies[2] kind: no kind of artefact is named",
            "10:15 features.refund.dependencies[3].tool FH114: `^1.2` is not an immutable version: it is a range; pin one exact version",
        ]
    );
}

#[test]
fn one_plan_pins_one_version() {
    let text = FULL.replace(
        "      - \"tool:lookup_refund_eligibility@1.0.0\"",
        "      - \"tool:lookup_refund_eligibility@1.1.0\"",
    );
    assert_eq!(
        errors(&text),
        [
            "32:5 changes[2] FH115: the plan pins tool:lookup_refund_eligibility@1.0.0 and tool:lookup_refund_eligibility@1.1.0"
        ]
    );
}

#[test]
fn hostile_files_are_refused_and_nothing_more() {
    let deep = format!("features: {}", "[".repeat(100_000));
    let wide = "a: &a [x]\nb: *a\n";
    let many = format!(
        "release: r\nchanges:\n{}",
        (0..1001)
            .map(|i| format!("  - tool: t{i}@1\n"))
            .collect::<String>()
    );
    let cases: [(&str, &str, &str); 12] = [
        ("", "empty", ""),
        ("just text", "shape", "1:1"),
        ("a: [", "syntax", ""),
        ("features: {}\nfeatures: {}\n", "doubled-key", "2:1"),
        (wide, "anchor", "1:4"),
        ("features: !!binary x", "anchor", "1:"),
        ("release: r\n---\nrelease: s\n", "documents", ""),
        (&deep, "", ""),
        (&many, "too-many", ""),
        ("release: r", "empty", "1:1"),
        ("? [a]\n: b\n", "key", ""),
        (
            &" ".repeat(crate::limits::PLAN_BYTES_MAX + 1),
            "too-large",
            "",
        ),
    ];
    for (text, code, place) in cases {
        let found = parse(text).expect_err(code);
        let shown: String = text.chars().take(40).collect();
        assert!(
            found.iter().any(|e| e.code.contains(code)),
            "{shown}: {found:?}"
        );
        assert!(
            found.iter().any(|e| e.place.to_string().starts_with(place)),
            "{shown}: {found:?}"
        );
        assert!(found.len() < 10, "{shown}");
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reading_never_panics(text in "(?s).{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn damage_to_a_plan_never_panics(at in 0usize..1400, with in any::<char>()) {
            let mut chars: Vec<char> = FULL.chars().collect();
            let at = at % chars.len();
            chars[at] = with;
            let text: String = chars.into_iter().collect();
            if let Ok(plan) = parse(&text) {
                let _ = lint::lint(&plan);
                prop_assert_eq!(&serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), &plan);
            }
        }
    }
}
