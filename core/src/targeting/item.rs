//! `Item`: a value while a program runs: borrowed from the context or the image where it can be, shared where it is built.
//!
//! Choices where public engines differ (see `targeting`): the empty object and the empty list are false; `==` knows
//! `null` only equal to itself, compares texts as texts and all else as numbers, where a text that is no number, a
//! list and an object equal nothing, not even themselves (Go); order likewise, and `null` counts as 0 there. Texts
//! order by their UTF-8 bytes (Go).

use super::scope::FLAGD;
use super::text;
use crate::context::Context;
use crate::limits::NESTING_MAX;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Item<'a> {
    Null,
    Bool(bool),
    Number(f64),
    /// A text of the context or the image.
    Text(&'a str),
    /// A text built here.
    Built(Rc<str>),
    /// A list or an object of the context.
    Borrowed(&'a Value),
    /// A list built here, and how deep it nests.
    List(Rc<[Item<'a>]>, u8),
    /// An object built here: `{}`, `$flagd`, what `reduce` passes; and how deep it nests.
    Fields(Rc<[(&'static str, Item<'a>)]>, u8),
    /// The whole context.
    Whole(Rc<Whole<'a>>),
}

/// A context with what the evaluation knows in place of any `$flagd` of the caller's.
#[derive(Debug)]
pub(crate) struct Whole<'a> {
    pub(crate) context: &'a Context,
    pub(crate) flagd: Item<'a>,
}

impl<'a> Whole<'a> {
    /// An attribute.
    pub(crate) fn get(&self, name: &str) -> Option<Item<'a>> {
        match name {
            FLAGD => Some(self.flagd.clone()),
            name => self.context.get(name).map(Item::from),
        }
    }

    fn to_value(&self) -> Value {
        let mut attributes = self.context.attributes().clone();
        attributes.insert(FLAGD.into(), self.flagd.to_value());
        Value::Object(attributes)
    }
}

impl<'a> From<&'a Value> for Item<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Item::Null,
            Value::Bool(value) => Item::Bool(*value),
            Value::Int(value) => Item::Number(*value as f64),
            Value::Float(value) => Item::Number(*value),
            Value::String(text) => Item::Text(text),
            Value::Array(_) | Value::Object(_) => Item::Borrowed(value),
        }
    }
}

impl<'a> Item<'a> {
    /// A list of these; none where it would nest deeper than `NESTING_MAX`, so that leaving it never meets the end of a
    /// stack.
    pub(crate) fn list(items: Vec<Item<'a>>) -> Option<Self> {
        let depth = items.iter().map(Item::depth).max().unwrap_or_default() + 1;
        (usize::from(depth) <= NESTING_MAX).then(|| Item::List(items.into(), depth))
    }

    /// An object of these, bounded likewise.
    pub(crate) fn fields<const N: usize>(fields: [(&'static str, Item<'a>); N]) -> Option<Self> {
        let depth = fields
            .iter()
            .map(|(_, item)| item.depth())
            .max()
            .unwrap_or_default()
            + 1;
        (usize::from(depth) <= NESTING_MAX).then(|| Item::Fields(Rc::new(fields), depth))
    }

    fn depth(&self) -> u8 {
        match self {
            Item::List(_, depth) | Item::Fields(_, depth) => *depth,
            _ => 0,
        }
    }

