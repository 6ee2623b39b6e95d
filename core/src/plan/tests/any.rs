//! Any plan that a file can say, from a seed: every key of the form, awkward texts, every choice.
//!
//! Invariant: `parse` takes what `to_yaml` makes of it. A seed gives the same plan for ever.

use crate::artefact::{ArtefactId, CustomKind, Kind, Pin, Version};
use crate::exposure::Exposure;
use crate::plan::words::Words;
use crate::plan::*;
use crate::time::Span;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Texts that some reader of YAML takes for something else, or that end where they should not.
const AWKWARD: [&str; 34] = [
    "",
    " ",
    "null",
    "~",
    "true",
    "No",
    "5",
    "-1",
    "1e3",
    "0x1F",
    ".5",
    "2026-12-01",
    "10:30",
    "inf",
    "- a",
    "a: b",
    "a #b",
    "a # b",
    "#b",
    "it's",
    "\"quoted\"",
    "a\\b",
    "{a: b}",
    "[a]",
    "a, b",
    "*a",
    "&a",
    "!a",
    "|",
    "a\nb\n",
    "\ta",
    " a ",
    "a:",
    "---",
];

/// A die that rolls the same for the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides` (splitmix64).
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        usize::try_from(z % sides as u64).unwrap()
    }

    fn perhaps<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(2) == 1).then(|| make(self))
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    fn word<T: Words>(&mut self) -> T {
        self.one(T::WORDS).1
    }

    fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.roll(most + 1)).map(|_| make(self)).collect()
    }

    fn name<T: core::str::FromStr<Err: core::fmt::Debug>>(&mut self) -> T {
        let names = [
            "a",
            "null",
            "true",
            "5",
            "1.0",
            "-x",
            "_y",
            "2026-05-20",
            "refund_flow",
            "A.b-c",
            "no",
            "0x1",
            "--",
            "..",
        ];
        self.one(&names).parse().unwrap()
    }

    pub(super) fn text(&mut self) -> String {
        match self.roll(3) {
            0 => self.one(&AWKWARD).into(),
            1 => {
                let any = |dice: &mut Self| {
                    let number = match dice.roll(4) {
                        0 => dice.roll(0x11_0000),
                        1 => dice.roll(0x3000),
                        _ => dice.roll(0x80),
                    };
                    char::from_u32(u32::try_from(number).unwrap()).unwrap_or('\u{feff}')
                };
                self.some(30, any).into_iter().collect()
            }
            _ => "the prompt calls the tool, and quotes the index ".repeat(1 + self.roll(3)),
        }
    }

    fn label(&mut self) -> String {
        let labels = [
            "integration",
            "tool error rate",
            "a: b",
            "50%",
            "x # y",
            "it's",
            "é",
            "null",
            "[x]",
            "1",
        ];
        self.one(&labels).into()
    }

    fn exposure(&mut self) -> Exposure {
        Exposure::from_basis_points(u16::try_from(self.roll(10_001)).unwrap()).unwrap()
    }

    /// Shares that grow and end with everybody.
    fn shares(&mut self) -> Vec<Exposure> {
        let mut shares: BTreeSet<Exposure> = self.some(4, Self::exposure).into_iter().collect();
        shares.remove(&Exposure::ZERO);
        shares.insert(Exposure::FULL);
        shares.into_iter().collect()
    }

    fn span(&mut self) -> Span {
        let unit = self.one(&[1, 60, 3600, 86_400]);
        Span::from_seconds(unit * u32::try_from(self.roll(100)).unwrap())
    }

    fn decimal(&mut self) -> decimal::Decimal {
        let number = format!(
            "{}{}.{:06}",
            self.one(&["", "-"]),
            self.roll(1000),
            self.roll(1_000_000)
        );
        number.parse().unwrap()
    }

    fn gate(&mut self) -> Gate {
        let share = format!("{} 0.{}", self.one(&[">", ">="]), self.roll(1000));
        let share: decimal::Bound<decimal::Decimal> = share.parse().unwrap();
        match self.roll(6) {
            0 => Gate::EvalSet {
                name: "refund_flow".into(),
                version: self.version(),
                pass_rate: share,
            },
            1 => Gate::Tests { name: self.label() },
            2 => Gate::SchemaCheck { name: self.label() },
            3 => Gate::Freshness {
                age: format!("{} {}", self.one(&["<", "<="]), self.span())
                    .parse()
                    .unwrap(),
            },
            4 => Gate::Feedback {
                positive: share,
                units: u64::try_from(self.roll(usize::MAX)).unwrap(),
            },
            _ => Gate::Review { team: self.name() },
        }
    }

    fn gates(&mut self) -> Vec<Gate> {
        let mut seen = BTreeSet::new();
        let gates = self.some(3, Self::gate);
        gates
            .into_iter()
            .filter(|gate| seen.insert(gate.to_string()))
            .collect()
    }

    fn version(&mut self) -> Version {
        let versions = [
            "1",
            "1.0.0",
            "2026-05-20",
            "1.0.0+build",
            "v3",
            "0x1f",
            "1e3",
        ];
        self.one(&versions).parse().unwrap()
    }
}

