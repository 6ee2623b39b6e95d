//! The chapter's story, told by the command line to a real server.

use crate::common::{Server, example};
use serde_json::{Value, json};

const FLAG: &str = "refund_explanation_v1";
const PARTS: [&str; 3] = [
    "prompt:explain_refund@1.0.0",
    "tool:lookup_refund_eligibility@1.0.0",
    "retrieval_index:refund_policies@2026-05-20",
];

fn chapter() -> String {
    example("chapter.yaml").display().to_string()
}

/// A server with the chapter's plan applied.
fn applied() -> Server {
    let server = Server::start();
    server.call(&["apply", &chapter()]).ends(0);
    server
}

/// A server with that flag open at 5 %.
fn open() -> Server {
    let server = applied();
    for part in PARTS {
        server.call(&["observe", part]).ends(0);
    }
    server.call(&["status"]).ends(0).says("open at 5 %");
    server
}

#[test]
fn the_last_part_opens_the_flag() {
    let server = Server::start();
    server.call(&["status"]).ends(0).says("no release yet");
    server
        .call(&["apply", &chapter(), "--reason", "as in the chapter"])
        .ends(0)
        .says("warning FH104")
        .says("armed refund_explanation_v1 to open at 5 % when its parts are ready");
    server
        .call(&["apply", &chapter()])
        .ends(0)
        .says("nothing changed: it is so already");

    let closed = server.call(&["status"]).ends(0);
    let closed = closed
        .says("refund_explanation_v1: closed: ")
        .says("; armed at 5 %");
    for part in PARTS {
        let closed = &closed.out;
        assert!(
            closed.contains(&format!("✗ {part} is not deployed")),
            "{closed}"
        );
    }
    let raised = server.call(&["raise", FLAG, "--to", "25%"]).ends(1);
    let raised = raised.complains("is not ready");
    assert!(
        PARTS.iter().all(|part| raised.err.contains(part)),
        "{raised:?}"
    );

    server.call(&["observe", PARTS[0]]).ends(0);
    server.call(&["observe", PARTS[1]]).ends(0);
    let status = server.call(&["status"]).ends(0);
    let status = status
        .says("✓ tool:lookup")
        .says("refund_explanation_v1: closed: ")
        .says("✗ retrieval_index:refund_policies@2026-05-20");
    assert!(!status.out.contains("open at"), "{status:?}");
    server
        .call(&["observe", PARTS[2]])
        .ends(0)
        .says("opened refund_explanation_v1 at 5 %, as armed by admin: every part is ready");
    server
        .call(&["observe", PARTS[2]])
        .ends(0)
        .says("nothing changed");

    let ledger = server.call(&["ledger", "--json"]).ends(0).out;
    let entries: Vec<Value> = ledger
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = entries.last().unwrap();
    assert_eq!(
        last["events"].as_array().unwrap().len(),
        2,
        "one entry: {last}"
    );
    let revisions: Vec<u64> = entries
        .iter()
        .map(|e| e["revision"].as_u64().unwrap())
        .collect();
    assert_eq!(revisions, (1..=entries.len() as u64).collect::<Vec<_>>());
    let later = server.call(&["ledger", "--since", &(entries.len() - 1).to_string()]);
    assert_eq!(later.ends(0).out.lines().count(), 1);
}

#[test]
fn raise_contain_clear_and_raise_again() {
    let server = open();
    server
        .call(&[
            "raise",
            FLAG,
            "--to",
            "25%",
            "--reason",
            "looks \u{1b}[2Jgood",
        ])
        .ends(0)
        .says("raised refund_explanation_v1 from 5 % to 25 %");
    // What somebody wrote does not act on the terminal that shows it.
    let ledger = server.call(&["ledger"]).ends(0).says("[2Jgood");
    assert!(!ledger.out.contains('\u{1b}'), "{ledger:?}");
    server
        .call(&["raise", FLAG, "--to", "25"])
        .ends(0)
        .says("nothing changed");
    server
        .call(&["raise", FLAG, "--to", "10"])
        .ends(1)
        .complains("use lower");
    server
        .call(&["lower", FLAG, "--to", "12.5%"])
        .ends(0)
        .says("lowered refund_explanation_v1 from 25 % to 12.5 %");
    server
        .call(&["contain", FLAG, "--reason", "wrong sums"])
        .ends(0)
        .says("contained refund_explanation_v1, from 12.5 % to 0 %");
    server
        .call(&["status"])
        .ends(0)
        .says("contained by admin (key ci)");
    server
        .call(&["raise", FLAG, "--to", "5"])
        .ends(1)
        .complains("is latched: contained by admin (key ci)")
        .complains("(\"wrong sums\")")
        .complains("clear the latch");
    server
        .call(&["clear", FLAG])
        .ends(1)
        .complains("this takes a reason");
    server
        .call(&["clear", FLAG, "--reason", "sums are right"])
        .ends(0);
    server
        .call(&["status"])
        .ends(0)
        .says("closed: nobody has opened it");
    server
        .call(&["raise", FLAG, "--to", "5"])
        .ends(0)
        .says("from 0 % to 5 %");
}

