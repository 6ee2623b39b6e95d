//! The image's layout: where what lies, in which unit. One place, read by the builder, the checker and the evaluator.
//!
//! All numbers are little endian. The image is a header of `HEADER` bytes, then six sections without gaps, in the order
//! of `Section`; the last, the heap, is UTF-8 text that everything named points into as (offset, length).
//!
//! ```text
//! header   0 magic "FHST" · 4 u16 format · 6 u8 hash version · 7 u8 zero · 8 u32 length · 12 u32 checksum
//!          16 u64 revision · 24 text ledger · 32 u32 counts of flags, entries, nodes, links, slots; 52 u32 heap bytes
//!          56 u32 first entry and 60 u32 count of the set's metadata
//! flag     0 text key · 8 u8 kind · 9 u8 error code · 10 u16 default variant or NO_VARIANT
//!          12 u32 first variant (broken flag: message offset) · 16 u32 count (broken flag: message length)
//!          20 u32 program root or NONE · 24 u32 first metadata entry · 28 u32 count
//! entry    0 u32 name offset · 4 u24 name length · 7 u8 tag · 8 u32 a · 12 u32 b: a named value
//! node     0 u8 operator · 1 u8 flags · 2 u8 comparison of a `Condition` · 3 u8 zero · 4 u32 a · 8 u32 b · 12 u32 c
//!          (see `Node`)
//! link     0 u32 node, or a word of a `Split`
//! slot     0 text name of a top-level attribute that some flag reads; slot 0 is `targetingKey`
//! ```
//!
//! Invariants the checker holds: keys strictly ascend; operands and nested entries lie before what uses them, so there
//! are no cycles; every text lies on character boundaries of the heap; slot 0 is `targetingKey`.

use crate::bucketing::Prefix;

/// What an image begins with.
pub(crate) const MAGIC: [u8; 4] = *b"FHST";
/// The version of this layout.
pub(crate) const FORMAT: u16 = 2;
/// Bytes of the header.
pub(crate) const HEADER: usize = 64;
/// No node.
pub(crate) const NONE: u32 = u32::MAX;
/// No default variant.
pub(crate) const NO_VARIANT: u16 = u16::MAX;

/// A part of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Flags,
    Entries,
    Nodes,
    Links,
    Slots,
    Heap,
}

impl Section {
    /// All, in the order they lie.
    pub(crate) const ALL: [Section; 6] = [
        Section::Flags,
        Section::Entries,
        Section::Nodes,
        Section::Links,
        Section::Slots,
        Section::Heap,
    ];

    /// Bytes of one record.
    pub(crate) const fn stride(self) -> usize {
        match self {
            Section::Flags => 32,
            Section::Entries => 16,
            Section::Nodes => 16,
            Section::Links => 4,
            Section::Slots => 8,
            Section::Heap => 1,
        }
    }

    /// Where the header counts its records.
    pub(crate) const fn count_at(self) -> usize {
        32 + 4 * self as usize
    }
}

/// A flag that answers.
pub(crate) const KIND_ENABLED: u8 = 0;
/// A flag that is disabled.
pub(crate) const KIND_DISABLED: u8 = 1;
/// A flag that could not be compiled, kept with its error.
pub(crate) const KIND_BROKEN: u8 = 2;

/// Tags of entries. `TAG_TEXT`: a, b are a text; `TAG_LIST`, `TAG_OBJECT`: first entry and count;
/// `TAG_INT`, `TAG_FLOAT`: the 64 bits, low half first.
pub(crate) const TAG_NULL: u32 = 0;
pub(crate) const TAG_FALSE: u32 = 1;
pub(crate) const TAG_TRUE: u32 = 2;
pub(crate) const TAG_INT: u32 = 3;
pub(crate) const TAG_FLOAT: u32 = 4;
pub(crate) const TAG_TEXT: u32 = 5;
pub(crate) const TAG_LIST: u32 = 6;
pub(crate) const TAG_OBJECT: u32 = 7;

/// Node flag: the one operand may yield a list that stands for the operands (`{"+": {"var": "numbers"}}`).
pub(crate) const SPREAD: u8 = 1;
/// Node flag of an attribute: a path leads on from it.
pub(crate) const DOTTED: u8 = 2;

/// Node flag of a condition: the attribute is compared with a number.
pub(crate) const WITH_NUMBER: u8 = 1;
/// Node flag of a condition: the attribute is looked for in a list of texts.
pub(crate) const WITH_TEXTS: u8 = 2;
/// Node flag of a condition: the attribute is compared as a version; the comparison is a `sem_ver::Relation`.
pub(crate) const WITH_VERSION: u8 = 3;

/// Longest name of a value, in bytes: what an entry has room for.
pub(crate) const NAME_MAX: u32 = 0x00ff_ffff;

/// The slot of the subject.
pub(crate) const SUBJECT: u32 = 0;

/// Node flag of a split: there is no bucketing value, so flag key and targeting key are it, and only text counts.
pub(crate) const IMPLICIT: u8 = 4;
/// Node flag of a split: it stands in an `if` that asks for its attribute first.
pub(crate) const GUARDED: u8 = 8;
/// Node flag of a split: its prefix is the flag key, which only the context knows.
pub(crate) const OWN_KEY: u8 = 16;

/// Node flag of a split: `c` is the slot of the attribute it reads, not a node.
pub(crate) const BY_SLOT: u8 = 32;

/// Words of a `Split` node's links before its shares: prefix offset, prefix length, hash state and tail, total.
pub(crate) const SPLIT_HEAD: u32 = 5;

/// The low and the high half of 64 bits.
#[cfg(feature = "json")]
pub(crate) const fn halves(bits: u64) -> (u32, u32) {
    (bits as u32, (bits >> 32) as u32)
}

/// 64 bits of their halves.
pub(crate) const fn whole(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

/// The checksum of an image: of everything but itself.
pub(crate) fn checksum(image: &[u8]) -> u32 {
    let before = image.get(..12).unwrap_or_default();
    Prefix::new(before).hash_with(image.get(16..).unwrap_or_default())
}
