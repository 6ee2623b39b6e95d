//! What people and programs add to an incident: production cases, and who or what is at fault.
//!
//! Invariant: neither moves an exposure; naming a part keeps everything of the release from rising until it is mended or taken
//! back. Not here: the comparison of the parts (`crate::incident`).

use super::{Asked, unmet};
use crate::artefact::Pin;
use crate::incident::Case;
use crate::limits::{CASES_MAX, EVIDENCE_PINS_MAX, EVIDENCE_SKEW_MAX};
use crate::release::decide::{Decision, said_why};
use crate::release::{Fact, Refusal, Unmet};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

pub(super) fn attach(asked: &Asked<'_>, case: &Case) -> Decision {
    let now = asked.stamp.now;
    if case.at > now + EVIDENCE_SKEW_MAX {
        return Err(Vec::from([Refusal::ClockAhead { seen: case.at, now }]));
    }
    let known = asked.release.going_on();
    let cases = known.map_or(&[][..], |incident| &incident.cases);
    if cases.contains(case) {
        return Ok(Vec::new());
    }
    if cases.len() >= CASES_MAX || case.served.len() > EVIDENCE_PINS_MAX {
        return Err(unmet(Unmet::TooManyCases { max: CASES_MAX }));
    }
    asked.so(Fact::Attached {
        case: Box::new(case.clone()),
    })
}

pub(super) fn attribute(asked: &Asked<'_>, parts: &BTreeSet<Pin>) -> Decision {
    said_why(asked.stamp)?;
    let person = asked.person()?.clone();
    let Some(incident) = asked.release.going_on() else {
        return Err(unmet(Unmet::NoIncident {
            release: asked.name.clone(),
        }));
    };
    let pins = asked.release.plan.pins();
    if let Some(part) = parts.iter().find(|part| !pins.contains(part)) {
        return Err(unmet(Unmet::UnknownPart {
            release: asked.name.clone(),
            part: part.clone(),
        }));
    }
    let named = incident.attributed.as_ref();
    let said = named.is_some_and(|named| named.parts == *parts);
    if said || (named.is_none() && parts.is_empty()) {
        return Ok(Vec::new());
    }
    asked.so(Fact::Attributed {
        parts: parts.clone(),
        person,
    })
}
