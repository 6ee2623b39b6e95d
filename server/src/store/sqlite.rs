//! The store in one SQLite file: WAL, `synchronous=FULL`, one writing connection, a pool of readers.

mod principals;
mod rows;

use super::{Append, Carried, SessionRecord, Store, StoreError};
use crate::random;
use flaghoist_core::api::KeyInfo;
use flaghoist_core::name::{LedgerId, PrincipalName, Revision};
use flaghoist_core::release::{Entry, RequestId};
use flaghoist_core::time::Timestamp;
use futures_util::TryStreamExt;
use rows::EntryRow;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for another process that holds the file.
const BUSY_MAX: Duration = Duration::from_millis(800);
/// How long a statement waits for its connection: below the second in which a contain must be answered.
const ACQUIRE_MAX: Duration = Duration::from_millis(900);
/// Entries of one page stop after this many bytes: a plan is up to 1 MiB, and a page of a thousand is held in memory.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Readers at the same time.
const READERS: u32 = 4;

/// A store in a file.
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens a file, making it and its tables where they are not there.
    ///
    /// # Errors
    /// A file that cannot be opened or is of a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Every acknowledged commit survives a power cut, not only a crash of the process.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_MAX);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_MAX)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!().run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_MAX)
            .connect_with(options.read_only(true))
            .await?;
        let store = Self { writer, readers };
        store.identify().await?;
        Ok(store)
    }

    async fn identify(&self) -> Result<(), StoreError> {
        let fresh = random::hex::<16>()?;
        sqlx::query(
            "insert into ledger_identity (one, ledger) values (1, ?) on conflict do nothing",
        )
        .bind(fresh)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// Makes the file for its owner's eyes only; SQLite gives the files beside it the same rights. What goes wrong here,
/// opening it says.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

fn is_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

#[async_trait::async_trait]
impl Store for SqliteStore {
    async fn ledger_id(&self) -> Result<LedgerId, StoreError> {
        let id: String = sqlx::query_scalar("select ledger from ledger_identity")
            .fetch_one(&self.readers)
            .await?;
        Ok(id.parse()?)
    }

    async fn append(&self, entry: &Entry, fingerprint: Option<&str>) -> Result<Append, StoreError> {
        let row = EntryRow::of(entry)?;
        let insert = sqlx::query(
            "insert into ledger (revision, format, at, actor, reason, request, fingerprint, events)
             values (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(row.revision)
        .bind(row.format)
        .bind(row.at)
        .bind(row.actor)
        .bind(row.reason)
        .bind(row.request)
        .bind(fingerprint)
        .bind(row.events);
        match insert.execute(&self.writer).await {
            Ok(_) => Ok(Append::Done),
            Err(error) if is_taken(&error) => Ok(Append::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn append_next(
        &self,
        entry: &Entry,
        fingerprint: Option<&str>,
    ) -> Result<Option<Revision>, StoreError> {
        let row = EntryRow::of(entry)?;
        let insert = sqlx::query_scalar(
            "insert into ledger (revision, format, at, actor, reason, request, fingerprint, events)
             select coalesce(max(revision), 0) + 1, ?, ?, ?, ?, ?, ?, ? from ledger
             returning revision",
        )
        .bind(row.format)
        .bind(row.at)
        .bind(row.actor)
        .bind(row.reason)
        .bind(row.request)
        .bind(fingerprint)
        .bind(row.events);
        match insert.fetch_one(&self.writer).await {
            Ok(revision) => rows::revision(revision).map(Some),
            // The revision is made in the statement itself: what is taken is the request id.
            Err(error) if is_taken(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn entries(&self, since: Revision, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let mut rows = sqlx::query_as::<_, EntryRow>(
            "select revision, format, at, actor, reason, request, events from ledger
             where revision > ? order by revision limit ?",
        )
        .bind(rows::number(since))
        .bind(limit)
        .fetch(&self.readers);
        let (mut entries, mut after, mut bytes) = (Vec::new(), since, 0);
        while let Some(row) = rows.try_next().await? {
            bytes += row.events.len();
            let entry = Entry::try_from(row)?;
            if entry.revision != after.next() {
                return Err(StoreError::Gap {
                    after,
                    next: entry.revision,
                });
            }
            after = entry.revision;
            entries.push(entry);
            if bytes > PAGE_BYTES_MAX {
                break;
            }
        }
        Ok(entries)
    }

    async fn carried(&self, request: &RequestId) -> Result<Option<Carried>, StoreError> {
        let row: Option<EntryRow> = sqlx::query_as(
            "select revision, format, at, actor, reason, request, events from ledger where request = ?",
        )
        .bind(request.as_str())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let fingerprint: Option<String> =
            sqlx::query_scalar("select fingerprint from ledger where revision = ?")
                .bind(row.revision)
                .fetch_one(&self.readers)
                .await?;
        Ok(Some(Carried {
            entry: row.try_into()?,
            fingerprint: fingerprint.unwrap_or_default(),
        }))
    }

    async fn put_user(&self, name: &PrincipalName, password: &str) -> Result<(), StoreError> {
        self.write_user(name, password).await
    }

    async fn password(&self, name: &PrincipalName) -> Result<Option<String>, StoreError> {
        self.read_password(name).await
    }

    async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("select exists (select 1 from users)")
            .fetch_one(&self.readers)
            .await?)
    }

    async fn put_session(
        &self,
        token_hash: &str,
        session: &SessionRecord,
    ) -> Result<(), StoreError> {
        self.write_session(token_hash, session).await
    }

    async fn renew_session(&self, token_hash: &str, expires: Timestamp) -> Result<(), StoreError> {
        sqlx::query("update sessions set expires = ? where token_hash = ?")
            .bind(expires.as_millis())
            .bind(token_hash)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn session(&self, token_hash: &str) -> Result<Option<SessionRecord>, StoreError> {
        self.read_session(token_hash).await
    }

    async fn delete_session(&self, token_hash: &str) -> Result<(), StoreError> {
        sqlx::query("delete from sessions where token_hash = ?")
            .bind(token_hash)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn delete_expired_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from sessions where expires < ?")
            .bind(now.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn put_key(&self, token_hash: &str, key: &KeyInfo) -> Result<(), StoreError> {
        self.write_key(token_hash, key).await
    }

    async fn key(&self, token_hash: &str) -> Result<Option<KeyInfo>, StoreError> {
        self.read_key(token_hash).await
    }

    async fn key_named(
        &self,
        name: &PrincipalName,
    ) -> Result<Option<(String, KeyInfo)>, StoreError> {
        self.read_key_named(name).await
    }

    async fn keys(&self) -> Result<Vec<KeyInfo>, StoreError> {
        self.read_keys().await
    }

    async fn delete_key(&self, name: &PrincipalName) -> Result<bool, StoreError> {
        let done = sqlx::query("delete from api_keys where name = ?")
            .bind(name.as_str())
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