/// A plan.
pub(super) fn plan(dice: &mut Dice) -> Plan {
    let kinds = kinds(dice);
    let pins = pins(dice, &kinds);
    let mut changes = BTreeMap::new();
    for (index, pin) in pins.iter().enumerate() {
        let beneath = pins.get(..index).unwrap();
        if dice.roll(3) > 0 {
            changes.insert(pin.clone(), change(dice, pin, beneath));
        }
    }
    let mut features: BTreeMap<crate::name::FeatureName, _> = BTreeMap::new();
    for index in 0..dice.roll(4) {
        features.insert(dice.name(), feature(dice, index, &pins));
    }
    if features.is_empty() && changes.is_empty() {
        features.insert(dice.name(), feature(dice, 0, &pins));
    }
    let canary = dice.perhaps(|dice| canary(dice, &kinds));
    let release = match features.keys().next() {
        Some(first) if dice.roll(2) == 0 => first.as_str().parse().unwrap(),
        _ => dice.name(),
    };
    Plan {
        release,
        title: dice.perhaps(Dice::text),
        environment: dice.perhaps(Dice::name),
        strategy: dice.word(),
        coupling: dice.perhaps(Dice::text),
        cohort: dice.perhaps(Dice::name),
        teams: dice
            .some(3, |dice| (dice.name(), team(dice)))
            .into_iter()
            .collect(),
        kinds,
        features,
        changes,
        schedule: schedule(dice, canary.as_ref()),
        canary,
        bake: dice.perhaps(|dice| Bake {
            lasts: dice.span(),
            holdback: Exposure::from_basis_points(u16::try_from(dice.roll(10_000)).unwrap())
                .unwrap(),
        }),
        windows: dice.some(3, window),
        announce: dice.perhaps(|dice| Announce {
            channel: dice.perhaps(Dice::text),
            webhook: dice.perhaps(Dice::text),
        }),
    }
}

fn kinds(dice: &mut Dice) -> BTreeMap<CustomKind, KindRank> {
    let kinds = dice.some(2, |dice| {
        let name = dice.one(&["guardrail", "no", "null", "x1"]);
        (name.parse().unwrap(), KindRank { after: dice.word() })
    });
    kinds.into_iter().collect()
}

/// One of ours or of the plan's own.
fn kind(dice: &mut Dice, kinds: &BTreeMap<CustomKind, KindRank>) -> Kind {
    let own = kinds.keys().copied().map(Kind::Custom);
    let all: Vec<Kind> = Kind::ALL.into_iter().chain(own).collect();
    dice.one(&all)
}

/// One version of some artefacts, foundations first.
fn pins(dice: &mut Dice, kinds: &BTreeMap<CustomKind, KindRank>) -> Vec<Pin> {
    let artefact = |dice: &mut Dice| {
        let kind = kind(dice, kinds);
        let name: String = dice.name::<crate::name::FlagKey>().into();
        (ArtefactId::new(kind, &name).unwrap(), dice.version())
    };
    let pins: BTreeMap<_, _> = dice.some(6, artefact).into_iter().collect();
    pins.into_iter()
        .map(|(artefact, version)| Pin::new(artefact, version))
        .collect()
}

fn team(dice: &mut Dice) -> Team {
    Team {
        contact: dice.perhaps(Dice::text),
        approvers: dice.some(3, Dice::name),
    }
}

fn feature(dice: &mut Dice, index: usize, pins: &[Pin]) -> Feature {
    let mut dependencies = BTreeMap::new();
    for pin in pins {
        if dice.roll(2) == 0 {
            let need = Dependency {
                optional: dice.word(),
                evidence: dice.perhaps(Dice::text),
            };
            dependencies.insert(pin.clone(), need);
        }
    }
    let mut flags = || dice.some(2, |dice| format!("beneath_{}", dice.roll(5)));
    Feature {
        prerequisites: flags()
            .into_iter()
            .map(|flag| flag.parse().unwrap())
            .collect(),
        flag: format!("flag_{index}").parse().unwrap(),
        owner: dice.perhaps(Dice::name),
        expires: dice.perhaps(|dice| format!("20{:02}-12-01", dice.roll(100))),
        client: dice.word(),
        canary: dice.perhaps(Dice::exposure),
        dependencies,
        preview: dice
            .some(40, Dice::text)
            .into_iter()
            .filter(|key| !key.is_empty() && key.len() <= 128)
            .collect(),
    }
}

