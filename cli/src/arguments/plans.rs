//! A plan that is looked at before anything happens.

use super::Connection;
use clap::Args;
use flaghoist_core::name::EnvironmentName;
use flaghoist_core::time::Timestamp;
use std::path::PathBuf;

/// A plan, and what is known of where it will ship.
#[derive(Debug, Args)]
pub struct Rehearsal {
    /// The plan file.
    pub file: PathBuf,
    /// Ask the server about this environment: how many users it has, which other releases are in force there.
    #[arg(long = "env", value_name = "NAME")]
    pub environment: Option<EnvironmentName>,
    /// About how many users there are, whatever the server says.
    #[arg(long)]
    pub population: Option<u64>,
    /// When it would start, like 2026-06-02T10:00:00Z; without it, now.
    #[arg(long, value_name = "TIME")]
    pub start: Option<Timestamp>,
    /// How to reach the server.
    #[command(flatten)]
    pub connection: Connection,
}

/// What a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PageFormat {
    /// Text with GitHub's tables.
    Markdown,
    /// One page that needs nothing else.
    Html,
}
