//! What differs in the features and the changes of two plans.

use super::found::{Found, Phrase, Subject, join};
use crate::artefact::Pin;
use crate::name::FeatureName;
use crate::plan::words::Words;
use crate::plan::{Change, Dependency, Feature, Gate, Rollback, RouteCanary};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};

pub(super) fn features(
    found: &mut Found,
    before: &BTreeMap<FeatureName, Feature>,
    after: &BTreeMap<FeatureName, Feature>,
) {
    let plan = Subject::plan();
    let key = |(name, _): &(&FeatureName, _)| name.to_string();
    for pair in found.pairs(&plan, "features", "feature", before, after, key) {
        let path = format!("features.{}", pair.key);
        let subject = Subject::new(path, format!("feature {}", pair.key));
        if let Some(((_, one), (_, other))) = found.both(&plan, &subject, "feature", &pair) {
            feature(found, &subject, one, other);
        }
    }
}

fn feature(found: &mut Found, of: &Subject, before: &Feature, after: &Feature) {
    let Feature {
        flag,
        owner,
        expires,
        client,
        canary,
        dependencies,
        prerequisites,
        preview,
    } = before;
    let has = Phrase::Has;
    found.text(of, "flag", has("flag"), Some(flag), Some(&after.flag));
    found.text(
        of,
        "owner",
        has("owner"),
        owner.as_ref(),
        after.owner.as_ref(),
    );
    let days = (expires.as_ref(), after.expires.as_ref());
    found.value(of, "expires", has("expiry"), days.0, days.1);
    let (one, other) = (client.word(), after.client.word());
    found.value(
        of,
        "client",
        has("visibility to browser keys"),
        Some(one),
        Some(other),
    );
    let first = has("first opening");
    found.value(
        of,
        "rollout.canary_percentage",
        first,
        *canary,
        after.canary,
    );
    for pair in found.pairs(
        of,
        "dependencies",
        "part",
        dependencies,
        &after.dependencies,
        artefact,
    ) {
        let subject = of.item("dependencies", &pair.key, &pair.key);
        let pins = (
            pair.sides().0.map(|(pin, _)| *pin),
            pair.sides().1.map(|(pin, _)| *pin),
        );
        let path = format!("dependencies[{}]", pair.key);
        found.value(of, &path, Phrase::Does("needs"), pins.0, pins.1);
        if let (Some((_, one)), Some((_, other))) = pair.sides() {
            dependency(found, &subject, one, other);
        }
    }
    found.list(
        of,
        "dependencies",
        "flag beneath",
        prerequisites,
        &after.prerequisites,
    );
    found.list(of, "preview.keys", "preview key", preview, &after.preview);
}

fn artefact<T>((pin, _): &(&Pin, T)) -> String {
    pin.artefact().to_string()
}

fn dependency(found: &mut Found, of: &Subject, before: &Dependency, after: &Dependency) {
    let Dependency { optional, evidence } = before;
    let said = |optional: bool| if optional { "optional" } else { "required" };
    let (one, other) = (said(*optional), said(after.optional));
    found.value(of, "optional", Phrase::Does("is"), Some(one), Some(other));
    let has = Phrase::Has("evidence");
    found.text(
        of,
        "evidence",
        has,
        evidence.as_ref(),
        after.evidence.as_ref(),
    );
}

pub(super) fn changes(
    found: &mut Found,
    before: &BTreeMap<Pin, Change>,
    after: &BTreeMap<Pin, Change>,
) {
    let plan = Subject::plan();
    for pair in found.pairs(&plan, "changes", "change", before, after, artefact) {
        let path = format!("changes[{}]", pair.key);
        let subject = Subject::new(path.as_str(), pair.key.as_str());
        match pair.sides() {
            (Some((was, one)), Some((is, other))) => {
                let versions = (Some(was.version()), Some(is.version()));
                found.value(&subject, "", Phrase::Goes, versions.0, versions.1);
                change(found, &subject, one, other);
            }
            (None, Some((pin, _))) => {
                let words = format!("change {pin} added");
                found.add(path, None, Some(pin.to_string()), words);
            }
            (Some((pin, _)), None) => {
                let words = format!("change {pin} removed");
                found.add(path, Some(pin.to_string()), None, words);
            }
            (None, None) => {}
        }
    }
}

