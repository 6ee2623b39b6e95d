//! A store that does not take anything: what the server says then, how soon, and what it does once the store is back.

use super::file;
use crate::{Config, Server};
use flaghoist_core::api::{
    CreateKey, Decided, Endpoint, GetWorkspace, KeyKind, PostContain, PostPlan, Problem,
};
use flaghoist_core::workspace::Workspace;
use serde::de::DeserializeOwned;
use sqlx::Connection;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FLAG: [&str; 2] = ["production", "refund_explanation_v1"];
const CHAPTER: &str = include_str!("../../../../examples/refund_explanation/chapter.yaml");

struct Caller {
    address: SocketAddr,
    token: String,
}

impl Caller {
    /// The status and the body that a request hears.
    async fn send(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_string())
    }

    async fn contain(&self) -> (u16, String) {
        let path = PostContain::path(&FLAG);
        self.send("POST", &path, "{}").await
    }

    async fn workspace(&self) -> Workspace {
        parsed(&self.send("GET", GetWorkspace::PATH, "").await.1)
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contain_says_within_a_second_that_the_store_is_down_and_works_once_it_is_back() {
    let (_folder, path) = file();
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        database: path.clone(),
        web: None,
    };
    let server = Server::bind(&config).await.unwrap();
    let admin = CreateKey {
        name: "ci".parse().unwrap(),
        kind: KeyKind::Admin,
        environment: None,
    };
    let key = server
        .access()
        .create_key(admin, &"asha".parse().unwrap())
        .await
        .unwrap();
    let caller = Caller {
        address: server.address().unwrap(),
        token: key.token,
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let plan = serde_json::json!({ "document": CHAPTER }).to_string();
    let (status, text) = caller.send("POST", PostPlan::PATH, &plan).await;
    assert_eq!(status, 200, "{text}");
    let before = caller.workspace().await;

    let url = format!("sqlite://{}", path.display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("begin immediate")
        .execute(&mut other)
        .await
        .unwrap();
    // Alone, and with others in line.
    for callers in [1, 8] {
        let begun = Instant::now();
        let sent = (0..callers).map(|_| caller.contain());
        for (status, text) in futures_util::future::join_all(sent).await {
            assert_eq!(status, 503, "{text}");
            let problem: Problem = parsed(&text);
            assert!(problem.detail.contains("store"), "{problem:?}");
        }
        let took = begun.elapsed();
        // The second that is promised, and what a busy machine adds; other commands would take five.
        assert!(took < Duration::from_secs(3), "{callers}: {took:?}");
    }
    assert_eq!(caller.workspace().await, before, "who reads still reads");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    other.close().await.unwrap();

    let (status, text) = caller.contain().await;
    assert_eq!(status, 200, "{text}");
    let decided: Decided = parsed(&text);
    let after = caller.workspace().await;
    assert!(after.revision() >= decided.revision);
    let environment = after.environment(&FLAG[0].parse().unwrap()).unwrap();
    assert!(environment.flags[&FLAG[1].parse().unwrap()].latch.is_some());
    drop(stop);
    running.await.unwrap().unwrap();
}
