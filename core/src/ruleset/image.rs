//! `Image`: an image and where its sections begin, to be read record by record.
//!
//! Two pointers, made for nothing and copied by value; reading a record costs a bounds check. Invariant: an index that is out
//! of range reads as absent or as another record, never beyond the image and never with a panic; the check sees to it that
//! none is.

use super::layout::{NAME_MAX, NONE, SUBJECT, Section};
use super::record::{Entry, Flag, Node, Text};
use crate::value::Value;

/// Where each section begins, and behind the last one the end.
pub(super) type Starts = [u32; Section::ALL.len() + 1];

/// An image's sections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image<'a> {
    bytes: &'a [u8],
    starts: &'a Starts,
}

impl<'a> Image<'a> {
    pub(super) fn new(bytes: &'a [u8], starts: &'a Starts) -> Self {
        Self { bytes, starts }
    }

    fn section(&self, section: Section) -> &'a [u8] {
        let at = section as usize;
        let (from, to) = (self.starts.get(at), self.starts.get(at + 1));
        let (from, to) = (from.copied().unwrap_or(0), to.copied().unwrap_or(0));
        self.bytes
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }

    #[inline(always)]
    fn record<const N: usize>(&self, section: Section, index: u32) -> Option<&'a [u8; N]> {
        let start = *self.starts.get(section as usize)? as usize;
        let at = (index as usize).wrapping_mul(N).wrapping_add(start);
        self.bytes.get(at..)?.first_chunk()
    }

    pub(super) fn flags(&self) -> &'a [[u8; 32]] {
        self.section(Section::Flags).as_chunks().0
    }

    pub(super) fn entries(&self) -> &'a [[u8; 16]] {
        self.section(Section::Entries).as_chunks().0
    }

    pub(super) fn nodes(&self) -> &'a [[u8; 16]] {
        self.section(Section::Nodes).as_chunks().0
    }

    pub(super) fn links(&self) -> &'a [[u8; 4]] {
        self.section(Section::Links).as_chunks().0
    }

    pub(super) fn slots(&self) -> &'a [[u8; 8]] {
        self.section(Section::Slots).as_chunks().0
    }

    pub(super) fn heap(&self) -> &'a [u8] {
        self.section(Section::Heap)
    }

    /// A flag; none beyond the last.
    pub(crate) fn flag(&self, index: u32) -> Option<Flag> {
        let [from, to, ..] = *self.starts;
        let at = index.checked_mul(32)?.checked_add(from)?;
        if at >= to {
            return None;
        }
        self.record(Section::Flags, index).map(Flag::read)
    }

    /// The key of a flag.
    pub(crate) fn key(&self, index: u32) -> Option<&'a str> {
        let record: &[u8; 8] = self.flags().get(index as usize)?.first_chunk()?;
        Some(self.text(word(record, 0), word(record, 4)))
    }

    pub(crate) fn entry(&self, index: u32) -> Option<Entry> {
        self.record(Section::Entries, index).map(Entry::read)
    }

    #[inline(always)]
    pub(crate) fn node(&self, index: u32) -> Option<Node> {
        self.record(Section::Nodes, index).and_then(Node::read)
    }

    pub(crate) fn link(&self, index: u32) -> u32 {
        let link = self.record(Section::Links, index);
        link.map_or(NONE, |link| u32::from_le_bytes(*link))
    }

    /// So many links from one on.
    #[inline(always)]
    pub(crate) fn links_of(&self, first: u32, count: u32) -> Option<&'a [[u8; 4]]> {
        let start = *self.starts.get(Section::Links as usize)? as usize;
        let at = (first as usize).wrapping_mul(4).wrapping_add(start);
        let links = self
            .bytes
            .get(at..)?
            .get(..(count as usize).checked_mul(4)?)?;
        Some(links.as_chunks().0)
    }

    /// So many entries' names from one on: which is this text, by its place.
    #[inline(always)]
    pub(crate) fn position(&self, first: u32, count: u32, name: Text) -> Option<u32> {
        let start = *self.starts.get(Section::Entries as usize)? as usize;
        let at = (first as usize).wrapping_mul(16).wrapping_add(start);
        let entries = self
            .bytes
            .get(at..)?
            .get(..(count as usize).checked_mul(16)?)?;
        let (entries, _) = entries.as_chunks::<16>();
        let found = entries
            .iter()
            .position(|entry| (word(entry, 0), word(entry, 4) & NAME_MAX) == name);
        found.map(|place| place as u32)
    }

    /// The name of a slot's attribute.
    pub(crate) fn slot(&self, index: u32) -> &'a str {
        match self.slots().get(index as usize) {
            Some(record) => self.text(word(record, 0), word(record, 4)),
            None => "",
        }
    }

    /// The slot of an attribute.
    pub(crate) fn slot_of(&self, name: &str) -> Option<u32> {
        (SUBJECT..self.slots().len() as u32).find(|slot| self.slot(*slot) == name)
    }

    /// A text of the heap; empty where it does not lie on character boundaries, which the check excludes.
    pub(crate) fn text(&self, offset: u32, len: u32) -> &'a str {
        core::str::from_utf8(self.raw_text(offset, len)).unwrap_or_default()
    }

    /// Its bytes.
    #[inline(always)]
    pub(crate) fn raw_text(&self, offset: u32, len: u32) -> &'a [u8] {
        let [.., heap, _] = *self.starts;
        let from = (heap as usize).wrapping_add(offset as usize);
        let text = self
            .bytes
            .get(from..)
            .and_then(|rest| rest.get(..len as usize));
        text.unwrap_or_default()
    }

    /// The value of an entry. The check bounds how deep and how large it can grow.
    pub(crate) fn value(&self, entry: &Entry) -> Value {
        entry.value(self)
    }
}

/// A word of a record.
pub(super) fn word<const N: usize>(record: &[u8; N], at: usize) -> u32 {
    match record.get(at..) {
        Some(&[a, b, c, d, ..]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}
