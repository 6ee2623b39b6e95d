//! Findings about what ships together and in which order (FH101–FH103, FH112, FH117, FH118, FH123, FH124, FH166).
//!
//! Not here: circles and two versions of one artefact, which `parse` refuses, and a declared order (FH111), which the form has
//! no place for: order is computed.

use super::view::{View, is_consumer};
use super::{finding, names};
use crate::artefact::{Kind, Pin};
use crate::diagnostic::{Diagnostic, Severity};
use crate::exposure::Exposure;
use crate::plan::advice::{Reason, advise};
use crate::plan::{Change, Feature, Plan, RouteCanary, Strategy};
use alloc::format;
use alloc::vec::Vec;

/// More changes than this are worth a warning (FH118: semantics.md §4).
const CHANGES_MANY: usize = 5;
/// More teams than this are worth a warning (FH118: semantics.md §4).
const TEAMS_MANY: usize = 3;

pub(super) fn lint(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    match view.plan.strategy {
        Strategy::Coordinated => uncoupled(view, found),
        Strategy::Sequenced => coupled(view, found),
    }
    for (pin, change) in &view.plan.changes {
        if !view.is_behind_a_flag(pin) {
            without_flag(view.plan, pin, change, found);
        } else if view.plan.strategy == Strategy::Coordinated {
            opens_before_the_flag(pin, change, found);
        } else {
            live_before_the_flag(pin, change, found);
        }
    }
    if !view.plan.is_bare() {
        for feature in &view.plan.features {
            foundations_first(view, feature, found);
        }
    }
    large(view.plan, found);
    all_at_once(view.plan, found);
}

/// FH101: coordinated, and nothing says why.
fn uncoupled(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let plan = view.plan;
    let tied = plan.changes.values().any(|one| !one.requires.is_empty());
    let advice = advise(plan, &view.graph);
    let mut reasons = advice.reasons.iter();
    let apart = reasons.find(|reason| matches!(reason, Reason::Apart { .. }));
    let message = match apart {
        Some(apart) => format!("{apart}; coordinating them amplifies risk"),
        None if plan.coupling.is_none() && !tied => {
            "nothing here needs to ship together: no part requires another".into()
        }
        None => return,
    };
    let fix = "use `strategy: sequenced`, or declare what ties them: `requires`, or `coupling`";
    found.push(finding(
        Severity::Warning,
        "FH101",
        "strategy",
        message,
        fix,
    ));
}

/// FH102: one after the other, though users would meet a part without what it needs.
fn coupled(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let fix = "use `strategy: coordinated`";
    if let Some(coupling) = &view.plan.coupling {
        let message = format!(
            "changes ship one at a time though they are coupled (`{coupling}`): users see partial functionality"
        );
        found.push(finding(Severity::Error, "FH102", "strategy", message, fix));
    }
    for (pin, change) in &view.plan.changes {
        if !matches!(change.canary, Some(RouteCanary::Steps(_))) {
            continue;
        }
        // Its own steps come before the flag's, and with the flag come those of what follows the flag. Nobody is served an eval set.
        let follows = change.requires.iter().find(|need| {
            let served = need.artefact().kind() != Kind::EvalSet;
            let needed = view.plan.changes.get(*need).filter(|_| served);
            needed.is_some_and(|needed| needed.canary == Some(RouteCanary::WithFlag))
        });
        if let Some(later) = follows {
            let message = format!(
                "{pin} would be visible before {later}, which it requires and which follows the flag"
            );
            let path = format!("changes[{pin}].canary");
            let fix = "write `canary: with_flag` here too, or use `strategy: coordinated`";
            found.push(finding(Severity::Error, "FH102", path, message, fix));
        }
    }
}

/// FH103, FH117, FH123: parts that no flag needs.
fn without_flag(plan: &Plan, pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    let kind = pin.artefact().kind();
    let staged = !change.own_steps().is_empty();
    if is_consumer(kind) && !staged {
        found.push(finding(
            Severity::Error,
            "FH103",
            format!("changes[{pin}]"),
            format!("users meet {pin}, and no feature flag controls it"),
            "add it to the `dependencies` of a feature, or give its route steps: `canary: [5, 25, 100]`",
        ));
        return;
    }
    if !plan.features.is_empty() {
        let what = if is_consumer(kind) {
            "flag"
        } else {
            "flag, nor by what a flag needs"
        };
        found.push(finding(
            Severity::Warning,
            "FH117",
            format!("changes[{pin}]"),
            format!("{pin} is needed by no {what}"),
            "make it a dependency, or ship it in a release of its own",
        ));
    }
    // That there is a version to go back to says that somebody uses it now.
    let back = change.rollback.as_ref().and_then(|way| way.to.as_ref());
    if let Some(version) = back.filter(|_| !staged) {
        found.push(finding(
            Severity::Warning,
            "FH123",
            format!("changes[{pin}]"),
            format!("{pin} replaces {version} for everybody at once: no flag holds it back, it has no steps"),
            "stage it: `stages: [10, 50, 100]`",
        ));
    }
}

