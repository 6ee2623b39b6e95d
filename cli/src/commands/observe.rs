//! Reports of what is deployed.

use super::words;
use crate::arguments::Observe;
use crate::client::Client;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{self, PostObservation};
use flaghoist_core::artefact::{ArtefactId, Health, Observation, Pin, Report, VersionReport};
use std::process::ExitCode;

pub fn run(json: bool, report: Observe) -> Result<ExitCode, Failure> {
    let (artefact, observation) = observation(&report)?;
    let client = Client::new(report.target.connection);
    let environment = client.environment(report.target.environment)?;
    let body = api::Observe {
        artefact,
        report: Report {
            observation,
            seen: report.seen,
            again_within: report.again_within,
        },
    };
    let decided = client.call::<PostObservation>(&[environment.as_str()], &body)?;
    show(json, &decided, || words(&decided))
}

fn observation(report: &Observe) -> Result<(ArtefactId, Observation), Failure> {
    match &report.full {
        Some(artefact) => Ok((artefact.clone(), full(report)?)),
        None => single(report),
    }
}

/// Everything there is of an artefact.
fn full(report: &Observe) -> Result<Observation, Failure> {
    let mut versions = Vec::new();
    for version in &report.what {
        versions.push(VersionReport {
            version: version.parse()?,
            health: Health::Healthy,
            digest: None,
        });
    }
    let live = match &report.live {
        None => None,
        Some(Some(version)) => Some(version.parse()?),
        Some(None) => {
            return Err(Failure::Usage(
                "with --full, say which version is live: --live VERSION".into(),
            ));
        }
    };
    Ok(Observation::Full { versions, live })
}

fn single(report: &Observe) -> Result<(ArtefactId, Observation), Failure> {
    // `--live kind:name@version` reads as well as `kind:name@version --live`.
    let after_live = report.live.iter().flatten();
    let mut named = report.what.iter().chain(after_live);
    let (Some(pin), None) = (named.next(), named.next()) else {
        return Err(Failure::Usage(
            "name one thing that is deployed: kind:name@version; many versions of one take --full"
                .into(),
        ));
    };
    let pin: Pin = pin.parse()?;
    let version = pin.version().clone();
    if report.withdrawn {
        return Ok((pin.artefact().clone(), Observation::Withdrawn { version }));
    }
    if let Some(why) = &report.failed {
        let why = why.clone();
        return Ok((pin.artefact().clone(), Observation::Failed { version, why }));
    }
    let version = VersionReport {
        version,
        health: if report.unhealthy {
            Health::Unhealthy
        } else {
            Health::Healthy
        },
        digest: report.digest.clone(),
    };
    let observation = Observation::Deployed {
        version,
        live: report.live.is_some(),
    };
    Ok((pin.artefact().clone(), observation))
}
