//! `Attributes`: where an evaluation reads what the caller told: a context as it is, or one looked up before.
//!
//! `Prepared` holds the attributes by slot, so that many flags are asked about one subject without a look-up, and a host
//! in another language passes only what a flag reads. Invariant: over a prepared context every flag answers as over the
//! context it was prepared from; over one filled slot by slot, every flag does whose `Ruleset::reads` names no more.

use crate::context::{Context, TARGETING_KEY};
use crate::ruleset::layout::SUBJECT;
use crate::ruleset::{Image, Ruleset};
use crate::targeting::item::Item;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// What a caller told about the subject.
#[derive(Debug, Clone, Copy)]
pub enum Attributes<'a> {
    /// As told.
    Plain(&'a Context),
    /// Looked up before.
    Prepared(&'a Prepared),
    /// Nothing but the targeting key.
    Subject(&'a str),
}

impl<'a> From<&'a Context> for Attributes<'a> {
    fn from(context: &'a Context) -> Self {
        Attributes::Plain(context)
    }
}

impl<'a> From<&'a Prepared> for Attributes<'a> {
    fn from(prepared: &'a Prepared) -> Self {
        Attributes::Prepared(prepared)
    }
}

impl<'a> Attributes<'a> {
    pub(crate) fn slot(self, image: &Image<'a>, slot: u32) -> Item<'a> {
        match self {
            Attributes::Plain(context) => {
                context.get(image.slot(slot)).map_or(Item::Null, Item::from)
            }
            Attributes::Prepared(prepared) => prepared.item(slot),
            Attributes::Subject(key) if slot == SUBJECT => Item::Text(key),
            Attributes::Subject(_) => Item::Null,
        }
    }

    /// What was told of an attribute, for the short way.
    #[inline(always)]
    pub(crate) fn told(self, image: &Image<'a>, slot: u32) -> Told<'a> {
        match self {
            Attributes::Prepared(prepared) => match prepared.slots.get(slot as usize) {
                Some(Slot::Text(text)) => Told::Text(text),
                Some(Slot::Number(number)) => Told::Number(*number),
                Some(Slot::Bool(value)) => Told::Bool(*value),
                Some(Slot::Nested(_)) => Told::Nested,
                Some(Slot::Null) | None => Told::Nothing,
            },
            Attributes::Subject(key) if slot == SUBJECT => Told::Text(key),
            Attributes::Subject(_) => Told::Nothing,
            Attributes::Plain(context) => match context.get(image.slot(slot)) {
                Some(Value::String(text)) => Told::Text(text),
                Some(Value::Int(number)) => Told::Number(*number as f64),
                Some(Value::Float(number)) => Told::Number(*number),
                Some(Value::Bool(value)) => Told::Bool(*value),
                Some(Value::Array(_) | Value::Object(_)) => Told::Nested,
                Some(Value::Null) | None => Told::Nothing,
            },
        }
    }

    pub(crate) fn name(self, image: &Image<'a>, name: &str) -> Item<'a> {
        match self {
            Attributes::Plain(context) => context.get(name).map_or(Item::Null, Item::from),
            Attributes::Prepared(prepared) => match prepared.whole.get(name) {
                Some(value) => Item::from(value),
                None => image
                    .slot_of(name)
                    .map_or(Item::Null, |slot| prepared.item(slot)),
            },
            Attributes::Subject(key) if name == TARGETING_KEY => Item::Text(key),
            Attributes::Subject(_) => Item::Null,
        }
    }

    /// All of it; none where the caller told only what is read by name.
    pub(crate) fn whole(self) -> Option<&'a Context> {
        match self {
            Attributes::Plain(context) => Some(context),
            Attributes::Prepared(prepared) => Some(&prepared.whole),
            Attributes::Subject(_) => None,
        }
    }
}

/// What was told of an attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Told<'a> {
    Nothing,
    Bool(bool),
    Number(f64),
    Text(&'a str),
    Nested,
}

/// A context looked up for one ruleset.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    slots: Vec<Slot>,
    /// All attributes, for rules that compute which they read; empty where slots were set one by one.
    whole: Context,
}

/// An attribute.
#[derive(Debug, Clone, Default)]
enum Slot {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    /// Its room is used again, so that preparing once more allocates nothing.
    Text(String),
    /// A list or an object.
    Nested(Value),
}

impl Prepared {
    /// A context that tells nothing yet.
    pub fn new(ruleset: &Ruleset) -> Self {
        let count = ruleset.attributes().count();
        Self {
            slots: alloc::vec![Slot::Null; count],
            whole: Context::default(),
        }
    }

    /// A context, looked up.
    pub fn of(ruleset: &Ruleset, context: Context) -> Self {
        let mut prepared = Self::new(ruleset);
        prepared.set_context(ruleset, context);
        prepared
    }

    /// Tells all of a context in place of what was told before.
    pub fn set_context(&mut self, ruleset: &Ruleset, context: Context) {
        for (slot, name) in (0..).zip(ruleset.attributes()) {
            match context.get(name) {
                None | Some(Value::Null) => self.set_null(slot),
                Some(Value::Bool(value)) => self.set_bool(slot, *value),
                Some(Value::Int(number)) => self.set_number(slot, *number as f64),
                Some(Value::Float(number)) => self.set_number(slot, *number),
                Some(Value::String(text)) => self.set_text(slot, text),
                Some(nested) => self.set_nested(slot, nested.clone()),
            }
        }
        self.whole = context;
    }

    /// Tells nothing again.
    pub fn clear(&mut self) {
        self.slots.fill(Slot::Null);
        self.whole = Context::default();
    }

    /// Tells nothing of an attribute. Slots count as in `Ruleset::attributes`; one there is not is ignored.
    pub fn set_null(&mut self, slot: u32) {
        self.set(slot, Slot::Null);
    }

    /// Tells a truth value.
    pub fn set_bool(&mut self, slot: u32, value: bool) {
        self.set(slot, Slot::Bool(value));
    }

    /// Tells a number.
    pub fn set_number(&mut self, slot: u32, number: f64) {
        self.set(slot, Slot::Number(number));
    }

    /// Tells a text.
    pub fn set_text(&mut self, slot: u32, text: &str) {
        match self.slots.get_mut(slot as usize) {
            Some(Slot::Text(kept)) => {
                kept.clear();
                kept.push_str(text);
            }
            Some(place) => *place = Slot::Text(text.into()),
            None => {}
        }
    }

    /// Tells a list or an object.
    pub fn set_nested(&mut self, slot: u32, value: Value) {
        self.set(slot, Slot::Nested(value));
    }

    fn set(&mut self, slot: u32, value: Slot) {
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = value;
        }
    }

    fn item(&self, slot: u32) -> Item<'_> {
        match self.slots.get(slot as usize) {
            None | Some(Slot::Null) => Item::Null,
            Some(Slot::Bool(value)) => Item::Bool(*value),
            Some(Slot::Number(number)) => Item::Number(*number),
            Some(Slot::Text(text)) => Item::Text(text),
            Some(Slot::Nested(value)) => Item::from(value),
        }
    }
}
