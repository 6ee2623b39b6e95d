//! Operations that read: the state, the ledger, the bundle.

use super::endpoint;
use crate::bundle::Bundle;
use crate::name::{LedgerId, Revision};
use crate::release::Entry;
use crate::workspace::Workspace;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Some entries of the ledger, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryPage {
    /// The entries after the revision asked for.
    pub entries: Vec<Entry>,
    /// The ledger's last revision: there is more to read while the last entry's is smaller.
    pub head: Revision,
}

/// What the bundle stream tells: there is a new bundle to fetch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleRevision {
    /// Of which ledger.
    pub ledger: LedgerId,
    /// Which revision.
    pub revision: Revision,
}

endpoint!(
    /// The whole state at its revision, to fold further entries into.
    GetWorkspace: Get "/api/v1/workspace", () => Workspace
);
endpoint!(
    /// A page of the ledger: `?since=REVISION&limit=COUNT` (default 500, at most 1,000).
    GetLedger: Get "/api/v1/ledger", () => EntryPage
);
endpoint!(
    /// Entries as they are appended: server-sent events `entry` with the revision as id; `?since=` or `Last-Event-ID`.
    GetLedgerStream: Get "/api/v1/ledger/stream", () => ()
);
endpoint!(
    /// The document evaluators load: strong `ETag`, 304, brotli and gzip.
    GetBundle: Get "/api/v1/environments/{environment}/bundle", () => Bundle
);
endpoint!(
    /// The same with only the flags marked for clients; the one that browser keys may load.
    GetClientBundle: Get "/api/v1/environments/{environment}/bundle/client", () => Bundle
);
endpoint!(
    /// `BundleRevision`s as they come: server-sent events `revision`.
    GetBundleStream: Get "/api/v1/environments/{environment}/bundle/stream", () => ()
);
