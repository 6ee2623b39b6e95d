//! The parts of a release side by side: what speaks against each, the likeliest first.
//!
//! Invariants: it tells what is known and decides nothing; the order is by what weighs most, then as the plan ships them; a part
//! against which nothing speaks is in the list as well. Not here: what measures them live, which joins as findings of metrics.

use crate::artefact::{Availability, Deployed, Health, Pin};
use crate::gate::{Bar, GateName, Verdict, bars, judge};
use crate::name::TeamName;
use crate::plan::Role;
use crate::release::{ChangeState, change_state};
use crate::time::Timestamp;
use crate::workspace::{Environment, Release};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::Serialize;

/// A part, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The part.
    pub part: Pin,
    /// Who owns it.
    pub owner: Option<TeamName>,
    /// Where it stands.
    pub state: ChangeState,
    /// What was found of it, what weighs most first.
    pub findings: Vec<Finding>,
    /// Since when it is deployed as it is.
    pub deployed_since: Option<Timestamp>,
    /// Whether that is after the release was opened: something moved under its users.
    pub changed_since_opening: bool,
    /// Cases that were served with this version.
    pub cases: usize,
    /// Cases that were served with another version of it.
    pub cases_without: usize,
    /// What speaks against it, in words.
    pub against: Vec<String>,
}

/// What was found of a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// By which gate or metric.
    pub gate: GateName,
    /// What it says; none where there is no evidence.
    pub verdict: Option<Verdict>,
    /// What was measured, in words.
    pub measured: Option<String>,
    /// When.
    pub ran_at: Option<Timestamp>,
    /// Whether it is a metric that contains.
    pub critical: bool,
}

/// The parts of a release, the likeliest cause first.
pub fn suspects(state: &Environment, release: &Release, now: Timestamp) -> Vec<Suspect> {
    let pins = release.plan.pins();
    let mut found: Vec<Suspect> = pins
        .into_iter()
        .map(|pin| suspect(state, release, pin, now))
        .collect();
    found.sort_by_key(|suspect| core::cmp::Reverse(suspect.weight()));
    found
}

/// The only part against which a finding or its health speaks: a person still has to say so.
pub fn cause(suspects: &[Suspect]) -> Option<&Pin> {
    let mut plain = suspects.iter().filter(|suspect| suspect.is_plain());
    let only = plain.next()?;
    plain.next().is_none().then_some(&only.part)
}

impl Suspect {
    fn failing(&self) -> usize {
        let failed = |finding: &&Finding| finding.verdict == Some(Verdict::Fail);
        self.findings.iter().filter(failed).count()
    }

    fn is_plain(&self) -> bool {
        self.failing() > 0 || self.state == ChangeState::Drifted
    }

    /// What counts most first: it does not work, it fails, it moved, more of the cases had it, nobody knows.
    fn weight(&self) -> (bool, usize, bool, usize, usize) {
        let unclear = self.findings.iter().filter(|finding| {
            matches!(
                finding.verdict,
                Some(Verdict::Inconclusive | Verdict::Error) | None
            )
        });
        (
            self.state == ChangeState::Drifted,
            self.failing(),
            self.changed_since_opening,
            self.cases,
            unclear.count(),
        )
    }
}

fn suspect(state: &Environment, release: &Release, pin: &Pin, now: Timestamp) -> Suspect {
    let deployed = state
        .artefacts
        .get(pin.artefact())
        .and_then(|known: &Availability| known.versions().get(pin.version()));
    let incident = release.incident.as_ref();
    let cases = incident.map_or(&[][..], |incident| &incident.cases);
    let with = |case: &&crate::incident::Case| case.served.contains(pin);
    let other = |case: &&crate::incident::Case| {
        let mut served = case.served.iter();
        served.any(|served| served.artefact() == pin.artefact() && served != pin)
    };
    let opened = opened(state, release);
    let since = deployed.map(|deployed| deployed.since);
    let mut suspect = Suspect {
        part: pin.clone(),
        owner: release
            .plan
            .changes
            .get(pin)
            .and_then(|change| change.owner.clone()),
        state: change_state(state, release, pin, now),
        findings: findings(release, pin, now),
        deployed_since: since,
        changed_since_opening: since > opened && opened.is_some(),
        cases: cases.iter().filter(with).count(),
        cases_without: cases.iter().filter(other).count(),
        against: Vec::new(),
    };
    suspect.against = against(&suspect, deployed, cases.len());
    suspect
}

/// When the first of the release's flags that users lost, or still have, was opened.
fn opened(state: &Environment, release: &Release) -> Option<Timestamp> {
    let name = &release.plan.release;
    let raised = release.course.first_opened;
    let open = state.flags_of(name);
    let open = open.filter_map(|(_, flag)| flag.opened.map(|opened| opened.at));
    raised.into_iter().chain(open).min()
}

/// What the gates of its change and the metrics of its artefact found.
fn findings(release: &Release, pin: &Pin, now: Timestamp) -> Vec<Finding> {
    let plan = &release.plan;
    let mut bars: Vec<Bar<'_>> = bars(plan, Some(pin));
    bars.dedup_by_key(|bar| bar.name());
    let mut found: Vec<Finding> = bars
        .into_iter()
        .filter_map(|bar| {
            let gate: GateName = bar.name().parse().ok()?;
            let record = release.latest(bar).find(|record| {
                let of = record.evidence.part.as_ref();
                of.is_none_or(|of| of == pin)
            });
            Some(Finding {
                gate,
                verdict: record.map(|record| judge(bar, &record.evidence, now)),
                measured: record.map(|record| record.evidence.outcome.to_string()),
                ran_at: record.map(|record| record.evidence.ran_at),
                critical: matches!(bar, Bar::Metric(metric) if metric.role == Role::Critical),
            })
        })
        .collect();
    found.sort_by_key(|finding| core::cmp::Reverse((finding.verdict, finding.critical)));
    found
}

fn against(suspect: &Suspect, deployed: Option<&Deployed>, cases: usize) -> Vec<String> {
    let mut words = Vec::new();
    match deployed {
        None => words.push("it is not deployed".to_string()),
        Some(deployed) if deployed.health == Health::Unhealthy => {
            words.push(format!("{} reports it as unhealthy", deployed.source));
        }
        Some(_) => {}
    }
    for finding in &suspect.findings {
        if let (Some(verdict @ (Verdict::Fail | Verdict::Error)), Some(measured)) =
            (finding.verdict, &finding.measured)
        {
            words.push(format!("{} says {verdict}: {measured}", finding.gate));
        }
    }
    if suspect.changed_since_opening
        && let Some(since) = suspect.deployed_since
    {
        words.push(format!(
            "it changed at {since}, after the release was opened"
        ));
    }
    if suspect.cases > 0 {
        words.push(format!(
            "{} of {cases} cases were served with it",
            suspect.cases
        ));
    }
    words
}
