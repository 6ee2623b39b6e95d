//! The builder: puts records together and writes the image.
//!
//! Invariants: the same calls give the same bytes; texts, leaves, attributes and whole tables of variants are kept once,
//! so that a thousand flags with `on` and `off` pay for them once. It cannot write an image the check refuses, except
//! one that is too large, which `finish` says.

use super::layout::{
    DOTTED, FORMAT, HEADER, KIND_BROKEN, KIND_DISABLED, KIND_ENABLED, MAGIC, NAME_MAX, NO_VARIANT,
    NONE, Section, TAG_FALSE, TAG_FLOAT, TAG_INT, TAG_LIST, TAG_NULL, TAG_OBJECT, TAG_TEXT,
    TAG_TRUE, checksum, halves,
};
use super::record::Text;
use super::{HashVersion, ImageError, Ruleset};
use crate::bucketing::hash;
use crate::context::TARGETING_KEY;
use crate::targeting::operator::Operator;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

type EntryRecord = [u32; 4];
type NodeRecord = [u32; 4];

/// What a flag answers with.
pub(crate) enum Body<'a> {
    /// Evaluated; the index counts the variants.
    Enabled {
        variants: &'a BTreeMap<String, Value>,
        default: Option<u16>,
        program: Option<u32>,
    },
    /// Answers nothing.
    Disabled {
        variants: &'a BTreeMap<String, Value>,
        default: Option<u16>,
    },
    /// Answers its error.
    Broken { code: u8, message: &'a str },
}

/// An image in the making.
pub(crate) struct ImageBuilder {
    heap: String,
    /// Where texts lie, by their hash: numbers compare faster than texts do.
    texts: BTreeMap<u32, Vec<Text>>,
    /// Each with the place of its key.
    flags: Vec<(Text, [u8; 32])>,
    entries: Vec<EntryRecord>,
    tables: BTreeMap<Vec<EntryRecord>, u32>,
    nodes: Vec<NodeRecord>,
    leaves: BTreeMap<NodeRecord, u32>,
    links: Vec<u32>,
    slots: Vec<Text>,
    slot_of: BTreeMap<String, u32>,
}

impl ImageBuilder {
    /// An image of nothing yet.
    pub(crate) fn new() -> Self {
        let mut image = Self {
            heap: String::new(),
            texts: BTreeMap::new(),
            flags: Vec::new(),
            entries: Vec::new(),
            tables: BTreeMap::new(),
            nodes: Vec::new(),
            leaves: BTreeMap::new(),
            links: Vec::new(),
            slots: Vec::new(),
            slot_of: BTreeMap::new(),
        };
        // The first slot is the subject's, whether it is read or not.
        image.slot(TARGETING_KEY);
        image
    }

    /// Keeps a text once.
    pub(crate) fn text(&mut self, text: &str) -> Text {
        let known = self.texts.entry(hash(text.as_bytes())).or_default();
        let is_it = |(offset, len): &&Text| {
            let from = *offset as usize;
            self.heap.get(from..from + *len as usize) == Some(text)
        };
        if let Some(place) = known.iter().find(is_it) {
            return *place;
        }
        let place = (self.heap.len() as u32, text.len() as u32);
        self.heap.push_str(text);
        known.push(place);
        place
    }

    /// The slot of a top-level attribute.
    pub(crate) fn slot(&mut self, name: &str) -> u32 {
        if let Some(known) = self.slot_of.get(name) {
            return *known;
        }
        let slot = self.slots.len() as u32;
        let text = self.text(name);
        self.slots.push(text);
        self.slot_of.insert(name.into(), slot);
        slot
    }

    /// The leaf that reads an attribute, and from it on along a path.
    pub(crate) fn attribute(&mut self, path: &str, default: u32) -> u32 {
        match path.split_once('.') {
            Some((name, rest)) if !name.is_empty() => {
                let slot = self.slot(name);
                let rest = self.text_leaf(rest);
                self.leaf(Operator::Attribute, DOTTED, slot, rest, default)
            }
            // Empty parts are skipped.
            Some((_, rest)) => self.attribute(rest, default),
            None => {
                let slot = self.slot(path);
                self.leaf(Operator::Attribute, 0, slot, 0, default)
            }
        }
    }

