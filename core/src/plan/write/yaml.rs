//! YAML text from maps, lists and scalars: one layout, quotes only where a reader needs them.
//!
//! Invariants: a scalar without quotes is one that every YAML reader takes for the same text; a map asked to stand on one line
//! does so where it fits and has no map inside; the text grows linearly with what it says. Not here: what a plan writes (`write`).

use crate::plan::words::Words;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{Display, Write};

/// Longest line that a map or a list may make by standing on it, in characters.
const LINE_MAX: usize = 100;

/// Words that some YAML reader takes for something else than text.
const NOT_TEXT: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A value.
#[derive(Debug)]
pub(super) enum Item {
    /// What needs no quotes: a number, a word of ours, a date.
    Plain(String),
    /// What a person wrote.
    Text(String),
    List(Vec<Item>),
    Map(Map),
}

/// A map, in the order it is filled.
#[derive(Debug)]
pub(super) struct Map {
    entries: Vec<(String, Item)>,
    /// Whether it stands on one line where it can.
    flow: bool,
}

impl Map {
    /// A map with a line for each key.
    pub(super) fn block() -> Self {
        Self {
            entries: Vec::new(),
            flow: false,
        }
    }

    /// A map on one line, where it fits.
    pub(super) fn flow() -> Self {
        Self {
            entries: Vec::new(),
            flow: true,
        }
    }

    pub(super) fn push(&mut self, key: &str, item: Item) {
        self.entries.push((key.into(), item));
    }

    pub(super) fn text(&mut self, key: &str, value: &(impl Display + ?Sized)) {
        self.push(key, Item::Text(value.to_string()));
    }

    pub(super) fn text_of(&mut self, key: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(super) fn plain(&mut self, key: &str, value: &(impl Display + ?Sized)) {
        self.push(key, Item::Plain(value.to_string()));
    }

    pub(super) fn plain_of(&mut self, key: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.plain(key, value);
        }
    }

    /// A choice that is not the one made by saying nothing.
    pub(super) fn choice<T: Words>(&mut self, key: &str, value: T, default: T) {
        if value != default {
            self.plain(key, value.word());
        }
    }

    /// A list that is not empty.
    pub(super) fn list(&mut self, key: &str, items: impl Iterator<Item = Item>) {
        let items: Vec<Item> = items.collect();
        if !items.is_empty() {
            self.push(key, Item::List(items));
        }
    }

    pub(super) fn map_of(&mut self, key: &str, map: Option<Map>) {
        if let Some(map) = map {
            self.push(key, Item::Map(map));
        }
    }

    /// A map of freely named maps that is not empty.
    pub(super) fn named<'a, N: Display + 'a>(
        &mut self,
        key: &str,
        entries: impl Iterator<Item = (&'a N, Map)>,
    ) {
        let mut map = Map::block();
        for (name, entry) in entries {
            map.push(&name.to_string(), Item::Map(entry));
        }
        self.map_of(key, (!map.entries.is_empty()).then_some(map));
    }

    /// The document.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_lines(&mut out, 0);
        out
    }

