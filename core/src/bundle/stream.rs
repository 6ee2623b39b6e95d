//! A foreign document read flag by flag, so that a large one takes the memory of its largest flag.
//!
//! Two passes over the text: the set first, wherever it stands, then the flags. Only for documents without a fault: where
//! anything is amiss nothing comes of it, and `parse` reads the document as a whole and says what and where.

use super::parse::OneByOne;
use super::{BrokenFlag, Bundle};
use crate::flag::Definition;
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Reads the set: a bundle without flags.
pub(crate) fn head(document: &str) -> Option<Bundle> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return None;
    }
    let mut head = Bundle::default();
    let mut flags_read = 0;
    let read = |name: &str, map: &mut dyn FnMut() -> Option<Value>| {
        if name == "flags" {
            flags_read += 1;
            return None;
        }
        let value = map()?;
        let object = match value {
            Value::Object(object) => object,
            _ => BTreeMap::new(),
        };
        match name {
            "metadata" => head.metadata = object,
            "$evaluators" => head.evaluators = object,
            _ => {}
        }
        Some(())
    };
    each(document, Set { read })?;
    // Where they stand twice, the later ones alone count.
    (flags_read == 1).then_some(head)
}

/// Hands every flag on, in the order of the document.
pub(crate) fn flags(
    document: &str,
    mut take: impl FnMut(String, Result<Definition, BrokenFlag>),
) -> Option<()> {
    let mut reader = OneByOne::default();
    let mut sound = true;
    let read = |key: String, flag: Value| match reader.read(&key, flag) {
        Some(flag) => take(key, flag),
        None => sound = false,
    };
    each(document, Flags { read })?;
    sound.then_some(())
}

fn each<'de, V: Visitor<'de, Value = ()>>(document: &'de str, visitor: V) -> Option<()> {
    let mut deserializer = serde_json::Deserializer::from_str(document);
    deserializer.deserialize_map(visitor).ok()?;
    deserializer.end().ok()
}

/// Reads everything but `flags`.
struct Set<R> {
    read: R,
}

impl<'de, R> Visitor<'de> for Set<R>
where
    R: FnMut(&str, &mut dyn FnMut() -> Option<Value>) -> Option<()>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flagd document")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let mut failure = None;
            let mut value = || match map.next_value::<Value>() {
                Ok(value) => Some(value),
                Err(error) => {
                    failure = Some(error);
                    None
                }
            };
            let taken = (self.read)(&name, &mut value);
            if let Some(failure) = failure {
                return Err(failure);
            }
            if taken.is_none() {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Reads nothing but `flags`.
struct Flags<R> {
    read: R,
}

impl<'de, R: FnMut(String, Value)> Visitor<'de> for Flags<R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flagd document")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "flags" {
                let read = &mut self.read;
                map.next_value_seed(Members { read })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The members of `flags`.
struct Members<'r, R> {
    read: &'r mut R,
}

impl<'de, R: FnMut(String, Value)> DeserializeSeed<'de> for Members<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: FnMut(String, Value)> Visitor<'de> for Members<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flags by key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            (self.read)(key, map.next_value::<Value>()?);
        }
        Ok(())
    }
}