    /// A `Condition`: how an attribute compares with what `with` says `b` and `c` are.
    pub(crate) fn condition(
        &mut self,
        comparison: u8,
        with: u8,
        name: &str,
        [b, c]: [u32; 2],
    ) -> u32 {
        let slot = self.slot(name);
        let head = Operator::Condition as u32 | u32::from(with) << 8 | u32::from(comparison) << 16;
        self.shared([head, slot, b, c])
    }

    /// Links to nodes that are there already; the first one's place.
    pub(crate) fn link(&mut self, nodes: &[u32]) -> u32 {
        let first = self.links.len() as u32;
        self.links.extend_from_slice(nodes);
        first
    }

    /// A node without operands, kept once.
    pub(crate) fn leaf(&mut self, operator: Operator, flags: u8, a: u32, b: u32, c: u32) -> u32 {
        self.shared(node_record(operator, flags, a, b, c))
    }

    fn shared(&mut self, record: NodeRecord) -> u32 {
        if let Some(known) = self.leaves.get(&record) {
            return *known;
        }
        let index = self.push_node(record);
        self.leaves.insert(record, index);
        index
    }

    /// A leaf that is a text.
    pub(crate) fn text_leaf(&mut self, text: &str) -> u32 {
        let (offset, len) = self.text(text);
        self.leaf(Operator::Text, 0, offset, len, NONE)
    }

    /// A leaf that is a number.
    pub(crate) fn number_leaf(&mut self, number: f64) -> u32 {
        let (low, high) = halves(number.to_bits());
        self.leaf(Operator::Number, 0, low, high, NONE)
    }

    /// A node over operands that are there already.
    pub(crate) fn node(&mut self, operator: Operator, flags: u8, operands: &[u32]) -> u32 {
        let first = self.link(operands);
        self.push_node(node_record(
            operator,
            flags,
            first,
            operands.len() as u32,
            NONE,
        ))
    }

    /// A `Split`: `words` are its head and its shares, of which there are `shares`; `key` is the attribute it reads.
    pub(crate) fn split(&mut self, flags: u8, words: &[u32], shares: u32, key: u32) -> u32 {
        let first = self.link(words);
        self.push_node(node_record(Operator::Split, flags, first, shares, key))
    }

    fn push_node(&mut self, record: NodeRecord) -> u32 {
        self.nodes.push(record);
        (self.nodes.len() - 1) as u32
    }

    /// A table of named values; equal tables are kept once.
    fn table(&mut self, values: &BTreeMap<String, Value>) -> (u32, u32) {
        let records: Vec<EntryRecord> = values
            .iter()
            .map(|(name, value)| self.entry(name, value))
            .collect();
        let count = records.len() as u32;
        if let Some(known) = self.tables.get(&records) {
            return (*known, count);
        }
        let first = self.append(&records);
        self.tables.insert(records, first);
        (first, count)
    }

    fn append(&mut self, records: &[EntryRecord]) -> u32 {
        let first = self.entries.len() as u32;
        self.entries.extend_from_slice(records);
        first
    }

    /// The record of a value; what it nests is appended first, never shared, so that no value expands beyond the image.
    fn entry(&mut self, name: &str, value: &Value) -> EntryRecord {
        let (tag, a, b) = match value {
            Value::Null => (TAG_NULL, 0, 0),
            Value::Bool(false) => (TAG_FALSE, 0, 0),
            Value::Bool(true) => (TAG_TRUE, 0, 0),
            Value::Int(number) => {
                let (low, high) = halves(*number as u64);
                (TAG_INT, low, high)
            }
            Value::Float(number) => {
                let (low, high) = halves(number.to_bits());
                (TAG_FLOAT, low, high)
            }
            Value::String(text) => {
                let (offset, len) = self.text(text);
                (TAG_TEXT, offset, len)
            }
            Value::Array(items) => {
                let records: Vec<EntryRecord> =
                    items.iter().map(|item| self.entry("", item)).collect();
                (TAG_LIST, self.append(&records), records.len() as u32)
            }
            Value::Object(map) => {
                let records: Vec<EntryRecord> = map
                    .iter()
                    .map(|(name, value)| self.entry(name, value))
                    .collect();
                (TAG_OBJECT, self.append(&records), records.len() as u32)
            }
        };
        let (offset, len) = self.text(name);
        // A name beyond what fits is cut: no document of `DOCUMENT_BYTES_MAX` has one.
        [offset, len.min(NAME_MAX) | tag << 24, a, b]
    }

