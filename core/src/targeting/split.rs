//! `Split`: the shapes every open flag of ours has, run as one step: no list is built, no text joined, the cohort's part of
//! the hash is known already.
//!
//! It stands for `{"fractional":[{"cat":[prefix,{"var":attribute}]},[variant,weight],…]}`, with `GUARDED` inside
//! `{"if":[{"var":attribute},…,null]}`, with `OWN_KEY` for a prefix `{"var":"$flagd.flagKey"}`, and with `IMPLICIT` for
//! `{"fractional":[[variant,weight],…]}`. Same answers as those (tested against them); hash version v2 only.

use super::item::Item;
use super::run::{Fault, Machine};
use super::scope::Scope;
use crate::bucketing::{Prefix, bucket};
use crate::evaluation::{Bucketing, Observer};
use crate::ruleset::layout::{BY_SLOT, GUARDED, IMPLICIT, NONE, OWN_KEY, SPLIT_HEAD};
use crate::ruleset::{Image, Node};
use crate::value::Value;

/// The shares of a split.
pub(crate) struct Shares<'a> {
    prefix: Prefix,
    total: u32,
    /// Cumulative weight and result of each.
    rows: &'a [[[u8; 4]; 2]],
}

/// Where a subject falls.
pub(crate) struct Share {
    /// How it was found.
    pub(crate) bucketing: Bucketing,
    /// The node of its result.
    pub(crate) result: u32,
}

impl<'a> Shares<'a> {
    pub(crate) fn of(image: &Image<'a>, node: &Node) -> Option<Self> {
        let count = node.b.checked_mul(2)?.checked_add(SPLIT_HEAD)?;
        let (head, rows) = image.links_of(node.a, count)?.split_first_chunk()?;
        let [_, len, state, tail, total]: [u32; SPLIT_HEAD as usize] = head.map(u32::from_le_bytes);
        Some(Self {
            prefix: Prefix::resume(state, tail, len),
            total,
            rows: rows.as_chunks().0,
        })
    }

    /// The share of a key.
    pub(crate) fn find(&self, key: &[u8]) -> Option<Share> {
        let hash = self.prefix.hash_with(key);
        let bucket = bucket(hash, self.total);
        let mut from = 0;
        for [to, result] in self.rows {
            let to = u32::from_le_bytes(*to);
            if bucket < to {
                let bucketing = Bucketing {
                    hash,
                    bucket,
                    total: self.total,
                    from,
                    to,
                };
                let result = u32::from_le_bytes(*result);
                return Some(Share { bucketing, result });
            }
            from = to;
        }
        None
    }
}

impl<'a, O: Observer> Machine<'a, '_, O> {
    /// The node of the result of the share that the subject falls into; `NONE` where it falls into none.
    pub(super) fn share(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Result<u32, Fault> {
        let guarded = node.flags & GUARDED != 0;
        if node.flags & IMPLICIT != 0 {
            self.split = true;
            return match self.subject(scope) {
                Some(key) => self.share_of(node, key.as_bytes(), scope),
                None => Ok(NONE),
            };
        }
        let key = match node.flags & BY_SLOT {
            0 => {
                let leaf = self.image.node(node.c).ok_or(Fault::Image)?;
                if !leaf.operator.is_leaf() {
                    return Err(Fault::Image);
                }
                self.leaf(&leaf, scope)?
            }
            _ => self.slot(scope, node.c),
        };
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
        let key = self.text_of(&key)?;
        let key = key.as_text().unwrap_or_default().as_bytes();
        let result = self.share_of(node, key, scope)?;
        if O::LISTENS && guarded {
            let value = self.result(result);
            self.observer.leave(|| value.to_value());
        }
        self.split = true;
        Ok(result)
    }

    fn share_of(&mut self, node: &Node, key: &[u8], scope: Scope<'_, 'a>) -> Result<u32, Fault> {
        self.charge((key.len() / 64) as u32)?;
        let mut shares = Shares::of(self.image, node).ok_or(Fault::Image)?;
        // An element has no `$flagd`.
        if node.flags & OWN_KEY != 0 && !matches!(scope, Scope::Context) {
            shares.prefix = Prefix::default();
        }
        Ok(match shares.find(key) {
            Some(share) => {
                self.observer.bucketed(share.bucketing);
                share.result
            }
            None => NONE,
        })
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
