//! Reports as the tools write them, kept as files; and what is no report.

use super::*;
use flaghoist_core::limits::NESTING_MAX;
use std::path::Path;

fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/evidence");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// What was measured, when, where, and in words.
fn told(run: Result<Run, Diagnostic>) -> [String; 4] {
    let run = run.unwrap();
    [
        run.outcome.to_string(),
        run.ran_at.map(|at| at.to_string()).unwrap_or_default(),
        run.link.map(String::from).unwrap_or_default(),
        run.summary.map(String::from).unwrap_or_default(),
    ]
}

fn eval_run(text: &str) -> Result<Run, Diagnostic> {
    promptfoo::read(text, &"eval_set:refund_flow@3".parse().unwrap())
}

#[test]
fn promptfoo_writes_runs() {
    for (name, expected) in [
        (
            "promptfoo-v3.json",
            [
                "3 of 5 cases of eval_set:refund_flow@3 passed, 1 without an answer",
                "2026-05-20T08:41:07.312Z",
                "https://evals.example/eval/eval-k3Z-2026-05-20T08:41:07",
                "eval-k3Z-2026-05-20T08:41:07: refund explanation flow",
            ],
        ),
        (
            "promptfoo-v2.json",
            [
                "2 of 2 cases of eval_set:refund_flow@3 passed",
                "2024-11-02T10:00:00.000Z",
                "",
                "",
            ],
        ),
        (
            "promptfoo-summary.json",
            [
                "1 of 2 cases of eval_set:refund_flow@3 passed",
                "2026-05-20T08:41:07.000Z",
                "",
                "",
            ],
        ),
    ] {
        let text = sample(name);
        assert_eq!(format_of(&text), Format::Promptfoo);
        assert_eq!(told(eval_run(&text)), expected, "{name}");
    }
}

#[test]
fn test_runners_write_runs() {
    for (name, expected) in [
        (
            "junit-surefire.xml",
            [
                "2 tests passed, 1 failed, 1 broke off, 1 skipped",
                "",
                "",
                "not passed: refusesExpiredOrder, asksForConsent",
            ],
        ),
        (
            "junit-pytest.xml",
            [
                "2 tests passed, 1 failed, 1 skipped",
                "2026-05-20T08:41:07.312Z",
                "",
                "not passed: test_limit[5 & 6]",
            ],
        ),
        (
            "junit-jest.xml",
            [
                "3 tests passed, 1 skipped",
                "2026-05-20T08:41:07.000Z",
                "",
                "",
            ],
        ),
        (
            "junit-nextest.xml",
            [
                "2 tests passed, 1 failed",
                "2026-05-20T08:41:07.312Z",
                "",
                "not passed: decide::refuses",
            ],
        ),
        (
            "junit-googletest.xml",
            [
                "1 tests passed, 1 skipped",
                "2026-05-20T08:41:07.312Z",
                "",
                "",
            ],
        ),
        // The set-up of a suite broke: no case shows it, only the count.
        (
            "junit-setup-broke.xml",
            [
                "1 tests passed, 1 broke off",
                "2026-05-20T08:41:07.000Z",
                "",
                "",
            ],
        ),
    ] {
        let text = sample(name);
        assert_eq!(format_of(&text), Format::Junit);
        assert_eq!(told(junit::read(&text)), expected, "{name}");
    }
}

#[test]
fn evidence_is_json_as_the_api_takes_it() {
    let text = sample("evidence.json");
    assert_eq!(format_of(&text), Format::Json);
    let read = evidence(&text).unwrap();
    assert_eq!(read.outcome.to_string(), "the data was 3h old");
    assert_eq!(evidence(&format!("\u{feff}{text}")), Ok(read));
}

#[test]
fn no_half_of_a_report_is_a_report() {
    for name in [
        "junit-surefire.xml",
        "junit-nextest.xml",
        "promptfoo-v3.json",
        "evidence.json",
    ] {
        let text = sample(name);
        let whole = text.trim_end().len();
        for end in (0..whole).filter(|end| text.is_char_boundary(*end)) {
            let part = &text[..end];
            let found = match name.rsplit('.').next() {
                Some("xml") => junit::read(part).err(),
                _ if name.starts_with("promptfoo") => eval_run(part).err(),
                _ => evidence(part).err(),
            };
            let found = found.unwrap_or_else(|| panic!("{name} is read from {end} bytes"));
            assert!(found.place.line > 0, "{found}");
        }
    }
}