    /// Adds a flag.
    pub(crate) fn flag(&mut self, key: &str, body: Body<'_>, metadata: &BTreeMap<String, Value>) {
        let key = self.text(key);
        let (kind, code, default, variants, program) = match body {
            Body::Enabled {
                variants,
                default,
                program,
            } => (KIND_ENABLED, 0, default, self.table(variants), program),
            Body::Disabled { variants, default } => {
                (KIND_DISABLED, 0, default, self.table(variants), None)
            }
            Body::Broken { code, message } => (KIND_BROKEN, code, None, self.text(message), None),
        };
        let metadata = self.table(metadata);
        let default = default.unwrap_or(NO_VARIANT).to_le_bytes();
        let head = u32::from_le_bytes([kind, code, default[0], default[1]]);
        let words = [
            key.0,
            key.1,
            head,
            variants.0,
            variants.1,
            program.unwrap_or(NONE),
            metadata.0,
            metadata.1,
        ];
        let mut record = [0; 32];
        for (place, word) in record.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        self.flags.push((key, record));
    }

    /// Writes the image and reads it back, checked: of two flags with one key nothing comes.
    pub(crate) fn finish(
        mut self,
        version: HashVersion,
        ledger: &str,
        revision: u64,
        metadata: &BTreeMap<String, Value>,
    ) -> Result<Ruleset, ImageError> {
        let ledger = self.text(ledger);
        let metadata = self.table(metadata);
        let mut image = Vec::with_capacity(self.size());
        image.extend_from_slice(&MAGIC);
        image.extend_from_slice(&FORMAT.to_le_bytes());
        image.extend_from_slice(&[if version == HashVersion::V3 { 3 } else { 2 }, 0]);
        // Length and checksum come when the rest is known.
        image.extend_from_slice(&[0; 8]);
        image.extend_from_slice(&revision.to_le_bytes());
        let counts = [
            self.flags.len() as u32,
            self.entries.len() as u32,
            self.nodes.len() as u32,
            self.links.len() as u32,
            self.slots.len() as u32,
            self.heap.len() as u32,
        ];
        let head = [ledger.0, ledger.1]
            .into_iter()
            .chain(counts)
            .chain([metadata.0, metadata.1]);
        image.extend(head.flat_map(u32::to_le_bytes));
        let heap = self.heap.as_bytes();
        let key_of = |(offset, len): Text| heap.get(offset as usize..(offset + len) as usize);
        self.flags.sort_by_key(|(key, _)| key_of(*key));
        image.extend(self.flags.iter().flat_map(|(_, record)| record));
        image.extend(
            self.entries
                .iter()
                .flatten()
                .flat_map(|word| word.to_le_bytes()),
        );
        image.extend(
            self.nodes
                .iter()
                .flatten()
                .flat_map(|word| word.to_le_bytes()),
        );
        image.extend(self.links.iter().flat_map(|word| word.to_le_bytes()));
        image.extend(
            self.slots
                .iter()
                .flat_map(|(offset, len)| [*offset, *len])
                .flat_map(u32::to_le_bytes),
        );
        image.extend_from_slice(self.heap.as_bytes());
        seal(&mut image);
        Ruleset::from_bytes(image)
    }

    fn size(&self) -> usize {
        HEADER
            + self.flags.len() * Section::Flags.stride()
            + self.entries.len() * Section::Entries.stride()
            + self.nodes.len() * Section::Nodes.stride()
            + self.links.len() * Section::Links.stride()
            + self.slots.len() * Section::Slots.stride()
            + self.heap.len()
    }
}

/// Writes length and checksum.
fn seal(image: &mut [u8]) {
    let length = image.len() as u32;
    if let Some(place) = image.get_mut(8..12) {
        place.copy_from_slice(&length.to_le_bytes());
    }
    let checksum = checksum(image);
    if let Some(place) = image.get_mut(12..16) {
        place.copy_from_slice(&checksum.to_le_bytes());
    }
}

const fn node_record(operator: Operator, flags: u8, a: u32, b: u32, c: u32) -> NodeRecord {
    [operator as u32 | (flags as u32) << 8, a, b, c]
}