#[test]
fn whoever_decided_from_an_old_state_is_told_what_changed() {
    let server = open();
    let state: Value =
        serde_json::from_str(&server.call(&["status", "--json"]).ends(0).out).unwrap();
    let epoch = state["flags"][FLAG]["epoch"].to_string();
    server
        .call(&["raise", FLAG, "--to", "10", "--epoch", &epoch])
        .ends(0);
    server
        .call(&["raise", FLAG, "--to", "20", "--epoch", &epoch])
        .ends(4)
        .complains("has moved since you looked: admin (key ci) raised refund_explanation_v1 from 5 % to 10 %");
    let refused = server
        .call(&["--json", "raise", FLAG, "--to", "20", "--epoch", &epoch])
        .ends(4);
    let problem: Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!(problem["status"], 409);
    assert_eq!(problem["refusals"][0]["code"], "epoch_moved");
    assert_eq!(problem["refusals"][0]["exposure"], 1000);
    server.call(&["status"]).ends(0).says("open at 10 %");
}

#[test]
fn a_part_that_goes_contains_and_another_version_does_not() {
    for (report, contains) in [
        (&["prompt:explain_refund@0.9.4", "--live"][..], None),
        (
            &[
                "--full",
                "prompt:explain_refund",
                "0.9.4",
                "1.0.0",
                "--live",
                "0.9.4",
            ],
            None,
        ),
        (
            &["tool:lookup_refund_eligibility@1.0.0", "--withdrawn"],
            Some("was withdrawn"),
        ),
        (
            &["tool:lookup_refund_eligibility@1.0.0", "--unhealthy"],
            Some("unhealthy"),
        ),
        (
            &["--full", "tool:lookup_refund_eligibility", "0.9.0"],
            Some("tool:lookup_refund_eligibility@1.0.0"),
        ),
    ] {
        let server = open();
        let output = server.call(&[&["observe"], report].concat()).ends(0);
        let status = server.call(&["status"]).ends(0);
        match contains {
            None => drop(status.says("open at 5 %")),
            Some(cause) => {
                output
                    .says("contained refund_explanation_v1, from 5 % to 0 %")
                    .says(cause);
                status.says(
                    "contained by admin (key ci), because tool:lookup_refund_eligibility@1.0.0",
                );
            }
        }
    }
}

