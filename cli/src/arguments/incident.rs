//! The words about incidents.

use super::Target;
use super::release::On;
use clap::Subcommand;
use flaghoist_core::artefact::Pin;
use flaghoist_core::gate::{Link, Note};
use flaghoist_core::name::ReleaseName;
use flaghoist_core::time::Timestamp;
use std::path::PathBuf;

/// What can be asked about an incident.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Print how far the incident of a release has come, and what speaks against each of its parts.
    Incident {
        /// The release.
        release: ReleaseName,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
    /// Attach a production case to the incident of a release.
    Attach {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// Whose case: the targeting key, or a stand-in. The ledger keeps it for ever.
        #[arg(long)]
        key: Note,
        /// A version it was served with; once for each.
        #[arg(long, value_name = "PIN")]
        served: Vec<Pin>,
        /// When it happened; now, where nothing is said.
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        /// What was wrong with it.
        #[arg(long)]
        note: Option<Note>,
        /// A page about it.
        #[arg(long)]
        link: Option<Link>,
    },
    /// Say what is at fault; without parts, take back what was said. Takes a reason.
    Attribute {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// The parts.
        parts: Vec<Pin>,
    },
    /// Write the postmortem of a release from the ledger.
    Postmortem {
        /// The release.
        release: ReleaseName,
        /// Where.
        #[command(flatten)]
        target: Target,
        /// markdown or html.
        #[arg(long, value_enum, default_value = "markdown")]
        format: super::PageFormat,
        /// Write it into this file.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
