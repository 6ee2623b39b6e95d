//! The one check of an image, before it is used: a foreign, truncated or damaged image is refused as a whole.
//!
//! Linear in the image's length; after it, walking a program or a value ends, because everything points backwards and
//! depth and expanded size are bounded.

use super::layout::{
    FORMAT, HEADER, IMPLICIT, MAGIC, NO_VARIANT, NONE, SPLIT_HEAD, Section, TAG_LIST, TAG_NULL,
    TAG_OBJECT, TAG_TEXT, checksum, whole,
};
use super::{Entry, FlagIndex, HashVersion, Node, Ruleset};
use crate::bucketing::Prefix;
use crate::limits::{IMAGE_BYTES_MAX, NESTING_MAX, PROGRAM_DEPTH_MAX};
use crate::targeting::operator::Operator;
use alloc::vec::Vec;

/// Why an image is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Not an image of Flaghoist at all.
    #[error("this is not a flag image")]
    Foreign,
    /// Larger than `limits::IMAGE_BYTES_MAX`.
    #[error("the image takes {bytes} bytes, more than {IMAGE_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Written in a format this build does not read.
    #[error(
        "the image has format {found}, this build reads format {FORMAT}: update the package or load the JSON document"
    )]
    Version {
        /// The format it has.
        found: u16,
    },
    /// Cut short, or with something behind it.
    #[error("the image is {found} bytes long and says it has {expected}: load it again")]
    Length {
        /// What it says.
        expected: usize,
        /// What is there.
        found: usize,
    },
    /// Changed on its way.
    #[error("the image's checksum does not match: load it again")]
    Checksum,
    /// The checksum is right, but what it holds is not: a faulty or hostile writer.
    #[error("the image's {part} are not well formed")]
    Malformed {
        /// Which part.
        part: &'static str,
    },
}

/// Checks all of an image.
pub(super) fn check(bytes: Vec<u8>) -> Result<Ruleset, ImageError> {
    let version = header(&bytes)?;
    let mut ruleset = Ruleset {
        bytes,
        starts: [HEADER; Section::ALL.len() + 1],
        version,
    };
    ruleset.starts = sections(&ruleset)?;
    let [heap, end] = ruleset.bounds(Section::Heap);
    let text = ruleset.bytes.get(heap..end).map(core::str::from_utf8);
    let Some(Ok(heap)) = text else {
        return Err(malformed("texts"));
    };
    let checker = Checker {
        ruleset: &ruleset,
        heap,
    };
    let checked = checker.entries() && checker.set();
    checked.then_some(()).ok_or(malformed("values"))?;
    checker.nodes().then_some(()).ok_or(malformed("programs"))?;
    checker.flags().then_some(()).ok_or(malformed("flags"))?;
    Ok(ruleset)
}

const fn malformed(part: &'static str) -> ImageError {
    ImageError::Malformed { part }
}

fn header(bytes: &[u8]) -> Result<HashVersion, ImageError> {
    if bytes.len() > IMAGE_BYTES_MAX {
        return Err(ImageError::TooLarge { bytes: bytes.len() });
    }
    let Some(
        &[
            magic @ ..,
            format_low,
            format_high,
            version,
            zero,
            l0,
            l1,
            l2,
            l3,
            c0,
            c1,
            c2,
            c3,
        ],
    ) = bytes.first_chunk::<16>()
    else {
        return Err(ImageError::Foreign);
    };
    if magic != MAGIC {
        return Err(ImageError::Foreign);
    }
    let found = u16::from_le_bytes([format_low, format_high]);
    if found != FORMAT {
        return Err(ImageError::Version { found });
    }
    let expected = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if expected != bytes.len() || expected < HEADER {
        return Err(ImageError::Length {
            expected,
            found: bytes.len(),
        });
    }
    if checksum(bytes) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(ImageError::Checksum);
    }
    match (version, zero) {
        (2, 0) => Ok(HashVersion::V2),
        (3, 0) => Ok(HashVersion::V3),
        _ => Err(malformed("header fields")),
    }
}

fn sections(ruleset: &Ruleset) -> Result<[usize; Section::ALL.len() + 1], ImageError> {
    let mut starts = [HEADER; Section::ALL.len() + 1];
    let mut end = HEADER;
    for (section, next) in Section::ALL.into_iter().zip(starts.iter_mut().skip(1)) {
        let count = ruleset.u32_at(section.count_at()) as usize;
        end = count
            .checked_mul(section.stride())
            .and_then(|bytes| end.checked_add(bytes))
            .filter(|end| *end <= ruleset.bytes.len())
            .ok_or(malformed("section sizes"))?;
        *next = end;
    }
    if end == ruleset.bytes.len() {
        Ok(starts)
    } else {
        Err(malformed("section sizes"))
    }
}

struct Checker<'a> {
    ruleset: &'a Ruleset,
    heap: &'a str,
}

