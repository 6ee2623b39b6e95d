//! Paths of `var`: `user.plan`, `groups.0`; empty parts are skipped (Go), a number is an index into a list.

use super::item::Item;
use crate::value::Value;

/// The parts of a path.
pub(super) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|part| !part.is_empty())
}

/// What a path leads to from an item.
pub(super) fn walk<'a, 'p>(
    item: &Item<'a>,
    parts: impl Iterator<Item = &'p str>,
) -> Option<Item<'a>> {
    let mut parts = parts.peekable();
    parts.peek()?;
    let mut reached = item.clone();
    for part in parts {
        reached = field(&reached, part)?;
    }
    Some(reached)
}

fn field<'a>(item: &Item<'a>, part: &str) -> Option<Item<'a>> {
    match item {
        Item::Borrowed(Value::Object(map)) => map.get(part).map(Item::from),
        Item::Fields(fields, _) => fields
            .iter()
            .find(|(name, _)| *name == part)
            .map(|(_, item)| item.clone()),
        Item::Whole(whole) => whole.get(part),
        Item::Borrowed(Value::Array(_)) | Item::List(..) => item.element(part.parse().ok()?),
        _ => None,
    }
}
