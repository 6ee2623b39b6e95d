//! Evaluation: which variant of a flag a context gets, and why.
//!
//! `compile` turns a document into a `Ruleset` (feature `json`); `evaluate` answers over it. Invariants: every input gives a
//! resolution, within bounded time and memory; the answer is a function of ruleset, flag, context and `now`; observing
//! changes nothing; a constant or a percentage flag is answered without an allocation.
//!
//! Reasons: STATIC without targeting; DISABLED; DEFAULT where targeting gives `null` or there is no default variant; SPLIT
//! where a `fractional` decided (other engines say TARGETING_MATCH); else TARGETING_MATCH. STALE and CACHED are said by
//! clients that know how old their rules are. Source: flagd `core/pkg/evaluator/json.go` and the OpenFeature specification.

mod attributes;
#[cfg(feature = "json")]
mod compile;
#[cfg(feature = "json")]
mod details;
#[cfg(feature = "json")]
mod explained;
mod observe;
mod resolution;

pub(crate) use attributes::Told;
pub use attributes::{Attributes, Prepared};
#[cfg(feature = "json")]
pub(crate) use compile::check_rule;
#[cfg(feature = "json")]
pub use compile::{CompileOptions, compile, compile_foreign, compile_with};
#[cfg(feature = "json")]
pub use details::Details;
#[cfg(feature = "json")]
pub use explained::{Explained, Prerequisite, explain};
pub use observe::{Bucketing, Explanation, Observer, Step, Unobserved};
pub use resolution::{ErrorCode, Failure, FlagType, Reason, Resolution, UnknownFlagType};

use crate::ruleset::layout::NO_VARIANT;
use crate::ruleset::{Flag, FlagIndex, HashVersion, Image, Ruleset};
use crate::targeting::fast::{Decision, Walk};
use crate::targeting::item::Item;
use crate::targeting::run::Machine;
use crate::time::Timestamp;
use alloc::string::String;

/// Names a flag: by key, or by the index `Ruleset::find` gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagRef<'a> {
    /// By its key.
    Key(&'a str),
    /// By its place.
    Index(FlagIndex),
}

impl<'a> From<&'a str> for FlagRef<'a> {
    fn from(key: &'a str) -> Self {
        FlagRef::Key(key)
    }
}

impl<'a> From<&'a String> for FlagRef<'a> {
    fn from(key: &'a String) -> Self {
        FlagRef::Key(key)
    }
}

impl From<FlagIndex> for FlagRef<'_> {
    fn from(index: FlagIndex) -> Self {
        FlagRef::Index(index)
    }
}

/// Evaluates a flag for a context at a moment.
pub fn evaluate<'a, 'k, O: Observer>(
    ruleset: &'a Ruleset,
    flag: impl Into<FlagRef<'k>>,
    attributes: impl Into<Attributes<'a>>,
    now: Timestamp,
    observer: &mut O,
) -> Resolution {
    let attributes = attributes.into();
    let index = match flag.into() {
        FlagRef::Key(key) => ruleset.find(key),
        FlagRef::Index(index) => Some(index),
    };
    let image = ruleset.image();
    let found = index.and_then(|index| Some((index, image.flag(index.0)?)));
    let Some((index, flag)) = found else {
        return Resolution::failed(
            None,
            ErrorCode::FlagNotFound,
            "there is no such flag".into(),
        );
    };
    let evaluation = Evaluation {
        image,
        version: ruleset.hash_version(),
        attributes,
        now,
    };
    evaluation.flag(index, &flag, observer)
}

/// Evaluates every flag, in the order of indices; each answer is handed on with its index.
pub fn evaluate_all<'a>(
    ruleset: &'a Ruleset,
    attributes: impl Into<Attributes<'a>>,
    now: Timestamp,
    mut answer: impl FnMut(FlagIndex, Resolution),
) {
    let evaluation = Evaluation {
        image: ruleset.image(),
        version: ruleset.hash_version(),
        attributes: attributes.into(),
        now,
    };
    for index in 0..ruleset.len() {
        if let Some(flag) = evaluation.image.flag(index) {
            let index = FlagIndex(index);
            answer(index, evaluation.flag(index, &flag, &mut Unobserved));
        }
    }
}

