//! The records of an image, read into small copies.

use super::layout::{
    GUARDED, KIND_BROKEN, KIND_DISABLED, KIND_ENABLED, NO_VARIANT, NONE, Section, TAG_FALSE,
    TAG_FLOAT, TAG_INT, TAG_LIST, TAG_OBJECT, TAG_TEXT, TAG_TRUE, whole,
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
    /// First link of the operands (of a split: of its words); of a text its offset; of an attribute its slot; of a number
    /// the low half.
    pub(crate) a: u32,
    /// How many operands, of a split shares; of a text its length; of a number the high half.
    pub(crate) b: u32,
    /// Node of an attribute's default, or `NONE`; of a split the attribute it reads, unless it is `IMPLICIT`.
    pub(crate) c: u32,
}

impl Node {
    /// What explanations call it.
    pub(crate) fn name(&self) -> &'static str {
        match self.operator {
            Operator::Split if self.flags & GUARDED == 0 => Operator::Fractional.name(),
            operator => operator.name(),
        }
    }

    /// The number of a number node.
    pub(crate) fn number(&self) -> f64 {
        f64::from_bits(whole(self.a, self.b))
    }
}

impl Ruleset {
    pub(crate) fn flag(&self, index: FlagIndex) -> Option<Flag> {
        let [
            _,
            _,
            head,
            variants,
            variant_count,
            program,
            metadata,
            metadata_count,
        ] = self.words(Section::Flags, index.0)?;
        let [kind, error, low, high] = head.to_le_bytes();
        let default = u16::from_le_bytes([low, high]);
        Some(Flag {
            kind,
            error,
            default: (default != NO_VARIANT).then_some(default),
            variants,
            variant_count,
            program: (program != NONE).then_some(program),
            metadata,
            metadata_count,
        })
    }

    pub(crate) fn entry(&self, index: u32) -> Option<Entry> {
        let [offset, len, tag, a, b] = self.words(Section::Entries, index)?;
        Some(Entry {
            name: (offset, len),
            tag,
            a,
            b,
        })
    }

    pub(crate) fn node(&self, index: u32) -> Option<Node> {
        let [head, a, b, c] = self.words(Section::Nodes, index)?;
        let [operator, flags, ..] = head.to_le_bytes();
        Some(Node {
            operator: Operator::from_number(operator)?,
            flags,
            a,
            b,
            c,
        })
    }

    /// The words of a record; the bounds are checked once for all of them.
    pub(super) fn words<const N: usize>(&self, section: Section, index: u32) -> Option<[u32; N]> {
        let at = self.record(section, index)?;
        let (words, _) = self.bytes.get(at..at.checked_add(4 * N)?)?.as_chunks::<4>();
        let words: &[[u8; 4]; N] = words.first_chunk()?;
        Some(words.map(u32::from_le_bytes))
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
