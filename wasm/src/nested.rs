//! Lists and objects as they cross: a tag, then what it needs, little endian.
//!
//! `0` null · `1` false · `2` true · `3` number: f64 · `4` text: u32 length, UTF-8 · `5` list: u32 count, values · `6` object:
//! u32 count, of each its name as a text without tag, then its value. Written by `context.js`. Invariant: bytes that are
//! none of this are refused, and take no more time and memory than their length.

use flaghoist_core::limits::NESTING_MAX;
use flaghoist_core::value::Value;
use std::collections::BTreeMap;

/// The value; none where the bytes are not one value.
pub fn read(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { bytes };
    let value = reader.value(NESTING_MAX)?;
    reader.bytes.is_empty().then_some(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let [tag] = self.take()?;
        Some(match tag {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::Float(f64::from_le_bytes(self.take()?)),
            4 => Value::String(self.text()?.into()),
            5 => {
                let mut items = Vec::new();
                for _ in 0..self.count()? {
                    items.push(self.value(depth)?);
                }
                Value::Array(items)
            }
            6 => {
                let mut map = BTreeMap::new();
                for _ in 0..self.count()? {
                    let name = self.text()?;
                    map.insert(name.into(), self.value(depth)?);
                }
                Value::Object(map)
            }
            _ => return None,
        })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*taken)
    }

    fn count(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.count()? as usize;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        core::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_nonsense_is_refused() {
        let mut text = vec![4, 2, 0, 0, 0];
        text.extend("é".as_bytes());
        let mut list = vec![5, 2, 0, 0, 0, 1];
        list.extend(&text);
        let mut object = vec![6, 1, 0, 0, 0, 1, 0, 0, 0, b'a'];
        object.extend(&list);
        let items = Value::Array(vec![Value::Bool(false), Value::from("é")]);
        let map = BTreeMap::from([("a".to_string(), items)]);
        assert_eq!(read(&object), Some(Value::Object(map)));
        assert_eq!(
            read(&[3, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]),
            Some(Value::Float(1.5))
        );
        for cut in 0..object.len() {
            assert_eq!(read(&object[..cut]), None, "cut to {cut}");
        }
        let deep = [5, 1, 0, 0, 0].repeat(NESTING_MAX);
        let huge = [5, 0xff, 0xff, 0xff, 0xff];
        let no_text = [4, 1, 0, 0, 0, 0xff];
        for bad in [deep.as_slice(), &huge, &no_text, &[7], &[0, 0]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
