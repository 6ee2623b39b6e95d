//! Plans that are looked at before anything happens.

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

/// Plan files to check.
#[derive(Debug, Args)]
pub struct Lint {
    /// The files; `-` is standard input.
    #[arg(required_unless_present = "explain")]
    pub files: Vec<PathBuf>,
    /// How findings are printed: for people, for programs, or as annotations of a GitHub workflow.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<LintFormat>,
    /// End with 1 where there are warnings, too.
    #[arg(long)]
    pub deny_warnings: bool,
    /// Tell what a code like FH104 means, or `all` of them.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["files", "environment", "deny_warnings"])]
    pub explain: Option<String>,
    /// Ask the server about this environment: what is deployed there, who else ships, how many users there are.
    #[arg(long = "env", value_name = "NAME")]
    pub environment: Option<EnvironmentName>,
    /// How to reach the server.
    #[command(flatten)]
    pub connection: Connection,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LintFormat {
    /// With the line of the file and a caret beneath the place.
    Human,
    /// As the API has them, with the file.
    Json,
    /// As workflow commands, which GitHub shows beside the lines of a pull request.
    Github,
}

/// What a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PageFormat {
    /// Text with GitHub's tables.
    Markdown,
    /// One page that needs nothing else.
    Html,
}
