//! Whether an entry was allowed, and what must be so after it: the guards and invariants once more, naively.
//!
//! The numbers are those of the rules in `semantics.md` §3.2 (G1 to G12) and §3.5 (I1 to I15). Invariant: nothing here asks core
//! what it thinks; it reads the shadow as it was before the entry.

use crate::shadow::{Finding, Flag, Phase, Release, Shadow, State, differs, is_back};
use flaghoist_core::artefact::Pin;
use flaghoist_core::exposure::Exposure;
use flaghoist_core::gate::{Evidence, GateName, Outcome, Verdict};
use flaghoist_core::name::{FlagKey, PrincipalName, Revision};
use flaghoist_core::plan::{Gate, OnInconclusive, Plan, Promotion, Role, Step};
use flaghoist_core::release::{Entry, Event, Fact};
use flaghoist_core::time::{Span, Timestamp};
use std::collections::BTreeSet;

/// A minute, as long as an edge goes on without word.
const LEASE: Span = Span::from_seconds(60);
const FULL: u16 = 10_000;

/// What was asked besides what the entry says.
#[derive(Clone, Copy, Default)]
pub struct Asked {
    /// The epoch a raise was meant for.
    pub epoch: Option<Revision>,
}

/// Everything that is wrong with an event, by the state before it.
pub fn event(
    shadow: &Shadow,
    entry: &Entry,
    event: &Event,
    asked: Asked,
    bundle: Revision,
) -> Vec<String> {
    let mut wrong = Vec::new();
    match event {
        Event::Raised { flag, .. } => {
            let raises = entry.events.iter();
            let again = raises
                .filter(|other| matches!(other, Event::Raised { flag: of, .. } if of == flag));
            if again.count() > 1 {
                wrong.push(format!("I8: {flag} rose twice in one decision"));
            }
            wrong.extend(raise(shadow, entry, event, flag, asked, bundle));
        }
        Event::LatchCleared { flag, .. } => {
            let reason = entry.reason.as_deref().unwrap_or_default();
            if entry.actor.person().is_none() || reason.is_empty() {
                wrong.push(format!("I12: {flag} was cleared by nobody, or for nothing"));
            }
        }
        Event::Observed {
            artefact,
            report,
            source,
            ..
        } => {
            let known = shadow.seen.get(&(artefact.clone(), source.clone()));
            if let (Some(known), Some(seen)) = (known, report.seen)
                && seen <= *known
            {
                wrong.push(format!("an older report about {artefact} counted"));
            }
        }
        Event::PlanApplied { plan, .. } => wrong.extend(applied(shadow, plan)),
        Event::Release { release, fact, .. } => {
            if let Some(known) = shadow.releases.get(release) {
                wrong.extend(self::fact(shadow, known, entry, fact));
            }
        }
        _ => {}
    }
    wrong
}

