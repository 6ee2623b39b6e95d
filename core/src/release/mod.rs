//! Releases over the ledger: what people and machines command, what is decided, what is refused.
//!
//! `decide(&Workspace, Command, &Stamp)` gives the events of one decision or every refusal at once; the fold is
//! `Workspace::apply`. Invariants: nothing but a guarded raise increases exposure; contain and lower are never refused
//! to someone with the role; a positive mismatch and the containments it causes are one decision.
//! Not here: who may command (the server's).

mod act;
mod advance;
mod command;
mod deadline;
mod decide;
mod describe;
mod event;
mod facts;
pub mod guard;
mod progress;
mod refusal;
pub mod rollback;
#[cfg(test)]
mod tests;
mod unmet;

pub use act::{Act, Fact};
pub use advance::{Advance, Next, Wait, advance};
pub use command::{Actor, Command, RequestId, Stamp};
pub use decide::decide;
pub use event::{Cause, Entry, Event, FORMAT};
pub use facts::{Facts, Serving};
pub use guard::EDGE_LEASE;
pub use progress::{ChangeState, ReleaseState, change_state, release_state};
pub use refusal::{PinProblem, Refusal, RefusalKind};
pub use unmet::Unmet;