impl Checker<'_> {
    fn text(&self, offset: u32, len: u32) -> bool {
        let end = (offset as usize).checked_add(len as usize);
        end.is_some_and(|end| self.heap.get(offset as usize..end).is_some())
    }

    fn range(&self, section: Section, first: u32, count: u32) -> bool {
        first
            .checked_add(count)
            .is_some_and(|end| end <= self.ruleset.count(section))
    }

    /// Nested entries lie before their parent; no value expands to more entries than there are.
    fn entries(&self) -> bool {
        let count = self.ruleset.count(Section::Entries);
        let mut measures: Vec<(u32, u8)> = Vec::with_capacity(count as usize);
        for index in 0..count {
            let Some(measure) = self
                .ruleset
                .entry(index)
                .and_then(|entry| self.entry(index, &entry, &measures))
            else {
                return false;
            };
            measures.push(measure);
        }
        true
    }

    /// The expanded size and the depth of an entry.
    fn entry(&self, index: u32, entry: &Entry, before: &[(u32, u8)]) -> Option<(u32, u8)> {
        if !self.text(entry.name.0, entry.name.1) {
            return None;
        }
        match entry.tag {
            TAG_TEXT => self.text(entry.a, entry.b).then_some((1, 0)),
            TAG_LIST | TAG_OBJECT => {
                let end = entry.a.checked_add(entry.b).filter(|end| *end <= index)?;
                let (mut size, mut depth) = (1_u32, 0_u8);
                for &(inner, below) in before.get(entry.a as usize..end as usize)? {
                    size = size.checked_add(inner)?;
                    depth = depth.max(below.checked_add(1)?);
                }
                (size <= self.ruleset.count(Section::Entries) && usize::from(depth) <= NESTING_MAX)
                    .then_some((size, depth))
            }
            tag => (TAG_NULL..TAG_TEXT).contains(&tag).then_some((1, 0)),
        }
    }

    fn set(&self) -> bool {
        let ruleset = self.ruleset;
        self.text(ruleset.u32_at(24), ruleset.u32_at(28))
            && self.range(Section::Entries, ruleset.u32_at(56), ruleset.u32_at(60))
            && (0..ruleset.count(Section::Slots))
                .filter_map(|slot| ruleset.record(Section::Slots, slot))
                .all(|at| self.text(ruleset.u32_at(at), ruleset.u32_at(at + 4)))
    }

    /// Operands lie before their node; no program is deeper than `PROGRAM_DEPTH_MAX`.
    fn nodes(&self) -> bool {
        let count = self.ruleset.count(Section::Nodes);
        let mut depths: Vec<u8> = Vec::with_capacity(count as usize);
        for index in 0..count {
            let Some(depth) = self
                .ruleset
                .node(index)
                .and_then(|node| self.node(&node, &depths))
            else {
                return false;
            };
            depths.push(depth);
        }
        true
    }

    fn node(&self, node: &Node, before: &[u8]) -> Option<u8> {
        let deeper = |operand: u32| {
            before
                .get(operand as usize)
                .and_then(|depth| depth.checked_add(1))
        };
        let depth = match node.operator {
            Operator::Text => self.text(node.a, node.b).then_some(0)?,
            Operator::Number => whole_is_a_number(node.a, node.b).then_some(0)?,
            Operator::Attribute => {
                (node.a < self.ruleset.count(Section::Slots)).then_some(())?;
                if node.c == NONE { 0 } else { deeper(node.c)? }
            }
            Operator::Split => self.split(node, before)?,
            leaf if leaf.is_leaf() => 0,
            _ => {
                self.range(Section::Links, node.a, node.b).then_some(())?;
                let mut depth = 0;
                for link in node.a..node.a.saturating_add(node.b) {
                    depth = depth.max(deeper(self.ruleset.link(link))?);
                }
                depth
            }
        };
        (usize::from(depth) <= PROGRAM_DEPTH_MAX).then_some(depth)
    }

    /// The state of the prefix is what hashing gives; the shares ascend to the total and their results are leaves.
    fn split(&self, node: &Node, before: &[u8]) -> Option<u8> {
        let words = SPLIT_HEAD.checked_add(node.b.checked_mul(2)?)?;
        self.range(Section::Links, node.a, words).then_some(())?;
        let word = |at: u32| self.ruleset.link(node.a.saturating_add(at));
        let (offset, len, state, total) = (word(0), word(1), word(2), word(3));
        self.text(offset, len).then_some(())?;
        let prefix = self.ruleset.raw_text(offset, len);
        (Prefix::new(prefix).state() == state).then_some(())?;
        if node.flags & IMPLICIT == 0 {
            // The attribute is a leaf too.
            (*before.get(node.c as usize)? == 0).then_some(())?;
        }
        let mut cumulative = 0;
        for share in 0..node.b {
            let end = word(SPLIT_HEAD + 2 * share);
            (end >= cumulative).then_some(())?;
            cumulative = end;
            (*before.get(word(SPLIT_HEAD + 2 * share + 1) as usize)? == 0).then_some(())?;
        }
        (cumulative == total && total > 0).then_some(1)
    }

    fn flags(&self) -> bool {
        let mut last: Option<&str> = None;
        for index in 0..self.ruleset.len() {
            let Some(at) = self.ruleset.record(Section::Flags, index) else {
                return false;
            };
            let (offset, len) = (self.ruleset.u32_at(at), self.ruleset.u32_at(at + 4));
            if !self.text(offset, len) || !self.flag(FlagIndex(index)) {
                return false;
            }
            let key = self.ruleset.text(offset, len);
            if last.is_some_and(|last| last >= key) {
                return false;
            }
            last = Some(key);
        }
        true
    }

    fn flag(&self, index: FlagIndex) -> bool {
        let Some(flag) = self.ruleset.flag(index) else {
            return false;
        };
        let program = flag.program.unwrap_or(NONE);
        let body = if flag.is_broken() {
            self.text(flag.variants, flag.variant_count)
        } else {
            (flag.is_enabled() || flag.is_disabled())
                && flag.variant_count < u32::from(NO_VARIANT)
                && self.range(Section::Entries, flag.variants, flag.variant_count)
                && flag
                    .default
                    .is_none_or(|default| u32::from(default) < flag.variant_count)
                && (program == NONE || program < self.ruleset.count(Section::Nodes))
        };
        body && self.range(Section::Entries, flag.metadata, flag.metadata_count)
    }
}

fn whole_is_a_number(low: u32, high: u32) -> bool {
    f64::from_bits(whole(low, high)).is_finite()
}