/// The guards of a raise.
fn raise(
    shadow: &Shadow,
    entry: &Entry,
    event: &Event,
    key: &FlagKey,
    asked: Asked,
    bundle: Revision,
) -> Vec<String> {
    let Event::Raised {
        to,
        on_behalf_of,
        emergency,
        skipped,
        ..
    } = event
    else {
        return Vec::new();
    };
    let flag = &shadow.flags[key];
    let Some((release, _)) = shadow.feature(key) else {
        return vec![format!("{key} has no plan")];
    };
    let (to, at) = (to.basis_points(), entry.at);
    let mut wrong = Vec::new();
    let mut must = |so: bool, rule: &str| {
        if !so {
            wrong.push(format!("{rule}: {key} rose to {to}"));
        }
    };
    let required = shadow.required(key);
    must(required.iter().all(|pin| shadow.works(pin)), "G1");
    must(
        required
            .iter()
            .all(|pin| !shadow.stale.contains(pin.artefact())),
        "G1 (stale)",
    );
    must(!flag.latched, "G2");
    must(asked.epoch.is_none_or(|epoch| epoch == flag.epoch), "G3");
    must(
        !matches!(release.phase, Phase::Paused | Phase::Aborted),
        "paused",
    );
    must(release.rollback.is_none(), "rolling back");
    must(
        required.iter().all(|pin| !release.faulty.contains(pin)),
        "I12 (faulty)",
    );
    must(emergency.is_some() || open(shadow, &release.plan, at), "G9");
    must(alone(shadow, release), "G11");
    let awaited = flag.epoch.min(bundle);
    let behind = shadow.acknowledged.is_some_and(|known| known < awaited);
    must(
        flag.exposure == 0 || !behind || at >= flag.moved_at + LEASE,
        "G12",
    );
    let person = entry.actor.person();
    let armed = on_behalf_of.is_some() && flag.armed.is_some_and(|armed| armed >= to);
    let by_plan = release.plan.canary.as_ref().is_some_and(|canary| {
        canary.promote == Promotion::Automatic && flag.exposure > 0 && !flag.lowered
    });
    must(
        (person.is_some() && on_behalf_of.is_none()) || armed || by_plan,
        "I2 and I8",
    );
    if release.phase != Phase::Completed && !release.plan.is_bare() {
        must(signed(release), "G10");
        must(
            release.goes_first().iter().all(|pin| shadow.is_live(pin)),
            "sequenced",
        );
        must(changes_pass(release, at), "G5 (changes)");
        let raiser = person.filter(|_| on_behalf_of.is_none());
        wrong.extend(steps(release, key, flag, to, *skipped, at, raiser));
    }
    wrong
}

/// G4 to G6 and G8.
fn steps(
    release: &Release,
    key: &FlagKey,
    flag: &Flag,
    to: u16,
    skipped: bool,
    at: Timestamp,
    raiser: Option<&PrincipalName>,
) -> Vec<String> {
    let Some(canary) = &release.plan.canary else {
        return Vec::new();
    };
    let full = release.plan.full().basis_points();
    let reach = |step: &Step| step.exposure.basis_points().min(full);
    let mut wrong = Vec::new();
    let next = canary.steps.iter().find(|step| reach(step) > flag.exposure);
    let next = next.map_or(FULL, |step| step.exposure.basis_points());
    if to > next.max(flag.resumes_to) && !skipped {
        wrong.push(format!("G4: {key} left out a step to {to}"));
    }
    let taken = canary
        .steps
        .iter()
        .find(|step| step.exposure.basis_points() >= to);
    for team in taken.iter().flat_map(|step| &step.approve) {
        let step = taken.map_or(0, |step| step.exposure.basis_points());
        let given = release
            .approved
            .iter()
            .any(|(flag_, of, epoch, who, for_)| {
                flag_ == key
                    && *of == step
                    && *epoch == flag.epoch
                    && for_ == team
                    && Some(who) != raiser
            });
        if !given {
            wrong.push(format!("G8: {team} had not approved {key} at {step}"));
        }
    }
    let mut passed = canary.steps.iter().rev();
    let Some(step) = passed.find(|step| reach(step) <= flag.exposure) else {
        return wrong;
    };
    let (opened, acknowledged) = flag.opened.unwrap_or((flag.moved_at, None));
    let since = acknowledged.unwrap_or(opened);
    if step.at_least.is_some_and(|span| at < since + span) {
        wrong.push(format!("G6: {key} left {} too early", flag.exposure));
    }
    let counts = |finding: &Finding| {
        finding.epochs.get(key) == Some(&flag.epoch) && opened <= finding.evidence.ran_at
    };
    let mut latest = BTreeSet::new();
    for finding in &release.evidence {
        latest.extend(release.latest(&finding.evidence.gate, finding.evidence.part.as_ref()));
    }
    let users = latest
        .iter()
        .map(|index| &release.evidence[*index])
        .filter(|finding| counts(finding));
    let users = users.filter_map(|finding| finding.evidence.users).max();
    if step.units.is_some_and(|units| users.unwrap_or(0) < units) {
        wrong.push(format!("G6: {key} had too few users at {}", flag.exposure));
    }
    let proceed = canary.on_inconclusive == OnInconclusive::Proceed;
    for metric in canary
        .metrics
        .iter()
        .filter(|metric| metric.role != Role::Info)
    {
        let named = |finding: &&Finding| finding.evidence.gate.names_metric(metric);
        let found = release.evidence.iter().filter(named);
        let found = found.max_by_key(|finding| (finding.evidence.ran_at, finding.verdict));
        let found = found.filter(|finding| counts(finding));
        if !found.is_some_and(|finding| passes(finding, at, proceed)) {
            wrong.push(format!("G5: {} had not passed for {key}", metric.name));
        }
    }
    wrong
}

