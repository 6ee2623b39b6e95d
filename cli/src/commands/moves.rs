//! Raise, lower, contain, clear.

use super::words;
use crate::arguments::{Move, Past};
use crate::client::{Client, only_environment};
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{
    Decided, Endpoint, Lower, PostClear, PostContain, PostLower, PostRaise, Raise, Reason,
};
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::Revision;
use std::process::ExitCode;

pub fn raise(
    json: bool,
    flag: Move,
    to: Exposure,
    epoch: Option<u64>,
    past: Past,
) -> Result<ExitCode, Failure> {
    let client = Client::at(&flag.target);
    let workspace = client.workspace()?;
    let environment = match flag.target.environment {
        Some(name) => name,
        None => only_environment(&workspace)?,
    };
    let known = workspace
        .environment(&environment)
        .and_then(|state| state.flags.get(&flag.flag));
    // For an unknown flag any epoch will do: the server names what is near.
    let seen = known.map_or(Revision::ZERO, |flag| flag.epoch);
    let epoch = epoch.map_or(seen, Revision::new);
    let body = Raise {
        to,
        epoch,
        skip: past.skip,
        emergency: past.emergency,
        reason: flag.reason,
    };
    let decided = client.call::<PostRaise>(&[environment.as_str(), flag.flag.as_str()], &body)?;
    show(json, &decided, || words(&decided))
}

pub fn lower(json: bool, flag: Move, to: Exposure) -> Result<ExitCode, Failure> {
    let body = Lower {
        to,
        reason: flag.reason.clone(),
    };
    act::<PostLower>(json, flag, &body)
}

pub fn contain(json: bool, flag: Move) -> Result<ExitCode, Failure> {
    let body = Reason {
        reason: flag.reason.clone(),
    };
    act::<PostContain>(json, flag, &body)
}

pub fn clear(json: bool, flag: Move) -> Result<ExitCode, Failure> {
    let body = Reason {
        reason: flag.reason.clone(),
    };
    act::<PostClear>(json, flag, &body)
}

fn act<E: Endpoint<Response = Decided>>(
    json: bool,
    flag: Move,
    body: &E::Request,
) -> Result<ExitCode, Failure> {
    let client = Client::at(&flag.target);
    let environment = client.environment(flag.target.environment)?;
    let decided = client.call::<E>(&[environment.as_str(), flag.flag.as_str()], body)?;
    show(json, &decided, || words(&decided))
}
