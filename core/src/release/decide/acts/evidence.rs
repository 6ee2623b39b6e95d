//! Recorded evidence: judged against the plan's bar, refused where it is foreign or stale, and a failing critical metric
//! contains in the same decision.

use super::{Asked, unmet};
use crate::artefact::Pin;
use crate::gate::{self, Bar, Evidence, GateName, Verdict};
use crate::name::TeamName;
use crate::plan::{Gate, Metric, Role};
use crate::release::decide::{Decision, said_why};
use crate::release::{Cause, Event, Fact, Unmet};
use alloc::boxed::Box;
use alloc::vec::Vec;

pub(super) fn record(asked: &Asked<'_>, evidence: &Evidence) -> Decision {
    let plan = &asked.release.plan;
    gate::admissible(plan, &asked.state.artefacts, evidence, asked.stamp.now)
        .map_err(|reasons| unmet(Unmet::Inadmissible { reasons }))?;
    if let Some(team) = reviewer(asked, evidence) {
        asked.speaks_for(team)?;
    }
    if asked
        .release
        .course
        .records
        .iter()
        .any(|known| known.evidence == *evidence)
    {
        return Ok(Vec::new());
    }
    // The same gate may stand at several steps with several bars: what fails one of them has not passed.
    let bars = gate::bars(plan, evidence.part.as_ref()).into_iter();
    let named = bars.filter(|bar| bar.is_named(&evidence.gate));
    let verdict = Verdict::of_all(named.map(|bar| gate::judge(bar, evidence, asked.stamp.now)));
    let flags = || asked.state.flags_of(asked.name);
    let mut events = Vec::from([asked.fact(Fact::Recorded {
        evidence: Box::new(evidence.clone()),
        verdict,
        epochs: flags()
            .map(|(key, flag)| (key.clone(), flag.epoch))
            .collect(),
    })]);
    if verdict == Verdict::Fail
        && metric(asked, &evidence.gate).is_some_and(|metric| metric.role == Role::Critical)
    {
        let open = flags().filter(|(_, flag)| flag.latch.is_none() && !flag.exposure.is_zero());
        events.extend(open.map(|(key, flag)| Event::Contained {
            environment: asked.environment.clone(),
            flag: key.clone(),
            from: flag.exposure,
            cause: Cause::Gate {
                gate: evidence.gate.clone(),
            },
        }));
    }
    Ok(events)
}

pub(super) fn accept(asked: &Asked<'_>, gate: &GateName, part: Option<&Pin>) -> Decision {
    said_why(asked.stamp)?;
    let mut records = asked.release.course.records.iter();
    let record = records.find(|record| record.concerns(gate, part));
    let Some(record) = record.filter(|record| record.verdict == Verdict::Inconclusive) else {
        return Err(unmet(Unmet::NothingToAccept { gate: gate.clone() }));
    };
    let person = match owner(asked, gate, part) {
        Some(team) => asked.speaks_for(team)?,
        None => asked.person()?,
    };
    if record.accepted.is_some() {
        return Ok(Vec::new());
    }
    asked.so(Fact::Accepted {
        gate: gate.clone(),
        part: part.cloned(),
        person: person.clone(),
    })
}

/// The team whose member's word this evidence is.
fn reviewer<'a>(asked: &Asked<'a>, evidence: &'a Evidence) -> Option<&'a TeamName> {
    let bars = gate::bars(&asked.release.plan, evidence.part.as_ref()).into_iter();
    bars.filter(|bar| bar.is_named(&evidence.gate))
        .find_map(|bar| match bar {
            Bar::Gate(Gate::Review { team }) => Some(team),
            _ => None,
        })
}

/// Who answers for a gate: the owner of its change or of the metric's component, else of the feature.
fn owner<'a>(asked: &Asked<'a>, gate: &GateName, part: Option<&Pin>) -> Option<&'a TeamName> {
    let plan = &asked.release.plan;
    let component = metric(asked, gate).and_then(|metric| metric.component.as_ref());
    let mut changes = plan.changes.iter();
    let change = changes.find(|(pin, _)| part == Some(*pin) || component == Some(pin.artefact()));
    let of_change = change.and_then(|(_, change)| change.owner.as_ref());
    of_change.or_else(|| {
        plan.features
            .values()
            .find_map(|feature| feature.owner.as_ref())
    })
}

fn metric<'a>(asked: &Asked<'a>, gate: &GateName) -> Option<&'a Metric> {
    let mut metrics = asked
        .release
        .plan
        .canary
        .iter()
        .flat_map(|canary| &canary.metrics);
    metrics.find(|metric| gate.names_metric(metric))
}
