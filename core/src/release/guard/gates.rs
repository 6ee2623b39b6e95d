//! G5 and the users of G6: every gate of every change, and of the step the flag is at, has passed; the step has had its users.

use super::step_at;
use crate::artefact::Pin;
use crate::gate::{Bar, Verdict, judge};
use crate::name::FlagKey;
use crate::plan::{Canary, OnInconclusive, Role};
use crate::release::Unmet;
use crate::time::Timestamp;
use crate::workspace::{FeatureFlag, Record, Release};
use alloc::vec::Vec;

/// The gates of changes that have not passed. Their evidence binds the plan, whatever the flag did meanwhile.
pub(in crate::release) fn of_changes(release: &Release, now: Timestamp) -> Vec<Unmet> {
    let changes = release.plan.changes.iter();
    let gates = changes.flat_map(|(pin, change)| change.gates.iter().map(move |gate| (pin, gate)));
    gates
        .filter_map(|(pin, gate)| {
            let bar = Bar::Gate(gate);
            let about = |record: &&Record| record.evidence.part.as_ref() == Some(pin);
            let record = release.latest(bar).find(about);
            open(bar, Some(pin), record, now, false)
        })
        .collect()
}

/// The gates and metrics of the step that a flag is at. Their evidence binds the flag's epoch: what was seen at another
/// exposure, or before this one began, says nothing about it.
pub(super) fn of_step(
    release: &Release,
    canary: &Canary,
    key: &FlagKey,
    flag: &FeatureFlag,
    now: Timestamp,
) -> Vec<Unmet> {
    let Some(step) = step_at(&release.plan, flag.exposure) else {
        return Vec::new();
    };
    let counts = |record: &&Record| {
        record.epochs.get(key) == Some(&flag.epoch)
            && flag
                .opened
                .is_none_or(|opened| opened.at <= record.evidence.ran_at)
    };
    let mut found = Vec::new();
    for gate in &step.gates {
        let bar = Bar::Gate(gate);
        let record = release
            .latest(bar)
            .find(|record| record.evidence.part.is_none() && counts(record));
        found.extend(open(bar, None, record, now, false));
    }
    let proceed = canary.on_inconclusive == OnInconclusive::Proceed;
    for metric in canary
        .metrics
        .iter()
        .filter(|metric| metric.role != Role::Info)
    {
        let bar = Bar::Metric(metric);
        let record = release.latest(bar).find(counts);
        found.extend(open(bar, None, record, now, proceed));
    }
    let counted = release.course.records.iter().filter(counts);
    let units = counted
        .filter_map(|record| record.evidence.users)
        .max()
        .unwrap_or(0);
    if let Some(needed) = step.units.filter(|needed| units < *needed) {
        found.push(Unmet::TooFewUnits {
            flag: key.clone(),
            step: flag.exposure,
            units,
            needed,
        });
    }
    found
}

fn open(
    bar: Bar<'_>,
    part: Option<&Pin>,
    record: Option<&Record>,
    now: Timestamp,
    proceed: bool,
) -> Option<Unmet> {
    // Judged again: time alone takes a PASS away.
    let verdict = record.map(|record| judge(bar, &record.evidence, now));
    let accepted = proceed || record.is_some_and(|record| record.accepted.is_some());
    let passed = match verdict {
        Some(Verdict::Pass) => true,
        Some(Verdict::Inconclusive) => accepted,
        Some(Verdict::Fail | Verdict::Error) | None => false,
    };
    (!passed).then(|| Unmet::GateOpen {
        gate: bar.name(),
        part: part.cloned(),
        verdict,
    })
}