#[test]
fn what_is_no_test_run_is_told_with_its_place() {
    let deep = |levels: usize| {
        let inside = levels - 1;
        format!(
            "<testsuites>{}{}</testsuites>",
            "<a>".repeat(inside),
            "</a>".repeat(inside)
        )
    };
    let case = "<testcase name='a'/>";
    for (text, expected) in [
        (sample("hostile-entities.xml"), "2:"),
        (
            sample("hostile-entities.xml"),
            "error junit: it declares a document type, which a report has no need of; take the `<!DOCTYPE …>` out",
        ),
        (
            String::new(),
            "1:1: error junit: it is empty; submit the report of a test run",
        ),
        (
            "<html><body/></html>".into(),
            "1:1: error junit: it begins with `<html>`; a JUnit report begins with `<testsuites>` or `<testsuite>`",
        ),
        (
            "<testsuite>\n  <testcase name='é'></testsuite>".into(),
            "2:22: error junit: ill-formed document: ",
        ),
        (
            "<testsuite/><testsuite/>".into(),
            "there is a second report in it",
        ),
        (
            "<testsuite/>\nBUILD FAILED".into(),
            "1:13: error junit: there is text outside of the report",
        ),
        (
            "<testsuite><testcase><testcase/></testcase></testsuite>".into(),
            "a `<testcase>` is inside of another",
        ),
        (
            "<testsuite tests='3'></testsuite>".into(),
            "it says 3 tests and lists none",
        ),
        ("<testsuite tests=3></testsuite>".into(), "error junit: "),
        (deep(NESTING_MAX + 1), "it is nested deeper than 128 levels"),
        ("<testsuite>".into(), "the file ends too early"),
        (format!("<testsuite>{case}"), "the file ends too early"),
    ] {
        let found = junit::read(&text).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}\nnot: {expected}");
    }
    assert!(junit::read(&deep(NESTING_MAX)).is_ok());
}

#[test]
fn what_a_case_holds_does_not_count_for_another() {
    for (inside, expected) in [
        // Only a child of the case itself says how it went.
        (
            "<testcase><system-out><failure/></system-out></testcase>",
            "1 tests passed",
        ),
        (
            "<testcase><failure/><error/></testcase>",
            "0 tests passed, 1 failed",
        ),
        ("<failure/><testcase/>", "1 tests passed"),
        (
            "<testcase><failure>&unknown; <![CDATA[</testcase>]]></failure></testcase><testcase/>",
            "1 tests passed, 1 failed",
        ),
        ("<testcase><flakyFailure/></testcase>", "1 tests passed"),
        ("", "0 tests passed"),
    ] {
        let run = junit::read(&format!("<testsuite>{inside}</testsuite>")).unwrap();
        assert_eq!(run.outcome.to_string(), expected, "{inside}");
    }
    let names: String = (0..9)
        .map(|n| format!("<testcase name='t{n}&#27;'><error/></testcase>"))
        .collect();
    let run = junit::read(&format!("<testsuite>{names}</testsuite>")).unwrap();
    let summary = run.summary.unwrap().to_string();
    assert_eq!(
        summary.replace('\u{fffd}', ""),
        "not passed: t0, t1, t2, t3, t4 and 4 more"
    );
    assert!(!summary.contains('\u{1b}'));
}

#[test]
fn what_is_no_eval_run_is_told_with_its_place() {
    let v3 = sample("promptfoo-v3.json");
    for (text, expected) in [
        (
            v3.replace(r#""version": 3"#, r#""version": 4"#),
            "results.version: error promptfoo: promptfoo's format 4 is not known; formats 2 and 3 are",
        ),
        (
            v3.replace(r#""successes": 3"#, r#""successes": -3"#),
            "error json: invalid value: integer `-3`, expected u64",
        ),
        (
            v3.replace(r#""stats""#, r#""statistics""#),
            "missing field `stats`",
        ),
        (
            v3.replace("https://evals", "javascript:evals"),
            "shareableUrl: error promptfoo: `javascript:evals",
        ),
        (
            r#"{ "results": [] }"#.into(),
            "there are rows, and no `version` or `stats` beside them",
        ),
        (
            r#"{ "results": 7 }"#.into(),
            "expected a summary or a list of rows",
        ),
        ("[]".into(), "1:1: error json: it is a list"),
        (sample("hostile-deep.json"), "error json: "),
        (
            format!(r#"{{ "results": {}"#, "[".repeat(3_000_000)),
            "error json: the file ends too early",
        ),
    ] {
        let found = eval_run(&text).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}\nnot: {expected}");
    }
}

#[test]
fn large_reports_are_read_in_linear_time() {
    // Ten megabytes of attributes of one element, of cases, of text with entities: seconds would tell of something quadratic.
    let attributes: String = (0..500_000).map(|n| format!(" a{n}='&lt;{n}'")).collect();
    let started = std::time::Instant::now();
    for text in [
        format!("<testsuite{attributes}></testsuite>"),
        format!(
            "<testsuite>{}</testsuite>",
            "<testcase name='a&amp;b'><failure>&lt;</failure></testcase>".repeat(180_000)
        ),
        format!(
            "<testsuite>{}</testsuite>",
            "&amp;<!-- x -->".repeat(700_000)
        ),
        format!(
            "<testsuite>{}</testsuite>",
            "<testsuite tests='0' failures='1'/>".repeat(300_000)
        ),
    ] {
        assert!(junit::read(&text).is_ok());
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
