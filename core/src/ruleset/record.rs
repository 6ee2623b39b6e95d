//! The records of an image, read into small copies.

use super::image::{Image, word};
use super::layout::{
    GUARDED, KIND_BROKEN, KIND_DISABLED, KIND_ENABLED, NAME_MAX, NO_VARIANT, NONE, TAG_FALSE,
    TAG_FLOAT, TAG_INT, TAG_LIST, TAG_OBJECT, TAG_TEXT, TAG_TRUE, WITH_VERSION, whole,
};
use crate::targeting::operator::Operator;
use crate::value::Value;
use alloc::collections::BTreeMap;

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
    #[inline(always)]
    pub(super) fn read(record: &[u8; 32]) -> Self {
        let [kind, error, low, high] = word(record, 8).to_le_bytes();
        let default = u16::from_le_bytes([low, high]);
        let program = word(record, 20);
        Self {
            kind,
            error,
            default: (default != NO_VARIANT).then_some(default),
            variants: word(record, 12),
            variant_count: word(record, 16),
            program: (program != NONE).then_some(program),
            metadata: word(record, 24),
            metadata_count: word(record, 28),
        }
    }

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

impl Entry {
    #[inline(always)]
    pub(super) fn read(record: &[u8; 16]) -> Self {
        let length_and_tag = word(record, 4);
        Self {
            name: (word(record, 0), length_and_tag & NAME_MAX),
            tag: length_and_tag >> 24,
            a: word(record, 8),
            b: word(record, 12),
        }
    }

    /// What it holds.
    pub(super) fn value(&self, image: &Image<'_>) -> Value {
        let inner = || (self.a..self.a.saturating_add(self.b)).filter_map(|at| image.entry(at));
        match self.tag {
            TAG_FALSE => Value::Bool(false),
            TAG_TRUE => Value::Bool(true),
            TAG_INT => Value::Int(whole(self.a, self.b) as i64),
            TAG_FLOAT => Value::Float(f64::from_bits(whole(self.a, self.b))),
            TAG_TEXT => Value::from(image.text(self.a, self.b)),
            TAG_LIST => Value::Array(inner().map(|entry| entry.value(image)).collect()),
            TAG_OBJECT => {
                // Not collected: sorting what is sorted would cost an edge kilobytes of code.
                let mut map = BTreeMap::new();
                for entry in inner() {
                    let name = image.text(entry.name.0, entry.name.1);
                    map.insert(name.into(), entry.value(image));
                }
                Value::Object(map)
            }
            _ => Value::Null,
        }
    }
}

/// One step of a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// What it does.
    pub(crate) operator: Operator,
    /// `SPREAD`, `DOTTED`; of a split and of a condition their own.
    pub(crate) flags: u8,
    /// What a condition compares by.
    pub(crate) comparison: u8,
    /// First link of the operands (of a split: of its words); of a text its offset; of an attribute and a condition its
    /// slot; of a number the low half.
    pub(crate) a: u32,
    /// How many operands, of a split shares; of a text its length; of a number the high half; of a `DOTTED` attribute the
    /// text node of the path that leads on; of a condition with a text its offset, with a number the low half, with texts
    /// the first link to them.
    pub(crate) b: u32,
    /// Node of an attribute's default, or `NONE`; of a split the attribute it reads, its slot where it is `BY_SLOT`; of a
    /// condition the text's length, the number's high half, or how many texts.
    pub(crate) c: u32,
}

impl Node {
    #[inline(always)]
    pub(super) fn read(record: &[u8; 16]) -> Option<Self> {
        let [operator, flags, comparison, ..] = *record;
        Some(Self {
            operator: Operator::from_number(operator)?,
            flags,
            comparison,
            a: word(record, 4),
            b: word(record, 8),
            c: word(record, 12),
        })
    }

    /// What explanations call it.
    pub(crate) fn name(&self) -> &'static str {
        match self.operator {
            Operator::Split if self.flags & GUARDED == 0 => Operator::Fractional.name(),
            Operator::Condition if self.flags == WITH_VERSION => Operator::SemVer.name(),
            Operator::Condition => {
                Operator::from_number(self.comparison).map_or("", Operator::name)
            }
            operator => operator.name(),
        }
    }

    /// Whether it is a leaf that gives a value whatever the context is: one without a default to be worked out.
    pub(crate) fn is_sure(&self) -> bool {
        self.operator.is_leaf() && (self.operator != Operator::Attribute || self.c == NONE)
    }

    /// The number of a number node.
    pub(crate) fn number(&self) -> f64 {
        f64::from_bits(whole(self.a, self.b))
    }
}
