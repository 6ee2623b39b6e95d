//! The catalogue's entries: each kind's own discipline. Not here: the rules themselves.

use super::{Found::*, Lint, entry};
use crate::diagnostic::Severity::*;

#[rustfmt::skip]
pub(super) const LINTS: &[Lint] = &[
    entry("FH120", Error, Plan, "The gate of its kind is missing",
        "a prompt or model without an eval gate, a tool, agent or service without tests, an index without schema check and freshness, data without schema check and stages, a model without a version to fall back to. A warning in a plan without `canary`",
        "\"Each change still follows its type's discipline. The eval gate, the canary, the rollback path per change.\"",
        "add the gate"),
    entry("FH121", Error, Plan, "Judged by other cases",
        "an eval gate names another version of an eval set than the one the plan ships",
        "\"The eval set is updated with cases for the flow.\"",
        "name the version that ships"),
    entry("FH122", Warning, Plan, "A model without its prompts",
        "a model ships, no prompt does, and no eval gate judges the model",
        "\"A model migration that requires prompt revisions to behave correctly with the new model.\"",
        "ship the revised prompts, or add an eval gate over their cases"),
];