    /// The text, where this is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Item::Text(text) => Some(text),
            Item::Built(text) => Some(text),
            _ => None,
        }
    }

    /// How many elements, where this is a list.
    pub(crate) fn list_len(&self) -> Option<usize> {
        match self {
            Item::List(items, _) => Some(items.len()),
            Item::Borrowed(Value::Array(items)) => Some(items.len()),
            _ => None,
        }
    }

    /// An element, where this is a list that has it.
    pub(crate) fn element(&self, index: usize) -> Option<Item<'a>> {
        match self {
            Item::List(items, _) => items.get(index).cloned(),
            Item::Borrowed(Value::Array(items)) => items.get(index).map(Item::from),
            _ => None,
        }
    }

    /// Whether it counts as true.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Item::Null => false,
            Item::Bool(value) => *value,
            Item::Number(number) => *number != 0.0 && !number.is_nan(),
            Item::Text(text) => !text.is_empty(),
            Item::Built(text) => !text.is_empty(),
            Item::Borrowed(Value::Object(map)) => !map.is_empty(),
            Item::Fields(fields, _) => !fields.is_empty(),
            Item::Whole(_) => true,
            list => list.list_len() != Some(0),
        }
    }

    /// The number it counts as; NaN where there is none.
    pub(crate) fn number(&self) -> f64 {
        match self {
            Item::Null => 0.0,
            Item::Bool(value) => f64::from(u8::from(*value)),
            Item::Number(number) => *number,
            Item::Text(text) => text::parse_number(text),
            Item::Built(text) => text::parse_number(text),
            _ => f64::NAN,
        }
    }

    /// Loose equality.
    pub(crate) fn equals(&self, other: &Item<'_>) -> bool {
        match (self, other) {
            (Item::Null, Item::Null) => true,
            (Item::Null, _) | (_, Item::Null) => false,
            _ => match (self.as_text(), other.as_text()) {
                (Some(a), Some(b)) => a == b,
                _ => self.number() == other.number(),
            },
        }
    }

    /// Equality of values of one type.
    pub(crate) fn strictly_equals(&self, other: &Item<'_>) -> bool {
        match (self, other) {
            (Item::Null, Item::Null) => true,
            (Item::Bool(a), Item::Bool(b)) => a == b,
            (Item::Number(a), Item::Number(b)) => a == b,
            _ => match (self.as_text(), other.as_text()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    /// Order; none where a side is no number and not both are texts.
    pub(crate) fn order(&self, other: &Item<'_>) -> Option<Ordering> {
        match (self.as_text(), other.as_text()) {
            (Some(a), Some(b)) => Some(a.cmp(b)),
            _ => self.number().partial_cmp(&other.number()),
        }
    }

    /// Appends the text it counts as, as JavaScript would; `null` is nothing. Deeper than `NESTING_MAX` nothing follows.
    pub(crate) fn write_text(&self, out: &mut String) {
        match self {
            Item::Null => {}
            Item::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Item::Number(number) => text::write_number(*number, out),
            Item::Text(text) => out.push_str(text),
            Item::Built(text) => out.push_str(text),
            Item::Borrowed(value) => write_value(value, out, 0),
            Item::List(items, _) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_text(out);
                }
            }
            Item::Fields(..) | Item::Whole(_) => out.push_str(OBJECT),
        }
    }

    /// The text it counts as.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }

    /// How many bytes its text takes at most, found without writing it and with at most `limit` values visited.
    pub(crate) fn text_bound(&self, limit: u32) -> u32 {
        match self {
            Item::Text(text) => text.len() as u32,
            Item::Built(text) => text.len() as u32,
            Item::Borrowed(value) => value_bound(value, &mut { limit }, 0),
            Item::List(items, _) => items.iter().fold(0, |sum: u32, item| {
                sum.saturating_add(1).saturating_add(item.text_bound(limit))
            }),
            _ => 32,
        }
    }

    /// A copy that stands alone, for explanations and results.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Item::Null => Value::Null,
            Item::Bool(value) => Value::Bool(*value),
            Item::Number(number) => text::number_value(*number),
            Item::Text(text) => Value::from(*text),
            Item::Built(text) => Value::from(&**text),
            Item::Borrowed(value) => (*value).clone(),
            Item::List(items, _) => {
                Value::Array(items.iter().map(Item::to_value).collect::<Vec<_>>())
            }
            Item::Fields(fields, _) => {
                let mut map = BTreeMap::new();
                for (name, item) in fields.iter() {
                    map.insert((*name).into(), item.to_value());
                }
                Value::Object(map)
            }
            Item::Whole(whole) => whole.to_value(),
        }
    }
}

const OBJECT: &str = "[object Object]";

fn write_value(value: &Value, out: &mut String, depth: usize) {
    match value {
        Value::Array(items) if depth < NESTING_MAX => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, out, depth + 1);
            }
        }
        Value::Array(_) => {}
        Value::Object(_) => out.push_str(OBJECT),
        scalar => Item::from(scalar).write_text(out),
    }
}

fn value_bound(value: &Value, left: &mut u32, depth: usize) -> u32 {
    match left.checked_sub(1) {
        Some(less) => *left = less,
        None => return u32::MAX,
    }
    match value {
        Value::String(text) => text.len() as u32,
        Value::Array(items) if depth < NESTING_MAX => {
            let mut sum = 0_u32;
            for item in items {
                sum = sum
                    .saturating_add(1)
                    .saturating_add(value_bound(item, left, depth + 1));
                if sum == u32::MAX {
                    break;
                }
            }
            sum
        }
        _ => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn truth() {
        let empty = Value::Array(vec![]);
        let object = Value::Object(BTreeMap::new());
        let cases = [
            (Item::Null, false),
            (Item::Number(0.0), false),
            (Item::Number(f64::NAN), false),
            (Item::Number(-1.0), true),
            (Item::Text(""), false),
            (Item::Text("0"), true),
            (Item::Text("false"), true),
            (Item::from(&empty), false),
            (Item::from(&object), false),
            (Item::fields([]).unwrap(), false),
        ];
        for (item, expected) in cases {
            assert_eq!(item.is_true(), expected, "{item:?}");
        }
    }

    #[test]
    fn equality_and_order_never_fail() {
        let list = Value::Array(vec![]);
        let equal = [
            (Item::Null, Item::Null, true, true),
            (Item::Null, Item::Bool(false), false, false),
            (Item::Null, Item::Number(0.0), false, false),
            (Item::Number(1.0), Item::Text("1"), true, false),
            (Item::Text("abc"), Item::Number(0.0), false, false),
            (Item::Bool(true), Item::Number(1.0), true, false),
            (Item::Bool(true), Item::Text("true"), false, false),
            (Item::Text("a"), Item::Built(Rc::from("a")), true, true),
            (Item::from(&list), Item::from(&list), false, false),
        ];
        for (a, b, loose, strict) in equal {
            assert_eq!(
                (a.equals(&b), a.strictly_equals(&b)),
                (loose, strict),
                "{a:?} {b:?}"
            );
            assert_eq!(
                (b.equals(&a), b.strictly_equals(&a)),
                (loose, strict),
                "{b:?} {a:?}"
            );
        }
        let orders = [
            (Item::Null, Item::Number(5.0), Some(Ordering::Less)),
            (Item::Text("10"), Item::Text("9"), Some(Ordering::Less)),
            (Item::Text("10"), Item::Number(9.0), Some(Ordering::Greater)),
            (Item::Text("abc"), Item::Number(5.0), None),
            (Item::from(&list), Item::Number(1.0), None),
        ];
        for (a, b, expected) in orders {
            assert_eq!(a.order(&b), expected, "{a:?} {b:?}");
        }
    }
}