/// Everything but which flag.
struct Evaluation<'a> {
    image: Image<'a>,
    version: HashVersion,
    attributes: Attributes<'a>,
    now: Timestamp,
}

impl Evaluation<'_> {
    fn flag<O: Observer>(&self, index: FlagIndex, flag: &Flag, observer: &mut O) -> Resolution {
        let Some(program) = flag.program.filter(|_| flag.is_enabled()) else {
            return self.constant(index, flag);
        };
        if !O::LISTENS
            && let Some(resolution) = self.quick(index, flag, program)
        {
            return resolution;
        }
        let machine = Machine::new(
            &self.image,
            self.version,
            self.attributes,
            index.0,
            self.now,
            observer,
        );
        match machine.run(program) {
            Ok((Item::Null, _)) => Resolution::answered(index, flag.default, Reason::Default),
            Ok((value, split)) => {
                let reason = if split {
                    Reason::Split
                } else {
                    Reason::TargetingMatch
                };
                self.variant(index, flag, &value, reason)
            }
            Err(fault) => Resolution::failed(Some(index), ErrorCode::General, fault.message()),
        }
    }

    /// The answer the short way; none where that takes the machine.
    fn quick(&self, index: FlagIndex, flag: &Flag, program: u32) -> Option<Resolution> {
        let decision = Walk::new(&self.image, self.attributes).decide(program)?;
        let (name, reason) = match decision {
            Decision::Nothing => {
                return Some(Resolution::answered(index, flag.default, Reason::Default));
            }
            Decision::Name(name) => (name, Reason::TargetingMatch),
            Decision::Share(name) => (name, Reason::Split),
        };
        let count = flag.variant_count.min(u32::from(NO_VARIANT));
        let place = self.image.position(flag.variants, count, name)?;
        Some(Resolution::answered(index, Some(place as u16), reason))
    }

    /// The answer that needs no context.
    fn constant(&self, index: FlagIndex, flag: &Flag) -> Resolution {
        if flag.is_broken() {
            let message = self.image.text(flag.variants, flag.variant_count);
            let code = ErrorCode::from_number(flag.error);
            return Resolution::failed(Some(index), code, message.into());
        }
        if !flag.is_enabled() {
            return Resolution::answered(index, None, Reason::Disabled);
        }
        let reason = if flag.default.is_some() {
            Reason::Static
        } else {
            Reason::Default
        };
        Resolution::answered(index, flag.default, reason)
    }

    /// The variant that the result of targeting names.
    fn variant(
        &self,
        index: FlagIndex,
        flag: &Flag,
        value: &Item<'_>,
        reason: Reason,
    ) -> Resolution {
        let built;
        let name = match value.as_text() {
            Some(name) => name,
            None => {
                built = short_text(value);
                &built
            }
        };
        let end = flag
            .variants
            .saturating_add(flag.variant_count.min(u32::from(NO_VARIANT)));
        let is_it = |at: &u32| {
            let entry = self.image.entry(*at);
            entry.is_some_and(|entry| {
                self.image.raw_text(entry.name.0, entry.name.1) == name.as_bytes()
            })
        };
        match (flag.variants..end).find(is_it) {
            Some(at) => Resolution::answered(index, Some((at - flag.variants) as u16), reason),
            None => {
                let mut message = String::from("targeting gives `");
                message.extend(name.chars().take(NAME_SHOWN_MAX));
                message.push_str("`, which is not a variant");
                Resolution::failed(Some(index), ErrorCode::General, message)
            }
        }
    }
}

/// A list or object is no variant's name in any sensible document: only short ones are written out.
fn short_text(value: &Item<'_>) -> String {
    match value.text_bound(TEXT_WRITTEN_MAX) {
        bound if bound <= TEXT_WRITTEN_MAX => value.to_text(),
        _ => "a long list".into(),
    }
}

const NAME_SHOWN_MAX: usize = 100;
const TEXT_WRITTEN_MAX: u32 = 4096;

#[cfg(test)]
#[cfg(feature = "json")]
mod tests;
