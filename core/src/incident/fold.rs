//! What entries do to the incident of a release.
//!
//! Invariants: total; an incident that is over is never reopened, the next one begins anew; a case is kept once and no more than
//! the bound. Not here: who may ask for what (`release::decide`).

use super::{Attribution, Incident};
use crate::limits::CASES_MAX;
use crate::name::FlagKey;
use crate::release::{Entry, Fact};
use crate::time::Timestamp;
use crate::workspace::Release;
use alloc::collections::BTreeSet;

impl Release {
    /// The incident that is going on.
    pub fn going_on(&self) -> Option<&Incident> {
        self.incident
            .as_ref()
            .filter(|incident| incident.over.is_none())
    }

    fn incident_mut(&mut self, at: Timestamp, flag: Option<&FlagKey>) -> &mut Incident {
        if self.going_on().is_none() {
            self.incident = None;
        }
        self.incident
            .get_or_insert_with(|| Incident::begin(at, flag.cloned()))
    }

    /// Users lost a flag that was open.
    pub(crate) fn begin_incident(&mut self, flag: &FlagKey, at: Timestamp) {
        let incident = self.incident_mut(at, Some(flag));
        incident.flag.get_or_insert_with(|| flag.clone());
    }

    /// A flag rises again, or another plan takes this one's place.
    pub(crate) fn end_incident(&mut self, at: Timestamp) {
        if let Some(incident) = &mut self.incident {
            incident.over.get_or_insert(at);
        }
    }

    /// What a fact does to the incident.
    pub(crate) fn fold_incident(&mut self, fact: &Fact, entry: &Entry) {
        let at = entry.at;
        match fact {
            Fact::Attached { case } => {
                let incident = self.incident_mut(at, None);
                if incident.cases.len() < CASES_MAX && !incident.cases.contains(case) {
                    incident.cases.push((**case).clone());
                }
            }
            Fact::Attributed { parts, person } => {
                let attribution = Attribution {
                    parts: parts.clone(),
                    by: person.clone(),
                    at,
                };
                let incident = self.incident_mut(at, None);
                incident.attributed = (!parts.is_empty()).then_some(attribution);
            }
            // Who takes a part back says that it is at fault.
            Fact::RollbackStarted { causes, .. } => {
                let Some(incident) = self.incident.as_mut().filter(|it| it.over.is_none()) else {
                    return;
                };
                incident.rolled_back = None;
                let by = entry.actor.source();
                let named = incident.attributed.get_or_insert_with(|| Attribution {
                    parts: BTreeSet::new(),
                    by,
                    at,
                });
                named.parts.extend(causes.iter().cloned());
            }
            Fact::RollbackFinished => {
                if let Some(incident) = self.incident.as_mut().filter(|it| it.over.is_none()) {
                    incident.rolled_back = Some(at);
                }
            }
            _ => {}
        }
    }
}
