//! `Split`: the shapes every open flag of ours has, run as one step: no list is built, no text joined, the cohort's part of
//! the hash is known already.
//!
//! It stands for `{"if":[{"var":"targetingKey"},{"fractional":[{"cat":[cohort,{"var":"targetingKey"}]},[variant,weight],…]},
//! null]}`, and with `IMPLICIT` for `{"fractional":[[variant,weight],…]}`, whose cohort is the flag key. Same answers as those
//! (tested against them); hash version v2 only.

use super::item::Item;
use super::run::{Machine, Run};
use super::scope::Scope;
use crate::bucketing::{Prefix, bucket};
use crate::evaluation::{Bucketing, Observer};
use crate::ruleset::Node;
use crate::ruleset::layout::{IMPLICIT, SPLIT_HEAD};
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
        let key = self.targeting_key(scope);
        let present = key.is_true();
        if O::LISTENS {
            self.observer.enter(0, "var");
            self.observer.leave(|| key.to_value());
        }
        if !present {
            self.split = false;
            return Ok(Item::Null);
        }
        let key = self.text_of(&key)?;
        if O::LISTENS {
            self.observer.enter(1, "fractional");
        }
        let value = self.share_of(node, key.as_text().unwrap_or_default().as_bytes())?;
        if O::LISTENS {
            self.observer.leave(|| value.to_value());
        }
        self.split = true;
        Ok(value)
    }

    /// The result of the share that the key falls into.
    fn share_of(&mut self, node: &Node, key: &[u8]) -> Run<'a> {
        self.charge((key.len() / 64) as u32)?;
        let word = |at: u32| self.ruleset.link(node.a.saturating_add(at));
        let prefix = self.ruleset.raw_text(word(0), word(1));
        let (state, total) = (word(2), word(3));
        let hash = Prefix::resume(state, prefix).hash_with(key);
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
