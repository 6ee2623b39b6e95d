//! Operations on who may do what: sessions of people and API keys of programs.

use super::endpoint;
use crate::name::{EnvironmentName, PrincipalName};
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Who.
    pub user: String,
    /// Their password.
    pub password: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub user: PrincipalName,
    /// Until when, unless used.
    pub expires: Timestamp,
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Everything its owner may: commands, state, evaluation.
    Admin,
    /// Load one environment's whole bundle and evaluate all its flags. A secret.
    ServerEvaluation,
    /// See the flags marked for clients in one environment. Public.
    BrowserEvaluation,
}

/// Asks for a new API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What to call it.
    pub name: PrincipalName,
    /// What it may do.
    pub kind: KeyKind,
    /// Where; required for evaluation keys, absent for admin keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
}

/// A key as it is listed: never with its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyInfo {
    /// What it is called.
    pub name: PrincipalName,
    /// What it may do.
    pub kind: KeyKind,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// Who made it.
    pub owner: PrincipalName,
    /// When.
    pub created: Timestamp,
}

/// A new key with its secret, shown once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewKey {
    /// The key.
    #[serde(flatten)]
    pub info: KeyInfo,
    /// What the program sends as `Authorization: Bearer …`.
    pub token: String,
}

endpoint!(
    /// Signs in: sets the session cookie.
    PostSession: Post "/api/v1/session", SignIn => Session
);
endpoint!(
    /// Who is signed in; nobody is an answer too, not a failure.
    GetSession: Get "/api/v1/session", () => Option<Session>
);
endpoint!(
    /// Signs out.
    DeleteSession: Delete "/api/v1/session", () => ()
);
endpoint!(
    /// Makes an API key.
    PostKey: Post "/api/v1/keys", CreateKey => NewKey
);
endpoint!(
    /// Lists the API keys.
    GetKeys: Get "/api/v1/keys", () => Vec<KeyInfo>
);
endpoint!(
    /// Ends an API key.
    DeleteKey: Delete "/api/v1/keys/{name}", () => ()
);
