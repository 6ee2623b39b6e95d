//! What `var` reads from: the context, or inside `map`, `filter`, `reduce`, `all`, `none` and `some` the element at hand.
//!
//! Inside, only the element is seen, never the context (flagd-core and Python; Go mixes both). `$flagd` belongs to the
//! context and a caller's own `$flagd` is never seen.

use super::item::{Item, Whole};
use super::path::{parts, walk};
use super::run::{Fault, Machine};
use crate::evaluation::Observer;
use crate::ruleset::layout::SUBJECT;
use alloc::rc::Rc;

/// The name under which the evaluation itself can be read.
pub(super) const FLAGD: &str = "$flagd";

/// Where `var` looks.
#[derive(Clone, Copy)]
pub(super) enum Scope<'s, 'a> {
    /// In the evaluation context.
    Context,
    /// In an element of a list.
    Element(&'s Item<'a>),
    /// In a step of `reduce`.
    Reduction {
        /// The element.
        current: &'s Item<'a>,
        /// What the steps before gave.
        accumulator: &'s Item<'a>,
    },
}

impl<'a, O: Observer> Machine<'a, '_, O> {
    /// The attribute of a slot, the hot path.
    pub(super) fn slot(&self, scope: Scope<'_, 'a>, slot: u32) -> Item<'a> {
        match scope {
            Scope::Context => self.attributes.slot(self.image, slot),
            _ => self.name(scope, self.image.slot(slot)),
        }
    }

    /// A top-level name without dots.
    pub(super) fn name(&self, scope: Scope<'_, 'a>, name: &str) -> Item<'a> {
        let found = match scope {
            Scope::Context if name == FLAGD => self.flagd(),
            Scope::Context => Some(self.attributes.name(self.image, name)),
            Scope::Element(item) => walk(item, core::iter::once(name)),
            Scope::Reduction { current, .. } if name == "current" => Some(current.clone()),
            Scope::Reduction { accumulator, .. } if name == "accumulator" => {
                Some(accumulator.clone())
            }
            Scope::Reduction { .. } => None,
        };
        found.unwrap_or(Item::Null)
    }

    /// What a path leads to; `null` where nowhere, everything where it is empty.
    pub(super) fn path(&self, scope: Scope<'_, 'a>, path: &str) -> Result<Item<'a>, Fault> {
        if path.is_empty() {
            return self.everything(scope);
        }
        let mut rest = parts(path);
        let Some(first) = rest.next() else {
            return Ok(Item::Null);
        };
        let start = self.name(scope, first);
        let mut rest = rest.peekable();
        Ok(match rest.peek() {
            None => start,
            Some(_) => walk(&start, rest).unwrap_or(Item::Null),
        })
    }

    fn everything(&self, scope: Scope<'_, 'a>) -> Result<Item<'a>, Fault> {
        match scope {
            Scope::Context => {
                let flagd = self.flagd().unwrap_or(Item::Null);
                let Some(context) = self.attributes.whole() else {
                    return Ok(Item::Null);
                };
                Ok(Item::Whole(Rc::new(Whole { context, flagd })))
            }
            Scope::Element(item) => Ok(item.clone()),
            Scope::Reduction {
                current,
                accumulator,
            } => Item::fields([
                ("accumulator", accumulator.clone()),
                ("current", current.clone()),
            ])
            .ok_or(Fault::Depth),
        }
    }

    fn flagd(&self) -> Option<Item<'a>> {
        Item::fields([
            ("flagKey", Item::Text(self.flag_key())),
            ("timestamp", Item::Number(self.now.as_seconds() as f64)),
        ])
    }

    /// The subject of a split without a bucketing value: text that is not empty. Inside an element there is none.
    pub(super) fn subject(&self, scope: Scope<'_, 'a>) -> Option<&'a str> {
        match (scope, self.slot(scope, SUBJECT)) {
            (Scope::Context, Item::Text(key)) if !key.is_empty() => Some(key),
            _ => None,
        }
    }
}
