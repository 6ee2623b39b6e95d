//! The catalogue's entries: who answers for it. Not here: the rules themselves.

use super::{Found::*, Lint, entry};
use crate::diagnostic::Severity::*;

#[rustfmt::skip]
pub(super) const LINTS: &[Lint] = &[
    entry("FH106", Warning, Plan, "Teams that the plan does not bind",
        "two teams or more own parts, and one has no `contact` or nobody who consents for it. Missing sign-offs are refused when the flag is raised",
        "\"Cross-team coordination via informal channels. Slack messages and verbal agreements; the multi-change release is undocumented.\"",
        "add `contact` and `approvers` under `teams`"),
    entry("FH107", Warning, Plan, "A chat message for a record",
        "evidence or a procedure is a link into a chat",
        "\"The plan is documented (not Slack).\"",
        "link to a run, a page or a file"),
    entry("FH160", Error, Plan, "No owner",
        "a feature or change without `owner`, or with one that is not among the teams",
        "\"Each team owns their change.\"",
        "add `owner: TEAM`"),
    entry("FH161", Warning, Facts, "Sign-offs that an edit voids",
        "the plan in force is signed, and this one is another. Raising without new ones is refused",
        "\"The plan is documented.\"",
        "have them sign again after applying it"),
    entry("FH162", Warning, Plan, "One pair of eyes",
        "several teams must sign, and one person is the only approver of all. That the author signs alone is refused when the flag is raised",
        "\"The rollback is jointly designed.\"",
        "name a second approver"),
    entry("FH163", Hint, Plan, "Nobody hears of the steps",
        "a plan with changes or canary, without `announce`",
        "\"Communication during the release coordinates the steps. Postmortems are joint.\"",
        "add `announce: { channel: \"#releases\" }`"),
    entry("FH164", Error, Facts, "The same version again",
        "the release pins a version that was rolled back as faulty; applying it is refused",
        "\"Plan the re-release: fix the underlying issue; re-canary; promote with care.\"",
        "ship a new version with the fix"),
    entry("FH165", Hint, Plan, "A flag without an end",
        "a feature without `expires`",
        "a flag that nobody removes becomes debt",
        "add `expires: YEAR-MONTH-DAY`"),
];
