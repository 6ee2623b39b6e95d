//! The one check of an image, before it is used: a foreign, truncated or damaged image is refused as a whole.
//!
//! Linear in the image's length; after it, walking a program or a value ends, because everything points backwards and
//! depth and expanded size are bounded.

use super::error::ImageError;
use super::image::{Starts, word};
use super::layout::{
    BY_SLOT, DOTTED, FORMAT, HEADER, IMPLICIT, MAGIC, NO_VARIANT, NONE, SPLIT_HEAD, SUBJECT,
    Section, TAG_LIST, TAG_NULL, TAG_OBJECT, TAG_TEXT, WITH_NUMBER, WITH_TEXTS, WITH_VERSION,
    checksum, whole,
};
use super::{Entry, Flag, HashVersion, Image, Node, Ruleset};
use crate::bucketing::Prefix;
use crate::context::TARGETING_KEY;
use crate::limits::{IMAGE_BYTES_MAX, NESTING_MAX, PROGRAM_DEPTH_MAX};
use crate::targeting::operator::Operator;
use crate::targeting::sem_ver::Relation;
use alloc::vec::Vec;

/// Checks all of an image.
pub(super) fn check(bytes: Vec<u8>) -> Result<Ruleset, ImageError> {
    let version = header(&bytes)?;
    let mut ruleset = Ruleset {
        bytes,
        starts: [HEADER as u32; Section::ALL.len() + 1],
        version,
    };
    ruleset.starts = sections(&ruleset)?;
    let image = ruleset.image();
    let Ok(heap) = core::str::from_utf8(image.heap()) else {
        return Err(malformed("texts"));
    };
    let checker = Checker { image, heap };
    let checked = checker.entries() && checker.set(&ruleset);
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

fn sections(ruleset: &Ruleset) -> Result<Starts, ImageError> {
    let mut starts = [HEADER as u32; Section::ALL.len() + 1];
    let mut end = HEADER;
    for (section, next) in Section::ALL.into_iter().zip(starts.iter_mut().skip(1)) {
        let count = ruleset.u32_at(section.count_at()) as usize;
        end = count
            .checked_mul(section.stride())
            .and_then(|bytes| end.checked_add(bytes))
            .filter(|end| *end <= ruleset.bytes.len())
            .ok_or(malformed("section sizes"))?;
        // No image is larger than `IMAGE_BYTES_MAX`.
        *next = end as u32;
    }
    if end == ruleset.bytes.len() {
        Ok(starts)
    } else {
        Err(malformed("section sizes"))
    }
}

struct Checker<'a> {
    image: Image<'a>,
    heap: &'a str,
}

