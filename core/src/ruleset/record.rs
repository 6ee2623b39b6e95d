//! The records of an image, read into small copies.

use super::layout::{
    KIND_BROKEN, KIND_DISABLED, KIND_ENABLED, NO_VARIANT, NONE, Section, TAG_FALSE, TAG_FLOAT,
    TAG_INT, TAG_LIST, TAG_OBJECT, TAG_TEXT, TAG_TRUE, whole,
};
use super::{FlagIndex, Ruleset};
use crate::targeting::operator::Operator;
use crate::value::Value;

/// An (offset, length) in the heap.
pub(crate) type Text = (u32, u32);

/// One flag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag {
    kind: u8,
    /// The code of a broken flag's error.
    pub(crate) error: u8,
    /// The default variant, counted from `variants`.
    pub(crate) default: Option<u16>,
    /// First entry of the variants; of a broken flag the offset of its message.
    pub(crate) variants: u32,
    /// How many variants; of a broken flag the length of its message.
    pub(crate) variant_count: u32,
    /// The root of its program.
    pub(crate) program: Option<u32>,
    /// First entry of its metadata.
    pub(crate) metadata: u32,
    /// How many metadata entries.
    pub(crate) metadata_count: u32,
}

impl Flag {
    pub(crate) fn is_enabled(&self) -> bool {
        self.kind == KIND_ENABLED
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.kind == KIND_DISABLED
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.kind == KIND_BROKEN
    }
}

/// One named value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Its name; empty in a list.
    pub(crate) name: Text,
    /// What it is.
    pub(crate) tag: u32,
    /// See `layout`.
    pub(crate) a: u32,
    /// See `layout`.
    pub(crate) b: u32,
}

/// One step of a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// What it does.
    pub(crate) operator: Operator,
    /// `SPREAD`, `DOTTED`.
    pub(crate) flags: u8,
    /// First link of the operands; of a text its offset; of an attribute its slot; of a number the low half.
    pub(crate) a: u32,
    /// How many operands; of a text its length; of a number the high half.
    pub(crate) b: u32,
    /// Node of an attribute's default, or `NONE`.
    pub(crate) c: u32,
}

impl Node {
    /// The number of a number node.
    pub(crate) fn number(&self) -> f64 {
        f64::from_bits(whole(self.a, self.b))
    }
}

impl Ruleset {
    pub(crate) fn flag(&self, index: FlagIndex) -> Option<Flag> {
        let at = self.record(Section::Flags, index.0)?;
        let default = u16::from_le_bytes([self.byte(at + 10), self.byte(at + 11)]);
        let program = self.u32_at(at + 20);
        Some(Flag {
            kind: self.byte(at + 8),
            error: self.byte(at + 9),
            default: (default != NO_VARIANT).then_some(default),
            variants: self.u32_at(at + 12),
            variant_count: self.u32_at(at + 16),
            program: (program != NONE).then_some(program),
            metadata: self.u32_at(at + 24),
            metadata_count: self.u32_at(at + 28),
        })
    }

    pub(crate) fn entry(&self, index: u32) -> Option<Entry> {
        let at = self.record(Section::Entries, index)?;
        Some(Entry {
            name: (self.u32_at(at), self.u32_at(at + 4)),
            tag: self.u32_at(at + 8),
            a: self.u32_at(at + 12),
            b: self.u32_at(at + 16),
        })
    }

    pub(crate) fn node(&self, index: u32) -> Option<Node> {
        let at = self.record(Section::Nodes, index)?;
        Some(Node {
            operator: Operator::from_number(self.byte(at))?,
            flags: self.byte(at + 1),
            a: self.u32_at(at + 4),
            b: self.u32_at(at + 8),
            c: self.u32_at(at + 12),
        })
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    /// The value of an entry. The check bounds how deep and how large it can grow.
    pub(crate) fn value(&self, entry: &Entry) -> Value {
        let inner = || (entry.a..entry.a.saturating_add(entry.b)).filter_map(|at| self.entry(at));
        match entry.tag {
            TAG_FALSE => Value::Bool(false),
            TAG_TRUE => Value::Bool(true),
            TAG_INT => Value::Int(whole(entry.a, entry.b) as i64),
            TAG_FLOAT => Value::Float(f64::from_bits(whole(entry.a, entry.b))),
            TAG_TEXT => Value::from(self.text(entry.a, entry.b)),
            TAG_LIST => Value::Array(inner().map(|entry| self.value(&entry)).collect()),
            TAG_OBJECT => Value::Object(
                inner()
                    .map(|entry| {
                        (
                            self.text(entry.name.0, entry.name.1).into(),
                            self.value(&entry),
                        )
                    })
                    .collect(),
            ),
            _ => Value::Null,
        }
    }
}
