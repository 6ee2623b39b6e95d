//! What happens in a simulated world, step by step, as data: drawn from a seed, run, and left out one by one when a failure shrinks.
//!
//! Invariant: a step means something in every state; whom it finds there it acts on, whom it does not find it leaves alone.

use crate::plans::{ARTEFACTS, PEOPLE, PLACES, VERSIONS};
use flaghoist_tests::random::Random;

/// Servers of a world.
pub const REPLICAS: usize = 3;
/// Edges of a world.
pub const EDGES: usize = 3;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Time goes by, in seconds.
    Wait(u32),
    /// Somebody asks a server for something.
    Ask {
        replica: usize,
        who: usize,
        ask: Ask,
        fate: Fate,
    },
    /// Something happens to a deployed version, and its connector tells.
    Deploy {
        artefact: usize,
        version: usize,
        what: Deployment,
        journey: Journey,
    },
    /// A server looks what happens of itself.
    Controller { replica: usize },
    /// A server folds what others appended.
    CatchUp { replica: usize },
    /// A server loses its memory and starts again.
    Crash { replica: usize },
    /// An edge loads the bundle of a server.
    Load { edge: usize, replica: usize },
    /// An edge tells a server what it serves.
    Tell { edge: usize, replica: usize },
}

/// What becomes of a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives and is answered.
    Well,
    /// It arrives twice.
    Twice,
    /// The server dies before it is in the ledger; the client asks another one.
    DiesBefore,
    /// The server dies after it is in the ledger; the client, who heard nothing, asks another one.
    DiesAfter,
}

/// What happens to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    Deployed,
    Live,
    Broken,
    Rebuilt,
    Withdrawn,
    Failed,
    /// Nothing happens; the connector tells everything it sees.
    Full,
    /// Nothing happens; the connector tells that it is there, and that it will again.
    Heartbeat,
}

/// What becomes of a report on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Journey {
    /// Steps until it arrives; none where it is lost.
    pub delay: Option<u8>,
    /// Whether it arrives again later.
    pub twice: bool,
    /// By which server.
    pub replica: usize,
}

/// What people ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Whatever the next step of a flag lacks.
    Help {
        place: usize,
        to: To,
    },
    Apply {
        place: usize,
        edition: usize,
    },
    Sign {
        place: usize,
        team: usize,
    },
    Approve {
        place: usize,
    },
    Raise {
        place: usize,
        to: To,
        stale: bool,
    },
    Lower {
        place: usize,
        to: u16,
    },
    Contain {
        place: usize,
    },
    Clear {
        place: usize,
        reason: bool,
    },
    Pause {
        place: usize,
    },
    Resume {
        place: usize,
    },
    Abort {
        place: usize,
    },
    Complete {
        place: usize,
    },
    RaiseRoute {
        place: usize,
        part: usize,
    },
    LowerRoute {
        place: usize,
        part: usize,
    },
    RollBack {
        place: usize,
        part: usize,
    },
    ReleaseRollback {
        place: usize,
    },
    Retry {
        place: usize,
        part: usize,
    },
    Record {
        place: usize,
        bar: usize,
        outcome: Found,
    },
    Accept {
        place: usize,
        bar: usize,
    },
    Freeze {
        hours: u16,
    },
    Lift,
}

/// How far a raise goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// One step.
    Next,
    /// Everybody.
    Full,
    /// Everybody, leaving out steps on purpose.
    Skip,
    /// One step, whatever the hour.
    Emergency,
    /// Somewhere between steps.
    Odd(u16),
}

/// What evidence found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Pass,
    Fail,
    Unclear,
    Broken,
    /// A pass that ran a while ago, in minutes.
    Old(u32),
}

/// The steps of a seed.
pub fn draw(seed: u64, count: usize) -> Vec<Step> {
    let mut chance = Random::new(seed);
    (0..count).map(|_| step(&mut chance)).collect()
}

