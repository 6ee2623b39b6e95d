//! Who a request is from: passwords, sessions and API keys.
//!
//! Invariants: only hashes of tokens and passwords are stored; an unknown user and a wrong password cost the same and
//! answer the same; a session ends after twelve hours without use. Not here: what each caller may do (`http::caller`).

mod throttle;

use crate::clock;
use crate::random;
use crate::store::{SessionRecord, Store, StoreError};
use crate::ticket::Ticket;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use flaghoist_core::api::{CreateKey, KeyInfo, KeyKind, NewKey};
use flaghoist_core::name::PrincipalName;
use flaghoist_core::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use throttle::Throttle;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// How long a session lasts after its last use, in milliseconds.
const SESSION_MILLIS: i64 = 12 * 60 * 60 * 1000;
/// A session's end is moved only when it moves by this much: not every request writes.
const RENEW_MILLIS: i64 = 10 * 60 * 1000;
/// Passwords hashed at the same time: each takes a core for some 20 ms and 19 MiB.
const HASHING_MAX: usize = 2;
/// How long a sign-in waits for its turn.
const HASHING_WAIT_MAX: Duration = Duration::from_secs(5);
/// Longest password that is hashed, in bytes: hashing is work an attacker must not size.
const PASSWORD_BYTES_MAX: usize = 1024;

