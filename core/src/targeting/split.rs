//! `Split`: the shapes every open flag of ours has, run as one step: no list is built, no text joined, the cohort's part of
//! the hash is known already.
//!
//! It stands for `{"fractional":[{"cat":[prefix,{"var":attribute}]},[variant,weight],…]}`, with `GUARDED` inside
//! `{"if":[{"var":attribute},…,null]}`, with `OWN_KEY` for a prefix `{"var":"$flagd.flagKey"}`, and with `IMPLICIT` for
//! `{"fractional":[[variant,weight],…]}`. Same answers as those (tested against them); hash version v2 only.

use super::item::Item;
use super::run::{Fault, Machine, Run};
use super::scope::Scope;
use crate::bucketing::{Prefix, bucket};
use crate::evaluation::{Bucketing, Observer};
use crate::ruleset::Node;
use crate::ruleset::layout::{GUARDED, IMPLICIT, OWN_KEY, SPLIT_HEAD};
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, '_, O> {
    pub(super) fn share(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        if node.flags & IMPLICIT != 0 {
            self.split = true;
            return match self.subject(scope) {
                Some(key) => self.share_of(node, key.as_bytes()),
                None => Ok(Item::Null),
            };
        }
        let leaf = self
            .ruleset
            .node(node.c)
            .filter(|leaf| leaf.operator.is_leaf());
        let key = self.leaf(&leaf.ok_or(Fault::Image)?, scope)?;
        let guarded = node.flags & GUARDED != 0;
        if O::LISTENS && guarded {
            self.observer.enter(0, "var");
            self.observer.leave(|| key.to_value());
        }
        if guarded && !key.is_true() {
            return Ok(Item::Null);
        }
        let key = self.text_of(&key)?;
        if O::LISTENS && guarded {
            self.observer.enter(1, "fractional");
        }
        let key = key.as_text().unwrap_or_default().as_bytes();
        let value = match scope {
            Scope::Context => self.share_of(node, key)?,
            // An element has no `$flagd`.
            _ if node.flags & OWN_KEY != 0 => self.share_by(node, Prefix::default(), key)?,
            _ => self.share_of(node, key)?,
        };
        if O::LISTENS && guarded {
            self.observer.leave(|| value.to_value());
        }
        self.split = true;
        Ok(value)
    }

    /// The result of the share that the key falls into.
    fn share_of(&mut self, node: &Node, key: &[u8]) -> Run<'a> {
        let word = |at: u32| self.ruleset.link(node.a.saturating_add(at));
        let prefix = self.ruleset.raw_text(word(0), word(1));
        self.share_by(node, Prefix::resume(word(2), prefix), key)
    }

    fn share_by(&mut self, node: &Node, prefix: Prefix, key: &[u8]) -> Run<'a> {
        self.charge((key.len() / 64) as u32)?;
        let word = |at: u32| self.ruleset.link(node.a.saturating_add(at));
        let (hash, total) = (prefix.hash_with(key), word(3));
        let bucket = bucket(hash, total);
        let mut from = 0;
        for share in 0..node.b {
            let at = SPLIT_HEAD + 2 * share;
            let to = word(at);
            if bucket < to {
                let result = word(at + 1);
                self.observer.bucketed(Bucketing {
                    hash,
                    bucket,
                    total,
                    from,
                    to,
                });
                return self.result(result);
            }
            from = to;
        }
        Ok(Item::Null)
    }

    /// A result is a leaf: it is read without being a step of an explanation.
    fn result(&mut self, index: u32) -> Run<'a> {
        let value = match self.ruleset.node(index) {
            Some(node) if node.operator.is_leaf() => {
                self.leaf(&node, Scope::Element(&Item::Borrowed(&Value::Null)))?
            }
            _ => Item::Null,
        };
        self.split = true;
        Ok(value)
    }
}