#[test]
fn environments_flags_and_keys() {
    let server = applied();
    server
        .call(&["environment", "staging", "--population", "100"])
        .ends(0)
        .says("declared staging, with about 100 users");
    server
        .call(&["status"])
        .ends(2)
        .complains("name the environment with --env: production, staging");
    server
        .call(&["status", "--env", "staging"])
        .ends(0)
        .says("staging: no release yet");
    server
        .call(&["status", "--env", "nowhere"])
        .ends(2)
        .complains("no environment `nowhere`");
    server
        .call(&["status", "nothing", "--env", "production"])
        .ends(2)
        .complains("no release `nothing`");
    server
        .call(&["status", "refund_explanation", "--env", "production"])
        .ends(0)
        .says("armed at 5 %");
    server
        .call(&[
            "lower",
            "refund_explanation_v2",
            "--to",
            "0",
            "--env",
            "production",
        ])
        .ends(1)
        .complains("did you mean `refund_explanation_v1`?");

    let flag = json!({ "state": "ENABLED", "variants": { "a": "hello" }, "defaultVariant": "a" });
    let good = server.file("banner.json", &flag.to_string());
    let set = [
        "flag",
        "set",
        "banner",
        "--env",
        "staging",
        "--reason",
        "a greeting",
    ];
    server
        .call(&[&set[..], &[&good]].concat())
        .ends(0)
        .says("wrote flag banner");
    let bad = server.file(
        "bad.json",
        &flag
            .to_string()
            .replace("\"a\",", "\"b\",")
            .replace(":\"a\"", ":\"b\""),
    );
    server
        .call(&[&set[..], &[&bad]].concat())
        .ends(2)
        .complains("`b` is not a variant");
    server
        .call_with(&[&set[..], &["-"]].concat(), b"{")
        .ends(2)
        .complains("-: ");

    let create =
        |more: &[&str]| server.call(&[&["token", "create", "--name", "edge"], more].concat());
    create(&["--kind", "server"])
        .ends(2)
        .complains("names its environment");
    let key = create(&["--kind", "server", "--env", "staging"])
        .ends(0)
        .out;
    create(&["--kind", "browser", "--env", "staging"])
        .ends(1)
        .complains("`edge` is taken");
    server
        .call(&["token", "list"])
        .ends(0)
        .says("edge                     server   staging");
    let mut with_it = server.command(crate::common::FLAGHOIST);
    with_it.env("FLAGHOIST_TOKEN", key.trim()).args(["status"]);
    crate::common::finish(&mut with_it, b"").ends(3);
    server.call(&["token", "revoke", "edge"]).ends(0);
    server
        .call(&["token", "revoke", "edge"])
        .ends(1)
        .complains("no key `edge`");
    let database = server.database();
    server
        .call(&[
            "token",
            "create",
            "--name",
            "x",
            "--kind",
            "admin",
            "--database",
            &database,
            "--user",
            "nobody",
        ])
        .ends(2)
        .complains("there is no user `nobody`");
}

#[test]
fn without_server_or_access_the_code_is_3() {
    let server = Server::start();
    let mut stranger = server.command(crate::common::FLAGHOIST);
    stranger
        .env("FLAGHOIST_TOKEN", "fh_admin_0")
        .args(["apply", &chapter()]);
    crate::common::finish(&mut stranger, b"")
        .ends(3)
        .complains("not known; sign in, or send an API key");
    let mut nobody = server.command(crate::common::FLAGHOIST);
    nobody
        .env_remove("FLAGHOIST_TOKEN")
        .args(["contain", FLAG, "--env", "production"]);
    crate::common::finish(&mut nobody, b"").ends(3);
    assert_eq!(
        server.call(&["ledger"]).ends(0).out.lines().count(),
        1,
        "nothing was changed"
    );

    // Something else than Flaghoist answers, or nothing does.
    server
        .call(&[
            "status",
            "--server",
            &format!("{}/elsewhere", server.address),
        ])
        .ends(3);
    let address = server.address.clone();
    server.stop();
    crate::common::call(&["status", "--server", &address])
        .ends(3)
        .complains("is `flaghoist serve` running there?");
}

#[test]
fn the_plan_in_force_comes_back_as_a_file() {
    let server = applied();
    let file = server.call(&["export", "refund_explanation"]).ends(0).out;
    assert!(
        file.starts_with("features:\n  refund_explanation:\n"),
        "{file}"
    );
    let same = server.file("same.yaml", &file);
    server
        .call(&["diff", &same])
        .ends(0)
        .says("nothing differs");
    server
        .call(&["apply", &same])
        .ends(0)
        .says("it is so already");
    let other = server.file(
        "other.yaml",
        &file.replace("explain_refund@1.0.0", "explain_refund@1.1.0"),
    );
    let needs = "feature refund_explanation needs prompt:explain_refund@1.1.0 in place of prompt:explain_refund@1.0.0\n";
    let told = server
        .call(&["diff", &other, "--env", "production"])
        .ends(1);
    assert_eq!(told.out, needs);
    let json = server
        .call(&["export", "--json", "refund_explanation"])
        .ends(0)
        .out;
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["release"], "refund_explanation");
    server
        .call(&["export", "nothing"])
        .ends(2)
        .complains("there is no release `nothing` in production");
    server
        .call(&["diff", &same, "--env", "nowhere"])
        .ends(2)
        .complains("there is no environment `nowhere`");
}
