//! `Verdict`: what evidence says about a gate.

use core::fmt;
use serde::{Deserialize, Serialize};

/// What evidence says. Only `Pass` lets a release go on; only `Fail` contains.
///
/// The order is how much one weighs against another of the same release: one failure outweighs whatever else is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// What was measured meets the bar.
    Pass,
    /// Too little was measured to say; holds.
    Inconclusive,
    /// The measuring itself went wrong; holds.
    Error,
    /// What was measured misses the bar.
    Fail,
}

impl Verdict {
    /// Both together: the heavier.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// All together; PASS of none, where no bar is set.
    #[must_use]
    pub fn of_all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().fold(Verdict::Pass, Self::and)
    }

    /// Whether a release waits for more evidence.
    pub const fn holds(self) -> bool {
        matches!(self, Verdict::Inconclusive | Verdict::Error)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Pass => "PASS",
            Verdict::Inconclusive => "INCONCLUSIVE",
            Verdict::Error => "ERROR",
            Verdict::Fail => "FAIL",
        })
    }
}
