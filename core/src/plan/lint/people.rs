//! Findings about who answers, who consents and who hears of it (FH106, FH107, FH160, FH162, FH163, FH165).
//!
//! Not here: who has signed (`release::guard`) and what an edit voids (`facts`).

use super::{finding, names};
use crate::diagnostic::{Diagnostic, Severity};
use crate::name::{PrincipalName, TeamName};
use crate::plan::Plan;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Places where people chat: a link there is no record that anybody keeps (FH107).
const CHATS: [&str; 7] = [
    "slack.com/",
    "teams.microsoft.com/",
    "discord.com/",
    "chat.google.com/",
    "t.me/",
    "wa.me/",
    "zoom.us/",
];

pub(super) fn lint(plan: &Plan, found: &mut Vec<Diagnostic>) {
    no_owner(plan, found);
    informal_teams(plan, found);
    chat_links(plan, found);
    one_person(plan, found);
    if !plan.is_bare() {
        nobody_hears(plan, found);
    }
    no_expiry(plan, found);
}

/// FH160: nobody to ask.
fn no_owner(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let mut check = |path: String, what: String, owner: Option<&TeamName>| {
        let (message, fix) = match owner {
            None => (format!("{what} has no owner"), "add `owner: TEAM`"),
            Some(team) if !plan.teams.is_empty() && !plan.teams.contains_key(team) => (
                format!("{what} is owned by `{team}`, which is not among the teams"),
                "add it under `teams`",
            ),
            Some(_) => return,
        };
        found.push(finding(Severity::Error, "FH160", path, message, fix));
    };
    for (name, feature) in &plan.features {
        check(
            format!("features.{name}.owner"),
            format!("feature {name}"),
            feature.owner.as_ref(),
        );
    }
    for (pin, change) in &plan.changes {
        check(
            format!("changes[{pin}].owner"),
            pin.to_string(),
            change.owner.as_ref(),
        );
    }
}

/// FH106: several teams, and the plan does not say how one of them is reached or who consents for it. That those who are named
/// sign is a guard's.
fn informal_teams(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let owners = plan.owners();
    if owners.len() < 2 {
        return;
    }
    let lacks = |lacking: fn(&crate::plan::Team) -> bool| -> Vec<&TeamName> {
        let lacking = |team: &&TeamName| plan.teams.get(*team).is_none_or(lacking);
        owners.iter().copied().filter(lacking).collect()
    };
    let silent = lacks(|team| team.contact.is_none());
    let unsigned = lacks(|team| team.approvers.is_empty());
    let mut parts = Vec::new();
    if !silent.is_empty() {
        parts.push(format!("no contact for {}", names(&silent)));
    }
    if !unsigned.is_empty() {
        parts.push(format!("nobody consents for {}", names(&unsigned)));
    }
    if !parts.is_empty() {
        let message = format!(
            "{} teams own parts of this: {}",
            owners.len(),
            parts.join("; ")
        );
        let fix =
            "add them under `teams`, like `tools: { contact: \"#tools\", approvers: [bala] }`";
        found.push(finding(Severity::Warning, "FH106", "teams", message, fix));
    }
}

/// FH107: what should be a record is a conversation.
fn chat_links(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let mut check = |path: String, what: &str, text: Option<&String>| {
        let chat = |text: &&String| CHATS.iter().any(|chat| text.contains(chat));
        if let Some(link) = text.filter(chat) {
            found.push(finding(
                Severity::Warning,
                "FH107",
                path,
                format!("the {what} is only a chat message: {link}"),
                "link to a run, a page or a file in the repository",
            ));
        }
    };
    for (name, feature) in &plan.features {
        for (pin, need) in &feature.dependencies {
            let path = format!("features.{name}.dependencies[{pin}].evidence");
            check(path, "evidence", need.evidence.as_ref());
        }
    }
    for (pin, change) in &plan.changes {
        let procedure = change
            .rollback
            .as_ref()
            .and_then(|way| way.procedure.as_ref());
        check(
            format!("changes[{pin}].rollback.procedure"),
            "procedure",
            procedure,
        );
    }
}

/// FH162: several teams and one pair of eyes.
fn one_person(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let signers = plan.signers();
    let teams = signers.iter().filter_map(|team| plan.teams.get(*team));
    let people: BTreeSet<&PrincipalName> = teams.flat_map(|team| &team.approvers).collect();
    if let Some(only) = people
        .first()
        .filter(|_| people.len() == 1 && signers.len() > 1)
    {
        let message = format!("`{only}` alone consents for all {} teams", signers.len());
        let fix = "name a second approver";
        found.push(finding(Severity::Warning, "FH162", "teams", message, fix));
    }
}

/// FH163: steps that nobody hears of.
fn nobody_hears(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let told = plan.announce.as_ref();
    if !told.is_some_and(|told| told.channel.is_some() || told.webhook.is_some()) {
        let message = "the plan does not say where its steps are announced";
        let fix = "add `announce: { channel: \"#releases\" }`";
        found.push(finding(Severity::Hint, "FH163", "announce", message, fix));
    }
}

/// FH165: a flag without an end becomes debt.
fn no_expiry(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for (name, feature) in &plan.features {
        if feature.expires.is_none() {
            let message = format!(
                "flag {} has no day by which it should be gone",
                feature.flag
            );
            let path = format!("features.{name}.expires");
            found.push(finding(
                Severity::Hint,
                "FH165",
                path,
                message,
                "add `expires: YEAR-MONTH-DAY`",
            ));
        }
    }
}
