//! Evidence from a file to the request that submits it; and everything that ends before a request.

#![expect(
    clippy::expect_used,
    reason = "what keeps a test from running fails it"
)]

use crate::common::{FLAGHOIST, Output, Server, call, call_with, example, finish};
use flaghoist_core::api::{Endpoint, PostEvidence, SubmitEvidence};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

const PROMPT: &str = "prompt:explain_refund@1.0.0";

fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/evidence");
    folder.join(name).display().to_string()
}

/// A server that passes reading on to a real one and keeps what is submitted.
struct Recorder {
    server: Server,
    address: String,
    submitted: Receiver<(String, SubmitEvidence)>,
}

impl Recorder {
    fn start() -> Self {
        let server = Server::start();
        let plan = example("chapter.yaml").display().to_string();
        server.call(&["apply", &plan]).ends(0);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let upstream = server.address.replace("http://", "");
        let (sender, submitted) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (head, body) = request(&stream);
                if head.starts_with("POST ") {
                    let path = head.split(' ').nth(1).expect("a path").to_string();
                    let body = serde_json::from_slice(&body).expect("evidence");
                    // Before the answer, after which the test looks for it; it may have ended.
                    let _ = sender.send((path, body));
                    answer(&stream, br#"{"revision":9,"events":[]}"#);
                } else {
                    answer(&stream, &pass_on(&upstream, &head));
                }
            }
        });
        Self {
            server,
            address,
            submitted,
        }
    }

    fn submit(&self, arguments: &[&str]) -> Output {
        let mut command = self.server.command(FLAGHOIST);
        command
            .args(["evidence", "submit", "--release", "refund_explanation"])
            .args(["--server", &self.address])
            .args(arguments);
        finish(&mut command, b"")
    }

    /// What was submitted, after a call that ended well.
    fn submitted(&self, arguments: &[&str]) -> SubmitEvidence {
        self.submit(arguments).ends(0);
        let (path, body) = self.submitted.try_recv().expect("a request");
        let wanted = PostEvidence::path(&["production", "refund_explanation"]);
        assert_eq!(path, wanted);
        body
    }
}

/// The head of a request, and its body.
fn request(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    (head, body)
}

fn answer(mut stream: &TcpStream, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it is taken");
    stream.write_all(body).expect("it is taken");
}

