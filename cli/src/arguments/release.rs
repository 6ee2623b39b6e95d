//! The words about releases: consent, course, rollback, what is waited for.

use super::Target;
use clap::{Args, Subcommand};
use flaghoist_core::artefact::Pin;
use flaghoist_core::exposure::Exposure;
use flaghoist_core::gate::GateName;
use flaghoist_core::name::{FlagKey, ReleaseName, Revision, TeamName};
use flaghoist_core::time::Timestamp;

/// A release to act on, and why.
#[derive(Debug, Args)]
pub struct On {
    /// The release.
    pub release: ReleaseName,
    /// Where.
    #[command(flatten)]
    pub target: Target,
    /// Why, in one sentence: it goes into the ledger.
    #[arg(long)]
    pub reason: Option<String>,
}

/// What can be asked of a release.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Consent to a release's plan on behalf of a team.
    SignOff {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// The team.
        #[arg(long)]
        team: TeamName,
    },
    /// Approve one step of a flag on behalf of a team.
    Approve {
        /// The flag.
        flag: FlagKey,
        /// The step, by its percentage.
        #[arg(long)]
        step: Exposure,
        /// The team.
        #[arg(long)]
        team: TeamName,
        /// Where.
        #[command(flatten)]
        target: Target,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Go on although a gate says INCONCLUSIVE. Takes a reason.
    Accept {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// The gate, as evidence names it.
        #[arg(long)]
        gate: GateName,
        /// The change whose gate it is; none for the flag's steps.
        #[arg(long)]
        part: Option<Pin>,
    },
    /// Stop raising; what lowers goes on.
    Pause {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
    },
    /// Raise again.
    Resume {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
    },
    /// End a release for good: its flags to 0, latched. Nothing can refuse it.
    Abort {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
    },
    /// End a release well: its versions are live.
    Complete {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
    },
    /// Deploy a part again that failed or took too long: its deadline begins anew.
    Retry {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// The part.
        part: Pin,
    },
    /// Move the route of one part on its own.
    Route {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// The part.
        part: Pin,
        /// To what percentage.
        #[arg(long)]
        to: Exposure,
    },
    /// Take parts back to their previous versions, with everything that must go along; flags go to 0 first.
    Rollback {
        /// Which release, where, why.
        #[command(flatten)]
        on: On,
        /// The parts at fault; none shows what each would take along.
        parts: Vec<Pin>,
        /// Only show what would happen.
        #[arg(long)]
        dry_run: bool,
        /// Let the rollback that is under way go on before every edge has acknowledged. Takes a reason.
        #[arg(long, conflicts_with = "parts")]
        release_now: bool,
    },
    /// Print what releases wait for.
    Waits {
        /// Only this release.
        release: Option<ReleaseName>,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
    /// Nobody raises anything for a while. Takes a reason.
    Freeze {
        /// From when; now, where nothing is said.
        #[arg(long)]
        from: Option<Timestamp>,
        /// Till when; until it is lifted, where nothing is said.
        #[arg(long)]
        until: Option<Timestamp>,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
    /// Lift a freeze before its time.
    LiftFreeze {
        /// The revision of the entry that declared it; not needed where there is only one.
        revision: Option<Revision>,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        /// Where.
        #[command(flatten)]
        target: Target,
    },
}