fn change(found: &mut Found, of: &Subject, before: &Change, after: &Change) {
    let Change {
        owner,
        requires,
        accepts,
        stages,
        gates: own,
        deadline,
        canary,
        rollback,
    } = before;
    let has = Phrase::Has;
    found.text(
        of,
        "owner",
        has("owner"),
        owner.as_ref(),
        after.owner.as_ref(),
    );
    required(found, of, requires, &after.requires);
    found.list(of, "accepts", "accepted version", accepts, &after.accepts);
    let shares = (join(stages), join(&after.stages));
    let said = |shares: String| (!shares.is_empty()).then_some(shares);
    found.value(
        of,
        "stages",
        has("staged rollout"),
        said(shares.0),
        said(shares.1),
    );
    gates(found, of, own, &after.gates);
    let times = (deadline.as_ref(), after.deadline.as_ref());
    found.value(of, "deadline", has("deadline"), times.0, times.1);
    let (one, other) = (canary.as_ref().map(route), after.canary.as_ref().map(route));
    found.value(of, "canary", Phrase::Does("opens"), one, other);
    way_back(found, of, rollback.as_ref(), after.rollback.as_ref());
}

fn required(found: &mut Found, of: &Subject, before: &BTreeSet<Pin>, after: &BTreeSet<Pin>) {
    let key = |pin: &&Pin| pin.artefact().to_string();
    for pair in found.pairs(of, "requires", "part", before, after, key) {
        let (one, other) = pair.sides();
        let path = format!("requires[{}]", pair.key);
        found.value(of, &path, Phrase::Does("requires"), one, other);
    }
}

fn route(canary: &RouteCanary) -> String {
    match canary {
        RouteCanary::WithFlag => "with the flag".into(),
        RouteCanary::Steps(steps) => format!("by {}", join(steps)),
    }
}

fn way_back(found: &mut Found, of: &Subject, before: Option<&Rollback>, after: Option<&Rollback>) {
    let (Some(one), Some(other)) = (before, after) else {
        let (one, other) = (before.map(said), after.map(said));
        found.value(of, "rollback", Phrase::Has("way back"), one, other);
        return;
    };
    let Rollback {
        to,
        disable,
        procedure,
        forward_only,
    } = one;
    let versions = (to.as_ref(), other.to.as_ref());
    found.value(
        of,
        "rollback.to",
        Phrase::Does("goes back to"),
        versions.0,
        versions.1,
    );
    let has = Phrase::Has("rollback by switching it off");
    let (one, now) = (disable.word(), other.disable.word());
    found.value(of, "rollback.disable", has, Some(one), Some(now));
    let has = Phrase::Has("rollback procedure");
    let (one, now) = (procedure.as_ref(), other.procedure.as_ref());
    found.text(of, "rollback.procedure", has, one, now);
    let has = Phrase::Has("going forward only");
    let (one, now) = (forward_only.word(), other.forward_only.word());
    found.value(of, "rollback.forward_only", has, Some(one), Some(now));
}

/// A way back in a few words.
fn said(rollback: &Rollback) -> String {
    let Rollback {
        to,
        disable,
        procedure,
        forward_only,
    } = rollback;
    let ways = [
        to.as_ref().map(|version| format!("to {version}")),
        disable.then(|| "switching it off".into()),
        forward_only.then(|| "forward only".into()),
        procedure.as_ref().map(|text| format!("by `{text}`")),
    ];
    let said = join(ways.into_iter().flatten());
    if said.is_empty() {
        "said by nothing".into()
    } else {
        said
    }
}

pub(super) fn gates(found: &mut Found, of: &Subject, before: &[Gate], after: &[Gate]) {
    for pair in found.pairs(of, "gates", "gate", before, after, |gate| gate.to_string()) {
        let subject = of.item("gates", &pair.key, format!("gate `{}`", pair.key));
        if let Some((one, other)) = found.both(of, &subject, "gate", &pair) {
            found.value(&subject, "", Phrase::Does("asks for"), bar(one), bar(other));
        }
    }
}

/// What a gate asks besides its name.
fn bar(gate: &Gate) -> Option<String> {
    match gate {
        Gate::EvalSet {
            name: _,
            version: _,
            pass_rate,
        } => Some(pass_rate.to_string()),
        Gate::Freshness { age } => Some(age.to_string()),
        Gate::Feedback { positive, units } => Some(format!("{positive} of {units} users")),
        Gate::Tests { name: _ } | Gate::SchemaCheck { name: _ } | Gate::Review { team: _ } => None,
    }
}
