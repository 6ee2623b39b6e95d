//! `admissible`: whether evidence counts for a plan at all, whatever it says.
//!
//! Invariants: every reason against it is told at once, each with a way out; evidence of other versions, of another eval set,
//! from the future or too old never counts. Not here: whether whoever submits it may (a review is one team's), which the
//! release decides.

use super::evidence::{Evidence, Outcome};
use super::judge::{Bar, bars};
use super::name::GateName;
use crate::artefact::{ArtefactId, Availability, Digest, Pin};
use crate::limits::EVIDENCE_SKEW_MAX;
use crate::name::nearest;
use crate::plan::Plan;
use crate::time::{Span, Timestamp};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Most gates that a way out lists.
const LISTED_MAX: usize = 8;

/// Why evidence does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Inadmissible {
    /// The plan has no such change.
    #[error("the plan has no change `{part}`")]
    NoSuchPart {
        /// As named.
        part: Pin,
        /// The change that is probably meant.
        nearest: Option<Pin>,
    },
    /// The change, or the flag, has no such gate or metric.
    #[error("the plan asks for no `{gate}` of {}", whose(part.as_ref()))]
    NoSuchGate {
        /// As named.
        gate: GateName,
        /// Of this change; none means the flag.
        part: Option<Pin>,
        /// The one that is probably meant.
        nearest: Option<String>,
        /// Those there are, the first of them.
        known: Vec<String>,
    },
    /// It measured something else than the gate asks for.
    #[error("`{gate}` takes an outcome of `{wanted}`, this one is of `{given}`")]
    WrongOutcome {
        /// The gate.
        gate: GateName,
        /// What it takes.
        wanted: String,
        /// What was measured.
        given: String,
    },
    /// A part is more than its whole.
    #[error("it counts {counted} of {whole}, which cannot be")]
    Miscounted {
        /// The part.
        counted: u64,
        /// The whole.
        whole: u64,
    },
    /// It ran over other cases.
    #[error("it ran over `{given}`, the plan asks for `{wanted}`")]
    OtherEvalSet {
        /// As evidence has it.
        given: Pin,
        /// As the plan has it.
        wanted: Pin,
    },
    /// It does not say which version of the change it ran with.
    #[error("it does not say that it ran with {}", missing_words(pin.as_ref()))]
    MissingPin {
        /// The change; none where any of the plan's pins would do.
        pin: Option<Pin>,
    },
    /// It ran with another version of something that the plan pins.
    #[error("it ran with `{given}`, the plan pins `{planned}`")]
    ForeignPin {
        /// As evidence has it.
        given: Pin,
        /// As the plan has it.
        planned: Pin,
    },
    /// It ran with other content under the same version.
    #[error("it ran with `{pin}` of {given}, what is deployed is {observed}")]
    OtherDigest {
        /// The pin.
        pin: Pin,
        /// As evidence has it.
        given: Digest,
        /// As observed.
        observed: Digest,
    },
    /// It ran later than now.
    #[error("it ran at {ran_at}, which is yet to come: it is {now}")]
    InTheFuture {
        /// As evidence has it.
        ran_at: Timestamp,
        /// The server's clock.
        now: Timestamp,
    },
    /// It ran too long ago.
    #[error("it ran at {ran_at}, more than {limit} ago")]
    TooOld {
        /// As evidence has it.
        ran_at: Timestamp,
        /// How old it may be.
        limit: Span,
    },
}

fn whose(part: Option<&Pin>) -> String {
    part.map_or_else(|| "the flag's steps".into(), |pin| format!("`{pin}`"))
}

fn missing_words(pin: Option<&Pin>) -> String {
    pin.map_or_else(|| "any of the plan's pins".into(), |pin| format!("`{pin}`"))
}

impl Inadmissible {
    /// The way out.
    pub fn fix(&self) -> String {
        match self {
            Inadmissible::NoSuchPart { nearest, .. } => match nearest {
                Some(pin) => format!("did you mean `{pin}`?"),
                None => "name one of the plan's changes, or none for the flag's steps".into(),
            },
            Inadmissible::NoSuchGate { nearest, known, .. } => match (nearest, known.as_slice()) {
                (Some(name), _) => format!("did you mean `{name}`?"),
                (None, []) => "name the part whose gate it is".into(),
                (None, known) => format!("it asks for {}", known.join(", ")),
            },
            Inadmissible::WrongOutcome { wanted, .. } => {
                format!("submit an outcome of `{wanted}`")
            }
            Inadmissible::Miscounted { .. } => "count again".into(),
            Inadmissible::OtherEvalSet { wanted, .. } => format!("run it over `{wanted}`"),
            Inadmissible::MissingPin { pin: Some(pin) } => {
                format!("run it with `{pin}` and name that among its pins")
            }
            Inadmissible::MissingPin { pin: None } => "name the exact versions it ran with".into(),
            Inadmissible::ForeignPin { planned, .. } => format!("run it with `{planned}`"),
            Inadmissible::OtherDigest { observed, .. } => {
                format!("run it with what is deployed: {observed}")
            }
            Inadmissible::InTheFuture { .. } => "set the clock of the machine it ran on".into(),
            Inadmissible::TooOld { .. } => "run it again".into(),
        }
    }
}

