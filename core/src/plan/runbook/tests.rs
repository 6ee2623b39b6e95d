//! The runbook of the example, and of a plan whose every word tries to be markup.

use super::*;
use crate::artefact::Version;
use crate::plan::decimal::Decimal;
use crate::plan::dry_run::{Facts, dry_run};
use crate::plan::{
    Announce, Canary, Direction, Gate, Measure, Metric, OnInconclusive, Promotion, Role, Rollback,
    Step, Window,
};
use crate::time::Timestamp;

const FULL: &str = include_str!("../../../../examples/refund_explanation/plan.yaml");

fn book(plan: &Plan) -> Runbook {
    let facts = Facts {
        now: Timestamp::from_millis(1_780_000_000_000),
        population: Some(40_000),
        ..Facts::default()
    };
    runbook(plan, &dry_run(plan, &facts).unwrap())
}

fn full() -> Plan {
    let mut plan = crate::plan::parse(FULL).unwrap();
    for (team, person) in [
        ("agents", "asha"),
        ("tools", "bala"),
        ("retrieval", "chitra"),
    ] {
        let team = plan.teams.get_mut(&team.parse().unwrap()).unwrap();
        team.approvers.push(person.parse().unwrap());
    }
    let step = Step {
        exposure: "5".parse().unwrap(),
        at_least: "1h".parse().ok(),
        units: Some(500),
        gates: Vec::from([Gate::Tests {
            name: "smoke".into(),
        }]),
        approve: ["tools".parse().unwrap()].into(),
    };
    let metric = Metric {
        name: "tool error rate".into(),
        component: "tool:lookup_refund_eligibility".parse().ok(),
        role: Role::Critical,
        measure: Measure::Rate {
            events: "e".into(),
            units: "u".into(),
            worse: Direction::Higher,
            ratio: "1.5".parse().unwrap(),
        },
    };
    plan.canary = Some(Canary {
        promote: Promotion::Manual,
        steps: Vec::from([step]),
        metrics: Vec::from([metric]),
        on_inconclusive: OnInconclusive::Hold,
    });
    plan
}

#[test]
fn tells_who_does_what_and_how_it_goes_back() {
    let text = book(&full()).markdown();
    for part in [
        "# Runbook: Refund explanation flow\n",
        "| retrieval | \\#search | `chitra` | `retrieval_index:refund_policies@2026-05-20` |\n",
        "is written by **agents**, with every team",
        "```sh\nflaghoist contain refund_explanation_v1 --reason \"what you saw\" --env=production\n```",
        "- missing: sign-off of tools (bala)\n",
        "| 5 | Raise `refund_explanation_v1` to 5 % | 2026-05-28 20:26 UTC | 1h | 2000 |\n",
        "### Step 5: Raise `refund_explanation_v1` to 5 %\n\n- approved beforehand by `tools`\n- gate of the next step: tests:smoke\n\
         - at least 500 users before the next step\n\
         - watch **tool error rate** of `tool:lookup_refund_eligibility`, at most 1.5 times that of users without: FAIL contains\n\n\
         ```sh\nflaghoist raise refund_explanation_v1 --to 5% --env=production\n```\n",
        "### Rolling back `tool:lookup_refund_eligibility@1.0.0`\n\n- procedure: docs/tools/disable.md\n\
         - first go to 0: `refund_explanation_v1`\n- goes back: `prompt:explain_refund@1.0.0` to 0.9.4\n\
         - goes back: `tool:lookup_refund_eligibility@1.0.0` switched off\n\n```sh\n\
         flaghoist rollback refund-explanation tool:lookup_refund_eligibility@1.0.0 --reason \"what you saw\" --env=production\n\
         flaghoist observe prompt:explain_refund@0.9.4 --live --env=production\n\
         flaghoist observe tool:lookup_refund_eligibility@1.0.0 --withdrawn --env=production\n```\n",
        "- may stay open without it: `refund_explanation_v1`\n",
        "watched for 48h after the last step",
    ] {
        assert!(text.contains(part), "not in it: {part}\n{text}");
    }
}

/// Every text a person may write freely, written by one who means harm.
fn hostile(evil: &str) -> Plan {
    let mut plan = full();
    plan.title = Some(evil.into());
    plan.coupling = Some(evil.into());
    plan.announce = Some(Announce {
        channel: Some(evil.into()),
        webhook: Some(evil.into()),
    });
    for team in plan.teams.values_mut() {
        team.contact = Some(evil.into());
    }
    for feature in plan.features.values_mut() {
        feature.expires = Some(evil.into());
        feature.preview.insert(evil.into());
        feature
            .dependencies
            .values_mut()
            .for_each(|need| need.evidence = Some(evil.into()));
    }
    for change in plan.changes.values_mut() {
        change.gates = Vec::from([
            Gate::Tests { name: evil.into() },
            Gate::SchemaCheck { name: evil.into() },
            Gate::EvalSet {
                name: evil.into(),
                version: "1".parse::<Version>().unwrap(),
                pass_rate: ">= 0.9".parse().unwrap(),
            },
        ]);
        change.rollback = Some(Rollback {
            procedure: Some(evil.into()),
            ..Rollback::default()
        });
    }
    let canary = plan.canary.as_mut().unwrap();
    canary.steps[0].gates = Vec::from([Gate::Tests { name: evil.into() }]);
    canary.metrics[0].name = evil.into();
    canary.metrics.push(Metric {
        name: evil.into(),
        component: None,
        role: Role::Info,
        measure: Measure::Score {
            source: evil.into(),
            worse: Direction::Lower,
            drop: Decimal::ONE,
        },
    });
    plan.windows.push(Window {
        allow: "Mon 09:00-17:00".parse().unwrap(),
        timezone: evil.into(),
    });
    plan
}

#[test]
fn what_people_wrote_is_never_markup() {
    let plain = book(&hostile("plain"));
    let tags = |html: &str| html.matches('<').count();
    let lines = |markdown: &str| markdown.lines().count();
    for evil in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "x</style></title><h1>",
        "a\n\n# head\n\n- item | cell | `code` ![x](http://x) <b>",
        "```\nrm -rf /\n```",
        "\u{202e}gpj.exe\u{0}\r\n",
    ] {
        let book = book(&hostile(evil));
        let (html, markdown) = (book.html(), book.markdown());
        // As many tags, and as many lines, as without.
        assert_eq!(tags(&html), tags(&plain.html()), "{evil:?}");
        assert_eq!(lines(&markdown), lines(&plain.markdown()), "{evil:?}");
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"));
        for (at, _) in markdown.match_indices(['<', '[']) {
            assert_eq!(markdown.as_bytes()[at - 1], b'\\', "{evil:?}");
        }
        let unseen = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(
            !html.contains(unseen) && !markdown.contains(unseen),
            "{evil:?}"
        );
    }
}

#[test]
fn a_name_like_an_option_stays_a_name() {
    let mut plan = full();
    plan.environment = None;
    plan.features.values_mut().next().unwrap().flag = "--json".parse().unwrap();
    let text = book(&plan).markdown();
    assert!(
        text.contains("flaghoist raise --to 5% -- --json\n"),
        "{text}"
    );
}
