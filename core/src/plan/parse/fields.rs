//! Reading mappings by known keys, collecting every finding instead of stopping at the first.

use crate::artefact::{ArtefactId, CustomKind, Kind, Pin, Version};
use crate::diagnostic::{Diagnostic, Place};
use crate::limits::TEXT_BYTES_MAX;
use crate::name::nearest;
use crate::plan::form::{Form, Need};
use crate::plan::words::Words;
use crate::plan::yaml::{Key, Mark, Node, Yaml};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::str::FromStr;

/// The errors found so far, and what the plan declares for all that follows.
#[derive(Debug, Default)]
pub(super) struct Findings {
    errors: Vec<Diagnostic>,
    /// The kinds of the plan's own.
    pub(super) kinds: BTreeSet<CustomKind>,
}

impl Findings {
    pub(super) fn into_errors(self) -> Vec<Diagnostic> {
        self.errors
    }

    pub(super) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub(super) fn error(
        &mut self,
        code: &str,
        place: Place,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.errors
            .push(Diagnostic::error(code, place, message, fix));
    }

    /// The text of a node that must be one.
    pub(super) fn scalar<'n>(&mut self, node: &'n Node, path: &str) -> Option<&'n str> {
        let problem = match &node.value {
            Yaml::Scalar(Some(text)) if text.len() <= TEXT_BYTES_MAX => return Some(text),
            Yaml::Scalar(Some(_)) => "the text is too long",
            Yaml::Scalar(None) => "nothing is written here",
            Yaml::Sequence(_) | Yaml::Mapping(_) => "one value is expected here, not a list or map",
        };
        self.error("shape", node.mark.at(path), problem, "write one value");
        None
    }

    pub(super) fn parsed<T>(
        &mut self,
        place: Place,
        code: &str,
        result: Result<T, impl Display>,
    ) -> Option<T> {
        result
            .map_err(|error| self.error(code, place, error.to_string(), ""))
            .ok()
    }

    pub(super) fn name<T: FromStr<Err: Display>>(&mut self, place: Place, text: &str) -> Option<T> {
        self.parsed(place, "name", text.parse::<T>())
    }

    pub(super) fn version(&mut self, place: Place, text: &str) -> Option<Version> {
        self.parsed(place, "FH114", text.parse())
    }

    pub(super) fn pin(&mut self, place: Place, text: &str) -> Option<Pin> {
        let version = text
            .split_once('@')
            .map(|(_, version)| version.parse::<Version>());
        let code = if matches!(version, Some(Err(_)) | None) {
            "FH114"
        } else {
            "name"
        };
        let pin: Pin = self.parsed(place.clone(), code, text.parse())?;
        self.declared(place, pin.artefact()).then_some(pin)
    }

    /// Whether an artefact's kind is known; reports it where it is not.
    pub(super) fn declared(&mut self, place: Place, artefact: &ArtefactId) -> bool {
        let Kind::Custom(kind) = artefact.kind() else {
            return true;
        };
        let known = self.kinds.contains(&kind);
        if !known {
            let message = format!("`{kind}` is no kind of artefact");
            let fix = format!("declare it: `kinds: {{ {kind}: {{ after: tool }} }}`");
            self.error("kind", place, message, fix);
        }
        known
    }
}

/// A mapping being read by the keys of its form.
pub(super) struct Fields<'n, 'f> {
    form: &'static Form,
    mark: Mark,
    entries: &'n [(Key, Node)],
    path: String,
    pub(super) findings: &'f mut Findings,
}

