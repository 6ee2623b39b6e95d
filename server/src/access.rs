//! Who a request is from: passwords, sessions and API keys.
//!
//! Invariants: only hashes of tokens and passwords are stored; an unknown user and a wrong password cost the same and
//! answer the same; a session ends after twelve hours without use. Not here: what each caller may do (`http::caller`).

use crate::clock;
use crate::random;
use crate::store::{SessionRecord, Store, StoreError};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use flaghoist_core::api::{CreateKey, KeyInfo, KeyKind, NewKey};
use flaghoist_core::name::PrincipalName;
use flaghoist_core::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a session lasts after its last use, in milliseconds.
const SESSION_MILLIS: i64 = 12 * 60 * 60 * 1000;
/// A session's end is moved only when it moves by this much: not every request writes.
const RENEW_MILLIS: i64 = 10 * 60 * 1000;
/// Failed sign-ins of one user name before it has to wait.
const FAILURES_MAX: u32 = 10;
/// How long it waits, in milliseconds.
const FAILURE_WINDOW_MILLIS: i64 = 15 * 60 * 1000;
/// User names whose failures are remembered: bounds memory against made-up names.
const FAILURE_NAMES_MAX: usize = 10_000;
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
    failures: Mutex<HashMap<String, (u32, Timestamp)>>,
}

impl Access {
    /// Over a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            failures: Mutex::default(),
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
        self.check_failures(user, now)?;
        let name = user
            .parse::<PrincipalName>()
            .ok()
            .filter(|_| password.len() <= PASSWORD_BYTES_MAX);
        let known = match &name {
            Some(name) => self.store.password(name).await?,
            None => None,
        };
        let password = password.to_owned();
        let right =
            tokio::task::spawn_blocking(move || verify(known.as_deref(), password.as_bytes()))
                .await;
        let (Some(user), true) = (name, right.unwrap_or(false)) else {
            self.count_failure(user, now);
            return Err(AccessError::Wrong);
        };
        self.store.delete_expired_sessions(now).await?;
        let token = random::hex::<32>()?;
        let session = SessionRecord {
            user,
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
            self.store.put_session(&hash, &session).await?;
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
            .await
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
        self.store.key(&random::sha256(token.as_bytes())).await
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
        self.store.delete_key(name).await
    }

    fn check_failures(&self, user: &str, now: Timestamp) -> Result<(), AccessError> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.get(user) {
            Some((count, since)) if *count >= FAILURES_MAX => {
                let left = since.as_millis() + FAILURE_WINDOW_MILLIS - now.as_millis();
                if left > 0 {
                    Err(AccessError::TooMany {
                        retry_after: left / 1000 + 1,
                    })
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }

    fn count_failure(&self, user: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let recent =
            |since: &Timestamp| now.as_millis() - since.as_millis() < FAILURE_WINDOW_MILLIS;
        if failures.len() >= FAILURE_NAMES_MAX {
            failures.retain(|_, (_, since)| recent(since));
        }
        if failures.len() >= FAILURE_NAMES_MAX {
            return;
        }
        let entry = failures
            .entry(user.chars().take(128).collect())
            .or_insert((0, now));
        *entry = if recent(&entry.1) {
            (entry.0 + 1, entry.1)
        } else {
            (1, now)
        };
    }
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
