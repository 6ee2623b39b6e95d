//! The words of the command line.

mod access;
mod evidence;
pub mod incident;
mod plans;
pub mod release;
mod reports;

pub use access::{KeyChoice, Token, User};
pub use evidence::{Evidence, Format, PinGiven, Submit, Word};
pub use plans::{Lint, LintFormat, PageFormat, Rehearsal};
pub use reports::Observe;

use clap::{Args, Parser, Subcommand};
use flaghoist_core::evaluation::FlagType;
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::{EnvironmentName, FlagKey, PrincipalName, ReleaseName};
use flaghoist_core::ruleset::HashVersion;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Ships several changes together behind one flag.
#[derive(Debug, Parser)]
#[command(name = "flaghoist", version, about)]
#[command(
    after_help = "Exit codes: 0 done; 1 refused, or errors or differences found; 2 the call or its input is off; 3 no server or no \
                  access; 4 the flag moved since you looked."
)]
pub struct Arguments {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Whether programs read the answer, and the failure.
    pub fn is_json(&self) -> bool {
        let lint = match &self.command {
            Command::Lint(lint) => lint.format,
            _ => None,
        };
        self.json || lint == Some(LintFormat::Json)
    }
}

/// How to reach the server.
#[derive(Debug, Clone, Args)]
pub struct Connection {
    /// The server's address.
    #[arg(
        long,
        env = "FLAGHOIST_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub server: String,
    /// An admin API key.
    #[arg(long, env = "FLAGHOIST_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

/// Where a command acts.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// How to reach the server.
    #[command(flatten)]
    pub connection: Connection,
    /// The environment; not needed where there is only one.
    #[arg(long = "env", value_name = "NAME")]
    pub environment: Option<EnvironmentName>,
    /// Only say what would happen, or what stands against it.
    #[arg(long)]
    pub dry_run: bool,
}

/// A flag to move, and why.
#[derive(Debug, Args)]
pub struct Move {
    /// The flag.
    pub flag: FlagKey,
    /// Where.
    #[command(flatten)]
    pub target: Target,
    /// Why, in one sentence: it goes into the ledger.
    #[arg(long)]
    pub reason: Option<String>,
}

