//! The contract every store keeps, run on SQLite; and what SQLite does with a file that is not as it should be.

mod outage;

use super::{Append, SessionRecord, SqliteStore, Store, StoreError};
use flaghoist_core::api::{KeyInfo, KeyKind};
use flaghoist_core::name::{EnvironmentName, Revision};
use flaghoist_core::release::{Actor, Entry, Event, FORMAT};
use flaghoist_core::time::Timestamp;
use sqlx::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn entry(revision: u64, request: Option<&str>) -> Entry {
    let environment: EnvironmentName = format!("environment-{revision}").parse().unwrap();
    Entry {
        format: FORMAT,
        revision: Revision::new(revision),
        at: Timestamp::from_millis(1_780_000_000_000 + revision as i64),
        actor: Actor::Person("asha".parse().unwrap()),
        reason: Some("a \"reason\" with ünïcode and\nlines".into()),
        request: request.map(|id| id.to_string().try_into().unwrap()),
        events: vec![Event::EnvironmentDeclared {
            environment,
            population: Some(revision),
        }],
    }
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flaghoist.db");
    (folder, path)
}

/// What every store keeps.
async fn contract(store: &dyn Store) {
    ledger(store).await;
    principals(store).await;
}

async fn ledger(store: &dyn Store) {
    assert_eq!(store.entries(Revision::ZERO, 10).await.unwrap(), []);
    for revision in 1..=3 {
        assert_eq!(
            store.append(&entry(revision, None), None).await.unwrap(),
            Append::Done
        );
    }
    assert_eq!(
        store.append(&entry(3, None), None).await.unwrap(),
        Append::Conflict,
        "a revision is given once"
    );
    let next = store
        .append_next(&entry(1, Some("id-1")), Some("print"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(next, Revision::new(4), "appended at whatever is next");
    assert_eq!(
        store
            .append_next(&entry(1, Some("id-1")), Some("print"))
            .await
            .unwrap(),
        None,
        "a request id is kept once"
    );
    let all = store.entries(Revision::ZERO, 10).await.unwrap();
    let expected = [entry(1, None), entry(2, None), entry(3, None)];
    assert_eq!(all[..3], expected);
    assert_eq!(
        all[3],
        Entry {
            revision: next,
            ..entry(1, Some("id-1"))
        }
    );
    assert_eq!(
        store.entries(Revision::new(2), 1).await.unwrap(),
        [entry(3, None)],
        "a page"
    );
    let carried = store
        .carried(&"id-1".to_string().try_into().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (carried.entry.revision, carried.fingerprint.as_str()),
        (next, "print")
    );
    assert_eq!(
        store
            .carried(&"id-2".to_string().try_into().unwrap())
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store.append(&entry(5, Some("id-1")), None).await.unwrap(),
        Append::Conflict,
        "a request id is kept once"
    );
}

async fn principals(store: &dyn Store) {
    let asha = "asha".parse().unwrap();
    assert!(!store.has_users().await.unwrap());
    store.put_user(&asha, "hash-1").await.unwrap();
    assert_eq!(
        store.password(&asha).await.unwrap().as_deref(),
        Some("hash-1")
    );
    let until = |millis| SessionRecord {
        user: asha.clone(),
        expires: Timestamp::from_millis(millis),
    };
    store.put_session("s1", &until(100)).await.unwrap();
    store
        .renew_session("s1", Timestamp::from_millis(200))
        .await
        .unwrap();
    store.put_session("s2", &until(50)).await.unwrap();
    store
        .delete_expired_sessions(Timestamp::from_millis(60))
        .await
        .unwrap();
    assert_eq!(
        store.session("s1").await.unwrap(),
        Some(until(200)),
        "its end was moved"
    );
    assert_eq!(store.session("s2").await.unwrap(), None, "it had ended");
    store.put_user(&asha, "hash-2").await.unwrap();
    assert_eq!(
        store.session("s1").await.unwrap(),
        None,
        "a new password ends the sessions of the old one"
    );
    store
        .renew_session("s1", Timestamp::from_millis(300))
        .await
        .unwrap();
    assert_eq!(
        store.session("s1").await.unwrap(),
        None,
        "what is gone stays gone"
    );

    let key = |name: &str| KeyInfo {
        name: name.parse().unwrap(),
        kind: KeyKind::ServerEvaluation,
        environment: Some("production".parse().unwrap()),
        owner: asha.clone(),
        created: Timestamp::from_millis(7),
    };
    store.put_key("h1", &key("edge")).await.unwrap();
    assert!(matches!(
        store.put_key("h2", &key("edge")).await,
        Err(StoreError::Taken(_))
    ));
    store.put_key("h2", &key("another")).await.unwrap();
    assert_eq!(store.key("h1").await.unwrap(), Some(key("edge")));
    assert_eq!(
        store.key_named(&"edge".parse().unwrap()).await.unwrap(),
        Some(("h1".into(), key("edge")))
    );
    assert_eq!(store.key_named(&"h1".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.keys().await.unwrap(), [key("another"), key("edge")]);
    assert!(store.delete_key(&"edge".parse().unwrap()).await.unwrap());
    assert!(!store.delete_key(&"edge".parse().unwrap()).await.unwrap());
    assert_eq!(store.key("h1").await.unwrap(), None);
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let (_folder, path) = file();
    contract(&SqliteStore::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn what_is_in_the_file_is_there_again() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).await.unwrap();
    let id = store.ledger_id().await.unwrap();
    store.append(&entry(1, None), None).await.unwrap();
    store.close().await;
    let again = SqliteStore::open(&path).await.unwrap();
    assert_eq!(again.ledger_id().await.unwrap(), id);
    assert_eq!(
        again.entries(Revision::ZERO, 10).await.unwrap(),
        [entry(1, None)]
    );
}

#[tokio::test]
async fn a_file_that_is_not_as_it_should_be_says_what_and_where() {
    let cases = [
        (
            "update ledger set events = '[' where revision = 2",
            "ledger.events of `2` is corrupt",
        ),
        (
            "update ledger set actor = '{}' where revision = 2",
            "ledger.actor of `2` is corrupt",
        ),
        (
            "delete from ledger where revision = 2",
            "the ledger has a gap: after revision 1 comes 3",
        ),
        (
            "update ledger set format = 9 where revision = 2",
            "entry 2 is of format 9; this version reads up to 1",
        ),
    ];
    for (damage, expected) in cases {
        let (_folder, path) = file();
        let store = SqliteStore::open(&path).await.unwrap();
        for revision in 1..=3 {
            store.append(&entry(revision, None), None).await.unwrap();
        }
        store.close().await;
        break_it(&path, damage).await;
        let store = SqliteStore::open(&path).await.unwrap();
        let error = store
            .entries(Revision::ZERO, 10)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{damage}: {error}");
    }
}

async fn break_it(path: &Path, damage: &'static str) {
    let url = format!("sqlite://{}", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(damage).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn large_entries_come_in_smaller_pages() {
    let (_folder, path) = file();
    let store = SqliteStore::open(&path).await.unwrap();
    let large = |revision| {
        let mut entry = entry(revision, None);
        let event = entry.events[0].clone();
        entry.events = vec![event; 60_000];
        entry
    };
    for revision in 1..=6 {
        store.append(&large(revision), None).await.unwrap();
    }
    let mut since = Revision::ZERO;
    let mut pages = 0;
    while since < Revision::new(6) {
        let page = store.entries(since, 10).await.unwrap();
        assert!(!page.is_empty(), "there is more after {since}");
        since = page[page.len() - 1].revision;
        pages += 1;
    }
    assert!(pages > 1, "one page held them all");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = file();
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(&entry(1, None), None).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let (_folder, path) = file();
    std::fs::write(
        &path,
        "this is a text of more than a hundred bytes, and no database at all; ".repeat(20),
    )
    .unwrap();
    match SqliteStore::open(&path).await {
        Err(error) => assert!(error.to_string().contains("not a database"), "{error}"),
        Ok(_) => panic!("it should be refused"),
    }
}
