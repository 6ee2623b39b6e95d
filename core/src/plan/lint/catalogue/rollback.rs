//! The catalogue's entries: ways back. Not here: the rules themselves.

use super::{Found::*, Lint, entry};
use crate::diagnostic::Severity::*;

#[rustfmt::skip]
pub(super) const LINTS: &[Lint] = &[
    entry("FH104", Error, Plan, "No rollback path of its own",
        "a change without `to`, `disable`, `procedure` or `forward_only`; any part of a plan without `changes`",
        "\"No per-change rollback path. A complete rollback requires reverting everything; surgical fixes impossible.\"",
        "add `rollback`"),
    entry("FH105", Warning, Plan, "All or nothing",
        "two changes or more, all taken back by one and the same `procedure`",
        "\"'Rollback everything' is the broad action but loses surgical capability when one change is fine.\"",
        "give each change its own `to`, `disable` or `procedure`"),
    entry("FH150", Error, Plan, "A rollback that waits",
        "a `procedure` written out in the plan speaks of approval, waiting or windows",
        "\"If the cause is unclear, drop the feature flag to 0 immediately (containment).\"",
        "take that out of the procedure"),
    entry("FH151", Warning, Facts, "The way back is gone",
        "the version to go back to is not available, or unhealthy, in the environment",
        "\"The underlying changes remain available for re-enable.\"",
        "deploy it, and keep it as long as the release runs"),
    entry("FH152", Error, Plan, "A part that cannot go back",
        "a change with a way back is required by one that is `forward_only` and does not accept the old version",
        "\"Cascading rollback. Rolling back the foundation change may require rolling back the prompt that depends on it.\"",
        "name the old version under `accepts`, or give the consumer a way back"),
    entry("FH153", Warning, Plan, "A cascade",
        "rolling a change back takes others along. A hint where `coupling` says that the parts belong together",
        "\"Cascading rollback. Rolling back the foundation change may require rolling back the prompt that depends on it.\"",
        "say why under `coupling`, or name the old version under `accepts`"),
    entry("FH154", Error, Plan, "Optional without proof",
        "a dependency is `optional` without `evidence`",
        "\"The feature flag may stay at the canary percentage if the rest of the feature works without it.\"",
        "add `evidence`, or make it required"),
    entry("FH157", Warning, Facts, "A rollback that closes other flags",
        "an open flag of another release needs a change of this one",
        "\"Do other changes need to follow.\"",
        "agree on it with that release's owners"),
];
