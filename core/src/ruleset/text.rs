//! Parts of an image as JSON text, for hosts that read JSON anyway.
//!
//! Written straight from the image, so that what an edge downloads carries no JSON library. Integers keep all their digits,
//! floats the shortest that lead back to them.

use super::image::Image;
use super::layout::{
    TAG_FALSE, TAG_FLOAT, TAG_INT, TAG_LIST, TAG_OBJECT, TAG_TEXT, TAG_TRUE, whole,
};
use super::record::Entry;
use super::{FlagIndex, Ruleset};
use crate::targeting::text::{write_integer, write_number};
use alloc::string::String;

impl Ruleset {
    /// The set: `{"ledger","revision","attributes","everything","metadata"}`; the ledger is empty and the revision 0 where
    /// the document names none, the attributes are in the order of their slots, `everything` says that a flag may read any.
    pub fn set_json(&self) -> String {
        let image = self.image();
        let mut out = Text::of(image);
        out.raw("{\"ledger\":");
        out.text(self.ledger());
        out.raw(",\"revision\":");
        write_number(self.revision() as f64, &mut out.json);
        out.raw(",\"attributes\":");
        out.list(self.attributes(), Text::text);
        out.raw(",\"everything\":");
        out.truth(self.reads_everything());
        out.raw(",\"metadata\":");
        out.object(self.u32_at(56), self.u32_at(60));
        out.raw("}");
        out.json
    }

    /// The keys of the flags from one on, at most `count`, as a list.
    pub fn keys_json(&self, from: FlagIndex, count: u32) -> String {
        let end = from.0.saturating_add(count).min(self.len());
        let image = self.image();
        let mut out = Text::of(image);
        out.list(
            (from.0..end).filter_map(|index| image.key(index)),
            Text::text,
        );
        out.json
    }

    /// A flag: `{"table","constant","slots","everything","now","metadata"}`: which table of variants it has (-1 is none),
    /// whether every context gets the same answer, what it reads, its own metadata.
    pub fn flag_json(&self, index: FlagIndex) -> String {
        let mut out = Text::of(self.image());
        let flag = self.flag(index);
        let reads = self.reads(index);
        let table = self.table(index);
        out.raw("{\"table\":");
        let place = if table.is_empty() {
            -1.0
        } else {
            f64::from(table.start)
        };
        write_number(place, &mut out.json);
        out.raw(",\"constant\":");
        out.truth(self.is_constant(index));
        out.raw(",\"slots\":");
        out.list(reads.slots.iter(), |out, slot| {
            write_number(f64::from(*slot), &mut out.json);
        });
        out.raw(",\"everything\":");
        out.truth(reads.everything);
        out.raw(",\"now\":");
        out.truth(reads.now);
        out.raw(",\"metadata\":");
        let (first, count) = flag.map_or((0, 0), |flag| (flag.metadata, flag.metadata_count));
        out.object(first, count);
        out.raw("}");
        out.json
    }

    /// The variants of a flag: `{"names","values"}`, in the order answers count them.
    pub fn variants_json(&self, index: FlagIndex) -> String {
        let image = self.image();
        let mut out = Text::of(image);
        let entries = || self.table(index).filter_map(|at| image.entry(at));
        out.raw("{\"names\":");
        out.list(entries(), |out, entry| out.heap(entry.name));
        out.raw(",\"values\":");
        out.list(entries(), |out, entry| out.value(&entry));
        out.raw("}");
        out.json
    }
}

/// A JSON text in the making.
struct Text<'a> {
    image: Image<'a>,
    json: String,
}

impl<'a> Text<'a> {
    fn of(image: Image<'a>) -> Self {
        Self {
            image,
            json: String::new(),
        }
    }

    fn raw(&mut self, json: &str) {
        self.json.push_str(json);
    }

    fn truth(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    fn heap(&mut self, (offset, len): (u32, u32)) {
        self.text(self.image.text(offset, len));
    }

    fn value(&mut self, entry: &Entry) {
        match entry.tag {
            TAG_FALSE => self.truth(false),
            TAG_TRUE => self.truth(true),
            TAG_INT => write_integer(whole(entry.a, entry.b) as i64, &mut self.json),
            TAG_FLOAT => {
                let number = f64::from_bits(whole(entry.a, entry.b));
                match number {
                    // JSON has no other; a document gives no other.
                    number if !number.is_finite() => self.raw("null"),
                    number if number == 0.0 && number.is_sign_negative() => self.raw("-0"),
                    number => write_number(number, &mut self.json),
                }
            }
            TAG_TEXT => self.heap((entry.a, entry.b)),
            TAG_LIST => {
                let image = self.image;
                let items = entry.a..entry.a.saturating_add(entry.b);
                self.list(items.filter_map(|at| image.entry(at)), |out, entry| {
                    out.value(&entry);
                });
            }
            TAG_OBJECT => self.object(entry.a, entry.b),
            _ => self.raw("null"),
        }
    }

    fn object(&mut self, first: u32, count: u32) {
        let image = self.image;
        self.json.push('{');
        for (index, entry) in (first..first.saturating_add(count))
            .filter_map(|at| image.entry(at))
            .enumerate()
        {
            if index > 0 {
                self.json.push(',');
            }
            self.heap(entry.name);
            self.json.push(':');
            self.value(&entry);
        }
        self.json.push('}');
    }

    fn text(&mut self, text: &str) {
        self.json.push('"');
        for character in text.chars() {
            match character {
                '"' => self.json.push_str("\\\""),
                '\\' => self.json.push_str("\\\\"),
                control if control < ' ' => {
                    self.json.push_str("\\u00");
                    let digit = |half: u32| char::from_digit(half, 16).unwrap_or('0');
                    let code = u32::from(control);
                    self.json.push(digit(code >> 4));
                    self.json.push(digit(code & 15));
                }
                plain => self.json.push(plain),
            }
        }
        self.json.push('"');
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.json.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            write(self, item);
        }
        self.json.push(']');
    }
}