fn passes(finding: &Finding, at: Timestamp, proceed: bool) -> bool {
    let fresh = at <= finding.evidence.ran_at + Span::from_hours(14 * 24);
    match verdict(&finding.evidence) {
        Verdict::Pass => fresh,
        Verdict::Inconclusive => finding.accepted || proceed,
        Verdict::Error | Verdict::Fail => false,
    }
}

/// What a finding says, by the bars that the simulator's plans have.
fn verdict(evidence: &Evidence) -> Verdict {
    let worst = |bad: bool, unclear: bool| match (bad, unclear) {
        (true, _) => Verdict::Fail,
        (false, true) => Verdict::Inconclusive,
        (false, false) => Verdict::Pass,
    };
    match &evidence.outcome {
        Outcome::Eval { passed, cases, .. } => worst(passed * 10 < cases * 9, *cases == 0),
        Outcome::Tests { passed, failed, .. } => worst(*failed > 0, *passed == 0),
        Outcome::Schema { compatible } => worst(!compatible, false),
        Outcome::Verdict { verdict } => *verdict,
        Outcome::Freshness { .. } | Outcome::Feedback { .. } => Verdict::Error,
    }
}

fn changes_pass(release: &Release, at: Timestamp) -> bool {
    let changes = release.plan.changes.iter();
    let mut gates = changes.flat_map(|(pin, change)| change.gates.iter().map(move |g| (pin, g)));
    gates.all(|(pin, gate)| gate_passes(release, pin, gate, at))
}

fn gate_passes(release: &Release, pin: &Pin, gate: &Gate, at: Timestamp) -> bool {
    let named = |finding: &&Finding| {
        finding.evidence.gate.names(gate) && finding.evidence.part.as_ref() == Some(pin)
    };
    let found = release.evidence.iter().filter(named);
    let found = found.max_by_key(|finding| (finding.evidence.ran_at, finding.verdict));
    found.is_some_and(|finding| passes(finding, at, false))
}

/// Every team that says who may sign has, and not only the author where others may.
fn signed(release: &Release) -> bool {
    let teams = &release.plan.teams;
    let owners = release.plan.owners();
    let mut signers = owners.into_iter().filter(|team| {
        teams
            .get(*team)
            .is_some_and(|team| !team.approvers.is_empty())
    });
    let all = signers.all(|team| release.signed.contains_key(team));
    let mut people = release.signed.values();
    let other = people.any(|person| Some(person) != release.author.as_ref());
    all && (other || release.signed.is_empty())
}

/// Not in a freeze, and in a window. The simulator's windows are Monday to Friday, 8 to 20 in UTC.
fn open(shadow: &Shadow, plan: &Plan, at: Timestamp) -> bool {
    let covers = |from: Timestamp, until: Option<Timestamp>| {
        from <= at && until.is_none_or(|until| at < until)
    };
    let frozen = shadow
        .freezes
        .values()
        .any(|freeze| covers(freeze.from, freeze.until));
    let minutes = at.as_millis().div_euclid(60_000);
    // The first day of Unix time was a Thursday.
    let (day, hour) = (
        (minutes.div_euclid(1440) + 3) % 7,
        minutes.rem_euclid(1440) / 60,
    );
    !frozen && (plan.windows.is_empty() || (day < 5 && (8..20).contains(&hour)))
}

