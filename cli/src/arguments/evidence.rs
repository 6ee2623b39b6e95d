//! The words of `flaghoist evidence`.

use super::Target;
use clap::{Args, Subcommand};
use flaghoist_core::artefact::{Digest, Pin};
use flaghoist_core::gate::{GateName, Link};
use flaghoist_core::name::{NameError, ReleaseName};
use flaghoist_core::time::Timestamp;
use std::path::PathBuf;
use std::str::FromStr;

/// Evidence.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Submit a run, a check, a count or a verdict for a gate of a release.
    Submit(Box<Submit>),
}

/// A piece of evidence.
#[derive(Debug, Args)]
pub struct Submit {
    /// The report, or `-` for standard input.
    #[arg(required_unless_present = "verdict")]
    pub file: Option<PathBuf>,
    /// The release.
    #[arg(long)]
    pub release: ReleaseName,
    /// The gate, like `eval_set:refund_flow@3`, `tests:integration` or `metric:NAME`; JSON evidence names it itself.
    #[arg(long)]
    pub gate: Option<GateName>,
    /// The change whose gate it is, as `kind:name@version`; without it, the only one that has such a gate.
    #[arg(long, value_name = "PIN")]
    pub part: Option<Pin>,
    /// What the file is; without it, what it looks like.
    #[arg(long, value_enum)]
    pub from: Option<Format>,
    /// What it ran with, as `kind:name@version` or `kind:name@version=digest`; without any, the plan's pins.
    #[arg(long = "pin", value_name = "PIN[=DIGEST]")]
    pub pins: Vec<PinGiven>,
    /// When it ran, like `2026-06-02T10:00:00Z`, where the file does not say.
    #[arg(long, value_name = "TIME")]
    pub ran_at: Option<Timestamp>,
    /// How many users whom the flag admits it counted.
    #[arg(long, value_name = "COUNT")]
    pub users: Option<u64>,
    /// A page about it.
    #[arg(long, value_name = "URL")]
    pub link: Option<Link>,
    /// A person's verdict in place of a file: PASS, FAIL, INCONCLUSIVE or ERROR.
    #[arg(long, value_enum, conflicts_with_all = ["file", "from"], requires = "gate", ignore_case = true)]
    pub verdict: Option<Word>,
    /// Why, in one sentence: it goes into the ledger.
    #[arg(long)]
    pub reason: Option<String>,
    /// Where.
    #[command(flatten)]
    pub target: Target,
}

/// What a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// What `promptfoo eval --output results.json` writes.
    Promptfoo,
    /// JUnit XML, as most test runners write it.
    Junit,
    /// Evidence as the API takes it.
    Json,
}

/// A verdict as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Word {
    /// It meets the bar.
    Pass,
    /// It misses the bar.
    Fail,
    /// There is too little to say.
    Inconclusive,
    /// Looking went wrong.
    Error,
}

/// A pin with the content hash that it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinGiven {
    /// The pin.
    pub pin: Pin,
    /// Its content hash.
    pub digest: Option<Digest>,
}

impl FromStr for PinGiven {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // No version has a `=` in it; digests may.
        let (pin, digest) = match text.split_once('=') {
            Some((pin, digest)) => (pin, Some(digest.parse()?)),
            None => (text, None),
        };
        Ok(Self {
            pin: pin.parse()?,
            digest,
        })
    }
}
