//! The form of a plan: every key of every map, and what may stand under it. The reader knows keys by it, and the schema for
//! editors (`schema`) is made of it.
//!
//! Invariants: this is the only list of keys; a key that is here is read, and one that is not is refused. Not here: reading
//! values (`parse`), and rules between values that are far apart, such as circles.

mod canary;
mod parts;

pub(super) use canary::{CANARY, GATE, METRIC, RATE, SCORE, STEP};
pub(super) use parts::{CHANGE, DEPENDENCY, FEATURE, FLAG_BENEATH, PREVIEW, ROLLBACK, ROLLOUT};

use super::words::Words;
use super::{Direction, Foundation, Strategy};
use crate::limits::{CHANGES_MAX, FEATURES_MAX, GATES_MAX, KINDS_MAX, STEPS_MAX, WINDOWS_MAX};
use Need::{May, Must};
use Value::{Entries, Items, List, Map, Scalar, Word};
use alloc::vec::Vec;

/// A map.
#[derive(Debug)]
pub(super) struct Form {
    /// What it is called.
    pub(super) name: &'static str,
    /// Whether an artefact is pinned in it: `prompt: explain_refund@1.0.0`.
    pub(super) pinned: bool,
    pub(super) keys: &'static [Key],
}

/// A key of a map.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) need: Need,
    pub(super) value: Value,
    /// For people who write one.
    pub(super) about: &'static str,
}

/// Whether a key must stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    May,
    /// It must; an example of its value.
    Must(&'static str),
    /// Exactly one of those that say so.
    One,
    /// It must beside this key, and says nothing elsewhere.
    Beside(&'static str),
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    Scalar(Text),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    Map(&'static Form),
    /// At most so many values.
    List(&'static Value, usize),
    /// Maps of either form.
    Items(&'static [&'static Form], usize),
    /// Freely named values, at most so many.
    Entries(Text, &'static Value, usize),
    /// `with_flag`, or steps.
    Route,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Text {
    Any,
    Truth,
    Name,
    Label,
    Kind,
    Artefact,
    Pin,
    Version,
    Percentage,
    Decimal,
    Count,
    Span,
    Share,
    Age,
    Limit,
    Day,
    Time,
    Hours,
}

/// No bound of its own: the file's size is one.
pub(super) const MANY: usize = usize::MAX;

fn words<T: Words>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

const fn key(name: &'static str, need: Need, value: Value, about: &'static str) -> Key {
    Key {
        name,
        need,
        value,
        about,
    }
}

const fn form(name: &'static str, keys: &'static [Key]) -> Form {
    Form {
        name,
        pinned: false,
        keys,
    }
}

const fn pinned(name: &'static str, keys: &'static [Key]) -> Form {
    Form {
        name,
        pinned: true,
        keys,
    }
}

const TEXT: Value = Scalar(Text::Any);
const NAME: Value = Scalar(Text::Name);
const PERCENTAGE: Value = Scalar(Text::Percentage);
pub(super) const STEPS: Value = List(&PERCENTAGE, STEPS_MAX);
const GATES: Value = Items(&[&GATE], GATES_MAX);
const WORSE: Value = Word(words::<Direction>);

pub(super) static PLAN: Form = form(
    "plan",
    &[
        key(
            "release",
            May,
            NAME,
            "The release's name; without it, that of its first feature.",
        ),
        key("title", May, TEXT, "For people."),
        key(
            "environment",
            May,
            NAME,
            "Where; without it, the command says.",
        ),
        key(
            "strategy",
            May,
            Word(words::<Strategy>),
            "How the changes follow each other: one at a time, or all with the flag.",
        ),
        key("coupling", May, TEXT, "Why it must be coordinated."),
        key(
            "cohort",
            May,
            NAME,
            "Features that share it expose the same users.",
        ),
        key(
            "teams",
            May,
            Entries(Text::Name, &Map(&TEAM), MANY),
            "Who owns what, by name.",
        ),
        key(
            "kinds",
            May,
            Entries(Text::Kind, &Map(&KIND), KINDS_MAX),
            "Kinds of artefacts of the plan's own, by name.",
        ),
        key(
            "features",
            May,
            Entries(Text::Name, &Map(&FEATURE), FEATURES_MAX),
            "What users see, by name.",
        ),
        key(
            "changes",
            May,
            Items(&[&CHANGE], CHANGES_MAX),
            "The parts that ship.",
        ),
        key(
            "canary",
            May,
            Map(&CANARY),
            "How the flags open, and what is watched.",
        ),
        key(
            "schedule",
            May,
            Entries(Text::Percentage, &Scalar(Text::Time), MANY),
            "The earliest time of a step, by its exposure.",
        ),
        key("bake", May, Map(&BAKE), "Watching after the last step."),
        key(
            "windows",
            May,
            Items(&[&WINDOW], WINDOWS_MAX),
            "Hours in which raises may happen; none means always.",
        ),
        key("announce", May, Map(&ANNOUNCE), "Where steps are told."),
    ],
);

pub(super) static TEAM: Form = form(
    "team",
    &[
        key("contact", May, TEXT, "A channel, a mailing list, a pager."),
        key("approvers", May, List(&NAME, MANY), "Who may sign for it."),
    ],
);

pub(super) static KIND: Form = form(
    "kind",
    &[key(
        "after",
        Must("tool"),
        Word(words::<Foundation>),
        "The kind of ours that it ranks after.",
    )],
);

pub(super) static BAKE: Form = form(
    "bake",
    &[
        key("for", Must("48h"), Scalar(Text::Span), "How long."),
        key(
            "holdback",
            May,
            PERCENTAGE,
            "The share that stays outside as a control until the end.",
        ),
    ],
);

pub(super) static WINDOW: Form = form(
    "window",
    &[
        key(
            "allow",
            Must("\"Mon-Thu 09:00-17:00\""),
            Scalar(Text::Hours),
            "Days and hours of the week.",
        ),
        key(
            "timezone",
            Must("Asia/Kolkata"),
            TEXT,
            "Whose clock: an IANA name.",
        ),
    ],
);

pub(super) static ANNOUNCE: Form = form(
    "announce",
    &[
        key("channel", May, TEXT, "For people."),
        key(
            "webhook",
            May,
            TEXT,
            "A webhook of the server's settings, by name; nothing is sent yet.",
        ),
    ],
);