/// No other release with steps is between nobody and everybody with one of the same artefacts.
fn alone(shadow: &Shadow, release: &Release) -> bool {
    let artefacts = |plan: &Plan| -> BTreeSet<String> {
        let pins = plan.pins().into_iter();
        pins.map(|pin| pin.artefact().to_string()).collect()
    };
    let own = artefacts(&release.plan);
    shadow.releases.iter().all(|(name, other)| {
        let active = matches!(other.phase, Phase::Running | Phase::Paused);
        let mut flags = shadow.flags.values().filter(|flag| flag.release == *name);
        let midway = flags.any(|flag| flag.exposure > 0 && flag.exposure < FULL);
        *name == release.plan.release
            || other.plan.canary.is_none()
            || !active
            || !midway
            || own.is_disjoint(&artefacts(&other.plan))
    })
}

fn applied(shadow: &Shadow, plan: &Plan) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, other) in &shadow.releases {
        let active = matches!(other.phase, Phase::Running | Phase::Paused);
        if *name == plan.release {
            let again = other.faulty.iter().any(|pin| plan.pins().contains(pin));
            if again {
                wrong.push(format!("{name} ships what was found faulty"));
            }
            continue;
        }
        let theirs = other.plan.pins();
        let differ = |pin: &&Pin| {
            let mut same = theirs.iter().filter(|own| own.artefact() == pin.artefact());
            same.any(|own| own.version() != pin.version())
        };
        if active && plan.pins().iter().any(differ) {
            wrong.push(format!("I13: {} and {name} pin two versions", plan.release));
        }
    }
    wrong
}

fn fact(shadow: &Shadow, release: &Release, entry: &Entry, fact: &Fact) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = &release.plan.release;
    match fact {
        Fact::RollbackStarted { parts, .. } => {
            // I9: who needs a part goes back before it.
            for (index, part) in parts.iter().enumerate() {
                let earlier = &parts[..index];
                let change = release.plan.changes.get(&part.pin);
                let needed = change.into_iter().flat_map(|change| &change.requires);
                let mut before = needed.filter(|pin| earlier.iter().any(|part| part.pin == **pin));
                if let Some(foundation) = before.next() {
                    wrong.push(format!("I9: {foundation} goes back before {}", part.pin));
                }
            }
        }
        Fact::RollbackFinished => {
            let rollback = release.rollback.as_ref();
            if !rollback.is_some_and(|it| it.parts.iter().all(|part| is_back(shadow, part))) {
                wrong.push(format!("I11: {name} is not back"));
            }
            let heard = |awaits: Revision| shadow.acknowledged.is_none_or(|known| known >= awaits);
            if rollback
                .is_some_and(|it| !it.released && entry.at < it.since + LEASE && !heard(it.awaits))
                && shadow.acknowledged.is_some()
                && shadow
                    .flags
                    .values()
                    .any(|flag| flag.latched && flag.epoch >= awaits(release))
            {
                wrong.push(format!("I11: edges had not acknowledged for {name}"));
            }
        }
        Fact::Completed => {
            let flags = shadow
                .flags
                .iter()
                .filter(|(_, flag)| flag.release == *name);
            for (key, flag) in flags {
                let since = flag.opened.map(|(at, heard)| heard.unwrap_or(at));
                let baked = since.is_some_and(|since| entry.at >= since + release.plan.bake());
                if flag.latched || flag.exposure < release.plan.full().basis_points() || !baked {
                    wrong.push(format!("{name} was done before {key} had baked"));
                }
            }
        }
        Fact::Recorded {
            evidence, verdict, ..
        } => {
            if *verdict != self::verdict(evidence) {
                wrong.push(format!("{} was judged {verdict}", evidence.gate));
            }
            let critical = is_critical(&release.plan, &evidence.gate);
            let flags = shadow
                .flags
                .iter()
                .filter(|(_, flag)| flag.release == *name);
            for (key, flag) in flags.filter(|(_, flag)| flag.exposure > 0) {
                let contained = entry
                    .events
                    .iter()
                    .any(|event| matches!(event, Event::Contained { flag, .. } if flag == key));
                if critical && *verdict == Verdict::Fail && !contained && flag.exposure > 0 {
                    wrong.push(format!(
                        "I6: {key} stayed open when {} failed",
                        evidence.gate
                    ));
                }
            }
        }
        Fact::RouteRaised { part, .. } => {
            let going = matches!(release.phase, Phase::Running);
            if !going || !shadow.works(part) || !signed(release) || release.faulty.contains(part) {
                wrong.push(format!("the route of {part} rose"));
            }
        }
        _ => {}
    }
    wrong
}