/// FH123 of a sequenced release, in which a part is live before the flag opens, unless it says that it follows it.
fn live_before_the_flag(pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    let served = pin.artefact().kind() != Kind::EvalSet;
    let held = change.canary.is_some() || !change.own_steps().is_empty();
    let back = change.rollback.as_ref().and_then(|way| way.to.as_ref());
    if let Some(version) = back.filter(|_| served && !held) {
        found.push(finding(
            Severity::Warning,
            "FH123",
            format!("changes[{pin}]"),
            format!("{pin} replaces {version} for everybody at once, before the flag opens"),
            "write `canary: with_flag`, or stage it: `stages: [10, 50, 100]`",
        ));
    }
}

/// FH124: a route that opens on its own before the flag does.
fn opens_before_the_flag(pin: &Pin, change: &Change, found: &mut Vec<Diagnostic>) {
    if let Some(RouteCanary::Steps(steps)) = &change.canary
        && is_consumer(pin.artefact().kind())
        && let Some(first) = steps.first()
    {
        found.push(finding(
            Severity::Warning,
            "FH124",
            format!("changes[{pin}].canary"),
            format!("the route of {pin} opens to {first} by itself, before the flag does"),
            "write `canary: with_flag`: its route then sits at 0 until the flag opens",
        ));
    }
}

/// FH112: a consumer that does not wait for the foundations beside it.
fn foundations_first(
    view: &View<'_>,
    (name, feature): (&crate::name::FeatureName, &Feature),
    found: &mut Vec<Diagnostic>,
) {
    let ships = |pin: &&Pin| view.plan.changes.contains_key(*pin);
    let (consumers, foundations): (Vec<&Pin>, Vec<&Pin>) = feature
        .dependencies
        .keys()
        .filter(ships)
        .partition(|pin| is_consumer(pin.artefact().kind()));
    let (cases, foundations): (Vec<&Pin>, Vec<&Pin>) = foundations
        .into_iter()
        .partition(|pin| pin.artefact().kind() == Kind::EvalSet);
    // By wave, so that what is not before a consumer is one look: the last of them.
    let last = |pins: Vec<&Pin>| -> Option<Pin> {
        pins.into_iter().max_by_key(|pin| view.wave(pin)).cloned()
    };
    let (cases, foundation) = (last(cases), last(foundations));
    for pin in consumers {
        let change = view.plan.changes.get(pin);
        // A gate over an eval set is as good as an edge to it.
        let judges = |cases: &&Pin| {
            let mut gates = change.into_iter().flat_map(|change| &change.gates);
            gates.any(|gate| gate.eval_set().as_ref() == Some(*cases))
        };
        let cases = cases.as_ref().filter(|cases| !judges(cases));
        // A part never shares a wave with what it needs.
        let beside = |latest: &&Pin| view.wave(pin) <= view.wave(latest);
        let latest = foundation.as_ref().filter(beside).or(cases.filter(beside));
        if let Some(latest) = latest {
            found.push(finding(
                Severity::Warning,
                "FH112",
                format!("changes[{pin}].requires"),
                format!(
                    "{pin} may ship before {latest}, which {name} needs too: foundations go first"
                ),
                format!("add `requires: [ \"{latest}\" ]` if it uses that"),
            ));
        }
    }
}

/// FH118: more than the sum of its parts.
fn large(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let (changes, teams) = (plan.changes.len(), plan.teams.len());
    if changes > CHANGES_MANY || teams > TEAMS_MANY {
        let message = format!(
            "the risk is more than the sum of the parts (changes: {changes}, teams: {teams})"
        );
        let fix = "split the release, or take more and longer steps and a longer bake";
        found.push(finding(Severity::Warning, "FH118", "changes", message, fix));
    }
}

/// FH166: everything to everybody, and then the flag.
fn all_at_once(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let Some(canary) = &plan.canary else { return };
    let one = matches!(canary.steps.as_slice(), [step] if step.exposure == Exposure::FULL);
    let staged = plan.changes.values().any(|one| !one.own_steps().is_empty());
    if one && !staged && !plan.features.is_empty() {
        let message = format!(
            "the only step is 100 %, and no change has steps of its own: {} open to everybody at once",
            names(plan.features.values().map(|feature| &feature.flag))
        );
        let fix = "add steps before it, such as 1, 5, 25, 50";
        found.push(finding(
            Severity::Warning,
            "FH166",
            "canary.steps",
            message,
            fix,
        ));
    }
}