    fn write_lines(&self, out: &mut String, indent: usize) {
        for (index, (key, item)) in self.entries.iter().enumerate() {
            // The first key of a list's item stands behind its dash.
            if index > 0 || !out.ends_with("- ") {
                pad(out, indent);
            }
            write_scalar(out, key, true);
            out.push(':');
            item.write_value(out, indent);
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(core::iter::repeat_n(' ', indent));
}

impl Item {
    /// Writes it behind its key, and ends the line.
    fn write_value(&self, out: &mut String, indent: usize) {
        let line = out.rfind('\n').map_or(0, |end| end + 1);
        let used = out.get(line..).map_or(0, |text| text.chars().count());
        if let Some(text) = self.on_one_line(LINE_MAX.saturating_sub(used + 1)) {
            out.push(' ');
            out.push_str(&text);
            out.push('\n');
            return;
        }
        out.push('\n');
        match self {
            Item::Map(map) => map.write_lines(out, indent + 2),
            Item::List(items) => {
                for item in items {
                    pad(out, indent + 2);
                    out.push_str("- ");
                    item.write_item(out, indent + 4);
                }
            }
            Item::Plain(_) | Item::Text(_) => {}
        }
    }

    /// Writes it behind the dash of a list, and ends the line.
    fn write_item(&self, out: &mut String, indent: usize) {
        match (self.on_one_line(LINE_MAX.saturating_sub(indent)), self) {
            (Some(text), _) => {
                out.push_str(&text);
                out.push('\n');
            }
            (None, Item::Map(map)) => map.write_lines(out, indent),
            // Lists of lists are in no plan.
            (None, _) => out.push('\n'),
        }
    }

    /// It on one line of at most so many characters; a scalar whatever its length.
    fn on_one_line(&self, room: usize) -> Option<String> {
        let mut out = String::new();
        match self {
            Item::Plain(_) | Item::Text(_) => {
                self.write_small(&mut out, false);
                return Some(out);
            }
            Item::Map(map) if map.entries.is_empty() => out.push_str("{}"),
            Item::Map(map) if map.flow && map.entries.iter().all(|(_, item)| item.is_small()) => {
                out.push_str("{ ");
                for (index, (key, item)) in map.entries.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    write_scalar(&mut out, key, true);
                    out.push_str(": ");
                    item.write_small(&mut out, true);
                }
                out.push_str(" }");
            }
            Item::List(_) if self.is_small() => self.write_small(&mut out, true),
            Item::Map(_) | Item::List(_) => return None,
        }
        (out.chars().count() <= room).then_some(out)
    }

    fn is_scalar(&self) -> bool {
        matches!(self, Item::Plain(_) | Item::Text(_))
    }

    /// Whether it is a scalar, or a list of scalars.
    fn is_small(&self) -> bool {
        match self {
            Item::Plain(_) | Item::Text(_) => true,
            Item::List(items) => items.iter().all(Item::is_scalar),
            Item::Map(_) => false,
        }
    }

    fn write_small(&self, out: &mut String, flow: bool) {
        match self {
            Item::Plain(text) => out.push_str(text),
            Item::Text(text) => write_scalar(out, text, flow),
            Item::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    if item.is_scalar() {
                        item.write_small(out, true);
                    }
                }
                out.push(']');
            }
            Item::Map(_) => {}
        }
    }
}

fn write_scalar(out: &mut String, text: &str, flow: bool) {
    if is_plain(text, flow) {
        out.push_str(text);
    } else {
        quote(out, text);
    }
}

/// Whether a text reads the same without quotes, on a line of its own or between brackets.
fn is_plain(text: &str, flow: bool) -> bool {
    let begins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/');
    let inside = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                ' ' | '_' | '.' | '-' | '/' | '@' | '+' | ':' | '%' | '(' | ')' | ';' | '\''
            )
            || !flow && matches!(c, ',' | '?' | '!' | '<' | '>' | '=' | '"' | '$' | '&' | '*')
    };
    let is_number = |text: &str| {
        let digits = |c: char| c.is_ascii_hexdigit() || "xXoO_:.+-eE".contains(c);
        text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(digits)
    };
    let is_other = |text: &str| {
        NOT_TEXT.iter().any(|word| word.eq_ignore_ascii_case(text)) || text.parse::<f64>().is_ok()
    };
    text.starts_with(begins)
        && text.chars().all(inside)
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && !is_number(text)
        && !is_other(text)
}

fn quote(out: &mut String, text: &str) {
    // A query full of quotes is read with less pain between the other ones.
    let is_seen = |c: char| matches!(c, ' '..='~') || c.is_alphanumeric();
    if text.contains(['"', '\\']) && text.chars().all(is_seen) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_seen(c) => out.push(c),
            // Writing to a String cannot fail. Whatever is not seen for what it is, is written by its number.
            c if u32::from(c) > 0xffff => drop(write!(out, "\\U{:08X}", u32::from(c))),
            c => drop(write!(out, "\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
}
