//! Pause, resume, the end and the abort of a release.

use super::{Asked, unmet};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::release::decide::Decision;
use crate::release::progress::unfinished;
use crate::release::{Cause, ChangeState, Event, Fact, Unmet, change_state};
use crate::workspace::{Phase, Release};
use alloc::vec::Vec;

pub(super) fn pause(asked: &Asked<'_>) -> Decision {
    match asked.release.course.phase {
        Phase::Running => asked.so(Fact::Paused),
        Phase::Paused { .. } => Ok(Vec::new()),
        Phase::Completed { .. } | Phase::Aborted { .. } => Err(ended(asked)),
    }
}

pub(super) fn resume(asked: &Asked<'_>) -> Decision {
    match asked.release.course.phase {
        Phase::Paused { .. } => asked.so(Fact::Resumed),
        Phase::Running => Ok(Vec::new()),
        Phase::Completed { .. } | Phase::Aborted { .. } => Err(ended(asked)),
    }
}

pub(super) fn ended(asked: &Asked<'_>) -> Vec<crate::release::Refusal> {
    let what = if asked.release.is_completed() {
        "been completed"
    } else {
        "been aborted"
    };
    unmet(Unmet::Ended {
        release: asked.name.clone(),
        what: what.into(),
    })
}

/// Gives the deployment of a part, of which something is the matter, its time anew.
pub(super) fn retry(asked: &Asked<'_>, part: &Pin) -> Decision {
    asked.person()?;
    if !asked.release.plan.changes.contains_key(part) {
        return Err(unmet(Unmet::UnknownPart {
            release: asked.name.clone(),
            part: part.clone(),
        }));
    }
    let now = asked.stamp.now;
    let failed = change_state(asked.state, asked.release, part, now) == ChangeState::DeployFailed;
    if failed {
        return asked.so(Fact::Retried { part: part.clone() });
    }
    Ok(Vec::new())
}

/// Ends a release: everything it opened is closed, and nothing of it opens again under this plan. Reads no guard.
pub(super) fn abort(asked: &Asked<'_>) -> Decision {
    if !asked.release.is_active() {
        return Ok(Vec::new());
    }
    let mut events = Vec::from([asked.fact(Fact::Aborted)]);
    let flags = asked.state.flags_of(asked.name);
    events.extend(
        flags
            .filter(|(_, flag)| flag.latch.is_none())
            .map(|(key, flag)| Event::Contained {
                environment: asked.environment.clone(),
                flag: key.clone(),
                from: flag.exposure,
                cause: Cause::Abort,
            }),
    );
    events.extend(open_routes(asked.release).map(|(part, from)| {
        asked.fact(Fact::RouteLowered {
            part: part.clone(),
            from,
            to: Exposure::ZERO,
        })
    }));
    Ok(events)
}

fn open_routes(release: &Release) -> impl Iterator<Item = (&Pin, Exposure)> {
    let routes = release.course.routes.iter();
    routes
        .map(|(part, route)| (part, route.exposure))
        .filter(|(_, exposure)| !exposure.is_zero())
}

/// Ends a release well: every flag has baked at its full exposure, every part is there.
pub(super) fn complete(asked: &Asked<'_>) -> Decision {
    match asked.release.course.phase {
        Phase::Completed { .. } => return Ok(Vec::new()),
        Phase::Aborted { .. } => return Err(ended(asked)),
        Phase::Running | Phase::Paused { .. } => {}
    }
    let unfinished = unfinished(asked.state, asked.name, asked.release, asked.stamp.now);
    unfinished.map_or_else(|| asked.so(Fact::Completed), |missing| Err(unmet(missing)))
}
