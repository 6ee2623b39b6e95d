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
mod error;
mod image;
pub(crate) mod layout;
mod reads;
mod record;
mod text;

pub use error::ImageError;
pub(crate) use image::Image;
pub use reads::Reads;
pub(crate) use record::{Entry, Flag, Node, Text};

use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
#[cfg(feature = "json")]
use layout::{HEADER, Section};

/// The media type of an image; its parameter `format` is `Ruleset::FORMAT`.
pub const IMAGE_TYPE: &str = "application/vnd.flaghoist.image";

/// How a document's `fractional` hashes its bucketing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
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
    starts: image::Starts,
    version: HashVersion,
}

impl Ruleset {
    /// The version of the layout that this build writes and reads; another is refused.
    pub const FORMAT: u16 = layout::FORMAT;

    /// Reads an image, checking all of it.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, ImageError> {
        check::check(bytes)
    }

    /// No flags at all.
    #[cfg(feature = "json")]
    pub(crate) fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            starts: [HEADER as u32; Section::ALL.len() + 1],
            version: HashVersion::default(),
        }
    }

    /// The image: what `from_bytes` reads.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The image itself.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many flags there are.
    pub fn len(&self) -> u32 {
        self.image().flags().len() as u32
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
        let image = self.image();
        let found = image.flags().binary_search_by(|record| {
            let (offset, len) = (image::word(record, 0), image::word(record, 4));
            image.raw_text(offset, len).cmp(key.as_bytes())
        });
        found.ok().map(|index| FlagIndex(index as u32))
    }

    /// The key of a flag.
    pub fn key(&self, flag: FlagIndex) -> Option<&str> {
        self.image().key(flag.0)
    }

    /// Every flag with its key, in key order.
    pub fn flags(&self) -> impl Iterator<Item = (FlagIndex, &str)> {
        let image = self.image();
        (0..self.len()).filter_map(move |index| Some((FlagIndex(index), image.key(index)?)))
    }

    /// The names of a flag's variants, in name order; `evaluation::Resolution::variant` counts in it.
    pub fn variants(&self, flag: FlagIndex) -> impl Iterator<Item = (&str, Value)> {
        let image = self.image();
        self.table(flag).filter_map(move |at| {
            let entry = image.entry(at)?;
            Some((image.text(entry.name.0, entry.name.1), image.value(&entry)))
        })
    }

    /// The entries of a flag's variants.
    fn table(&self, flag: FlagIndex) -> core::ops::Range<u32> {
        match self.flag(flag) {
            Some(flag) if !flag.is_broken() => {
                flag.variants..flag.variants.saturating_add(flag.variant_count)
            }
            _ => 0..0,
        }
    }

    /// The metadata of the set, and over it that of a flag.
    pub fn metadata(&self, flag: Option<FlagIndex>) -> BTreeMap<String, Value> {
        let image = self.image();
        let own = flag
            .and_then(|flag| image.flag(flag.0))
            .map_or((0, 0), |flag| (flag.metadata, flag.metadata_count));
        let set = (self.u32_at(56), self.u32_at(60));
        let entries = [set, own]
            .into_iter()
            .flat_map(|(first, count)| first..first.saturating_add(count))
            .filter_map(|at| image.entry(at));
        let mut metadata = BTreeMap::new();
        for entry in entries {
            let name = image.text(entry.name.0, entry.name.1);
            metadata.insert(name.into(), image.value(&entry));
        }
        metadata
    }

    /// The top-level attributes that some flag reads by name, in the order of their slots; the first is `targetingKey`.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        let image = self.image();
        (0..image.slots().len() as u32).map(move |slot| image.slot(slot))
    }

    /// What the evaluation of a flag reads, so that a host need pass nothing else.
    pub fn reads(&self, flag: FlagIndex) -> Reads {
        reads::of(&self.image(), flag.0)
    }

    /// Whether some flag may read any attribute.
    pub fn reads_everything(&self) -> bool {
        reads::everything(&self.image())
    }

    /// Whether a flag answers the same for every context: disabled, broken, or without targeting.
    pub fn is_constant(&self, flag: FlagIndex) -> bool {
        self.flag(flag)
            .is_none_or(|flag| !flag.is_enabled() || flag.program.is_none())
    }

    /// The image, cut into its sections.
    pub(crate) fn image(&self) -> Image<'_> {
        Image::new(&self.bytes, &self.starts)
    }

    pub(crate) fn flag(&self, index: FlagIndex) -> Option<Flag> {
        self.image().flag(index.0)
    }

    pub(crate) fn text(&self, offset: u32, len: u32) -> &str {
        self.image().text(offset, len)
    }

    fn u32_at(&self, at: usize) -> u32 {
        match self.bytes.get(at..at + 4) {
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            _ => 0,
        }
    }
}
