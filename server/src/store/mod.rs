//! What survives: the ledger, and who may do what.
//!
//! Invariants of every `Store`: an append is on disk when it returns; revisions are from 1 without gaps; two appends
//! never get one revision; a request id is kept once. Not here: what entries mean (core), who a token is (`access`).

mod sqlite;
#[cfg(test)]
mod tests;

pub use sqlite::SqliteStore;

use flaghoist_core::api::KeyInfo;
use flaghoist_core::name::{LedgerId, NameError, PrincipalName, Revision};
use flaghoist_core::release::{Entry, RequestId};
use flaghoist_core::time::Timestamp;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Its schema.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Something in it does not read back.
    #[error("{table}.{column} of `{key}` is corrupt: {problem}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Of which row.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// An entry is missing.
    #[error("the ledger has a gap: after revision {after} comes {next}")]
    Gap {
        /// The last good one.
        after: Revision,
        /// The one after it.
        next: Revision,
    },
    /// Written by a newer version.
    #[error("entry {revision} is of format {format}; this version reads up to {known}: upgrade it")]
    Format {
        /// Which entry.
        revision: Revision,
        /// Its format.
        format: u16,
        /// The newest known here.
        known: u16,
    },
    /// There is no randomness for a new id.
    #[error(transparent)]
    Random(#[from] crate::random::NoRandomness),
    /// A name already in the store is taken.
    #[error("`{0}` is taken")]
    Taken(PrincipalName),
    /// A name is not one.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// How an append ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Append {
    /// It is on disk.
    Done,
    /// Another entry has that revision: read on and decide again.
    Conflict,
}

/// A request that was carried out before.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// What it appended.
    pub entry: Entry,
    /// What it was sent for.
    pub fingerprint: String,
}

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Who.
    pub user: PrincipalName,
    /// Until when.
    pub expires: Timestamp,
}

/// What the server needs of a database.
#[async_trait::async_trait]
pub trait Store: Send + Sync {
    /// Which ledger this is.
    async fn ledger_id(&self) -> Result<LedgerId, StoreError>;
    /// Appends an entry at its own revision, unless that is taken.
    async fn append(&self, entry: &Entry, fingerprint: Option<&str>) -> Result<Append, StoreError>;
    /// Appends an entry at whatever revision is next, which it tells; for what must not be refused. `None` when its
    /// request id is in the ledger already.
    async fn append_next(
        &self,
        entry: &Entry,
        fingerprint: Option<&str>,
    ) -> Result<Option<Revision>, StoreError>;
    /// Entries after a revision, oldest first, at most `limit`; fewer, but not none, where they are large.
    async fn entries(&self, since: Revision, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// What a request id was used for.
    async fn carried(&self, request: &RequestId) -> Result<Option<Carried>, StoreError>;

    /// Makes a user or gives one a new password hash.
    async fn put_user(&self, name: &PrincipalName, password: &str) -> Result<(), StoreError>;
    /// A user's password hash.
    async fn password(&self, name: &PrincipalName) -> Result<Option<String>, StoreError>;
    /// Whether there is any user.
    async fn has_users(&self) -> Result<bool, StoreError>;

    /// Keeps a new session.
    async fn put_session(
        &self,
        token_hash: &str,
        session: &SessionRecord,
    ) -> Result<(), StoreError>;
    /// Moves a session's end; one that is gone stays gone.
    async fn renew_session(&self, token_hash: &str, expires: Timestamp) -> Result<(), StoreError>;
    /// A session by the hash of its token.
    async fn session(&self, token_hash: &str) -> Result<Option<SessionRecord>, StoreError>;
    /// Ends a session.
    async fn delete_session(&self, token_hash: &str) -> Result<(), StoreError>;
    /// Forgets sessions that ended before `now`.
    async fn delete_expired_sessions(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Makes an API key; `Taken` when the name is.
    async fn put_key(&self, token_hash: &str, key: &KeyInfo) -> Result<(), StoreError>;
    /// A key by the hash of its token.
    async fn key(&self, token_hash: &str) -> Result<Option<KeyInfo>, StoreError>;
    /// A key by its name, with the hash of its token.
    async fn key_named(
        &self,
        name: &PrincipalName,
    ) -> Result<Option<(String, KeyInfo)>, StoreError>;
    /// Every key, by name.
    async fn keys(&self) -> Result<Vec<KeyInfo>, StoreError>;
    /// Ends a key; whether there was one.
    async fn delete_key(&self, name: &PrincipalName) -> Result<bool, StoreError>;

    /// Writes back what is pending and lets go of the file.
    async fn close(&self);
}
