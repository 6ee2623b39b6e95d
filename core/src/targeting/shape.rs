//! Recognises the shapes that `split` runs as one step: those `lower` writes, and a plain `fractional`.

use super::fractional::{WEIGHT_MAX, whole_weight};
use super::operator::Operator;
use super::parse::Rules;
use crate::bucketing::Prefix;
use crate::context::TARGETING_KEY;
use crate::ruleset::HashVersion;
use crate::ruleset::layout::IMPLICIT;
use crate::value::Value;
use alloc::vec;

impl Rules<'_> {
    /// One node for the shapes `targeting::split` knows.
    pub(super) fn split(&mut self, operator: Operator, operands: &Value) -> Option<u32> {
        if self.version != HashVersion::V2 {
            return None;
        }
        let operands = operands.as_array()?;
        let (prefix, shares, flags) = if operator == Operator::If {
            let (condition, then) = match operands {
                [condition, then] | [condition, then, Value::Null] => (condition, then),
                _ => return None,
            };
            is_targeting_key(condition).then_some(())?;
            let (bucketing, shares) = only_operator(then, "fractional")?
                .as_array()?
                .split_first()?;
            match only_operator(bucketing, "cat")?.as_array()? {
                [Value::String(cohort), key] if is_targeting_key(key) => {
                    (cohort.clone(), shares, 0)
                }
                _ => return None,
            }
        } else {
            (self.flag.clone()?, operands, IMPLICIT)
        };
        let (offset, len) = self.image.text(&prefix);
        let mut words = vec![offset, len, Prefix::new(prefix.as_bytes()).state(), 0];
        let mut total: u32 = 0;
        for share in shares {
            let (variant, weight) = match share.as_array()? {
                [variant] => (variant, 1),
                [variant, weight] => (variant, whole_weight(weight.as_f64()?)?),
                _ => return None,
            };
            if matches!(variant, Value::Array(_) | Value::Object(_)) {
                return None;
            }
            total = total
                .checked_add(weight)
                .filter(|total| *total <= WEIGHT_MAX)?;
            words.push(total);
            words.push(self.rule(variant, 0).ok()?.node);
        }
        if total == 0 {
            return None;
        }
        *words.get_mut(3)? = total;
        let count = shares.len() as u32;
        Some(self.image.split(flags, &words, count))
    }
}

fn only_operator<'v>(rule: &'v Value, name: &str) -> Option<&'v Value> {
    let map = rule.as_object()?;
    if map.len() == 1 { map.get(name) } else { None }
}

fn is_targeting_key(rule: &Value) -> bool {
    match only_operator(rule, "var") {
        Some(Value::String(path)) => path == TARGETING_KEY,
        Some(Value::Array(items)) => {
            matches!(items.as_slice(), [Value::String(path)] if path == TARGETING_KEY)
        }
        _ => false,
    }
}
