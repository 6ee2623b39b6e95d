//! `Image`: a checked image cut into its sections, to be read record by record.
//!
//! Copied by value: making one costs a few comparisons, reading through it one bounds check a record. Invariant: an index
//! that is out of range reads as absent, never panics.

use super::layout::{SUBJECT, Section};
use super::record::{Entry, Flag, Node};
use crate::value::Value;

/// The sections of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image<'a> {
    pub(super) flags: &'a [[u8; 32]],
    pub(super) entries: &'a [[u8; 16]],
    pub(super) nodes: &'a [[u8; 16]],
    pub(super) links: &'a [[u8; 4]],
    pub(super) slots: &'a [[u8; 8]],
    pub(super) heap: &'a [u8],
}

impl<'a> Image<'a> {
    /// Cuts the bytes where the sections begin.
    pub(super) fn new(bytes: &'a [u8], starts: &[usize; Section::ALL.len() + 1]) -> Self {
        let [flags, entries, nodes, links, slots, heap, end] = *starts;
        let part = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
        Self {
            flags: part(flags, entries).as_chunks().0,
            entries: part(entries, nodes).as_chunks().0,
            nodes: part(nodes, links).as_chunks().0,
            links: part(links, slots).as_chunks().0,
            slots: part(slots, heap).as_chunks().0,
            heap: part(heap, end),
        }
    }

    pub(crate) fn flag(&self, index: u32) -> Option<Flag> {
        self.flags.get(index as usize).map(Flag::read)
    }

    /// The key of a flag.
    pub(crate) fn key(&self, index: u32) -> Option<&'a str> {
        let record = self.flags.get(index as usize)?;
        Some(self.text(word(record, 0), word(record, 4)))
    }

    pub(crate) fn entry(&self, index: u32) -> Option<Entry> {
        self.entries.get(index as usize).map(Entry::read)
    }

    pub(crate) fn node(&self, index: u32) -> Option<Node> {
        self.nodes.get(index as usize).and_then(Node::read)
    }

    pub(crate) fn link(&self, index: u32) -> u32 {
        let link = self.links.get(index as usize);
        link.map_or(super::layout::NONE, |link| u32::from_le_bytes(*link))
    }

    /// The name of a slot's attribute.
    pub(crate) fn slot(&self, index: u32) -> &'a str {
        match self.slots.get(index as usize) {
            Some(record) => self.text(word(record, 0), word(record, 4)),
            None => "",
        }
    }

    /// The slot of an attribute.
    pub(crate) fn slot_of(&self, name: &str) -> Option<u32> {
        (SUBJECT..self.slots.len() as u32).find(|slot| self.slot(*slot) == name)
    }

    /// A text of the heap; empty where it does not lie on character boundaries, which the check excludes.
    pub(crate) fn text(&self, offset: u32, len: u32) -> &'a str {
        core::str::from_utf8(self.raw_text(offset, len)).unwrap_or_default()
    }

    /// Its bytes.
    pub(crate) fn raw_text(&self, offset: u32, len: u32) -> &'a [u8] {
        let from = offset as usize;
        self.heap
            .get(from..from.saturating_add(len as usize))
            .unwrap_or_default()
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