/// What another server answers to a request without a body.
fn pass_on(upstream: &str, head: &str) -> Vec<u8> {
    let mut lines = head.lines();
    let mut asked = format!(
        "{}\r\nhost: {upstream}\r\nconnection: close\r\n",
        lines.next().expect("a line")
    );
    for line in lines.filter(|line| line.to_ascii_lowercase().starts_with("authorization:")) {
        write!(asked, "{line}\r\n").expect("text");
    }
    let mut stream = TcpStream::connect(upstream).expect("the server is there");
    stream
        .write_all(format!("{asked}\r\n").as_bytes())
        .expect("it is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let head = answer
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .expect("a head");
    answer.split_off(head + 4)
}

#[test]
fn a_run_is_submitted_with_the_plans_pins() {
    let recorder = Recorder::start();
    let file = sample("promptfoo-v3.json");
    let gate = "eval_set:refund_flow@3";
    let sent = recorder.submitted(&[
        "--gate", gate, "--part", PROMPT, "--reason", "nightly", &file,
    ]);
    assert_eq!(sent.reason.as_deref(), Some("nightly"));
    let evidence = serde_json::to_value(&sent.evidence).expect("it is JSON");
    let expected = serde_json::json!({
        "gate": gate,
        "part": PROMPT,
        "pins": {
            "prompt:explain_refund@1.0.0": null,
            "retrieval_index:refund_policies@2026-05-20": null,
            "tool:lookup_refund_eligibility@1.0.0": null,
        },
        "outcome": { "eval": { "eval_set": gate, "passed": 3, "cases": 5, "errors": 1 } },
        "ran_at": "2026-05-20T08:41:07.312Z",
        "link": "https://evals.example/eval/eval-k3Z-2026-05-20T08:41:07",
        "summary": "eval-k3Z-2026-05-20T08:41:07: refund explanation flow",
    });
    assert_eq!(evidence, expected);
}

#[test]
fn what_the_call_says_goes_before() {
    let recorder = Recorder::start();
    let told = recorder.submit(&[
        "--gate",
        "tests:integration",
        "--pin",
        "tool:lookup_refund_eligibility@1.0.0=sha256:ab=",
        "--pin",
        PROMPT,
        "--ran-at",
        "2026-05-21T00:00:00+02:00",
        "--link",
        "https://ci.example/run/9",
        &sample("junit-surefire.xml"),
    ]);
    told.ends(0)
        .says("tests:integration: 2 tests passed, 1 failed, 1 broke off, 1 skipped");
    let (_, sent) = recorder.submitted.try_recv().expect("a request");
    let evidence = sent.evidence;
    assert_eq!(evidence.ran_at.to_string(), "2026-05-20T22:00:00.000Z");
    assert_eq!(
        evidence.link.expect("a link").as_str(),
        "https://ci.example/run/9"
    );
    let pins = serde_json::to_string(&evidence.pins).expect("JSON");
    assert_eq!(
        pins,
        r#"{"tool:lookup_refund_eligibility@1.0.0":"sha256:ab=","prompt:explain_refund@1.0.0":null}"#
    );

    // JSON brings its own; a person's word needs no file.
    let own = recorder.submitted(&[&sample("evidence.json")]).evidence;
    assert_eq!(
        (own.gate.to_string(), own.pins.len()),
        ("freshness".into(), 1)
    );
    let word = recorder.submitted(&[
        "--gate",
        "review:agents",
        "--verdict",
        "pass",
        "--reason",
        "read it",
    ]);
    assert_eq!(word.evidence.outcome.to_string(), "the verdict is PASS");
    let other = recorder.submit(&[
        "--env",
        "staging",
        "--gate",
        "review:agents",
        "--verdict",
        "PASS",
    ]);
    other
        .ends(2)
        .complains("there is no release `refund_explanation` in staging");
}

#[test]
fn what_is_off_ends_before_a_request() {
    let junit = sample("junit-pytest.xml");
    let promptfoo = sample("promptfoo-v3.json");
    let surefire = sample("junit-surefire.xml");
    let json = sample("evidence.json");
    for (arguments, complaint) in [
        (
            &["--gate", "tests:unit", &sample("hostile-entities.xml")][..],
            "hostile-entities.xml:2:1: error junit: it declares a document type",
        ),
        (
            &["--gate", "eval_set:a@1", &sample("hostile-deep.json")],
            "hostile-deep.json:1:",
        ),
        (&["--gate", "tests:unit", "nowhere.xml"], "nowhere.xml: "),
        (
            &["--gate", "tests:unit", &promptfoo],
            "the file is an eval run, which is no evidence for `tests:unit`",
        ),
        (
            &["--gate", "eval_set:a@1", &junit],
            "the file is a test run, which is no evidence for `eval_set:a@1`",
        ),
        (
            &[&junit],
            "the file is a test run: name its gate, --gate tests:NAME",
        ),
        (
            &["--gate", "tests:unit", &surefire],
            "does not say when it ran; say it: --ran-at",
        ),
        (
            &["--gate", "tests:unit", "--from", "json", &junit],
            "junit-pytest.xml:1:1: error json: ",
        ),
        (
            &["--gate", "tests:unit", &json],
            "--gate is `tests:unit`, the file's gate is `freshness`",
        ),
        (
            &["--part", "tool:a@1", &json],
            "--part is `tool:a@1`, the file's part is `retrieval_index:",
        ),
        (
            &["--pin", "tool:a@1", "--pin", "tool:a@1=x", &json],
            "--pin `tool:a@1` is there twice",
        ),
        (&["--pin", "tool:a@latest", &json], "it is a movable name"),
        (&["--pin", "tool:a@1=a b", &json], "is not a digest"),
        (
            &["--gate", "eval_set:a", &promptfoo],
            "write `kind:name@version`",
        ),
        (
            &["--gate", "vibes", &promptfoo],
            "`vibes` is not the name of a gate",
        ),
        (&["--link", "javascript:x", &json], "is not a link"),
        (&["--gate", "review:a"], "<FILE>"),
        (&["--verdict", "PASS"], "--gate <GATE>"),
        (
            &["--verdict", "PASS", "--gate", "review:a", &json],
            "cannot be used with",
        ),
    ] {
        let mut whole = vec![
            "evidence",
            "submit",
            "--server",
            "http://127.0.0.1:1",
            "--release",
            "r",
        ];
        whole.extend(arguments);
        let code = call(&whole);
        assert_eq!(code.code, 2, "{arguments:?}: {code:?}");
        code.complains(complaint);
    }
}

#[test]
fn a_report_is_bounded() {
    let arguments = [
        "evidence",
        "submit",
        "--server",
        "http://127.0.0.1:1",
        "--release",
        "r",
        "--gate",
        "tests:unit",
        "-",
    ];
    let mut large = b"<testsuite>".to_vec();
    large.resize(50 * 1024 * 1024, b' ');
    call_with(&arguments, &large)
        .ends(2)
        .complains("- has more than 33554432 bytes; submit a report without the outputs");
    // At the limit it is read: then it wants a server, or here a time.
    let limit = 32 * 1024 * 1024;
    large.truncate(limit - "</testsuite>".len());
    large.extend_from_slice(b"</testsuite>");
    call_with(&arguments, &large).ends(2).complains("--ran-at");
    large.push(b'\n');
    call_with(&arguments, &large)
        .ends(2)
        .complains("has more than");
    call_with(&arguments, b"<testsuite>\n\xff</testsuite>")
        .ends(2)
        .complains("-:2:1: error encoding: it is not UTF-8; write it as UTF-8");
}

#[test]
fn a_server_refuses_what_does_not_count_with_every_reason() {
    let server = Server::start();
    let plan = example("chapter.yaml").display().to_string();
    server.call(&["apply", &plan]).ends(0);
    let refused = server.call(&[
        "evidence",
        "submit",
        "--release",
        "refund_explanation",
        "--gate",
        "tests:integration",
        "--pin",
        "prompt:explain_refund@0.9.4",
        "--ran-at",
        "2020-01-01T00:00:00Z",
        &sample("junit-pytest.xml"),
    ]);
    let mut refused = refused.ends(1);
    for reason in [
        "the plan asks for no `tests:integration` of the flag's steps",
        "it ran with `prompt:explain_refund@0.9.4`, the plan pins `prompt:explain_refund@1.0.0`",
        "it does not say that it ran with any of the plan's pins",
        "it ran at 2020-01-01T00:00:00.000Z, more than 14d ago",
    ] {
        refused = refused.complains(reason);
    }
}
