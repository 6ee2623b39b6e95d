//! Users, sessions and API keys in SQLite.

use super::rows::corrupt;
use super::{SqliteStore, is_taken};
use crate::store::{SessionRecord, StoreError};
use flaghoist_core::api::{KeyInfo, KeyKind};
use flaghoist_core::name::PrincipalName;
use flaghoist_core::time::Timestamp;

#[derive(sqlx::FromRow)]
struct SessionRow {
    user_name: String,
    expires: i64,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    name: String,
    kind: String,
    environment: Option<String>,
    owner: String,
    created: i64,
}

impl TryFrom<KeyRow> for KeyInfo {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let broken = |column: &'static str| {
            let key = row.name.clone();
            move |error: flaghoist_core::name::NameError| corrupt("api_keys", column, key, &error)
        };
        let environment = row.environment.as_deref().map(str::parse).transpose();
        Ok(Self {
            name: row.name.parse().map_err(broken("name"))?,
            kind: kind(&row.kind)
                .ok_or_else(|| corrupt("api_keys", "kind", &row.name, &row.kind))?,
            environment: environment.map_err(broken("environment"))?,
            owner: row.owner.parse().map_err(broken("owner"))?,
            created: Timestamp::from_millis(row.created),
        })
    }
}

const KINDS: [(&str, KeyKind); 3] = [
    ("admin", KeyKind::Admin),
    ("server_evaluation", KeyKind::ServerEvaluation),
    ("browser_evaluation", KeyKind::BrowserEvaluation),
];

fn kind(text: &str) -> Option<KeyKind> {
    KINDS
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, kind)| *kind)
}

fn kind_name(kind: KeyKind) -> &'static str {
    KINDS
        .iter()
        .find(|(_, known)| *known == kind)
        .map_or("", |(name, _)| name)
}

impl SqliteStore {
    pub(super) async fn write_user(
        &self,
        name: &PrincipalName,
        password: &str,
    ) -> Result<(), StoreError> {
        // A new password ends the sessions of the old one.
        let mut transaction = self.writer.begin().await?;
        sqlx::query("delete from sessions where user_name = ?")
            .bind(name.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "insert into users (name, password) values (?, ?)
             on conflict (name) do update set password = excluded.password",
        )
        .bind(name.as_str())
        .bind(password)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    pub(super) async fn read_password(
        &self,
        name: &PrincipalName,
    ) -> Result<Option<String>, StoreError> {
        let query =
            sqlx::query_scalar("select password from users where name = ?").bind(name.as_str());
        Ok(query.fetch_optional(&self.readers).await?)
    }

    pub(super) async fn write_session(
        &self,
        token_hash: &str,
        session: &SessionRecord,
    ) -> Result<(), StoreError> {
        sqlx::query("insert into sessions (token_hash, user_name, expires) values (?, ?, ?)")
            .bind(token_hash)
            .bind(session.user.as_str())
            .bind(session.expires.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub(super) async fn read_session(
        &self,
        token_hash: &str,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let row: Option<SessionRow> =
            sqlx::query_as("select user_name, expires from sessions where token_hash = ?")
                .bind(token_hash)
                .fetch_optional(&self.readers)
                .await?;
        row.map(|row| {
            let user = row
                .user_name
                .parse()
                .map_err(|error| corrupt("sessions", "user_name", &row.user_name, &error));
            Ok(SessionRecord {
                user: user?,
                expires: Timestamp::from_millis(row.expires),
            })
        })
        .transpose()
    }

    pub(super) async fn write_key(
        &self,
        token_hash: &str,
        key: &KeyInfo,
    ) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "insert into api_keys (name, token_hash, kind, environment, owner, created) values (?, ?, ?, ?, ?, ?)",
        )
        .bind(key.name.as_str())
        .bind(token_hash)
        .bind(kind_name(key.kind))
        .bind(key.environment.as_ref().map(|name| name.as_str()))
        .bind(key.owner.as_str())
        .bind(key.created.as_millis());
        match insert.execute(&self.writer).await {
            Ok(_) => Ok(()),
            Err(error) if is_taken(&error) => Err(StoreError::Taken(key.name.clone())),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn read_key(&self, token_hash: &str) -> Result<Option<KeyInfo>, StoreError> {
        let row: Option<KeyRow> = sqlx::query_as(
            "select name, kind, environment, owner, created from api_keys where token_hash = ?",
        )
        .bind(token_hash)
        .fetch_optional(&self.readers)
        .await?;
        row.map(KeyInfo::try_from).transpose()
    }

    pub(super) async fn read_key_named(
        &self,
        name: &PrincipalName,
    ) -> Result<Option<(String, KeyInfo)>, StoreError> {
        let hash: Option<String> =
            sqlx::query_scalar("select token_hash from api_keys where name = ?")
                .bind(name.as_str())
                .fetch_optional(&self.readers)
                .await?;
        let Some(hash) = hash else {
            return Ok(None);
        };
        // By the hash: a key that was ended and made again meanwhile is another.
        let key = self.read_key(&hash).await?;
        Ok(key.map(|key| (hash, key)))
    }

    pub(super) async fn read_keys(&self) -> Result<Vec<KeyInfo>, StoreError> {
        let rows: Vec<KeyRow> = sqlx::query_as(
            "select name, kind, environment, owner, created from api_keys order by name",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(KeyInfo::try_from).collect()
    }
}
