//! The differences found so far: pairing what belongs together, and saying what became of it.
//!
//! Invariant: of two lists, what is only in one is told, then whether the rest stands in another order; the caller compares what
//! is in both. Not here: what a plan consists of (`diff`).

use super::{Difference, What};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

/// What a difference is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// Its path; empty for the plan.
    path: String,
    /// What people call it; empty for the plan.
    name: String,
}

impl Subject {
    pub(super) fn new(path: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            name: name.into(),
        }
    }

    /// The plan as a whole.
    pub(super) fn plan() -> Self {
        Self::new("", "")
    }

    /// An item of one of its lists: ``gate `tests:integration` of tool:lookup``.
    pub(super) fn item(&self, key: &str, item: &str, name: impl Display) -> Self {
        let name = format!("{name}{}", self.whose());
        Self::new(format!("{}[{item}]", self.key(key)), name)
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() || key.is_empty() {
            format!("{}{key}", self.path)
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn whose(&self) -> String {
        if self.name.is_empty() {
            String::new()
        } else {
            format!(" of {}", self.name)
        }
    }

    fn name(&self) -> &str {
        if self.name.is_empty() {
            "the plan"
        } else {
            &self.name
        }
    }
}

/// How a value is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phrase {
    /// By a noun: `owner of tool:lookup is …`.
    Has(&'static str),
    /// By a verb: `step 25 % takes at least …`.
    Does(&'static str),
    /// Of a version, which is never absent: `tool:lookup goes from … to …`.
    Goes,
}

impl Phrase {
    fn say(self, subject: &Subject, before: Option<&str>, after: Option<&str>) -> String {
        let (name, whose) = (subject.name(), subject.whose());
        match (self, before, after) {
            (Phrase::Has(noun), Some(before), Some(after)) => {
                format!("{noun}{whose} is {after} in place of {before}")
            }
            (Phrase::Has(noun), None, Some(after)) => format!("{noun}{whose} is now {after}"),
            (Phrase::Has(noun), before, None) => {
                format!(
                    "{name} has no {noun} any more; it was {}",
                    before.unwrap_or_default()
                )
            }
            (Phrase::Goes, before, after) => {
                let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
                format!("{name} goes from {before} to {after}")
            }
            (Phrase::Does(verb), Some(before), Some(after)) => {
                format!("{name} {verb} {after} in place of {before}")
            }
            (Phrase::Does(verb), None, Some(after)) => format!("{name} now {verb} {after}"),
            (Phrase::Does(verb), before, None) => {
                format!("{name} no longer {verb} {}", before.unwrap_or_default())
            }
        }
    }
}

/// One item, as it was and as it is.
#[derive(Debug)]
pub(super) struct Pair<T> {
    /// What it is known by.
    pub(super) key: String,
    before: Option<T>,
    after: Option<T>,
}

impl<T> Pair<T> {
    /// The one that was and the one that is.
    pub(super) fn sides(&self) -> (Option<&T>, Option<&T>) {
        (self.before.as_ref(), self.after.as_ref())
    }
}

/// The differences found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    all: Vec<Difference>,
}

impl Found {
    pub(super) fn into_all(self) -> Vec<Difference> {
        self.all
    }

    /// One difference, in words of its own.
    pub(super) fn add(
        &mut self,
        of: String,
        before: Option<String>,
        after: Option<String>,
        words: String,
    ) {
        let what = match (&before, &after) {
            (None, _) => What::Added,
            (_, None) => What::Removed,
            _ => What::Changed,
        };
        self.all.push(Difference {
            of,
            what,
            before,
            after,
            words,
        });
    }

    /// A value of ours, such as a number.
    pub(super) fn value(
        &mut self,
        of: &Subject,
        key: &str,
        phrase: Phrase,
        before: Option<impl Display>,
        after: Option<impl Display>,
    ) {
        let before = before.map(|value| value.to_string());
        let after = after.map(|value| value.to_string());
        if before != after {
            let words = phrase.say(of, before.as_deref(), after.as_deref());
            self.add(of.key(key), before, after, words);
        }
    }

    /// A person's own words.
    pub(super) fn text(
        &mut self,
        of: &Subject,
        key: &str,
        phrase: Phrase,
        before: Option<impl Display>,
        after: Option<impl Display>,
    ) {
        let before = before.map(|value| value.to_string());
        let after = after.map(|value| value.to_string());
        if before != after {
            let quoted = |text: &String| format!("`{text}`");
            let (one, other) = (before.as_ref().map(quoted), after.as_ref().map(quoted));
            let words = phrase.say(of, one.as_deref(), other.as_deref());
            self.add(of.key(key), before, after, words);
        }
    }

    /// A list whose items are nothing but their text.
    pub(super) fn list<T: Display>(
        &mut self,
        of: &Subject,
        key: &str,
        noun: &str,
        before: impl IntoIterator<Item = T>,
        after: impl IntoIterator<Item = T>,
    ) {
        for pair in self.pairs(of, key, noun, before, after, T::to_string) {
            let item = of.item(key, &pair.key, format!("{noun} `{}`", pair.key));
            // What is in both is the same.
            let _ = self.both(of, &item, noun, &pair);
        }
    }

    /// The items of two lists by what they are known by, in the order of the first, then what is new; tells whether what is in
    /// both stands in another order. Items known by the same text are paired as they come.
    pub(super) fn pairs<T>(
        &mut self,
        of: &Subject,
        key: &str,
        noun: &str,
        before: impl IntoIterator<Item = T>,
        after: impl IntoIterator<Item = T>,
        known_by: impl Fn(&T) -> String,
    ) -> Vec<Pair<T>> {
        let mut pairs: Vec<Pair<T>> = Vec::new();
        let mut waiting: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for item in before {
            let key = known_by(&item);
            waiting.entry(key.clone()).or_default().push(pairs.len());
            pairs.push(Pair {
                key,
                before: Some(item),
                after: None,
            });
        }
        // The first that waits is the first to be met.
        waiting.values_mut().for_each(|places| places.reverse());
        let mut met = Vec::new();
        for item in after {
            let key = known_by(&item);
            let place = waiting.get_mut(&key).and_then(Vec::pop);
            if let Some((place, pair)) =
                place.and_then(|place| Some((place, pairs.get_mut(place)?)))
            {
                pair.after = Some(item);
                met.push(place);
            } else {
                pairs.push(Pair {
                    key,
                    before: None,
                    after: Some(item),
                });
            }
        }
        if !met.is_sorted() {
            let name = |place: &usize| pairs.get(*place).map(|pair| pair.key.as_str());
            let is = join(met.iter().filter_map(name));
            met.sort_unstable();
            let was = join(met.iter().filter_map(name));
            let words = format!(
                "the order of each {noun}{} is {is} in place of {was}",
                of.whose()
            );
            self.add(of.key(key), Some(was), Some(is), words);
        }
        pairs
    }

    /// Both sides of a pair; where there is only one, tells that it came or went.
    pub(super) fn both<'p, T>(
        &mut self,
        of: &Subject,
        item: &Subject,
        noun: &str,
        pair: &'p Pair<T>,
    ) -> Option<(&'p T, &'p T)> {
        let said = format!("{noun} `{}`{}", pair.key, of.whose());
        let name = || Some(pair.key.clone());
        match pair.sides() {
            (Some(before), Some(after)) => return Some((before, after)),
            (None, _) => self.add(item.path.clone(), None, name(), format!("{said} added")),
            (_, None) => self.add(item.path.clone(), name(), None, format!("{said} removed")),
        }
        None
    }
}

/// Texts in a row.
pub(super) fn join<T: Display>(texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| text.to_string()).collect();
    texts.join(", ")
}