fn awaits(release: &Release) -> Revision {
    release
        .rollback
        .as_ref()
        .map_or(Revision::ZERO, |rollback| rollback.awaits)
}

fn is_critical(plan: &Plan, gate: &GateName) -> bool {
    let mut metrics = plan.canary.iter().flat_map(|canary| &canary.metrics);
    metrics.any(|metric| metric.role == Role::Critical && gate.names_metric(metric))
}

/// What must be so after an entry, and how the flags of the state differ from the shadow.
pub fn state(
    shadow: &Shadow,
    entry: &Entry,
    before: &[(FlagKey, Flag)],
    rests: &[(FlagKey, Pin, State)],
    state: &flaghoist_core::workspace::Environment,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, flag) in &shadow.flags {
        let Some(known) = state.flags.get(key) else {
            wrong.push(format!("{key} is gone"));
            continue;
        };
        let exposure = known.exposure.basis_points();
        if exposure != flag.exposure || known.latch.is_some() != flag.latched {
            wrong.push(format!(
                "I14: {key} is at {exposure}, not {}",
                flag.exposure
            ));
        }
        if known.epoch != flag.epoch {
            wrong.push(format!(
                "I4: {key} is at epoch {}, not {}",
                known.epoch, flag.epoch
            ));
        }
        if exposure > flag.allowed {
            wrong.push(format!(
                "I2: {key} is at {exposure}, {} allowed",
                flag.allowed
            ));
        }
        if exposure > 0 && flag.latched {
            wrong.push(format!("I12: {key} is contained and open"));
        }
        let broken = shadow
            .required(key)
            .into_iter()
            .find(|pin| !shadow.works(pin));
        if let Some(pin) = broken.filter(|_| exposure > 0) {
            wrong.push(format!("I1: {key} is at {exposure} without {pin}"));
        }
        if let Some((_, old)) = before.iter().find(|(old, _)| old == key) {
            let moved = old.exposure != flag.exposure || old.latched != flag.latched;
            if flag.epoch < old.epoch || (moved && flag.epoch == old.epoch) {
                wrong.push(format!("I4: {key} moved and its epoch did not"));
            }
        }
    }
    // A version that changes under a flag that is open contains it, although another of the same name is there.
    for (key, pin, was) in rests {
        let open = before
            .iter()
            .any(|(old, flag)| old == key && flag.exposure > 0);
        let changed = differs(was, &shadow.at(pin).cloned());
        let follows = shadow
            .feature(key)
            .is_some_and(|(release, _)| release.phase == Phase::Completed);
        let closed = shadow.flags.get(key).is_some_and(|flag| flag.exposure == 0);
        if open && changed && !follows && !closed {
            wrong.push(format!(
                "I1: {pin} changed under {key}, entry {}",
                entry.revision
            ));
        }
    }
    wrong.extend(rolling_back(shadow));
    wrong
}

/// While parts go back, who cannot be without them is at 0, in every release.
fn rolling_back(shadow: &Shadow) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, release) in &shadow.releases {
        let parts = release.rollback.iter().flat_map(|rollback| &rollback.parts);
        for part in parts {
            for (key, flag) in &shadow.flags {
                let own = flag.release == *name;
                if own && flag.exposure > 0 && shadow.required(key).contains(&part.pin) {
                    wrong.push(format!("{key} is open while {} goes back", part.pin));
                }
            }
        }
    }
    wrong
}

/// Lowering and containing is never refused and never leaves more.
pub fn lowered(key: &FlagKey, exposure: Option<Exposure>, to: u16) -> Option<String> {
    let left = exposure?.basis_points();
    (left > to).then(|| format!("I3: {key} is at {left} after it was taken to {to}"))
}
