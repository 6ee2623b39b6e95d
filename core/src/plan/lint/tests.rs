//! Every code by its examples, the catalogue by its rules, and the work on large plans by how it grows.

use super::*;
use crate::artefact::{Health, Observation, Pin, VersionReport};
use crate::name::Revision;
use crate::release::Actor;
use crate::time::Timestamp;
use crate::workspace::{Consent, Course, FeatureFlag, Move, Release};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

const CHAPTER: &str = include_str!("../../../../examples/refund_explanation/chapter.yaml");
const FULL: &str = include_str!("../../../../examples/refund_explanation/full.yaml");

macro_rules! examples {
    ($($code:literal)*) => {
        [$((
            $code,
            include_str!(concat!("examples/", $code, ".fail.yaml")),
            include_str!(concat!("examples/", $code, ".pass.yaml")),
        )),*]
    };
}

/// Each code with a plan that has it and one that does not.
const EXAMPLES: [(&str, &str, &str); 46] = examples!(
    "FH101" "FH102" "FH103" "FH104" "FH105" "FH106" "FH107" "FH110" "FH112" "FH113" "FH114" "FH115" "FH116" "FH117" "FH118"
    "FH120" "FH121" "FH122" "FH123" "FH124" "FH130" "FH131" "FH132" "FH133" "FH134" "FH135" "FH136" "FH137" "FH139" "FH140"
    "FH141" "FH142" "FH150" "FH151" "FH152" "FH153" "FH154" "FH156" "FH157" "FH160" "FH161" "FH162" "FH163" "FH164" "FH165"
    "FH166"
);

const THEN: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fn release(plan: Plan) -> Release {
    Release {
        hash: plan.hash(),
        plan,
        parent: None,
        source: String::new(),
        applied_by: Actor::System,
        applied_at: THEN,
        revision: Revision::new(1),
        course: Course::default(),
        faulty: BTreeMap::new(),
        incident: None,
    }
}

fn deploy(state: &mut Environment, pin: &str) {
    let pin: Pin = pin.parse().unwrap();
    let version = VersionReport {
        version: pin.version().clone(),
        health: Health::Healthy,
        digest: None,
    };
    let report = Observation::Deployed {
        version,
        live: false,
    };
    let known = state.artefacts.entry(pin.artefact().clone()).or_default();
    *known = known.after(&report.into(), THEN, &"ci".parse().unwrap());
}

fn opened(to: &str) -> FeatureFlag {
    FeatureFlag {
        release: "other".parse().unwrap(),
        feature: "other".parse().unwrap(),
        exposure: to.parse().unwrap(),
        armed: None,
        latch: None,
        epoch: Revision::new(2),
        last_move: Move {
            by: Actor::System,
            at: THEN,
            what: "opened it".into(),
        },
        opened: None,
        resumes_to: Default::default(),
        lowered: false,
        preview_closed: false,
    }
}

/// The environment that the `# fact:` lines of an example tell of; none where there are none.
fn environment(text: &str, plan: &Plan) -> Option<Environment> {
    let mut state = Environment::default();
    let facts: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# fact: "))
        .collect();
    for fact in &facts {
        let words: Vec<&str> = fact.split_whitespace().collect();
        match words.as_slice() {
            ["deployed", pin] => deploy(&mut state, pin),
            ["population", count] => state.population = Some(count.parse().unwrap()),
            ["other", pin] => {
                let pin = pin.replacen(':', ": ", 1);
                let text = format!(
                    "features: {{ other: {{ flag: other_v1, dependencies: [ {{ {pin} }} ] }} }}"
                );
                state
                    .releases
                    .insert("other".parse().unwrap(), release(parse(&text).unwrap()));
            }
            ["opened", key, to] => {
                state.flags.insert(key.parse().unwrap(), opened(to));
            }
            ["faulty", pin] => {
                let known = state.releases.entry(plan.release.clone());
                let known = known.or_insert_with(|| release(plan.clone()));
                known.faulty.insert(pin.parse().unwrap(), THEN);
            }
            ["signed", team, rest @ ..] => {
                let mut before = plan.clone();
                before.title = (!rest.is_empty()).then(|| "another".into());
                let mut before = release(before);
                let consent = Consent {
                    person: "asha".parse().unwrap(),
                    at: THEN,
                };
                before
                    .course
                    .sign_offs
                    .insert(team.parse().unwrap(), consent);
                state.releases.insert(plan.release.clone(), before);
            }
            _ => panic!("no such fact: {fact}"),
        }
    }
    (!facts.is_empty()).then_some(state)
}

