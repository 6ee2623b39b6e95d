//! Users and API keys, through the server or straight in its file.

use super::read;
use crate::arguments::{KeyChoice, Password, Token, User};
use crate::client::Client;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{CreateKey, DeleteKey, GetKeys, KeyInfo, KeyKind, NewKey, PostKey};
use flaghoist_core::name::PrincipalName;
use flaghoist_server::access::Access;
use flaghoist_server::store::{SqliteStore, Store};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

impl From<KeyChoice> for KeyKind {
    fn from(choice: KeyChoice) -> Self {
        match choice {
            KeyChoice::Admin => KeyKind::Admin,
            KeyChoice::Server => KeyKind::ServerEvaluation,
            KeyChoice::Browser => KeyKind::BrowserEvaluation,
        }
    }
}

pub fn token(json: bool, token: Token) -> Result<ExitCode, Failure> {
    match token {
        Token::Create {
            name,
            kind,
            environment,
            database,
            user,
            connection,
        } => {
            let request = CreateKey {
                name,
                kind: kind.into(),
                environment,
            };
            let key = match (database, user) {
                (Some(database), Some(user)) => create_offline(&database, request, &user)?,
                _ => Client::new(connection).call::<PostKey>(&[], &request)?,
            };
            show(json, &key, || key.token.clone())
        }
        Token::List { connection } => {
            let keys = Client::new(connection).call::<GetKeys>(&[], &())?;
            show(json, &keys, || match keys.as_slice() {
                [] => "no keys".into(),
                keys => keys.iter().map(line).collect::<Vec<_>>().join("\n"),
            })
        }
        Token::Revoke { name, connection } => {
            Client::new(connection).call::<DeleteKey>(&[name.as_str()], &())?;
            show(json, &name, || format!("{name} is ended"))
        }
    }
}

pub fn user(json: bool, user: User) -> Result<ExitCode, Failure> {
    let User::Add {
        name,
        database,
        password,
    } = user;
    let (password, made) = match given(&password)? {
        Some(password) => (password, false),
        None => (make_password()?, true),
    };
    offline(&database, async |store| {
        Access::new(store)
            .put_user(&name, &password)
            .await
            .map_err(|error| Failure::Usage(error.to_string()))
    })?;
    show(json, &name, || {
        if made {
            format!("{name} signs in with {password}")
        } else {
            format!("{name} has a new password")
        }
    })
}

/// The password that a call gives: in a file, or in the environment.
pub fn given(password: &Password) -> Result<Option<String>, Failure> {
    match &password.password_file {
        Some(file) => Ok(Some(read(file)?.trim_end_matches(['\r', '\n']).into())),
        None => Ok(std::env::var("FLAGHOIST_PASSWORD").ok()),
    }
}

/// A password nobody guesses: 20 characters of 16.
pub fn make_password() -> Result<String, Failure> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Server(format!("the system gives no randomness: {error}")))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn create_offline(
    database: &Path,
    request: CreateKey,
    user: &PrincipalName,
) -> Result<NewKey, Failure> {
    // A mistyped path would otherwise become a new, empty database.
    std::fs::metadata(database).map_err(|source| Failure::File {
        path: database.into(),
        source,
    })?;
    let failed = |problem: String| Failure::Usage(format!("{}: {problem}", database.display()));
    offline(database, async |store| {
        let known = store.password(user).await;
        if known.map_err(|error| failed(error.to_string()))?.is_none() {
            return Err(failed(format!(
                "there is no user `{user}`; make one with `flaghoist user add`"
            )));
        }
        let key = Access::new(store).create_key(request, user).await;
        key.map_err(|error| failed(error.to_string()))
    })
}

/// Work on a server's file without a server.
fn offline<T>(
    database: &Path,
    work: impl AsyncFnOnce(Arc<dyn Store>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::Server(error.to_string()))?;
    runtime.block_on(async {
        let store = SqliteStore::open(database).await;
        let store =
            store.map_err(|error| Failure::Usage(format!("{}: {error}", database.display())))?;
        work(Arc::new(store)).await
    })
}

fn line(key: &KeyInfo) -> String {
    let kind = match key.kind {
        KeyKind::Admin => "admin",
        KeyKind::ServerEvaluation => "server",
        KeyKind::BrowserEvaluation => "browser",
    };
    let environment = key.environment.as_ref().map_or("-", |name| name.as_str());
    let owner: &PrincipalName = &key.owner;
    format!(
        "{:<24} {kind:<8} {environment:<16} by {owner} on {}",
        key.name.as_str(),
        key.created
    )
}
