//! `fractional`: shares subjects out among variants. Source: flagd `core/pkg/evaluator/fractional.go`; v3 from its
//! architecture decision on non-string bucketing values.
//!
//! A first operand that is text (v3: any value but a list) is the bucketing value, else it is the flag key and the
//! targeting key. Choices: in v2 a `null` first operand is dropped (Go); in v3 it gives `null`. A `null` weight is 1 (Go), a
//! negative one 0. Whatever is wrong gives `null`, so that the default variant answers.

use super::cbor;
use super::item::Item;
use super::run::{Fault, Machine, Run};
use super::scope::Scope;
use crate::bucketing::{Prefix, bucket, hash};
use crate::evaluation::{Bucketing, Observer};
use crate::ruleset::{HashVersion, Node};
use alloc::vec::Vec;

/// The largest sum of weights.
pub(crate) const WEIGHT_MAX: u32 = i32::MAX as u32;

impl<'a, O: Observer> Machine<'a, '_, O> {
    pub(super) fn fractional(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let items = self.operands(node, scope)?;
        self.split = true;
        Ok(self.shared(&items, scope)?.unwrap_or(Item::Null))
    }

    fn shared(
        &mut self,
        items: &[Item<'a>],
        scope: Scope<'_, 'a>,
    ) -> Result<Option<Item<'a>>, Fault> {
        let Some((first, rest)) = items.split_first() else {
            return Ok(None);
        };
        let v3 = self.version == HashVersion::V3;
        let (hash, shares) = match first {
            list if list.list_len().is_some() => (self.implicit_hash(scope, v3), items),
            Item::Null if v3 => (None, rest),
            Item::Null => (self.implicit_hash(scope, v3), rest),
            value if v3 => {
                let bound = value.text_bound(u32::MAX);
                self.charge_bytes(bound.max(64))?;
                (cbor::encode(value).map(|bytes| hash(&bytes)), rest)
            }
            value => {
                self.charge_reading(&[value])?;
                (value.as_text().map(|text| hash(text.as_bytes())), rest)
            }
        };
        let (Some(hash), Some(shares)) = (hash, weights(shares)) else {
            return Ok(None);
        };
        let total = shares
            .iter()
            .map(|(weight, _)| u64::from(*weight))
            .sum::<u64>();
        let Some(total) = u32::try_from(total)
            .ok()
            .filter(|total| (1..=WEIGHT_MAX).contains(total))
        else {
            return Ok(None);
        };
        let bucket = bucket(hash, total);
        let mut from = 0;
        for (weight, variant) in shares {
            let to = from + weight;
            if bucket < to {
                self.observer.bucketed(Bucketing {
                    hash,
                    bucket,
                    total,
                    from,
                    to,
                });
                return Ok(Some(variant));
            }
            from = to;
        }
        Ok(None)
    }

    fn implicit_hash(&self, scope: Scope<'_, 'a>, v3: bool) -> Option<u32> {
        let key = self.subject(scope)?;
        Some(match v3 {
            true => hash(&cbor::pair(self.flag_key(), key)),
            false => Prefix::new(self.flag_key().as_bytes()).hash_with(key.as_bytes()),
        })
    }
}

/// The weights and variants; none where one is not what it should be.
fn weights<'a>(shares: &[Item<'a>]) -> Option<Vec<(u32, Item<'a>)>> {
    shares.iter().map(share).collect()
}

fn share<'a>(share: &Item<'a>) -> Option<(u32, Item<'a>)> {
    share.list_len().filter(|len| (1..=2).contains(len))?;
    let variant = share.element(0)?;
    if !matches!(
        variant,
        Item::Null | Item::Bool(_) | Item::Number(_) | Item::Text(_) | Item::Built(_)
    ) {
        return None;
    }
    let weight = match share.element(1) {
        None | Some(Item::Null) => 1,
        Some(Item::Number(weight)) => whole_weight(weight)?,
        _ => return None,
    };
    Some((weight, variant))
}

/// A weight as an integer: negative ones, which rollout arithmetic yields, count as 0.
pub(crate) fn whole_weight(weight: f64) -> Option<u32> {
    let whole = weight.fract() == 0.0 && weight <= f64::from(WEIGHT_MAX);
    whole.then_some(weight.max(0.0) as u32)
}
