//! Reports of what is deployed.

use super::words;
use crate::arguments::Observe;
use crate::client::Client;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{self, PostObservation};
use flaghoist_core::artefact::{ArtefactId, Health, Observation, VersionReport};
use std::process::ExitCode;

pub fn run(json: bool, report: Observe) -> Result<ExitCode, Failure> {
    let (artefact, observation) = observation(&report)?;
    let client = Client::new(report.target.connection);
    let environment = client.environment(report.target.environment)?;
    let body = api::Observe {
        artefact,
        observation,
    };
    let decided = client.call::<PostObservation>(&[environment.as_str()], &body)?;
    show(json, &decided, || words(&decided))
}

fn observation(report: &Observe) -> Result<(ArtefactId, Observation), Failure> {
    if let Some(artefact) = &report.full {
        let deployed = |version: &flaghoist_core::artefact::Version| VersionReport {
            version: version.clone(),
            health: Health::Healthy,
            digest: None,
        };
        let versions = report.versions.iter().map(deployed).collect();
        return Ok((
            artefact.clone(),
            Observation::Full {
                versions,
                live: report.live_version.clone(),
            },
        ));
    }
    let Some(pin) = &report.pin else {
        return Err(Failure::Usage(
            "name what is deployed: kind:name@version".into(),
        ));
    };
    let version = pin.version().clone();
    let observation = if report.withdrawn {
        Observation::Withdrawn { version }
    } else {
        let health = if report.unhealthy {
            Health::Unhealthy
        } else {
            Health::Healthy
        };
        let version = VersionReport {
            version,
            health,
            digest: report.digest.clone(),
        };
        Observation::Deployed {
            version,
            live: report.live,
        }
    };
    Ok((pin.artefact().clone(), observation))
}
