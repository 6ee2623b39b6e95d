//! `Evidence`: what was measured for a gate, with which exact versions, when, and where to read more.
//!
//! Invariants: an unknown key is refused, so that nothing a submitter meant is dropped; every text and list is bounded.
//! Not here: who submitted it and why, which is the ledger entry's.

use super::name::GateName;
use super::text::{Link, Note};
use super::verdict::Verdict;
use crate::artefact::{Digest, Pin};
use crate::limits::{EVIDENCE_AGE_MAX, EVIDENCE_PINS_MAX, FRESHNESS_EVIDENCE_AGE_MAX};
use crate::time::{Span, Timestamp};
use alloc::collections::BTreeMap;
use alloc::format;
use core::fmt;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// Evidence for one gate or metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// For which.
    pub gate: GateName,
    /// The change whose gate it is; none for the steps of the flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Pin>,
    /// The exact versions it ran with, with their content hashes where they are known.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "pins"
    )]
    pub pins: BTreeMap<Pin, Option<Digest>>,
    /// What was measured.
    pub outcome: Outcome,
    /// When.
    pub ran_at: Timestamp,
    /// Users it counted that the flag admits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// A page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// What it showed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Note>,
}

impl Evidence {
    /// How old it may be to count.
    pub const fn age_max(&self) -> Span {
        match self.outcome {
            Outcome::Freshness { .. } => FRESHNESS_EVIDENCE_AGE_MAX,
            _ => EVIDENCE_AGE_MAX,
        }
    }

    /// Whether it is older than that.
    pub fn is_too_old(&self, now: Timestamp) -> bool {
        self.ran_at + self.age_max() < now
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// An eval run.
    Eval {
        /// Over these cases.
        eval_set: Pin,
        /// Cases that passed.
        passed: u64,
        /// All cases.
        cases: u64,
        /// Cases, of these, that gave no answer to judge.
        #[serde(default)]
        errors: u64,
    },
    /// A test run.
    Tests {
        /// Tests that passed.
        passed: u64,
        /// Tests that failed.
        #[serde(default)]
        failed: u64,
        /// Tests that did not run.
        #[serde(default)]
        skipped: u64,
        /// Tests that broke off.
        #[serde(default)]
        errors: u64,
    },
    /// A check of a schema.
    Schema {
        /// Whether it fits.
        compatible: bool,
    },
    /// The age of data, at `ran_at`.
    Freshness {
        /// How old it was.
        age: Span,
    },
    /// What users said.
    Feedback {
        /// Users who were content.
        positive: u64,
        /// Users who said something.
        units: u64,
    },
    /// A person's or a judge's word.
    Verdict {
        /// The word.
        verdict: Verdict,
    },
}

impl Outcome {
    /// What was measured, as a key: `eval`, `tests`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Outcome::Eval { .. } => "eval",
            Outcome::Tests { .. } => "tests",
            Outcome::Schema { .. } => "schema",
            Outcome::Freshness { .. } => "freshness",
            Outcome::Feedback { .. } => "feedback",
            Outcome::Verdict { .. } => "verdict",
        }
    }
}

/// The numbers as people read them: "31 of 32 cases of eval_set:refund_flow@3 passed".
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = |f: &mut fmt::Formatter<'_>, counts: &[(u64, &str)]| {
            counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .try_for_each(|(count, what)| write!(f, ", {count} {what}"))
        };
        match self {
            Outcome::Eval {
                eval_set,
                passed,
                cases,
                errors,
            } => {
                write!(f, "{passed} of {cases} cases of {eval_set} passed")?;
                others(f, &[(*errors, "without an answer")])
            }
            Outcome::Tests {
                passed,
                failed,
                skipped,
                errors,
            } => {
                write!(f, "{passed} tests passed")?;
                let counts = [
                    (*failed, "failed"),
                    (*errors, "broke off"),
                    (*skipped, "skipped"),
                ];
                others(f, &counts)
            }
            Outcome::Schema { compatible: true } => f.write_str("the schema fits"),
            Outcome::Schema { compatible: false } => f.write_str("the schema does not fit"),
            Outcome::Freshness { age } => write!(f, "the data was {age} old"),
            Outcome::Feedback { positive, units } => {
                write!(f, "{positive} of {units} users were content")
            }
            Outcome::Verdict { verdict } => write!(f, "the verdict is {verdict}"),
        }
    }
}

/// A map of pins, each once and no more than the limit: reading stops there.
fn pins<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Pin, Option<Digest>>, D::Error> {
    struct Pins;
    impl<'de> Visitor<'de> for Pins {
        type Value = BTreeMap<Pin, Option<Digest>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of `kind:name@version` to a content hash or null")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pins = BTreeMap::new();
            while let Some((pin, digest)) = map.next_entry::<Pin, Option<Digest>>()? {
                if pins.len() == EVIDENCE_PINS_MAX {
                    let problem = format!("there are more than {EVIDENCE_PINS_MAX} pins");
                    return Err(A::Error::custom(problem));
                }
                if pins.contains_key(&pin) {
                    return Err(A::Error::custom(format!("`{pin}` is there twice")));
                }
                pins.insert(pin, digest);
            }
            Ok(pins)
        }
    }
    deserializer.deserialize_map(Pins)
}
