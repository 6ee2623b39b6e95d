//! Evidence against gates: what was measured, whether it counts, and what it says: `Evidence`, `admissible`, `judge`.
//!
//! Invariants: a verdict follows from the measured numbers and the plan's bar, never from the submitter's word where there
//! are numbers; only measured failure is FAIL; ERROR and too little data hold, they never pass and never fail; nothing here
//! changes state.
//! Not here: what a gate demands (`plan::Gate`), what a verdict does to a release (`release`), and live metric sources. A live
//! source (a metrics server's query, pushed counts and scores) joins at one place: what it measured becomes a variant of
//! `Outcome`, its statistics an arm of `judge` against the metric's `plan::Measure`; names, admission and the ledger stay as
//! they are. Until then evidence for a metric is a verdict.

mod admissible;
mod evidence;
mod judge;
mod name;
mod text;
mod verdict;

#[cfg(test)]
mod tests;

pub use admissible::{Inadmissible, admissible};
pub use evidence::{Evidence, Outcome};
pub use judge::{Bar, bars, judge};
pub use name::GateName;
pub use text::{Label, Link, Note};
pub use verdict::Verdict;
