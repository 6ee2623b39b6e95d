//! The form of features and changes.

use super::Need::{May, Must};
use super::Value::{Items, List, Map, Scalar};
use super::{Form, GATES, MANY, NAME, PERCENTAGE, STEPS, TEXT, Text, Value, form, key, pinned};
use crate::limits::PREVIEW_KEYS_MAX;

pub(in crate::plan) static FEATURE: Form = form(
    "feature",
    &[
        key("flag", Must("NAME"), NAME, "The flag that gates it."),
        key("owner", May, NAME, "The team that owns it."),
        key(
            "expires",
            May,
            Scalar(Text::Day),
            "The day by which the flag should be gone.",
        ),
        key(
            "client",
            May,
            Scalar(Text::Truth),
            "Whether browser keys, which are public, may see the flag.",
        ),
        key("rollout", May, Map(&ROLLOUT), "Its first opening."),
        key(
            "dependencies",
            May,
            Items(&[&DEPENDENCY, &FLAG_BENEATH], MANY),
            "The parts and flags it needs.",
        ),
        key(
            "preview",
            May,
            Map(&PREVIEW),
            "Who sees it before it opens.",
        ),
    ],
);

pub(in crate::plan) static ROLLOUT: Form = form(
    "rollout",
    &[key(
        "canary_percentage",
        May,
        PERCENTAGE,
        "The opening that applying the plan arms.",
    )],
);

pub(in crate::plan) static PREVIEW: Form = form(
    "preview",
    &[key(
        "keys",
        May,
        List(&Scalar(Text::Label), PREVIEW_KEYS_MAX),
        "Targeting keys that are served while the parts are ready.",
    )],
);

pub(in crate::plan) static DEPENDENCY: Form = pinned(
    "dependency",
    &[
        key(
            "optional",
            May,
            Scalar(Text::Truth),
            "The feature works without it.",
        ),
        key("evidence", May, TEXT, "Proof of that."),
    ],
);

pub(in crate::plan) static FLAG_BENEATH: Form = form(
    "flag",
    &[key(
        "flag",
        Must("NAME"),
        NAME,
        "Another flag, whose users alone may see the feature.",
    )],
);

pub(in crate::plan) static CHANGE: Form = pinned(
    "change",
    &[
        key("owner", May, NAME, "The team that owns it."),
        key(
            "requires",
            May,
            List(&Scalar(Text::Pin), MANY),
            "What must be there before it, and goes back after it.",
        ),
        key(
            "accepts",
            May,
            List(&Scalar(Text::Pin), MANY),
            "Other versions of what it requires that it works with too.",
        ),
        key("stages", May, STEPS, "The artefact's own staged rollout."),
        key(
            "gates",
            May,
            GATES,
            "What must have passed before any flag rises.",
        ),
        key(
            "deadline",
            May,
            Scalar(Text::Span),
            "How long its deployment, or its way back, may take.",
        ),
        key(
            "canary",
            May,
            Value::Route,
            "How its route opens: with the flag, or in steps of its own.",
        ),
        key(
            "rollback",
            May,
            Map(&ROLLBACK),
            "How to take it back alone.",
        ),
    ],
);

pub(in crate::plan) static ROLLBACK: Form = form(
    "rollback",
    &[
        key("to", May, Scalar(Text::Version), "To this version."),
        key("disable", May, Scalar(Text::Truth), "By switching it off."),
        key("procedure", May, TEXT, "Where the steps are written."),
        key(
            "forward_only",
            May,
            Scalar(Text::Truth),
            "It cannot go back: what is wrong is mended by a further version.",
        ),
    ],
);
