//! `Ruleset`: the flags of one environment as one flat byte image, evaluated in place.
//!
//! The server compiles a document once per revision (`evaluation::compile`) and ships `as_bytes`; an edge loads them
//! with `from_bytes` and neither parses nor compiles. Invariants: an image is checked as a whole before it is used, and
//! still every access is bounds-checked, so that no byte string, however hostile, panics or loops; the same document
//! gives the same bytes on every host; an unknown format version is refused. Layout: `layout`.
//! Not here: what a program means (`targeting`), what a resolution is (`evaluation`).

#[cfg(feature = "json")]
pub(crate) mod build;
mod check;
pub(crate) mod layout;
mod record;

pub use check::ImageError;
pub(crate) use record::{Entry, Flag, Node};

use crate::context::TARGETING_KEY;
use crate::targeting::operator::Operator;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use layout::{HEADER, Section};

/// How a document's `fractional` hashes its bucketing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "json", serde(rename_all = "lowercase"))]
pub enum HashVersion {
    /// The UTF-8 text of the bucketing value; what flagd does today.
    #[default]
    V2,
    /// The deterministic CBOR of the bucketing value; accepted by flagd, not shipped yet.
    V3,
}

impl core::str::FromStr for HashVersion {
    type Err = UnknownHashVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "v2" => Ok(HashVersion::V2),
            "v3" => Ok(HashVersion::V3),
            _ => Err(UnknownHashVersion(())),
        }
    }
}

/// A hash version that is neither `v2` nor `v3`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the hash versions of `fractional` are `v2` and `v3`")]
pub struct UnknownHashVersion(());

/// The place of a flag in a ruleset: stays the same for the life of the ruleset, cheap to keep and to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlagIndex(pub u32);

/// Compiled flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruleset {
    bytes: Vec<u8>,
    /// Where each section begins, and behind the last one the end.
    starts: [usize; Section::ALL.len() + 1],
    version: HashVersion,
}

