//! Rows, and how they become values: a row that does not read back says which it is.

use crate::store::StoreError;
use flaghoist_core::name::Revision;
use flaghoist_core::release::{Entry, FORMAT};
use flaghoist_core::time::Timestamp;
use std::fmt::Display;

/// A row of `ledger`.
#[derive(sqlx::FromRow)]
pub(super) struct EntryRow {
    pub(super) revision: i64,
    pub(super) format: i64,
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) reason: Option<String>,
    pub(super) request: Option<String>,
    pub(super) events: String,
}

/// A revision as SQLite keeps numbers.
pub(super) fn number(revision: Revision) -> i64 {
    i64::try_from(revision.get()).unwrap_or(i64::MAX)
}

/// A revision read back.
pub(super) fn revision(number: i64) -> Result<Revision, StoreError> {
    u64::try_from(number)
        .map(Revision::new)
        .map_err(|error| corrupt("ledger", "revision", number, &error))
}

/// A column that does not read back.
pub(super) fn corrupt(
    table: &'static str,
    column: &'static str,
    key: impl ToString,
    problem: &dyn Display,
) -> StoreError {
    StoreError::Corrupt {
        table,
        column,
        key: key.to_string(),
        problem: problem.to_string(),
    }
}

impl EntryRow {
    pub(super) fn of(entry: &Entry) -> Result<Self, StoreError> {
        let unwritable = |column: &'static str| {
            let key = entry.revision;
            move |error: serde_json::Error| corrupt("ledger", column, key, &error)
        };
        Ok(Self {
            revision: number(entry.revision),
            format: entry.format.into(),
            at: entry.at.as_millis(),
            actor: serde_json::to_string(&entry.actor).map_err(unwritable("actor"))?,
            reason: entry.reason.clone(),
            request: entry.request.clone().map(String::from),
            events: serde_json::to_string(&entry.events).map_err(unwritable("events"))?,
        })
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let at = row.revision;
        let revision = revision(at)?;
        let format =
            u16::try_from(row.format).map_err(|error| corrupt("ledger", "format", at, &error))?;
        if format > FORMAT {
            return Err(StoreError::Format {
                revision,
                format,
                known: FORMAT,
            });
        }
        let request = row.request.map(TryInto::try_into).transpose();
        Ok(Self {
            format,
            revision,
            at: Timestamp::from_millis(row.at),
            actor: serde_json::from_str(&row.actor)
                .map_err(|error| corrupt("ledger", "actor", at, &error))?,
            reason: row.reason,
            request: request.map_err(|error| corrupt("ledger", "request", at, &error))?,
            events: serde_json::from_str(&row.events)
                .map_err(|error| corrupt("ledger", "events", at, &error))?,
        })
    }
}