/// Whether evidence counts for a plan: `Err` has every reason why not. `available` is what is deployed where the plan
/// ships.
pub fn admissible(
    plan: &Plan,
    available: &BTreeMap<ArtefactId, Availability>,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<(), Vec<Inadmissible>> {
    let mut found = Vec::new();
    addressed(plan, evidence, &mut found);
    counted(&evidence.outcome, &mut found);
    ran_with(plan, evidence, &mut found);
    content(available, evidence, &mut found);
    timely(evidence, now, &mut found);
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// It is for a gate that the plan has, and measured what that asks for.
fn addressed(plan: &Plan, evidence: &Evidence, found: &mut Vec<Inadmissible>) {
    if let Some(part) = &evidence.part
        && !plan.changes.contains_key(part)
    {
        found.push(Inadmissible::NoSuchPart {
            part: part.clone(),
            nearest: nearest_change(plan, part),
        });
        return;
    }
    let bars = bars(plan, evidence.part.as_ref());
    match bars.iter().find(|bar| bar.is_named(&evidence.gate)) {
        None => found.push(no_such_gate(&bars, evidence)),
        Some(bar) if bar.takes() != evidence.outcome.kind() => {
            found.push(Inadmissible::WrongOutcome {
                gate: evidence.gate.clone(),
                wanted: bar.takes().into(),
                given: evidence.outcome.kind().into(),
            });
        }
        Some(_) => {}
    }
    if let (GateName::EvalSet(wanted), Outcome::Eval { eval_set, .. }) =
        (&evidence.gate, &evidence.outcome)
        && wanted != eval_set
    {
        found.push(Inadmissible::OtherEvalSet {
            given: eval_set.clone(),
            wanted: wanted.clone(),
        });
    }
}

/// The change of the same artefact, or the one that is spelled nearly so.
fn nearest_change(plan: &Plan, part: &Pin) -> Option<Pin> {
    let mut changes = plan.changes.keys();
    if let Some(same) = changes.find(|pin| pin.artefact() == part.artefact()) {
        return Some(same.clone());
    }
    let texts: Vec<String> = plan.changes.keys().map(Pin::to_string).collect();
    nearest(&part.to_string(), texts.iter().map(String::as_str))?
        .parse()
        .ok()
}

fn no_such_gate(bars: &[Bar<'_>], evidence: &Evidence) -> Inadmissible {
    if let GateName::EvalSet(given) = &evidence.gate
        && let Some(wanted) = bars
            .iter()
            .filter_map(Bar::eval_set)
            .find(|pin| pin.artefact() == given.artefact())
    {
        return Inadmissible::OtherEvalSet {
            given: given.clone(),
            wanted,
        };
    }
    let known: BTreeSet<String> = bars.iter().map(Bar::name).collect();
    let given = evidence.gate.to_string();
    Inadmissible::NoSuchGate {
        gate: evidence.gate.clone(),
        part: evidence.part.clone(),
        nearest: nearest(&given, known.iter().map(String::as_str)).map(String::from),
        known: known.into_iter().take(LISTED_MAX).collect(),
    }
}

fn counted(outcome: &Outcome, found: &mut Vec<Inadmissible>) {
    let (counted, whole) = match outcome {
        Outcome::Eval {
            passed,
            cases,
            errors,
            ..
        } => (passed.saturating_add(*errors), *cases),
        Outcome::Feedback { positive, units } => (*positive, *units),
        _ => return,
    };
    if counted > whole {
        found.push(Inadmissible::Miscounted { counted, whole });
    }
}

/// It ran with the plan's versions. What users said, how old data is and a person's word are of the release as it is; a
/// run or a check says itself with what it ran.
fn ran_with(plan: &Plan, evidence: &Evidence, found: &mut Vec<Inadmissible>) {
    let planned: BTreeMap<&ArtefactId, &Pin> = plan
        .pins()
        .into_iter()
        .map(|pin| (pin.artefact(), pin))
        .collect();
    let mut known = 0_usize;
    for given in evidence.pins.keys() {
        match planned.get(given.artefact()) {
            Some(pin) if *pin != given => found.push(Inadmissible::ForeignPin {
                given: given.clone(),
                planned: (*pin).clone(),
            }),
            Some(_) => known += 1,
            None => {}
        }
    }
    let needed = matches!(
        evidence.outcome,
        Outcome::Eval { .. } | Outcome::Tests { .. } | Outcome::Schema { .. }
    );
    let missing = match &evidence.part {
        Some(part) => !evidence.pins.contains_key(part),
        None => known == 0,
    };
    if needed && missing {
        found.push(Inadmissible::MissingPin {
            pin: evidence.part.clone(),
        });
    }
}

/// What it ran with is what is deployed, as far as both content hashes are known.
fn content(
    available: &BTreeMap<ArtefactId, Availability>,
    evidence: &Evidence,
    found: &mut Vec<Inadmissible>,
) {
    for (pin, given) in &evidence.pins {
        let deployed = available
            .get(pin.artefact())
            .and_then(|availability| availability.versions().get(pin.version()));
        if let (Some(given), Some(observed)) = (
            given,
            deployed.and_then(|deployed| deployed.digest.as_ref()),
        ) && given != observed
        {
            found.push(Inadmissible::OtherDigest {
                pin: pin.clone(),
                given: given.clone(),
                observed: observed.clone(),
            });
        }
    }
}

fn timely(evidence: &Evidence, now: Timestamp, found: &mut Vec<Inadmissible>) {
    let ran_at = evidence.ran_at;
    if ran_at > now + EVIDENCE_SKEW_MAX {
        found.push(Inadmissible::InTheFuture { ran_at, now });
    } else if evidence.is_too_old(now) {
        let limit = evidence.age_max();
        found.push(Inadmissible::TooOld { ran_at, limit });
    }
}
