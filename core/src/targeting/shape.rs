//! Recognises the shapes that `split` runs as one step: those `lower` writes, a plain `fractional`, and one by flag key and
//! attribute.

use super::fractional::{WEIGHT_MAX, whole_weight};
use super::operator::Operator;
use super::parse::Rules;
use super::path::parts;
use super::scope::FLAGD;
use super::sem_ver::Relation;
use crate::bucketing::Prefix;
use crate::ruleset::HashVersion;
use crate::ruleset::layout::{
    BY_SLOT, GUARDED, IMPLICIT, NONE, OWN_KEY, SUBJECT, WITH_NUMBER, WITH_TEXTS, WITH_VERSION,
    halves,
};
use crate::value::Value;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

impl Rules<'_> {
    /// One node for the shapes `targeting::split` knows.
    pub(super) fn split(&mut self, operator: Operator, operands: &Value) -> Option<u32> {
        if self.version != HashVersion::V2 {
            return None;
        }
        let operands = operands.as_array()?;
        let (guard, operands) = match operator {
            Operator::If => {
                let (condition, then) = match operands {
                    [condition, then] | [condition, then, Value::Null] => (condition, then),
                    _ => return None,
                };
                (
                    Some(attribute(condition)?),
                    only_operator(then, "fractional")?.as_array()?,
                )
            }
            _ => (None, operands),
        };
        let (mut flags, prefix, key, shares) = match self.bucketing(operands.first()?) {
            Some((flags, prefix, key)) => (flags, prefix, key, operands.get(1..)?),
            None if guard.is_none() => (IMPLICIT, self.flag.clone()?, "", operands),
            None => return None,
        };
        if let Some(guard) = guard {
            (guard == key).then_some(())?;
            flags |= GUARDED;
        }
        let (offset, len) = self.image.text(&prefix);
        let read = Prefix::new(prefix.as_bytes());
        let mut words = vec![offset, len, read.state(), read.tail(), 0];
        self.shares(shares, &mut words)?;
        let key = if flags & IMPLICIT != 0 {
            flags |= BY_SLOT;
            SUBJECT
        } else if key.contains('.') {
            self.image.attribute(key, NONE)
        } else {
            flags |= BY_SLOT;
            self.image.slot(key)
        };
        Some(self.image.split(flags, &words, shares.len() as u32, key))
    }

    /// One node for an attribute compared with a text, a number or, by `in`, a list of texts.
    pub(super) fn condition(&mut self, operator: Operator, operands: &Value) -> Option<u32> {
        use Operator::{
            EndsWith, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotEqual, StartsWith,
            StrictEqual, StrictNotEqual,
        };
        if operator == Operator::SemVer {
            return self.version_condition(operands);
        }
        let [subject, with] = operands.as_array()? else {
            return None;
        };
        // A condition is a node of depth 1, and reads a top-level attribute.
        let name = attribute(subject).filter(|path| !path.contains('.'))?;
        let compares = matches!(
            operator,
            Equal
                | NotEqual
                | StrictEqual
                | StrictNotEqual
                | Less
                | LessOrEqual
                | Greater
                | GreaterOrEqual
        );
        let (flags, words) = match with {
            Value::String(text) if compares || matches!(operator, StartsWith | EndsWith) => {
                let (offset, len) = self.image.text(text);
                (0, [offset, len])
            }
            Value::Int(_) | Value::Float(_) if compares => {
                let number = with.as_f64().filter(|number| number.is_finite())?;
                let (low, high) = halves(number.to_bits());
                (WITH_NUMBER, [low, high])
            }
            Value::Array(items) if operator == In => {
                let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                let nodes: Vec<u32> = { texts? }
                    .into_iter()
                    .map(|text| self.image.text_leaf(text))
                    .collect();
                (WITH_TEXTS, [self.image.link(&nodes), nodes.len() as u32])
            }
            _ => return None,
        };
        Some(self.image.condition(operator as u8, flags, name, words))
    }

    fn version_condition(&mut self, operands: &Value) -> Option<u32> {
        let [subject, Value::String(relation), Value::String(version)] = operands.as_array()?
        else {
            return None;
        };
        let name = attribute(subject).filter(|path| !path.contains('.'))?;
        let relation = Relation::named(relation)?;
        let (offset, len) = self.image.text(version);
        let words = [offset, len];
        Some(
            self.image
                .condition(relation as u8, WITH_VERSION, name, words),
        )
    }

    /// Flags, prefix and attribute of a bucketing value that joins a text, or the flag key, and an attribute.
    fn bucketing<'v>(&self, rule: &'v Value) -> Option<(u8, String, &'v str)> {
        let [prefix, key] = only_operator(rule, "cat")?.as_array()? else {
            return None;
        };
        let key = attribute(key)?;
        match prefix {
            Value::String(prefix) => Some((0, prefix.clone(), key)),
            own if variable(own)? == "$flagd.flagKey" => Some((OWN_KEY, self.flag.clone()?, key)),
            _ => None,
        }
    }

    /// Appends cumulative weight and result of each share, and sets the total.
    fn shares(&mut self, shares: &[Value], words: &mut Vec<u32>) -> Option<()> {
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
        *words.get_mut(4)? = total;
        Some(())
    }
}

fn only_operator<'v>(rule: &'v Value, name: &str) -> Option<&'v Value> {
    let map = rule.as_object()?;
    if map.len() == 1 { map.get(name) } else { None }
}

/// The path of a `var` without a default.
fn variable(rule: &Value) -> Option<&str> {
    match only_operator(rule, "var")? {
        Value::String(path) => Some(path),
        Value::Array(items) => match items.as_slice() {
            [Value::String(path)] => Some(path),
            _ => None,
        },
        _ => None,
    }
}

/// The same where it is an attribute of the caller's.
fn attribute(rule: &Value) -> Option<&str> {
    variable(rule).filter(|path| parts(path).next().is_some_and(|first| first != FLAGD))
}