/// Why nobody was signed in, or no key made.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The name or the password is wrong; which, is not said.
    #[error("the user name or the password is wrong")]
    Wrong,
    /// Too many wrong passwords.
    #[error("too many wrong passwords for this user")]
    TooMany {
        /// How long to wait, in seconds.
        retry_after: i64,
    },
    /// Too many people, or programs, sign in right now.
    #[error("too many sign-ins at the same time")]
    Busy,
    /// The password is too short or too long.
    #[error("a password has from 8 to {PASSWORD_BYTES_MAX} bytes")]
    PasswordLength,
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// An evaluation key without an environment, or an admin key with one.
    #[error("an evaluation key names its environment, an admin key does not")]
    KeyEnvironment,
    /// There is no randomness for a token.
    #[error(transparent)]
    Random(#[from] random::NoRandomness),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs people in and tells tokens apart.
pub struct Access {
    store: Arc<dyn Store>,
    throttle: Throttle,
    hashing: Semaphore,
    /// Tells whenever a session or a key was ended.
    revoked: watch::Sender<()>,
}

impl Access {
    /// Over a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            throttle: Throttle::new(),
            hashing: Semaphore::new(HASHING_MAX),
            revoked: watch::Sender::new(()),
        }
    }

    /// Makes a user, or gives one a new password.
    ///
    /// # Errors
    /// A password that is too short or too long, or the store's failure.
    pub async fn put_user(&self, name: &PrincipalName, password: &str) -> Result<(), AccessError> {
        if !(8..=PASSWORD_BYTES_MAX).contains(&password.len()) {
            return Err(AccessError::PasswordLength);
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(AccessError::Hash)?;
        Ok(self.store.put_user(name, &hash.to_string()).await?)
    }

    /// Whether anybody can sign in at all.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn has_users(&self) -> Result<bool, AccessError> {
        Ok(self.store.has_users().await?)
    }

    /// Signs in: the session and its token.
    ///
    /// # Errors
    /// A wrong name or password, too many of them, or the store's failure.
    pub async fn sign_in(
        &self,
        user: &str,
        password: &str,
    ) -> Result<(SessionRecord, String), AccessError> {
        let now = clock::now();
        self.throttle
            .attempt(user, now)
            .map_err(|retry_after| AccessError::TooMany { retry_after })?;
        let name = user
            .parse::<PrincipalName>()
            .ok()
            .filter(|_| password.len() <= PASSWORD_BYTES_MAX);
        let known = match &name {
            Some(name) => self.store.password(name).await?,
            None => None,
        };
        let password = password.to_owned();
        let Ok(Ok(_turn)) = timeout(HASHING_WAIT_MAX, self.hashing.acquire()).await else {
            return Err(AccessError::Busy);
        };
        let right =
            tokio::task::spawn_blocking(move || verify(known.as_deref(), password.as_bytes()))
                .await;
        let (Some(name), true) = (name, right.unwrap_or(false)) else {
            return Err(AccessError::Wrong);
        };
        self.throttle.succeeded(user);
        self.store.delete_expired_sessions(now).await?;
        let token = random::hex::<32>()?;
        let session = SessionRecord {
            user: name,
            expires: ends(now),
        };
        self.store
            .put_session(&random::sha256(token.as_bytes()), &session)
            .await?;
        Ok((session, token))
    }

    /// The session of a token, if it has not ended; using it moves its end.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn session(&self, token: &str) -> Result<Option<SessionRecord>, StoreError> {
        let now = clock::now();
        let hash = random::sha256(token.as_bytes());
        let Some(mut session) = self
            .store
            .session(&hash)
            .await?
            .filter(|session| session.expires > now)
        else {
            return Ok(None);
        };
        let later = ends(now);
        if later.as_millis() - session.expires.as_millis() > RENEW_MILLIS {
            session.expires = later;
            // On its own: who reads, or contains, does not wait for a store that cannot write.
            let store = self.store.clone();
            tokio::spawn(async move {
                if let Err(error) = store.renew_session(&hash, later).await {
                    tracing::warn!(%error, "a session was not renewed");
                }
            });
        }
        Ok(Some(session))
    }

    /// Ends the session of a token.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        self.store
            .delete_session(&random::sha256(token.as_bytes()))
            .await?;
        self.revoked.send_replace(());
        Ok(())
    }

    /// Tells whenever a session or a key was ended, so that what was begun with it can end too.
    pub(crate) fn revoked(&self) -> watch::Receiver<()> {
        self.revoked.subscribe()
    }

    /// Makes an API key; its token is told once.
    ///
    /// # Errors
    /// A name that is taken, an environment too many or too few, or the store's failure.
    pub async fn create_key(
        &self,
        request: CreateKey,
        owner: &PrincipalName,
    ) -> Result<NewKey, AccessError> {
        let prefix = match (request.kind, &request.environment) {
            (KeyKind::Admin, None) => "fh_admin_",
            (KeyKind::ServerEvaluation, Some(_)) => "fh_server_",
            (KeyKind::BrowserEvaluation, Some(_)) => "fh_browser_",
            _ => return Err(AccessError::KeyEnvironment),
        };
        let token = format!("{prefix}{}", random::hex::<32>()?);
        let info = KeyInfo {
            name: request.name,
            kind: request.kind,
            environment: request.environment,
            owner: owner.clone(),
            created: clock::now(),
        };
        self.store
            .put_key(&random::sha256(token.as_bytes()), &info)
            .await?;
        Ok(NewKey { info, token })
    }

    /// The key of a token.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn key(&self, token: &str) -> Result<Option<KeyInfo>, StoreError> {
        self.store.key(&hash(token)).await
    }

    /// The key that a stream ticket was made with, if that key is still good. When the ticket ends is not asked here.
    ///
    /// # Errors
    /// The store's failure.
    pub(crate) async fn ticket_key(&self, ticket: &Ticket) -> Result<Option<KeyInfo>, StoreError> {
        let key = self.store.key_named(ticket.key()).await?;
        Ok(key
            .filter(|(hash, _)| ticket.is_made_with(hash))
            .map(|(_, key)| key))
    }

    /// Every key, without secrets.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>, StoreError> {
        self.store.keys().await
    }

    /// Ends a key; whether there was one.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn delete_key(&self, name: &PrincipalName) -> Result<bool, StoreError> {
        let was_there = self.store.delete_key(name).await?;
        self.revoked.send_replace(());
        Ok(was_there)
    }
}

/// What is stored of a token.
pub(crate) fn hash(token: &str) -> String {
    random::sha256(token.as_bytes())
}

fn ends(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis() + SESSION_MILLIS)
}

/// Whether a password is the one of a hash. Without a hash, the same work is done for nothing.
fn verify(hash: Option<&str>, password: &[u8]) -> bool {
    let Some(hash) = hash else {
        let _ = Argon2::default().hash_password(password);
        return false;
    };
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}
