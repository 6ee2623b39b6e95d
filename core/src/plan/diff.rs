//! `diff`: what is different between two plans, a line for each, in words that a reviewer reads before signing.
//!
//! Invariants: nothing differs exactly where the plans are equal; every part of a plan is taken apart by name, so that a new
//! field does not compile before it is compared; time grows with the plans' size, not with its square. Parts are paired by
//! artefact, steps by exposure, gates and metrics by name. Not here: pairing and wording (`found`), and what a difference does
//! to a release: any voids the sign-offs.

mod canary;
mod found;
mod parts;

use super::words::Words;
use super::{Announce, Bake, KindRank, Plan, Team, Window};
use crate::artefact::CustomKind;
use crate::name::TeamName;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use found::{Found, Phrase, Subject, join};
use serde::{Deserialize, Serialize};

/// One difference between two plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where: keys as in the file, items by what they are: `changes[tool:lookup].gates[tests:integration]`.
    pub of: String,
    /// What became of it.
    pub what: What,
    /// What was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    words: String,
}

/// What became of a part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// It is another.
    Changed,
}

impl Difference {
    /// The difference for people: `step 25 % takes at least 8h in place of 4h`.
    pub fn in_words(&self) -> &str {
        &self.words
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What `after` says differently than `before`, in the order of a plan file.
pub fn diff(before: &Plan, after: &Plan) -> Vec<Difference> {
    let Plan {
        release,
        title,
        environment,
        strategy,
        coupling,
        cohort,
        teams: of,
        kinds: declared,
        features,
        changes,
        canary,
        schedule,
        bake,
        windows,
        announce,
    } = before;
    let mut found = Found::default();
    let plan = Subject::plan();
    let has = Phrase::Has;
    found.text(
        &plan,
        "release",
        has("name"),
        Some(release),
        Some(&after.release),
    );
    found.text(
        &plan,
        "title",
        has("title"),
        title.as_ref(),
        after.title.as_ref(),
    );
    let name = after.environment.as_ref();
    found.text(
        &plan,
        "environment",
        has("environment"),
        environment.as_ref(),
        name,
    );
    let (one, other) = (strategy.word(), after.strategy.word());
    found.value(&plan, "strategy", has("strategy"), Some(one), Some(other));
    found.text(
        &plan,
        "coupling",
        has("coupling"),
        coupling.as_ref(),
        after.coupling.as_ref(),
    );
    found.text(
        &plan,
        "cohort",
        has("cohort"),
        cohort.as_ref(),
        after.cohort.as_ref(),
    );
    teams(&mut found, of, &after.teams);
    kinds(&mut found, declared, &after.kinds);
    parts::features(&mut found, features, &after.features);
    parts::changes(&mut found, changes, &after.changes);
    canary::canary(&mut found, canary.as_ref(), after.canary.as_ref());
    canary::schedule(&mut found, schedule, &after.schedule);
    watching(&mut found, bake.as_ref(), after.bake.as_ref());
    hours(&mut found, windows, &after.windows);
    told(&mut found, announce.as_ref(), after.announce.as_ref());
    found.into_all()
}

fn teams(found: &mut Found, before: &BTreeMap<TeamName, Team>, after: &BTreeMap<TeamName, Team>) {
    let plan = Subject::plan();
    let key = |(name, _): &(&TeamName, _)| ToString::to_string(name);
    for pair in found.pairs(&plan, "teams", "team", before, after, key) {
        let subject = Subject::new(format!("teams.{}", pair.key), format!("team {}", pair.key));
        let Some(((_, one), (_, other))) = found.both(&plan, &subject, "team", &pair) else {
            continue;
        };
        let Team { contact, approvers } = one;
        let contacts = (contact.as_ref(), other.contact.as_ref());
        found.text(
            &subject,
            "contact",
            Phrase::Has("contact"),
            contacts.0,
            contacts.1,
        );
        found.list(
            &subject,
            "approvers",
            "approver",
            approvers,
            &other.approvers,
        );
    }
}

fn kinds(
    found: &mut Found,
    before: &BTreeMap<CustomKind, KindRank>,
    after: &BTreeMap<CustomKind, KindRank>,
) {
    let plan = Subject::plan();
    let key = |(name, _): &(&CustomKind, _)| ToString::to_string(name);
    for pair in found.pairs(&plan, "kinds", "kind", before, after, key) {
        let subject = Subject::new(format!("kinds.{}", pair.key), format!("kind {}", pair.key));
        let after = |(_, rank): &(_, &KindRank)| {
            let KindRank { after } = rank;
            after.word()
        };
        let (one, other) = pair.sides();
        found.value(
            &subject,
            "after",
            Phrase::Does("ranks after"),
            one.map(after),
            other.map(after),
        );
    }
}

fn watching(found: &mut Found, before: Option<&Bake>, after: Option<&Bake>) {
    let plan = Subject::plan();
    let (Some(one), Some(other)) = (before, after) else {
        let said = |bake: &Bake| {
            let Bake { lasts, holdback } = bake;
            format!("{lasts} with a holdback of {holdback}")
        };
        found.value(
            &plan,
            "bake",
            Phrase::Has("bake"),
            before.map(said),
            after.map(said),
        );
        return;
    };
    let Bake { lasts, holdback } = one;
    let bake = Subject::new("bake", "bake");
    found.value(
        &bake,
        "for",
        Phrase::Does("takes"),
        Some(lasts),
        Some(&other.lasts),
    );
    found.value(
        &bake,
        "holdback",
        Phrase::Has("holdback"),
        Some(holdback),
        Some(&other.holdback),
    );
}

fn hours(found: &mut Found, before: &[Window], after: &[Window]) {
    let said = |window: &Window| {
        let Window { allow, timezone } = window;
        format!("{allow} {timezone}")
    };
    let (one, other) = (before.iter().map(said), after.iter().map(said));
    found.list(&Subject::plan(), "windows", "window", one, other);
}

fn told(found: &mut Found, before: Option<&Announce>, after: Option<&Announce>) {
    let (Some(one), Some(other)) = (before, after) else {
        let said = |announce: &Announce| {
            let Announce { channel, webhook } = announce;
            join([channel, webhook].into_iter().flatten())
        };
        let plan = Subject::plan();
        let (one, other) = (before.map(said), after.map(said));
        found.text(
            &plan,
            "announce",
            Phrase::Has("announcement"),
            one.as_ref(),
            other.as_ref(),
        );
        return;
    };
    let Announce { channel, webhook } = one;
    let told = Subject::new("announce", "the announcement");
    found.text(
        &told,
        "channel",
        Phrase::Has("channel"),
        channel.as_ref(),
        other.channel.as_ref(),
    );
    found.text(
        &told,
        "webhook",
        Phrase::Has("webhook"),
        webhook.as_ref(),
        other.webhook.as_ref(),
    );
}
