//! The canonical form: read again it is the same plan, whatever the plan says.

use super::any::{self, Dice};
use super::*;
use proptest::prelude::*;

#[track_caller]
fn survives(plan: &Plan) -> String {
    let text = to_yaml(plan);
    let read = parse(&text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
    assert_eq!(&read, plan, "\n{text}");
    assert_eq!(to_yaml(&read), text);
    text
}

#[test]
fn the_examples_are_said_in_one_way() {
    assert_eq!(
        survives(&parse(CHAPTER).unwrap()),
        "\
features:
  refund_explanation:
    flag: refund_explanation_v1
    rollout:
      canary_percentage: 5
    dependencies:
      - retrieval_index: refund_policies@2026-05-20
      - tool: lookup_refund_eligibility@1.0.0
      - prompt: explain_refund@1.0.0
"
    );
    survives(&parse(FULL).unwrap());
    let whole = survives(&parse(full::WHOLE).unwrap());
    assert_eq!(whole, include_str!("whole.yaml"));
}

#[test]
fn quotes_stand_where_a_reader_needs_them() {
    let quoted = |title: &str| {
        let mut plan = parse(CHAPTER).unwrap();
        plan.title = Some(title.into());
        let text = survives(&plan);
        let line = text.lines().next().unwrap().strip_prefix("title: ");
        line.unwrap().to_string()
    };
    for plain in [
        "Refund explanation flow",
        "calls the tool, and quotes it",
        "https://ci.example/run/811",
        "docs/tools/disable.md",
        "it's ready (nearly)",
        "Überprüfung",
    ] {
        assert_eq!(quoted(plain), plain);
    }
    for other in [
        "null",
        "5",
        "1e3",
        "yes",
        "#tools",
        "a: b",
        "a #b",
        "",
        " a",
        "2026-12-01",
        "[a]",
        "- a",
    ] {
        assert_eq!(quoted(other), format!("\"{other}\""));
    }
    assert_eq!(
        quoted("a\"b\\\n\u{202e}\u{1f600}"),
        "\"a\\\"b\\\\\\n\\u202E\\U0001F600\""
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_the_same(seed in any::<u64>()) {
        survives(&any::plan(&mut Dice::new(seed)));
    }
}
