//! The words of a report of what is deployed.

use super::Target;
use clap::Args;
use flaghoist_core::artefact::{ArtefactId, Digest};
use flaghoist_core::time::{Span, Timestamp};

/// A report.
#[derive(Debug, Args)]
#[command(
    override_usage = "flaghoist observe [OPTIONS] KIND:NAME@VERSION\n       \
                          flaghoist observe [OPTIONS] --full KIND:NAME [VERSION]… [--live VERSION]"
)]
pub struct Observe {
    /// What is deployed, as `kind:name@version`; with --full, every version there is.
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// It does not work.
    #[arg(long, conflicts_with_all = ["withdrawn", "full"])]
    pub unhealthy: bool,
    /// It is no longer there.
    #[arg(long, conflicts_with_all = ["live", "digest", "full"])]
    pub withdrawn: bool,
    /// Deploying it was tried and did not work, and why.
    #[arg(long, value_name = "WHY", num_args = 0..=1, conflicts_with_all = ["withdrawn", "unhealthy", "live", "digest", "full"])]
    pub failed: Option<Option<String>>,
    /// When it was seen, by your own clock, like 2026-06-02T10:00:00Z: what you saw earlier and report later changes nothing.
    #[arg(long, value_name = "TIME")]
    pub seen: Option<Timestamp>,
    /// You report again within this time, like 10m, changed or not: silent for longer, nothing rises on what you told.
    #[arg(long, value_name = "SPAN")]
    pub again_within: Option<Span>,
    /// Its content hash, like `sha256:…`.
    #[arg(long, conflicts_with = "full")]
    pub digest: Option<Digest>,
    /// Users outside any release get it; with --full, the version they get.
    #[arg(long, value_name = "VERSION", num_args = 0..=1)]
    pub live: Option<Option<String>>,
    /// Report everything there is of an artefact: what is not listed is gone.
    #[arg(long, value_name = "KIND:NAME")]
    pub full: Option<ArtefactId>,
    /// Where.
    #[command(flatten)]
    pub target: Target,
}
