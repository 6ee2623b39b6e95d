//! `Split`: the shapes every open flag of ours has, run as one step: no list is built, no text joined, the cohort's part of
//! the hash is known already.
//!
//! It stands for `{"fractional":[{"cat":[prefix,{"var":attribute}]},[variant,weight],…]}`, with `GUARDED` inside
//! `{"if":[{"var":attribute},…,null]}`, with `OWN_KEY` for a prefix `{"var":"$flagd.flagKey"}`, and with `IMPLICIT` for
//! `{"fractional":[[variant,weight],…]}`. Same answers as those (tested against them); hash version v2 only.

use super::item::Item;
use super::operator::Operator;
use super::run::{Fault, Machine};
use super::scope::Scope;
use crate::bucketing::{Prefix, bucket};
use crate::evaluation::{Bucketing, Observer};
use crate::ruleset::Node;
use crate::ruleset::layout::{GUARDED, IMPLICIT, NONE, OWN_KEY, SPLIT_HEAD};
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, '_, O> {
    /// The node of the result of the share that the subject falls into; `NONE` where it falls into none.
    pub(super) fn share(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Result<u32, Fault> {
        if node.flags & IMPLICIT != 0 {
            self.split = true;
            return match self.subject(scope) {
                Some(key) => self.share_of(node, key.as_bytes()),
                None => Ok(NONE),
            };
        }
        let leaf = self.image.node(node.c).ok_or(Fault::Image)?;
        // Nearly always: an attribute of the context that is a text.
        if let (false, Scope::Context, 0, NONE) = (O::LISTENS, scope, leaf.flags, leaf.c)
            && let (Operator::Attribute, Item::Text(key)) =
                (leaf.operator, self.attributes.slot(self.image, leaf.a))
        {
            self.split = !key.is_empty() || node.flags & GUARDED == 0;
            return match self.split {
                true => self.share_of(node, key.as_bytes()),
                false => Ok(NONE),
            };
        }
        self.share_by_leaf(node, &leaf, scope)
    }

    fn share_by_leaf(
        &mut self,
        node: &Node,
        leaf: &Node,
        scope: Scope<'_, 'a>,
    ) -> Result<u32, Fault> {
        if !leaf.operator.is_leaf() {
            return Err(Fault::Image);
        }
        let key = self.leaf(leaf, scope)?;
        let guarded = node.flags & GUARDED != 0;
        if O::LISTENS && guarded {
            self.observer.enter(0, "var");
            self.observer.leave(|| key.to_value());
        }
        if guarded && !key.is_true() {
            return Ok(NONE);
        }
        if O::LISTENS && guarded {
            self.observer.enter(1, "fractional");
        }
        let built;
        let key = match key {
            Item::Text(key) => key,
            other => {
                built = self.text_of(&other)?;
                built.as_text().unwrap_or_default()
            }
        };
        let result = match scope {
            Scope::Context => self.share_of(node, key.as_bytes())?,
            // An element has no `$flagd`.
            _ if node.flags & OWN_KEY != 0 => {
                self.share_by(node, Prefix::default(), key.as_bytes())?
            }
            _ => self.share_of(node, key.as_bytes())?,
        };
        if O::LISTENS && guarded {
            let value = self.result(result);
            self.observer.leave(|| value.to_value());
        }
        self.split = true;
        Ok(result)
    }

    fn share_of(&mut self, node: &Node, key: &[u8]) -> Result<u32, Fault> {
        let word = |at: u32| self.image.link(node.a.saturating_add(at));
        let prefix = self.image.raw_text(word(0), word(1));
        self.share_by(node, Prefix::resume(word(2), prefix), key)
    }

    fn share_by(&mut self, node: &Node, prefix: Prefix, key: &[u8]) -> Result<u32, Fault> {
        self.charge((key.len() / 64) as u32)?;
        let image = self.image;
        let word = |at: u32| image.link(node.a.saturating_add(at));
        let (hash, total) = (prefix.hash_with(key), word(3));
        let bucket = bucket(hash, total);
        let mut from = 0;
        for share in 0..node.b {
            let at = SPLIT_HEAD + 2 * share;
            let to = word(at);
            if bucket < to {
                self.observer.bucketed(Bucketing {
                    hash,
                    bucket,
                    total,
                    from,
                    to,
                });
                return Ok(word(at + 1));
            }
            from = to;
        }
        Ok(NONE)
    }

    /// The value of a result: a leaf, read without being a step of an explanation.
    pub(super) fn result(&mut self, index: u32) -> Item<'a> {
        let nowhere = Item::Borrowed(&Value::Null);
        let value = match self.image.node(index) {
            Some(node) if node.operator.is_leaf() => self.leaf(&node, Scope::Element(&nowhere)),
            _ => Ok(Item::Null),
        };
        self.split = true;
        value.unwrap_or(Item::Null)
    }
}
