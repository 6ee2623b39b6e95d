//! `Workspace::apply`: folds one entry.

use super::Workspace;
use crate::release::Entry;

impl Workspace {
    /// Folds the next entry into the state.
    pub fn apply(&mut self, entry: &Entry) {
        self.revision = entry.revision;
    }
}