impl Ruleset {
    /// Reads an image, checking all of it.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, ImageError> {
        check::check(bytes)
    }

    /// No flags at all.
    #[cfg(feature = "json")]
    pub(crate) fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            starts: [HEADER; Section::ALL.len() + 1],
            version: HashVersion::default(),
        }
    }

    /// The image: what `from_bytes` reads.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many flags there are.
    pub fn len(&self) -> u32 {
        self.count(Section::Flags)
    }

    /// Whether there is no flag.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ledger the document came from; empty for a foreign document.
    pub fn ledger(&self) -> &str {
        self.text(self.u32_at(24), self.u32_at(28))
    }

    /// The revision of the document within its ledger; 0 for a foreign document.
    pub fn revision(&self) -> u64 {
        layout::whole(self.u32_at(16), self.u32_at(20))
    }

    /// How `fractional` hashes.
    pub fn hash_version(&self) -> HashVersion {
        self.version
    }

    /// Where a flag lies.
    pub fn find(&self, key: &str) -> Option<FlagIndex> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(FlagIndex(middle))?.cmp(key) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return Some(FlagIndex(middle)),
            }
        }
        None
    }

    /// The key of a flag.
    pub fn key(&self, flag: FlagIndex) -> Option<&str> {
        let [offset, len] = self.words(Section::Flags, flag.0)?;
        Some(self.text(offset, len))
    }

    /// Every flag with its key, in key order.
    pub fn flags(&self) -> impl Iterator<Item = (FlagIndex, &str)> {
        (0..self.len()).filter_map(|index| {
            self.key(FlagIndex(index))
                .map(|key| (FlagIndex(index), key))
        })
    }

    /// The names of a flag's variants, in name order; `evaluation::Resolution::variant` counts in it.
    pub fn variants(&self, flag: FlagIndex) -> impl Iterator<Item = (&str, Value)> {
        let (first, count) = match self.flag(flag) {
            Some(flag) if !flag.is_broken() => (flag.variants, flag.variant_count),
            _ => (0, 0),
        };
        (first..first.saturating_add(count)).filter_map(|at| {
            let entry = self.entry(at)?;
            Some((self.text(entry.name.0, entry.name.1), self.value(&entry)))
        })
    }

    /// The metadata of the set, and over it that of a flag.
    pub fn metadata(&self, flag: Option<FlagIndex>) -> BTreeMap<String, Value> {
        let own = flag
            .and_then(|flag| self.flag(flag))
            .map_or((0, 0), |flag| (flag.metadata, flag.metadata_count));
        [(self.u32_at(56), self.u32_at(60)), own]
            .into_iter()
            .flat_map(|(first, count)| first..first.saturating_add(count))
            .filter_map(|at| self.entry(at))
            .map(|entry| {
                (
                    self.text(entry.name.0, entry.name.1).into(),
                    self.value(&entry),
                )
            })
            .collect()
    }

    /// The paths of all attributes that some flag reads by name.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        (0..self.count(Section::Slots)).map(|slot| self.slot(slot))
    }

    /// The top-level attributes that evaluation can read, so that a host need not pass others; `None` where a rule
    /// computes the name of an attribute, so that it can be any.
    pub fn attributes_read(&self) -> Option<BTreeSet<&str>> {
        let computed = [Operator::Var, Operator::Missing, Operator::MissingSome];
        let nodes = 0..self.count(Section::Nodes);
        if nodes
            .filter_map(|index| self.node(index))
            .any(|node| computed.contains(&node.operator))
        {
            return None;
        }
        let named = self
            .attributes()
            .map(|path| path.split('.').next().unwrap_or(path));
        // A share without a bucketing value of its own reads the targeting key without naming it.
        Some(named.chain([TARGETING_KEY]).collect())
    }

    /// Whether a flag answers the same for every context: disabled, broken, or without targeting.
    pub fn is_constant(&self, flag: FlagIndex) -> bool {
        self.flag(flag)
            .is_none_or(|flag| !flag.is_enabled() || flag.program.is_none())
    }

    pub(crate) fn count(&self, section: Section) -> u32 {
        let [from, to] = self.bounds(section);
        ((to - from) / section.stride()) as u32
    }

    fn bounds(&self, section: Section) -> [usize; 2] {
        let at = section as usize;
        [
            self.starts.get(at).copied().unwrap_or(HEADER),
            self.starts.get(at + 1).copied().unwrap_or(HEADER),
        ]
    }

    /// Where a record lies in the image.
    fn record(&self, section: Section, index: u32) -> Option<usize> {
        let [from, to] = self.bounds(section);
        let at = from.checked_add((index as usize).checked_mul(section.stride())?)?;
        (at < to).then_some(at)
    }

    fn u32_at(&self, at: usize) -> u32 {
        match self.bytes.get(at..at + 4) {
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            _ => 0,
        }
    }

    /// A text of the heap; empty where it does not lie on character boundaries, which the check excludes.
    pub(crate) fn text(&self, offset: u32, len: u32) -> &str {
        core::str::from_utf8(self.raw_text(offset, len)).unwrap_or_default()
    }

    pub(crate) fn raw_text(&self, offset: u32, len: u32) -> &[u8] {
        let [heap, end] = self.bounds(Section::Heap);
        let from = heap.saturating_add(offset as usize);
        let to = from.saturating_add(len as usize);
        if to > end {
            &[]
        } else {
            self.bytes.get(from..to).unwrap_or_default()
        }
    }

    pub(crate) fn link(&self, index: u32) -> u32 {
        self.words::<1>(Section::Links, index)
            .map_or(layout::NONE, |[word]| word)
    }

    pub(crate) fn slot(&self, index: u32) -> &str {
        self.words(Section::Slots, index)
            .map_or("", |[offset, len]| self.text(offset, len))
    }
}
