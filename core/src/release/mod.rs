//! Releases over the ledger: what people and machines command, what is decided, what is refused.
//!
//! `decide(&Workspace, Command, &Stamp)` gives the events of one decision or every refusal at once; the fold is
//! `Workspace::apply`. Invariants: nothing but a guarded raise increases exposure; contain and lower are never refused
//! to someone with the role; a positive mismatch and the containments it causes are one decision.
//! Not here: who may command (the server's), when a report is stale and canary steps (the release engine's).

mod command;
mod decide;
mod describe;
mod event;
pub mod guard;
mod refusal;
#[cfg(test)]
mod tests;

pub use command::{Actor, Command, RequestId, Stamp};
pub use decide::decide;
pub use event::{Cause, Entry, Event, FORMAT};
pub use refusal::{PinProblem, Refusal, RefusalKind};