/// What a raise may go past on a person's word; each takes --reason.
#[derive(Debug, Args)]
pub struct Past {
    /// Leave out steps of the plan.
    #[arg(long, requires = "reason")]
    pub skip: bool,
    /// Raise outside of hours or in a freeze; names where the follow-up is.
    #[arg(long, value_name = "FOLLOW-UP", requires = "reason")]
    pub emergency: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API and the admin app.
    Serve(Serve),
    /// Check plan files; needs no server, with --env it goes by what one knows.
    Lint(Lint),
    /// Print the order in which a plan's parts ship; needs no server.
    Order {
        /// The plan file.
        file: PathBuf,
    },
    /// Print everything that follows from a plan before anything happens; with --env by the facts of a server.
    DryRun(Rehearsal),
    /// Write the runbook of a plan; with --env by the facts of a server.
    Runbook {
        /// The plan and what is known besides.
        #[command(flatten)]
        rehearsal: Rehearsal,
        /// markdown or html.
        #[arg(long, value_enum, default_value = "markdown")]
        format: PageFormat,
        /// Write it into this file.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Apply a plan: its flags exist, closed, and open when their parts are ready.
    Apply {
        /// The plan file.
        file: PathBuf,
        /// Where.
        #[command(flatten)]
        target: Target,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Print the plan of a release that is in force, as a plan file.
    Export {
        /// The release.
        release: ReleaseName,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
    /// Print what differs between two plan files, or between the plan in force and a file.
    ///
    /// Ends with 0 where nothing differs, with 1 where anything does.
    #[command(
        override_usage = "flaghoist diff [OPTIONS] OLD NEW\n       flaghoist diff [OPTIONS] FILE [--env NAME]"
    )]
    Diff {
        /// The older plan file; alone, the newer one, and the older is in force.
        old: PathBuf,
        /// The newer plan file.
        #[arg(conflicts_with = "environment")]
        new: Option<PathBuf>,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
    /// Print the JSON Schema of plan files, for editors; needs no server.
    Schema,
    /// Print the state of releases, and why a flag is off.
    Status {
        /// Only this release.
        release: Option<ReleaseName>,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
    /// Report what is deployed.
    Observe(Observe),
    /// Open a flag further.
    Raise {
        /// Which, where, why.
        #[command(flatten)]
        flag: Move,
        /// To what percentage.
        #[arg(long)]
        to: Exposure,
        /// The flag's epoch as you saw it; without it, the epoch now.
        #[arg(long)]
        epoch: Option<u64>,
        /// What it goes past.
        #[command(flatten)]
        past: Past,
    },
    /// Close a flag some way; nothing can refuse it.
    Lower {
        /// Which, where, why.
        #[command(flatten)]
        flag: Move,
        /// To what percentage at the most.
        #[arg(long)]
        to: Exposure,
    },
    /// Take a flag to 0 at once and latch it; nothing can refuse it.
    Contain {
        /// Which, where, why.
        #[command(flatten)]
        flag: Move,
    },
    /// Lift a latch; the flag stays at 0. Takes a reason.
    Clear {
        /// Which, where, why.
        #[command(flatten)]
        flag: Move,
    },
    /// Acts on releases as a whole.
    #[command(flatten)]
    Release(release::ReleaseCommand),
    /// Sees to what went wrong.
    #[command(flatten)]
    Incident(incident::IncidentCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Evaluate flags of a document; needs no server.
    Eval(Eval),
    /// Tell why a flag answers what it does: the path through its rule, bucket and share, missing parts.
    Explain(Explain),
    /// Print the hash and bucket of a key; needs no server.
    Bucket {
        /// What goes before the key: the flag's key, unless its plan names a cohort.
        #[arg(long)]
        cohort: String,
        /// The targeting key.
        #[arg(long)]
        key: String,
        /// How many buckets.
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
        total: u32,
    },
    /// Make, list and end API keys.
    #[command(subcommand)]
    Token(Token),
    /// Make users.
    #[command(subcommand)]
    User(User),
    /// Declare environments.
    Environment {
        /// Its name.
        name: EnvironmentName,
        /// About how many users it has.
        #[arg(long)]
        population: Option<u64>,
        /// How to reach the server.
        #[command(flatten)]
        connection: Connection,
    },
    /// Write plain flags, which belong to no plan.
    #[command(subcommand)]
    Flag(Flag),
    /// Submit what gates and metrics are judged by.
    #[command(subcommand)]
    Evidence(Evidence),
    /// Print the ledger.
    Ledger {
        /// Only entries after this revision.
        #[arg(long, default_value_t = 0)]
        since: u64,
        /// How to reach the server.
        #[command(flatten)]
        connection: Connection,
    },
}

/// Serving.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The SQLite file; made where there is none.
    #[arg(long, default_value = "flaghoist.db")]
    pub database: PathBuf,
    /// The folder of the built admin app, in place of the embedded one.
    #[arg(long)]
    pub web: Option<PathBuf>,
    /// Load the refund example once, and print things to try.
    #[arg(long)]
    pub example: bool,
    /// The first user, made where there is none.
    #[arg(long, default_value = "admin")]
    pub user: PrincipalName,
    /// That user's password.
    #[command(flatten)]
    pub password: Password,
}

/// Where a password comes from; never the command line, which every process of the machine can read.
#[derive(Debug, Args)]
pub struct Password {
    /// A file with the password; without it, that of FLAGHOIST_PASSWORD; without both, one is made and printed.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// An evaluation, or many.
#[derive(Debug, Args)]
pub struct Eval {
    /// The flagd document; with --batch, the one of lines that bring none.
    #[arg(long)]
    pub flags: Option<PathBuf>,
    /// The flag's key.
    #[arg(long, required_unless_present = "batch")]
    pub flag: Option<String>,
    /// The evaluation context, as JSON.
    #[arg(long, default_value = "{}")]
    pub context: String,
    /// The type the caller expects: boolean, string, number or object.
    #[arg(long = "type", value_name = "TYPE")]
    pub expected: Option<FlagType>,
    /// The caller's own default, as JSON: what text output shows where the flag has no value.
    #[arg(long)]
    pub default: Option<String>,
    /// The moment of evaluation, in seconds since 1970.
    #[arg(long)]
    pub now: Option<i64>,
    /// Evaluate each line of a file of JSON lines, or of standard input (`-`).
    #[arg(long, value_name = "FILE", conflicts_with = "flag")]
    pub batch: Option<PathBuf>,
    /// Hash buckets by this version in place of the document's.
    #[arg(long, value_name = "v2|v3")]
    pub fractional: Option<HashVersion>,
}

/// An evaluation to be explained.
#[derive(Debug, Args)]
pub struct Explain {
    /// The flag, or `kind:name` for the route of an artefact.
    pub flag: String,
    /// The evaluation context, as JSON.
    #[arg(long, default_value = "{}")]
    pub context: String,
    /// A flagd document to look in, in place of what the server serves.
    #[arg(long)]
    pub flags: Option<PathBuf>,
    /// With --flags: the moment of evaluation, in seconds since 1970.
    #[arg(long, requires = "flags")]
    pub now: Option<i64>,
    /// Where.
    #[command(flatten)]
    pub target: Target,
}

/// Plain flags.
#[derive(Debug, Subcommand)]
pub enum Flag {
    /// Write a flag as a whole.
    Set {
        /// Its key.
        key: FlagKey,
        /// A file with its flagd definition as JSON, or `-`.
        definition: PathBuf,
        /// Let browser evaluation keys see it.
        #[arg(long)]
        client: bool,
        /// Where.
        #[command(flatten)]
        target: Target,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
    },
}
