//! The form of gates, steps and metrics.

use super::Need::{Beside, May, Must, One};
use super::Value::{Items, List, Map, Scalar, Word};
use super::{Form, GATES, MANY, NAME, PERCENTAGE, TEXT, Text, WORSE, form, key, words};
use crate::limits::{METRICS_MAX, STEPS_MAX};
use crate::plan::{OnInconclusive, Promotion, Role};

pub(in crate::plan) static GATE: Form = form(
    "gate",
    &[
        key(
            "eval_set",
            One,
            Scalar(Text::Version),
            "An eval run over these cases.",
        ),
        key(
            "pass_rate",
            Beside("eval_set"),
            Scalar(Text::Share),
            "The least share of passed cases.",
        ),
        key(
            "tests",
            One,
            Scalar(Text::Label),
            "A test run of this suite.",
        ),
        key(
            "schema_check",
            One,
            Scalar(Text::Label),
            "A check of this schema.",
        ),
        key(
            "freshness",
            One,
            Scalar(Text::Age),
            "The highest age of the data.",
        ),
        key(
            "feedback",
            One,
            Scalar(Text::Share),
            "The least share of positive answers.",
        ),
        key(
            "units",
            Beside("feedback"),
            Scalar(Text::Count),
            "From at least so many users.",
        ),
        key("review", One, NAME, "A look by somebody of this team."),
    ],
);

pub(in crate::plan) static CANARY: Form = form(
    "canary",
    &[
        key(
            "promote",
            May,
            Word(words::<Promotion>),
            "Who takes the next step.",
        ),
        key(
            "steps",
            May,
            Items(&[&STEP], STEPS_MAX),
            "The steps, each wider than the one before; the last is 100.",
        ),
        key(
            "metrics",
            May,
            Items(&[&METRIC], METRICS_MAX),
            "What is watched at every step.",
        ),
        key(
            "on_inconclusive",
            May,
            Word(words::<OnInconclusive>),
            "What a metric without a clear verdict does.",
        ),
    ],
);

pub(in crate::plan) static STEP: Form = form(
    "step",
    &[
        key("exposure", Must("5"), PERCENTAGE, "The share of users."),
        key(
            "at_least",
            May,
            Scalar(Text::Span),
            "It lasts at least so long.",
        ),
        key(
            "units",
            May,
            Scalar(Text::Count),
            "It has at least so many users.",
        ),
        key("gates", May, GATES, "What evidence the next step needs."),
        key(
            "approve",
            May,
            List(&NAME, MANY),
            "Teams that must approve it before it is taken.",
        ),
    ],
);

pub(in crate::plan) static METRIC: Form = form(
    "metric",
    &[
        key(
            "name",
            Must("NAME"),
            Scalar(Text::Label),
            "What people call it; evidence names it `metric:NAME`.",
        ),
        key(
            "component",
            May,
            Scalar(Text::Artefact),
            "The part it tells about.",
        ),
        key(
            "role",
            Must("critical"),
            Word(words::<Role>),
            "What a FAIL does: contains, holds, or is shown only.",
        ),
        key(
            "rate",
            One,
            Map(&RATE),
            "Users with an event among users, exposed against not exposed.",
        ),
        key(
            "value",
            One,
            TEXT,
            "The query of one number, against a fixed limit.",
        ),
        key(
            "score",
            One,
            Map(&SCORE),
            "A mean score, exposed against not exposed.",
        ),
        key("worse", Beside("rate"), WORSE, "Which way is worse."),
        key(
            "ratio",
            Beside("rate"),
            Scalar(Text::Decimal),
            "The tolerated multiple of the control's rate.",
        ),
        key(
            "limit",
            Beside("value"),
            Scalar(Text::Limit),
            "What must hold of the value.",
        ),
    ],
);

pub(in crate::plan) static RATE: Form = form(
    "rate",
    &[
        key(
            "events",
            Must("QUERY"),
            TEXT,
            "The query of the users with the event.",
        ),
        key("units", Must("QUERY"), TEXT, "The query of all users."),
    ],
);

pub(in crate::plan) static SCORE: Form = form(
    "score",
    &[
        key(
            "source",
            Must("pushed"),
            TEXT,
            "Where it comes from: `pushed`.",
        ),
        key("worse", Must("lower"), WORSE, "Which way is worse."),
        key(
            "drop",
            Must("0.03"),
            Scalar(Text::Decimal),
            "The tolerated difference.",
        ),
    ],
);
