//! `decide`: one command against one state.

use super::{Command, Event, Refusal, Stamp};
use crate::workspace::Workspace;
use alloc::vec::Vec;

/// Decides a command: the events to append (none where it is so already).
///
/// # Errors
/// Every refusal that applies.
pub fn decide(_workspace: &Workspace, _command: &Command, _stamp: &Stamp) -> Result<Vec<Event>, Vec<Refusal>> {
    Ok(Vec::new())
}