impl Checker<'_> {
    fn text(&self, offset: u32, len: u32) -> bool {
        let (from, to) = (offset as usize, offset as usize + len as usize);
        self.heap.is_char_boundary(from) && self.heap.is_char_boundary(to)
    }

    /// Nested entries lie before their parent; no value expands to more entries than there are.
    fn entries(&self) -> bool {
        let mut measures: Vec<(u32, u8)> = Vec::with_capacity(self.image.entries().len());
        for record in self.image.entries() {
            let entry = Entry::read(record);
            let Some(measure) = self.entry(&entry, &measures) else {
                return false;
            };
            measures.push(measure);
        }
        true
    }

    /// The expanded size and the depth of an entry.
    fn entry(&self, entry: &Entry, before: &[(u32, u8)]) -> Option<(u32, u8)> {
        if !self.text(entry.name.0, entry.name.1) {
            return None;
        }
        match entry.tag {
            TAG_TEXT => self.text(entry.a, entry.b).then_some((1, 0)),
            TAG_LIST | TAG_OBJECT => {
                let end = entry.a.checked_add(entry.b)?;
                let (mut size, mut depth) = (1_u32, 0_u8);
                for &(inner, below) in before.get(entry.a as usize..end as usize)? {
                    size = size.checked_add(inner)?;
                    depth = depth.max(below.checked_add(1)?);
                }
                (size as usize <= self.image.entries().len() && usize::from(depth) <= NESTING_MAX)
                    .then_some((size, depth))
            }
            tag => (TAG_NULL..TAG_TEXT).contains(&tag).then_some((1, 0)),
        }
    }

    fn set(&self, ruleset: &Ruleset) -> bool {
        let slots = self
            .image
            .slots()
            .iter()
            .map(|record| (word(record, 0), word(record, 4)));
        self.text(ruleset.u32_at(24), ruleset.u32_at(28))
            && range(self.image.entries(), ruleset.u32_at(56), ruleset.u32_at(60))
            && { slots }.all(|(offset, len)| self.text(offset, len))
            && self.image.slot(SUBJECT) == TARGETING_KEY
    }

    /// Operands lie before their node; no program is deeper than `PROGRAM_DEPTH_MAX`.
    fn nodes(&self) -> bool {
        let mut depths: Vec<u8> = Vec::with_capacity(self.image.nodes().len());
        for record in self.image.nodes() {
            let Some(depth) = Node::read(record).and_then(|node| self.node(&node, &depths)) else {
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
                self.has_slot(node.a).then_some(())?;
                if node.flags & DOTTED != 0 {
                    (before.len() > node.b as usize && self.is_text(node.b)).then_some(())?;
                }
                if node.c == NONE { 0 } else { deeper(node.c)? }
            }
            Operator::Condition => self.condition(node, before).then_some(1)?,
            Operator::Split => self.split(node, before)?,
            leaf if leaf.is_leaf() => 0,
            _ => {
                range(self.image.links(), node.a, node.b).then_some(())?;
                let mut depth = 0;
                for link in node.a..node.a.saturating_add(node.b) {
                    depth = depth.max(deeper(self.image.link(link))?);
                }
                depth
            }
        };
        (usize::from(depth) <= PROGRAM_DEPTH_MAX).then_some(depth)
    }

    fn has_slot(&self, slot: u32) -> bool {
        (slot as usize) < self.image.slots().len()
    }

    fn is_text(&self, node: u32) -> bool {
        let node = self.image.node(node);
        node.is_some_and(|node| node.operator == Operator::Text)
    }

    /// What is compared with is there, and there is such a comparison.
    fn condition(&self, node: &Node, before: &[u8]) -> bool {
        let operand = match node.flags {
            0 | WITH_VERSION => self.text(node.b, node.c),
            WITH_NUMBER => whole_is_a_number(node.b, node.c),
            WITH_TEXTS => {
                let links = node.b..node.b.saturating_add(node.c);
                let is_text = |link| {
                    let text = self.image.link(link);
                    before.len() > text as usize && self.is_text(text)
                };
                range(self.image.links(), node.b, node.c) && { links }.all(is_text)
            }
            _ => false,
        };
        operand && self.has_slot(node.a) && fits(node.comparison, node.flags)
    }

    /// The state of the prefix is what hashing gives; the shares ascend to the total and their results are leaves.
    fn split(&self, node: &Node, before: &[u8]) -> Option<u8> {
        let words = SPLIT_HEAD.checked_add(node.b.checked_mul(2)?)?;
        range(self.image.links(), node.a, words).then_some(())?;
        let word = |at: u32| self.image.link(node.a.saturating_add(at));
        let (offset, len, state, tail, total) = (word(0), word(1), word(2), word(3), word(4));
        self.text(offset, len).then_some(())?;
        let prefix = self.image.raw_text(offset, len);
        (Prefix::new(prefix) == Prefix::resume(state, tail, len)).then_some(())?;
        if node.flags & BY_SLOT != 0 {
            self.has_slot(node.c).then_some(())?;
        } else if node.flags & IMPLICIT == 0 {
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
        let mut last: Option<&[u8]> = None;
        for record in self.image.flags() {
            let (offset, len) = (word(record, 0), word(record, 4));
            if !self.text(offset, len) || !self.flag(&Flag::read(record)) {
                return false;
            }
            let key = self.image.raw_text(offset, len);
            if last.is_some_and(|last| last >= key) {
                return false;
            }
            last = Some(key);
        }
        true
    }

    fn flag(&self, flag: &Flag) -> bool {
        let program = flag.program.unwrap_or(NONE);
        let body = if flag.is_broken() {
            self.text(flag.variants, flag.variant_count)
        } else {
            (flag.is_enabled() || flag.is_disabled())
                && flag.variant_count < u32::from(NO_VARIANT)
                && range(self.image.entries(), flag.variants, flag.variant_count)
                && flag
                    .default
                    .is_none_or(|default| u32::from(default) < flag.variant_count)
                && (program == NONE || (program as usize) < self.image.nodes().len())
        };
        body && range(self.image.entries(), flag.metadata, flag.metadata_count)
    }
}

fn range<T>(section: &[T], first: u32, count: u32) -> bool {
    first
        .checked_add(count)
        .is_some_and(|end| end as usize <= section.len())
}

/// Whether a condition can compare so with what it has.
fn fits(comparison: u8, with: u8) -> bool {
    use Operator as Op;
    if with == WITH_VERSION {
        return Relation::from_number(comparison).is_some();
    }
    match Operator::from_number(comparison) {
        Some(
            Op::Equal
            | Op::NotEqual
            | Op::StrictEqual
            | Op::StrictNotEqual
            | Op::Less
            | Op::LessOrEqual
            | Op::Greater
            | Op::GreaterOrEqual,
        ) => with != WITH_TEXTS,
        Some(Op::StartsWith | Op::EndsWith) => with == 0,
        Some(Op::In) => with == WITH_TEXTS,
        _ => false,
    }
}

fn whole_is_a_number(low: u32, high: u32) -> bool {
    f64::from_bits(whole(low, high)).is_finite()
}
