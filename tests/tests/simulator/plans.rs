//! The plans of a simulated world: for each place in it a few editions of one release, drawn from the world's seed.
//!
//! Invariant: a plan's text is a function of seed, place and edition, so that a story can name it. Not here: who applies it when.

use flaghoist_tests::random::Random;
use std::fmt::Write as _;

/// The artefacts of a world, foundations first.
pub const ARTEFACTS: [&str; 5] = [
    "data:orders",
    "tool:lookup",
    "eval_set:cases",
    "model:base",
    "prompt:answer",
];
/// Versions of each.
pub const VERSIONS: usize = 3;
/// Releases of a world.
pub const PLACES: usize = 4;
/// Who acts. The first three approve for teams.
pub const PEOPLE: [&str; 4] = ["asha", "bala", "chitra", "dev"];

/// The name of the release at a place.
pub fn release(place: usize) -> String {
    format!("release-{place}")
}

/// Its flag.
pub fn flag(place: usize) -> String {
    format!("flag_{place}")
}

/// The text of one edition of a release's plan.
pub fn text(seed: u64, place: usize, edition: usize) -> String {
    let mut chance = Random::new(seed.wrapping_mul(31).wrapping_add(place as u64));
    let bare = chance.chance(15);
    let parts = parts(&mut chance, edition);
    if bare {
        return bare_plan(place, &parts, &mut chance);
    }
    let coordinated = chance.chance(60);
    let mut text = format!("release: {}\n", release(place));
    if coordinated {
        text += "strategy: coordinated\ncoupling: the parts call each other\n";
    }
    text += "teams:\n";
    for (team, people) in [
        ("core", "asha, dev"),
        ("data", "bala"),
        ("words", "asha, chitra"),
    ] {
        writeln!(
            text,
            "  {team}: {{ contact: \"#{team}\", approvers: [{people}] }}"
        )
        .unwrap();
    }
    feature(&mut text, place, &parts, &mut chance);
    changes(&mut text, &parts, coordinated, &mut chance);
    canary(&mut text, &parts, &mut chance);
    if chance.chance(30) {
        text += "windows: [ { allow: \"Mon-Fri 08:00-20:00\", timezone: UTC } ]\n";
    }
    text += if chance.chance(50) {
        "bake: { for: 24h, holdback: 1 }\n"
    } else {
        "bake: { for: 24h }\n"
    };
    text
}

/// A part of a plan: its artefact, its version, whether the flag needs it.
struct Part {
    artefact: usize,
    version: usize,
    optional: bool,
}

impl Part {
    fn pin(&self) -> String {
        format!("{}@{}", ARTEFACTS[self.artefact], self.version)
    }

    fn dependency(&self) -> String {
        let (kind, name) = ARTEFACTS[self.artefact].split_once(':').unwrap();
        format!("{kind}: {name}@{}", self.version)
    }

    fn name(&self) -> &'static str {
        ARTEFACTS[self.artefact].split_once(':').unwrap().1
    }
}

/// One to four parts. A later edition changes the version of the last.
fn parts(chance: &mut Random, edition: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = (0..ARTEFACTS.len())
        .filter_map(|artefact| {
            let (taken, version, optional) =
                (chance.chance(55), chance.below(2), chance.chance(15));
            taken.then_some(Part {
                artefact,
                version: version + 1,
                optional,
            })
        })
        .collect();
    if parts.is_empty() {
        parts.push(Part {
            artefact: 1,
            version: 1,
            optional: false,
        });
    }
    if let Some(last) = parts.last_mut() {
        last.optional = false;
        last.version = (last.version - 1 + edition) % VERSIONS + 1;
    }
    parts
}

fn bare_plan(place: usize, parts: &[Part], chance: &mut Random) -> String {
    let mut text = format!("release: {}\nfeatures:\n", release(place));
    writeln!(text, "  f{place}:\n    flag: {}", flag(place)).unwrap();
    writeln!(
        text,
        "    rollout: {{ canary_percentage: {} }}\n    dependencies:",
        [1, 5, 50][chance.below(3)]
    )
    .unwrap();
    for part in parts {
        writeln!(text, "      - {}", part.dependency()).unwrap();
    }
    text
}

fn feature(text: &mut String, place: usize, parts: &[Part], chance: &mut Random) {
    writeln!(text, "features:\n  f{place}:\n    flag: {}", flag(place)).unwrap();
    *text += "    owner: core\n    expires: 2027-12-01\n";
    if chance.chance(40) {
        *text += "    rollout: { canary_percentage: 5 }\n";
    }
    *text += "    dependencies:\n";
    for part in parts {
        writeln!(text, "      - {}", part.dependency()).unwrap();
        if part.optional {
            *text += "        optional: true\n        evidence: https://ci.example/run/1\n";
        }
    }
    if chance.chance(30) {
        *text += "    preview: { keys: [staff-1] }\n";
    }
}

fn changes(text: &mut String, parts: &[Part], coordinated: bool, chance: &mut Random) {
    *text += "changes:\n";
    for (index, part) in parts.iter().enumerate() {
        let owner = ["core", "data", "words"][part.artefact % 3];
        writeln!(text, "  - {}\n    owner: {owner}", part.dependency()).unwrap();
        let needed: Vec<String> = parts[..index]
            .iter()
            .filter(|_| chance.chance(40))
            .map(|needed| format!("\"{}\"", needed.pin()))
            .collect();
        if !needed.is_empty() {
            writeln!(text, "    requires: [{}]", needed.join(", ")).unwrap();
        }
        *text += match part.artefact {
            0 => "    gates: [ { schema_check: orders } ]\n",
            1 => "    gates: [ { tests: integration } ]\n",
            3 => "    gates: [ { review: core } ]\n",
            4 => "    gates: [ { eval_set: cases@1, pass_rate: \">= 0.9\" } ]\n",
            _ => "",
        };
        let own = chance.chance(35);
        *text += match (coordinated, own) {
            (false, true) => "    canary: [10, 100]\n",
            _ => "    canary: with_flag\n",
        };
        if chance.chance(10) {
            *text += "    deadline: 2h\n";
        }
        if chance.chance(12) {
            *text += "    rollback: { forward_only: true }\n";
        } else {
            let before = (part.version + 1) % VERSIONS + 1;
            writeln!(text, "    rollback: {{ to: {}@{before} }}", part.name()).unwrap();
        }
    }
}

fn canary(text: &mut String, parts: &[Part], chance: &mut Random) {
    let promote = if chance.chance(40) {
        "automatic"
    } else {
        "manual"
    };
    writeln!(text, "canary:\n  promote: {promote}\n  steps:").unwrap();
    let first = if chance.chance(30) {
        ", units: 100"
    } else {
        ""
    };
    let approve = if chance.chance(30) {
        ", approve: [core]"
    } else {
        ""
    };
    let lasts = if chance.chance(70) {
        ", at_least: 1h"
    } else {
        ""
    };
    writeln!(text, "    - {{ exposure: 5{lasts}{first} }}").unwrap();
    writeln!(text, "    - {{ exposure: 25{lasts}{approve} }}").unwrap();
    *text += "    - { exposure: 100 }\n  metrics:\n";
    for part in parts {
        let role = if chance.chance(50) {
            "critical"
        } else {
            "signal"
        };
        let artefact = ARTEFACTS[part.artefact];
        writeln!(
            text,
            "    - {{ name: {} works, component: \"{artefact}\", role: {role}, score: {{ source: pushed, worse: lower, drop: 0.03 }} }}",
            part.name()
        )
        .unwrap();
    }
    if chance.chance(25) {
        *text += "  on_inconclusive: proceed\n";
    }
}