fn found_in(text: &str) -> Vec<Diagnostic> {
    match parse(text) {
        Err(errors) => errors,
        Ok(plan) => match environment(text, &plan) {
            Some(state) => lint_in(&plan, &state),
            None => lint(&plan),
        },
    }
}

fn codes(found: &[Diagnostic]) -> BTreeSet<&str> {
    found.iter().map(|finding| finding.code.as_str()).collect()
}

fn failing(code: &str) -> &'static str {
    EXAMPLES
        .into_iter()
        .find(|(known, ..)| *known == code)
        .unwrap()
        .1
}

fn passing(code: &str) -> &'static str {
    EXAMPLES
        .into_iter()
        .find(|(known, ..)| *known == code)
        .unwrap()
        .2
}

#[test]
fn every_code_has_examples_that_show_it_and_nothing_else() {
    let mut wrong = Vec::new();
    for (code, fail, pass) in EXAMPLES {
        let found = found_in(fail);
        // The first comment lists every code that the plan has.
        let listed = fail.lines().next().unwrap().trim_start_matches("# ");
        if codes(&found) != listed.split(", ").collect() {
            wrong.push(format!("{code}: {found:#?}"));
            continue;
        }
        for finding in &found {
            let known = catalogue::find(&finding.code).unwrap();
            assert!(
                finding.severity >= known.severity,
                "graver than its entry: {finding}"
            );
            assert!(
                !finding.message.ends_with('.') && !finding.fix.ends_with('.'),
                "{finding}"
            );
        }
        // Its full weight is shown.
        let gravest = found
            .iter()
            .filter(|finding| finding.code == code)
            .map(|finding| finding.severity)
            .min();
        assert_eq!(
            gravest,
            catalogue::find(code).map(|lint| lint.severity),
            "{code}"
        );
        let found = found_in(pass);
        assert!(!codes(&found).contains(code), "{code}: {found:#?}");
        assert!(
            found
                .iter()
                .all(|finding| finding.severity > Severity::Error),
            "{code}: {found:#?}"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every code of the catalogue that the design refers to.
const CODES: [(u16, u16); 6] = [
    (101, 107),
    (110, 118),
    (120, 124),
    (130, 142),
    (150, 157),
    (160, 166),
];

#[test]
fn the_catalogue_is_complete() {
    let known: Vec<&str> = catalogue::all().map(|lint| lint.code).collect();
    let unique: BTreeSet<&str> = known.iter().copied().collect();
    assert_eq!(known.len(), unique.len());
    assert_eq!(unique, EXAMPLES.iter().map(|(code, ..)| *code).collect());
    assert_eq!(&known[..5], ["FH101", "FH102", "FH103", "FH104", "FH106"]);
    for lint in catalogue::all() {
        for text in [lint.title, lint.trigger, lint.why, lint.fix] {
            assert!(text.len() > 5, "{}: {text}", lint.code);
        }
        // A sentence only where it is the chapter's own.
        assert!(
            !lint.trigger.ends_with('.') && !lint.fix.ends_with('.'),
            "{}",
            lint.code
        );
    }
    let wanted = CODES
        .into_iter()
        .flat_map(|(from, to)| from..=to)
        .map(|number| format!("FH{number}"));
    let wanted: BTreeSet<String> = wanted.collect();
    assert!(known.iter().all(|code| wanted.contains(*code)), "{known:?}");
    let page = catalogue::page();
    for code in &wanted {
        assert_eq!(page.matches(&format!("### {code}: ")).count(), 1, "{code}");
        let lower = code.to_lowercase();
        let (known, unseen) = (catalogue::find(&lower), catalogue::unseen(&lower));
        assert_ne!(known.is_some(), unseen.is_some(), "{code}");
    }
    assert!(catalogue::find("FH999").is_none() && catalogue::unseen("FH999").is_none());
}

#[test]
fn findings_of_a_file_have_lines() {
    for (code, fail, _) in EXAMPLES {
        let found = lint_text(fail);
        assert!(
            found.iter().all(|finding| finding.place.line > 0),
            "{code}: {found:#?}"
        );
    }
    for (code, text) in [
        ("FH102", "strategy: sequenced"),
        ("FH104", "tool: lookup@1.4"),
        ("FH121", "{ eval_set: refunds@3"),
        ("FH133", "{ exposure: 25 }"),
        ("FH134", "units:"),
        ("FH142", "\"5\":"),
        ("FH150", "procedure:"),
        ("FH154", "{ tool: lookup@1.4, optional"),
        ("FH165", "refund:"),
    ] {
        let (fail, found) = (failing(code), lint_text(failing(code)));
        let finding = found.iter().find(|finding| finding.code == code).unwrap();
        let line = fail.lines().nth(finding.place.line as usize - 1).unwrap();
        let rest: String = line
            .chars()
            .skip(finding.place.column as usize - 1)
            .collect();
        assert!(rest.starts_with(text), "{code}: {finding} is at {rest}");
    }
}

/// The severities of one code's findings in a text.
fn weights(code: &str, text: &str) -> Vec<Severity> {
    let found = found_in(text).into_iter();
    found
        .filter(|finding| finding.code == code)
        .map(|finding| finding.severity)
        .collect()
}

#[test]
fn what_a_plan_does_not_say_or_says_weighs_less() {
    let (whole, _) = failing("FH120").split_once("canary:\n").unwrap();
    assert_eq!(weights("FH120", whole), [Severity::Warning]);
    let coupled = format!("{}coupling: the prompt calls the tool\n", failing("FH153"));
    assert_eq!(weights("FH153", &coupled), [Severity::Hint]);
}

#[test]
fn each_way_a_metric_gives_no_verdict_is_seen() {
    let (fail, pass) = (failing("FH133"), passing("FH133"));
    let feedback = pass.replace(
        "at_least: 4h",
        "at_least: 4h, gates: [ { feedback: \">= 0.8\", units: 0 } ]",
    );
    let shown = fail
        .replace("role: critical", "role: info")
        .replace("role: signal", "role: info");
    for (text, weighs) in [(fail, 1), (&feedback, 1), (&shown, 0)] {
        assert_eq!(weights("FH133", text).len(), weighs, "{text}");
    }
    // Without a query or a direction there is no metric.
    let query = pass.replace(", units: 'sum(tool_users{variant=\"$arm\"})'", "");
    for text in [query, pass.replace("      worse: higher\n", "")] {
        assert_ne!(text, pass);
        assert!(
            codes(&found_in(&text)).contains("missing-key"),
            "{:#?}",
            found_in(&text)
        );
    }
}

#[test]
fn the_designs_own_plan_is_without_fault_and_the_chapters_has_no_errors() {
    let full = lint_text(FULL);
    // What goes back together is told, and is no fault: the plan says that its parts are coupled.
    assert_eq!(codes(&full), BTreeSet::from(["FH153"]), "{full:#?}");
    assert!(
        full.iter()
            .all(|finding| finding.severity == Severity::Hint),
        "{full:#?}"
    );
    let chapter = lint_text(CHAPTER);
    assert_eq!(
        codes(&chapter),
        BTreeSet::from(["FH104", "FH160", "FH165"]),
        "{chapter:#?}"
    );
    assert!(
        chapter
            .iter()
            .all(|finding| finding.severity > Severity::Error)
    );
}

/// The places of one code's findings about the design's plan in an environment.
fn seen(code: &str, state: &Environment) -> Vec<String> {
    let found = lint_in(&parse(FULL).unwrap(), state).into_iter();
    found
        .filter(|finding| finding.code == code)
        .map(|finding| finding.place.path)
        .collect()
}

#[test]
fn too_few_users_are_counted_by_the_table() {
    let seen = |population| {
        seen(
            "FH135",
            &Environment {
                population: Some(population),
                ..Environment::default()
            },
        )
    };
    // 5 % of 25,000 are the 1,250 users among whom 25 have the event twice as often as 1 %.
    assert_eq!(seen(24_980), ["canary.steps[0]"]);
    assert!(seen(25_000).is_empty());
    assert_eq!(
        seen(5_380),
        ["canary.steps[0]", "canary.steps[1]", "canary.steps[2]"]
    );
}

#[test]
fn an_agreed_time_in_a_freeze_is_seen() {
    // The schedule is on Kolkata's clock, five and a half hours ahead: its 10:00 is 04:30 UTC.
    let seen = |from: &str, until: &str| {
        let reason = String::from("the quarter closes").try_into().unwrap();
        let freeze = calendar::Freeze {
            from: from.parse().unwrap(),
            until: Some(until.parse().unwrap()),
            reason,
        };
        let mut state = Environment::default();
        state.freezes.insert(Revision::new(1), freeze);
        seen("FH142", &state)
    };
    assert_eq!(
        seen("2026-06-02T04:00:00Z", "2026-06-02T05:00:00Z"),
        ["schedule.5"]
    );
    assert!(seen("2026-06-02T10:00:00Z", "2026-06-02T11:00:00Z").is_empty());
}

/// A plan of layers in which every change needs some of the layer beneath, so that cascades are large.
fn large(layers: usize, width: usize) -> String {
    let mut text = String::from("release: r\nfeatures:\n  f:\n    flag: f\n    dependencies:\n");
    for change in 0..width {
        text += &format!(
            "      - {{ prompt: p{}x{change}@1, optional: true }}\n",
            layers - 1
        );
    }
    text += "changes:\n";
    for layer in 0..layers {
        for change in 0..width {
            text += &format!(
                "  - prompt: p{layer}x{change}@1\n    rollback: {{ to: p{layer}x{change}@0 }}\n"
            );
            if layer > 0 {
                let needs = (0..5)
                    .map(|need| format!("\"prompt:p{}x{}@1\"", layer - 1, (change + need) % width));
                text += &format!(
                    "    requires: [ {} ]\n",
                    needs.collect::<Vec<_>>().join(", ")
                );
            }
        }
    }
    text
}

#[test]
fn a_thousand_changes_have_a_bounded_number_of_cascades_told() {
    let found = lint_text(&large(10, 100));
    let cascades: Vec<&Diagnostic> = found
        .iter()
        .filter(|finding| finding.code == "FH153")
        .collect();
    assert_eq!(cascades.len(), 11);
    let rest = cascades
        .iter()
        .find(|finding| finding.place.path == "changes")
        .unwrap();
    assert!(rest.message.starts_with("890 further changes"), "{rest}");
    // Each of the hundred optional parts is placed at its own line.
    let optional = found.iter().filter(|finding| finding.code == "FH154");
    assert_eq!(
        optional
            .map(|finding| finding.place.line)
            .collect::<BTreeSet<_>>()
            .len(),
        100
    );
}

#[test]
fn what_is_missing_everywhere_is_told_once_each_at_its_own_place() {
    let mut text = String::from("release: r\nchanges:\n");
    for change in 0..1000 {
        let needs = (0..20).map(|need| format!("\"tool:t{change}x{need}@1\""));
        let needs = needs.collect::<Vec<_>>().join(", ");
        text += &format!("  - prompt: p{change}@1\n    requires: [ {needs} ]\n");
    }
    let found = lint_text_in(&text, &Environment::default());
    let missing = found.iter().filter(|finding| finding.code == "FH113");
    let places: BTreeSet<(u32, u32)> = missing
        .map(|finding| (finding.place.line, finding.place.column))
        .collect();
    assert_eq!(places.len(), 20_000);
}

/// A sequenced plan of a prompt that needs another part, with what is said of each.
fn sequenced(need: &str, of_need: &str, of_prompt: &str) -> String {
    let (kind, name) = need.split_once(':').unwrap();
    format!(
        "release: r\nfeatures: {{ f: {{ flag: f, dependencies: [ {{ prompt: p@2 }}, {{ {kind}: {name} }} ] }} }}\nchanges:\n  \
         - {{ {kind}: {name}, {of_need} }}\n  - {{ prompt: p@2, requires: [ \"{need}\" ], {of_prompt} }}\n"
    )
}

#[test]
fn a_sequenced_release_says_which_of_its_parts_are_seen_too_early() {
    let (steps, follows) = ("canary: [5, 100]", "canary: with_flag");
    for (need, of_need, of_prompt, early, torn) in [
        ("tool:t@2", follows, follows, 0, 0),
        ("tool:t@2", follows, steps, 0, 1),
        ("tool:t@2", steps, follows, 0, 0),
        // Nobody is served an eval set.
        ("eval_set:t@2", follows, steps, 0, 0),
        ("eval_set:t@2", "rollback: { to: t@1 }", steps, 0, 0),
        ("tool:t@2", "rollback: { to: t@1 }", steps, 1, 0),
        (
            "tool:t@2",
            "rollback: { to: t@1 }",
            "rollback: { to: p@1 }",
            2,
            0,
        ),
        (
            "tool:t@2",
            "stages: [50, 100], rollback: { to: t@1 }",
            steps,
            0,
            0,
        ),
        // Where there is nothing to go back to, nobody has used it yet.
        ("tool:t@2", "rollback: { disable: true }", steps, 0, 0),
    ] {
        let text = sequenced(need, of_need, of_prompt);
        assert_eq!(weights("FH123", &text).len(), early, "{text}");
        assert_eq!(weights("FH102", &text).len(), torn, "{text}");
    }
}
