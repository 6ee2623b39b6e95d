//! A server in this process, and callers of it.

use flaghoist_core::api::{
    CreateKey, Endpoint, EntryPage, GetLedger, GetWorkspace, KeyKind, Observe, PostObservation,
    PostSession, Problem,
};
use flaghoist_core::artefact::{Health, Observation, Pin, VersionReport};
use flaghoist_core::name::Revision;
use flaghoist_core::release::Entry;
use flaghoist_core::workspace::Workspace;
use flaghoist_server::{Config, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use ureq::http::{HeaderMap, Request, Response};

pub const PASSWORD: &str = "correct horse battery";
pub const FLAG: &str = "refund_explanation_v1";
pub const FLAG_PATH: &str = "/api/v1/environments/production/flags/refund_explanation_v1";
pub const BUNDLE: &str = "/api/v1/environments/production/bundle";
pub const CHAPTER: &str = include_str!("../../../examples/refund_explanation/chapter.yaml");
const PINS: [&str; 3] = [
    "prompt:explain_refund@1.0.0",
    "tool:lookup_refund_eligibility@1.0.0",
    "retrieval_index:refund_policies@2026-05-20",
];

/// A server that runs until dropped.
pub struct Running {
    pub url: String,
    /// The tokens of one key of each kind.
    pub admin: String,
    pub server: String,
    pub browser: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Running {
    /// A new server with nothing but the environment that each begins with.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let started = launch(&folder.path().join("flaghoist.db"), true);
        let [admin, server, browser] = started.tokens.try_into().unwrap();
        Self {
            url: started.url,
            admin,
            server,
            browser,
            stop: Some(started.stop),
            thread: Some(started.thread),
            folder,
        }
    }

    /// With the chapter's plan applied and its parts there: open at 5 %.
    pub fn open() -> Self {
        let running = Self::start();
        let applied = running.post("/api/v1/plans", json!({ "document": CHAPTER }));
        assert_eq!(applied.status, 200, "{}", applied.text);
        for pin in PINS {
            let observed = running.observe(pin);
            assert_eq!(observed.status, 200, "{}", observed.text);
        }
        running
    }

    /// Reports a part as deployed.
    pub fn observe(&self, pin: &str) -> Answer {
        let pin: Pin = pin.parse().unwrap();
        let version = VersionReport {
            version: pin.version().clone(),
            health: Health::Healthy,
            digest: None,
        };
        let report = Observe {
            artefact: pin.artefact().clone(),
            report: Observation::Deployed {
                version,
                live: false,
            }
            .into(),
        };
        let path = PostObservation::path(&["production"]);
        self.post(&path, serde_json::to_value(report).unwrap())
    }

    /// Stops it, gracefully, and starts another on the same file.
    pub fn restart(&mut self) {
        self.stop();
        let started = launch(&self.database(), false);
        self.url = started.url;
        self.stop = Some(started.stop);
        self.thread = Some(started.thread);
    }

    /// Stops it, and waits until it has.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("flaghoist.db")
    }

    pub fn call(&self, method: &str, path: &str) -> Call {
        Call {
            url: format!("{}{path}", self.url),
            method: method.into(),
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// By the admin key.
    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path).token(&self.admin).send()
    }

    /// By the admin key.
    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path).token(&self.admin).json(body).send()
    }

    pub fn workspace(&self) -> Workspace {
        self.get(GetWorkspace::PATH).parsed()
    }

    pub fn entries(&self) -> Vec<Entry> {
        let page: EntryPage = self
            .get(&format!("{}?since=0&limit=1000", GetLedger::PATH))
            .parsed();
        assert_eq!(
            page.entries.len() as u64,
            page.head.get(),
            "a page holds them"
        );
        page.entries
    }

    /// The flag's epoch, its exposure in basis points, and whether it is latched.
    pub fn flag(&self) -> (Revision, u16, bool) {
        let workspace = self.workspace();
        let environment = workspace
            .environment(&"production".parse().unwrap())
            .unwrap();
        let flag = &environment.flags[&FLAG.parse().unwrap()];
        (
            flag.epoch,
            flag.exposure.basis_points(),
            flag.latch.is_some(),
        )
    }

    pub fn raise(&self, to: u16, epoch: Revision) -> Answer {
        self.post(
            &format!("{FLAG_PATH}/raise"),
            json!({ "to": to, "epoch": epoch }),
        )
    }

    /// A signed-in person's cookie.
    pub fn cookie(&self) -> String {
        let body = json!({ "user": "asha", "password": PASSWORD });
        let signed = self.call("POST", PostSession::PATH).json(body).send();
        assert_eq!(signed.status, 200, "{}", signed.text);
        let cookie = signed.header("set-cookie");
        cookie.split(';').next().unwrap().to_string()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || thread::panicking(),
                "the server ended badly"
            );
        }
    }
}

struct Started {
    url: String,
    tokens: Vec<String>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

fn launch(database: &Path, fresh: bool) -> Started {
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        database: database.into(),
        web: None,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let server = Server::bind(&config).await.unwrap();
            let mut tokens = Vec::new();
            if fresh {
                let asha = "asha".parse().unwrap();
                server.access().put_user(&asha, PASSWORD).await.unwrap();
                for (name, kind) in [
                    ("ci", KeyKind::Admin),
                    ("edge", KeyKind::ServerEvaluation),
                    ("page", KeyKind::BrowserEvaluation),
                ] {
                    let request = CreateKey {
                        name: name.parse().unwrap(),
                        kind,
                        environment: (kind != KeyKind::Admin)
                            .then(|| "production".parse().unwrap()),
                    };
                    let key = server.access().create_key(request, &asha).await.unwrap();
                    tokens.push(key.token);
                }
            }
            let url = format!("http://{}", server.address().unwrap());
            tell.send((url, tokens)).unwrap();
            let stop = async {
                let _ = stopped.await;
            };
            server.run(stop).await.unwrap();
        });
    });
    let (url, tokens) = told.recv().expect("the server starts");
    Started {
        url,
        tokens,
        stop,
        thread,
    }
}

/// One request.
#[derive(Clone)]
pub struct Call {
    url: String,
    method: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
}

impl Call {
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn json(self, body: Value) -> Self {
        self.body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends it, and reads no further than the headers.
    pub fn begin(self) -> Response<ureq::Body> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A test that waits for nothing fails instead of hanging.
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let sent = match self.body {
            Some(body) => agent.run(request.body(body).unwrap()),
            None => agent.run(request.body(()).unwrap()),
        };
        sent.unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.url))
    }

    pub fn send(self) -> Answer {
        let mut response = self.begin();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: String::from_utf8_lossy(&response.body_mut().read_to_vec().unwrap()).into(),
        }
    }
}

/// What a request heard.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_string()
    }

    pub fn parsed<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    pub fn json(&self) -> Value {
        self.parsed()
    }

    /// A failure as every failure must be: a problem document that says what is wrong and how to mend it.
    pub fn problem(&self, what: &str) -> Problem {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{what}: {} {}",
            self.status,
            self.text
        );
        let problem: Problem = self.parsed();
        assert_eq!(problem.status, self.status, "{what}");
        assert!(
            problem.kind.starts_with("urn:flaghoist:problem:"),
            "{what}: {problem:?}"
        );
        assert!(
            !problem.detail.is_empty() && !problem.fix.is_empty(),
            "{what}: {problem:?}"
        );
        problem
    }
}
