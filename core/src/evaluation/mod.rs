//! Evaluation: which variant of a flag a context gets, and why.
//!
//! `compile` turns a document into a `Ruleset` (feature `json`); `evaluate` answers over it. Invariants: every input gives a
//! resolution, within bounded time and memory; the answer is a function of ruleset, flag, context and `now`; observing
//! changes nothing; a constant or a percentage flag is answered without an allocation.
//!
//! Reasons: STATIC without targeting; DISABLED; DEFAULT where targeting gives `null` or there is no default variant; SPLIT
//! where a `fractional` decided (other engines say TARGETING_MATCH); else TARGETING_MATCH. STALE and CACHED are said by
//! clients that know how old their rules are. Source: flagd `core/pkg/evaluator/json.go` and the OpenFeature specification.

#[cfg(feature = "json")]
mod compile;
#[cfg(feature = "json")]
mod details;
mod observe;
mod resolution;

#[cfg(feature = "json")]
pub(crate) use compile::check_rule;
#[cfg(feature = "json")]
pub use compile::{CompileOptions, compile, compile_with};
#[cfg(feature = "json")]
pub use details::Details;
pub use observe::{Bucketing, Explanation, Observer, Step, Unobserved};
pub use resolution::{ErrorCode, Failure, FlagType, Reason, Resolution, UnknownFlagType};

use crate::context::Context;
use crate::ruleset::layout::NO_VARIANT;
use crate::ruleset::{Flag, FlagIndex, Ruleset};
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
pub fn evaluate<'a, O: Observer>(
    ruleset: &Ruleset,
    flag: impl Into<FlagRef<'a>>,
    context: &Context,
    now: Timestamp,
    observer: &mut O,
) -> Resolution {
    let index = match flag.into() {
        FlagRef::Key(key) => ruleset.find(key),
        FlagRef::Index(index) => Some(index),
    };
    let found = index.and_then(|index| Some((index, ruleset.flag(index)?)));
    match found {
        Some((index, flag)) => evaluate_flag(ruleset, index, &flag, context, now, observer),
        None => Resolution::failed(
            None,
            ErrorCode::FlagNotFound,
            "there is no such flag".into(),
        ),
    }
}

fn evaluate_flag<O: Observer>(
    ruleset: &Ruleset,
    index: FlagIndex,
    flag: &Flag,
    context: &Context,
    now: Timestamp,
    observer: &mut O,
) -> Resolution {
    if flag.is_broken() {
        let message = ruleset.text(flag.variants, flag.variant_count);
        return Resolution::failed(
            Some(index),
            ErrorCode::from_number(flag.error),
            message.into(),
        );
    }
    if !flag.is_enabled() {
        return Resolution::answered(index, None, Reason::Disabled);
    }
    let Some(program) = flag.program else {
        let reason = if flag.default.is_some() {
            Reason::Static
        } else {
            Reason::Default
        };
        return Resolution::answered(index, flag.default, reason);
    };
    let key = ruleset.key(index).unwrap_or_default();
    match Machine::new(ruleset, context, key, now, observer).run(program) {
        Ok((Item::Null, _)) => Resolution::answered(index, flag.default, Reason::Default),
        Ok((value, split)) => {
            let reason = if split {
                Reason::Split
            } else {
                Reason::TargetingMatch
            };
            variant(ruleset, index, flag, &value, reason)
        }
        Err(fault) => Resolution::failed(Some(index), ErrorCode::General, fault.message()),
    }
}

/// The variant that the result of targeting names.
fn variant(
    ruleset: &Ruleset,
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
        ruleset
            .entry(*at)
            .is_some_and(|entry| ruleset.raw_text(entry.name.0, entry.name.1) == name.as_bytes())
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