fn step(chance: &mut Random) -> Step {
    let replica = chance.below(REPLICAS);
    match chance.below(100) {
        0..8 => Step::Wait([1, 20, 61, 600, 3600, 4000, 30_000, 90_000][chance.below(8)]),
        8..52 => Step::Ask {
            replica,
            who: chance.below(PEOPLE.len()),
            ask: ask(chance),
            fate: fate(chance),
        },
        52..72 => Step::Deploy {
            artefact: chance.below(ARTEFACTS.len()),
            version: chance.below(VERSIONS) + 1,
            what: deployment(chance),
            journey: Journey {
                delay: (!chance.chance(10)).then(|| {
                    if chance.chance(60) {
                        0
                    } else {
                        chance.below(12) as u8
                    }
                }),
                twice: chance.chance(15),
                replica,
            },
        },
        72..83 => Step::Controller { replica },
        83..88 => Step::CatchUp { replica },
        88..90 => Step::Crash { replica },
        90..95 => Step::Load {
            edge: chance.below(EDGES),
            replica,
        },
        _ => Step::Tell {
            edge: chance.below(EDGES),
            replica,
        },
    }
}

fn fate(chance: &mut Random) -> Fate {
    match chance.below(20) {
        0 => Fate::DiesBefore,
        1 => Fate::DiesAfter,
        2 => Fate::Twice,
        _ => Fate::Well,
    }
}

fn deployment(chance: &mut Random) -> Deployment {
    match chance.below(30) {
        0..13 => Deployment::Deployed,
        13..17 => Deployment::Live,
        17..19 => Deployment::Broken,
        19 => Deployment::Rebuilt,
        20..22 => Deployment::Withdrawn,
        22 => Deployment::Failed,
        23..26 => Deployment::Full,
        _ => Deployment::Heartbeat,
    }
}

fn ask(chance: &mut Random) -> Ask {
    let place = chance.below(PLACES);
    let (part, bar) = (chance.below(8), chance.below(8));
    if chance.chance(30) {
        let to = match chance.below(10) {
            0 => To::Full,
            1 => To::Odd(chance.below(10_001) as u16),
            _ => To::Next,
        };
        return Ask::Help { place, to };
    }
    match chance.below(100) {
        0..9 => Ask::Apply {
            place,
            edition: if chance.chance(70) {
                0
            } else {
                chance.below(VERSIONS)
            },
        },
        9..27 => Ask::Sign {
            place,
            team: chance.below(3),
        },
        27..32 => Ask::Approve { place },
        32..48 => Ask::Raise {
            place,
            to: match chance.below(20) {
                0..13 => To::Next,
                13..15 => To::Full,
                15..17 => To::Skip,
                17..19 => To::Emergency,
                _ => To::Odd(chance.below(10_001) as u16),
            },
            stale: chance.chance(10),
        },
        48..51 => Ask::Lower {
            place,
            to: [0, 100, 500, 2500][chance.below(4)],
        },
        51..53 => Ask::Contain { place },
        53..60 => Ask::Clear {
            place,
            reason: !chance.chance(10),
        },
        60..62 => Ask::Pause { place },
        62..65 => Ask::Resume { place },
        65 => match chance.chance(20) {
            true => Ask::Abort { place },
            false => Ask::Complete { place },
        },
        66..71 => Ask::RaiseRoute { place, part },
        71 => Ask::LowerRoute { place, part },
        72 => Ask::RollBack { place, part },
        73 => Ask::ReleaseRollback { place },
        74 => Ask::Retry { place, part },
        75..96 => Ask::Record {
            place,
            bar,
            outcome: match chance.below(20) {
                0 => Found::Fail,
                1 => Found::Unclear,
                2 => Found::Broken,
                3 => Found::Old(chance.below(30_000) as u32),
                _ => Found::Pass,
            },
        },
        96..98 => Ask::Accept { place, bar },
        98 => Ask::Freeze {
            hours: chance.below(10) as u16 + 1,
        },
        _ => Ask::Lift,
    }
}
