//! Who may come in: API keys and users.

use super::{Connection, Password};
use clap::Subcommand;
use flaghoist_core::name::{EnvironmentName, PrincipalName};
use std::path::PathBuf;

/// API keys.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a key; its token is printed once.
    Create {
        /// What to call it.
        #[arg(long)]
        name: PrincipalName,
        /// admin, server or browser.
        #[arg(long, value_enum)]
        kind: KeyChoice,
        /// The environment of an evaluation key.
        #[arg(long = "env", value_name = "NAME")]
        environment: Option<EnvironmentName>,
        /// Make it in this SQLite file, without a server.
        #[arg(long, requires = "user")]
        database: Option<PathBuf>,
        /// With --database: the person who answers for the key.
        #[arg(long)]
        user: Option<PrincipalName>,
        /// How to reach the server.
        #[command(flatten)]
        connection: Connection,
    },
    /// List the keys, without their tokens.
    List {
        /// How to reach the server.
        #[command(flatten)]
        connection: Connection,
    },
    /// End a key.
    Revoke {
        /// Which.
        name: PrincipalName,
        /// How to reach the server.
        #[command(flatten)]
        connection: Connection,
    },
}

/// The kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyChoice {
    /// Commands and state.
    Admin,
    /// All flags of one environment; a secret.
    Server,
    /// The flags marked for clients; public.
    Browser,
}

/// Users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user, or give one a new password.
    Add {
        /// Who.
        name: PrincipalName,
        /// The SQLite file.
        #[arg(long, default_value = "flaghoist.db")]
        database: PathBuf,
        /// The password.
        #[command(flatten)]
        password: Password,
    },
}