impl<'n, 'f> Fields<'n, 'f> {
    /// Opens a mapping; reports every key that is not of its form, and every one that must stand there and does not.
    pub(super) fn open(
        node: &'n Node,
        path: &str,
        form: &'static Form,
        findings: &'f mut Findings,
    ) -> Option<Self> {
        let own = findings.kinds.clone();
        let known = known(form, &own);
        let Yaml::Mapping(entries) = &node.value else {
            let fix = format!(
                "write it as `key: value` lines; keys here are {}",
                known.join(", ")
            );
            findings.error("shape", node.mark.at(path), "a map is expected here", fix);
            return None;
        };
        for (key, _) in entries {
            let text = key.text.as_str();
            if known.contains(&text) {
                continue;
            }
            let fix = nearest(text, known.iter().copied()).map_or_else(
                || format!("known here: {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let shown: String = text.chars().take(80).collect();
            let message = format!("`{shown}` is not a key of this map");
            let place = key.mark.at(&join(path, text));
            findings.error("unknown-key", place, message, fix);
        }
        let mut fields = Self {
            form,
            mark: entries.first().map_or(node.mark, |(key, _)| key.mark),
            entries,
            path: path.into(),
            findings,
        };
        for key in form.keys {
            if let Need::Must(example) = key.need
                && fields.get(key.name).is_none()
            {
                let message = format!("`{}` is missing", key.name);
                fields.missing(message, format!("add `{}: {example}`", key.name));
            }
        }
        Some(fields)
    }

    fn missing(&mut self, message: String, fix: String) {
        let place = self.mark.at(&self.path);
        self.findings.error("missing-key", place, message, fix);
    }

    /// Of the keys of which exactly one must stand here, that one, with all that must stand beside it and nothing that must not.
    pub(super) fn one(&mut self) -> Option<&'static str> {
        let what = self.form.name;
        let ones = || self.form.keys.iter().filter(|key| key.need == Need::One);
        let named: Vec<&str> = ones()
            .map(|key| key.name)
            .filter(|key| self.get(key).is_some())
            .collect();
        let [named] = named.as_slice() else {
            let number = if named.is_empty() {
                "no"
            } else {
                "more than one"
            };
            let names: Vec<&str> = ones().map(|key| key.name).collect();
            let message = format!("{number} kind of {what} is named");
            let fix = format!("name one of {}", names.join(", "));
            let place = self.mark.at(&self.path);
            self.findings.error(what, place, message, fix);
            return None;
        };
        let mut whole = true;
        for key in self.form.keys {
            let Need::Beside(of) = key.need else { continue };
            let (key, stands) = (key.name, self.get(key.name).is_some());
            if of == *named && !stands {
                self.missing(
                    format!("`{key}` is missing beside `{of}`"),
                    format!("add `{key}`"),
                );
                whole = false;
            } else if of != *named && stands {
                let message = format!("`{key}` says nothing beside `{named}`");
                let fix = format!("take it out, or name `{of}`");
                let place = self.mark.at(&self.path);
                self.findings.error(what, place, message, fix);
                whole = false;
            }
        }
        whole.then_some(*named)
    }

    /// The node of a key and its path; `None` where it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<(&'n Node, String)> {
        self.entries
            .iter()
            .find(|(known, node)| known.text == key && node.value != Yaml::Scalar(None))
            .map(|(_, node)| (node, join(&self.path, key)))
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let (node, path) = self.get(key)?;
        self.findings.scalar(node, &path).map(ToString::to_string)
    }

    pub(super) fn name<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let (node, path) = self.get(key)?;
        let text = self.findings.scalar(node, &path)?;
        self.findings.name(node.mark.at(&path), text)
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        key: &str,
        code: &str,
        fix: &str,
    ) -> Option<T> {
        let (node, path) = self.get(key)?;
        let text = self.findings.scalar(node, &path)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.findings
                    .error(code, node.mark.at(&path), error.to_string(), fix);
                None
            }
        }
    }

    pub(super) fn date(&mut self, key: &str) -> Option<String> {
        let date: jiff::civil::Date = self.parsed(key, "date", "write a day like 2026-12-01")?;
        Some(date.to_string())
    }

    pub(super) fn truth(&mut self, key: &str) -> bool {
        self.choice(key).unwrap_or_default()
    }

    /// One of the words a choice is said in.
    pub(super) fn choice<T: Words>(&mut self, key: &str) -> Option<T> {
        let (node, path) = self.get(key)?;
        let text = self.findings.scalar(node, &path)?;
        let found = T::WORDS.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
            let message = format!("`{text}` is not one of {}", words.join(", "));
            self.findings
                .error("choice", node.mark.at(&path), message, "use one of them");
        }
        found.map(|(_, value)| *value)
    }

    /// The entries of a map of freely named keys.
    pub(super) fn entries(&mut self, key: &str) -> Vec<(&'n Key, &'n Node, String)> {
        let Some((node, path)) = self.get(key) else {
            return Vec::new();
        };
        match &node.value {
            Yaml::Mapping(entries) => entries
                .iter()
                .map(|(key, node)| (key, node, join(&path, &key.text)))
                .collect(),
            _ => {
                self.findings.error(
                    "shape",
                    node.mark.at(&path),
                    "a map is expected here",
                    "write `NAME:` lines",
                );
                Vec::new()
            }
        }
    }

    /// The items of a list that has at most so many; none where it has more.
    pub(super) fn items_at_most(
        &mut self,
        key: &str,
        max: usize,
        what: &str,
    ) -> Vec<(&'n Node, String)> {
        let items = self.items(key);
        let Some((item, path)) = items.get(max) else {
            return items;
        };
        let message = format!("there are at most {max} {what}");
        self.findings
            .error("too-many", item.mark.at(path), message, "leave some out");
        Vec::new()
    }

    /// The items of a list.
    pub(super) fn items(&mut self, key: &str) -> Vec<(&'n Node, String)> {
        let Some((node, path)) = self.get(key) else {
            return Vec::new();
        };
        match &node.value {
            Yaml::Sequence(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (item, format!("{path}[{index}]")))
                .collect(),
            _ => {
                self.findings.error(
                    "shape",
                    node.mark.at(&path),
                    "a list is expected here",
                    "write `- ` items",
                );
                Vec::new()
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.into()
    } else {
        format!("{path}.{key}")
    }
}

/// Every key that may stand in a map: where an artefact is pinned, its kind too.
fn known<'k>(form: &'static Form, own: &'k BTreeSet<CustomKind>) -> Vec<&'k str> {
    let kinds = Kind::ALL.iter().map(Kind::as_str);
    let kinds = kinds.chain(own.iter().map(CustomKind::as_str));
    let kinds = kinds.filter(|_| form.pinned);
    kinds.chain(form.keys.iter().map(|key| key.name)).collect()
}