fn change(dice: &mut Dice, pin: &Pin, beneath: &[Pin]) -> Change {
    let requires: BTreeSet<Pin> = beneath
        .iter()
        .filter(|_| dice.roll(2) == 0)
        .cloned()
        .collect();
    let mut accepts = BTreeSet::new();
    for needed in &requires {
        if dice.roll(3) == 0 {
            accepts.insert(Pin::new(
                needed.artefact().clone(),
                "0.0.9".parse().unwrap(),
            ));
        }
    }
    let rollback = match dice.roll(4) {
        0 => Rollback {
            to: Some("0.0.1".parse().unwrap()),
            ..Rollback::default()
        },
        1 => Rollback {
            disable: true,
            ..Rollback::default()
        },
        2 => Rollback {
            forward_only: true,
            ..Rollback::default()
        },
        _ => Rollback::default(),
    };
    assert_ne!(pin.version().as_str(), "0.0.1");
    Change {
        owner: dice.perhaps(Dice::name),
        requires,
        accepts,
        stages: dice.perhaps(Dice::shares).unwrap_or_default(),
        gates: dice.gates(),
        deadline: dice.perhaps(Dice::span),
        canary: match dice.roll(3) {
            0 => Some(RouteCanary::WithFlag),
            1 => Some(RouteCanary::Steps(dice.shares())),
            _ => None,
        },
        rollback: dice.perhaps(|dice| Rollback {
            procedure: dice.perhaps(Dice::text),
            ..rollback
        }),
    }
}

fn canary(dice: &mut Dice, kinds: &BTreeMap<CustomKind, KindRank>) -> Canary {
    let step = |dice: &mut Dice| Step {
        exposure: dice.exposure(),
        at_least: dice.perhaps(Dice::span),
        units: dice.perhaps(|dice| u64::try_from(dice.roll(usize::MAX)).unwrap()),
        gates: dice.gates(),
        approve: dice.some(2, Dice::name).into_iter().collect(),
    };
    let mut names = BTreeSet::new();
    let metrics = dice.some(4, |dice| metric(dice, kinds));
    Canary {
        promote: dice.word(),
        steps: dice.some(4, step),
        metrics: metrics
            .into_iter()
            .filter(|metric| names.insert(metric.name.clone()))
            .collect(),
        on_inconclusive: dice.word(),
    }
}

fn metric(dice: &mut Dice, kinds: &BTreeMap<CustomKind, KindRank>) -> Metric {
    let measure = match dice.roll(3) {
        0 => Measure::Rate {
            events: dice.text(),
            units: "sum(increase(tool_users_total{variant=\"$arm\"}[$window]))".into(),
            worse: dice.word(),
            ratio: dice.decimal(),
        },
        1 => Measure::Value {
            query: dice.text(),
            limit: format!("{} {}", dice.one(&["<", "<=", ">", ">="]), dice.decimal())
                .parse()
                .unwrap(),
        },
        _ => Measure::Score {
            source: dice.text(),
            worse: dice.word(),
            drop: dice.decimal(),
        },
    };
    let component = |dice: &mut Dice| {
        let name: String = dice.name::<crate::name::FlagKey>().into();
        ArtefactId::new(kind(dice, kinds), &name).unwrap()
    };
    Metric {
        name: dice.label(),
        component: dice.perhaps(component),
        role: dice.word(),
        measure,
    }
}

fn window(dice: &mut Dice) -> Window {
    Window {
        allow: dice
            .one(&[
                "Mon-Thu 09:00-17:00",
                "daily 22:00-02:30",
                "Sat,Sun 00:00-24:00",
            ])
            .parse()
            .unwrap(),
        timezone: dice.one(&["UTC", "Asia/Kolkata", "Etc/GMT+3", ""]).into(),
    }
}

/// Times that grow with the steps.
fn schedule(dice: &mut Dice, canary: Option<&Canary>) -> BTreeMap<Exposure, LocalTime> {
    let steps: BTreeSet<Exposure> = canary
        .into_iter()
        .flat_map(|canary| &canary.steps)
        .map(|step| step.exposure)
        .filter(|_| dice.roll(2) == 0)
        .collect();
    let time = |day: usize| format!("2026-06-{:02}T10:00", day + 1).parse().unwrap();
    steps
        .into_iter()
        .enumerate()
        .map(|(day, step)| (step, time(day)))
        .collect()
}
