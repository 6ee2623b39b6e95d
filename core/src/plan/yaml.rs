//! YAML (and so JSON) as a tree that remembers where everything stood.
//!
//! Invariants: bounded in size and depth before anything is built; anchors, tags, several documents and doubled keys
//! are refused, so that what is read is what a reviewer sees. Not here: what the keys mean (`parse`).

use crate::diagnostic::{Diagnostic, Place};
use crate::limits::{NESTING_MAX, PLAN_BYTES_MAX};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

/// Where something stands: line and column from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Mark {
    fn of(marker: &Marker) -> Self {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            line: count(marker.line()),
            column: count(marker.col()).saturating_add(1),
        }
    }

    /// This mark as a place with a path.
    pub(super) fn at(self, path: &str) -> Place {
        Place {
            line: self.line,
            column: self.column,
            path: path.into(),
        }
    }
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) value: Yaml,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Yaml {
    /// Text, a number, a truth value: as written; `null` and nothing are `None`.
    Scalar(Option<String>),
    Sequence(Vec<Node>),
    /// In the order written.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) mark: Mark,
    pub(super) text: String,
}

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Node, Diagnostic> {
    if text.len() > PLAN_BYTES_MAX {
        return Err(Diagnostic::error(
            "too-large",
            Place::default(),
            format!(
                "the file takes {} bytes, more than {PLAN_BYTES_MAX}",
                text.len()
            ),
            "split the release",
        ));
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
    };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_), _) => {}
            (Event::StreamEnd, _) => {
                return Err(Diagnostic::error(
                    "empty",
                    Place::default(),
                    "the file is empty",
                    "write a plan",
                ));
            }
            (event, span) => {
                let node = reader.node(event, span, 0)?;
                reader.end()?;
                return Ok(node);
            }
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

fn refuse(code: &str, span: Span, message: &str, fix: &str) -> Diagnostic {
    Diagnostic::error(code, Mark::of(&span.start).at(""), message, fix)
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Diagnostic> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let place = Mark::of(error.marker()).at("");
                Err(Diagnostic::error(
                    "syntax",
                    place,
                    format!("not valid YAML: {}", error.info()),
                    "mend the syntax",
                ))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd, _) => {}
                (_, span) => {
                    return Err(refuse(
                        "documents",
                        span,
                        "a second document begins here",
                        "use one file for each plan",
                    ));
                }
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        if depth > NESTING_MAX {
            return Err(refuse(
                "too-deep",
                span,
                "the nesting is too deep",
                "a plan needs six levels at most",
            ));
        }
        let mark = Mark::of(&span.start);
        let value = match event {
            Event::Scalar(text, style, 0, None) => Yaml::Scalar(scalar(text, style)),
            Event::SequenceStart(0, None) => Yaml::Sequence(self.sequence(depth)?),
            Event::MappingStart(0, None) => Yaml::Mapping(self.mapping(depth)?),
            Event::Alias(_) => {
                return Err(refuse(
                    "alias",
                    span,
                    "aliases are not read",
                    "write the value out",
                ));
            }
            _ => {
                return Err(refuse(
                    "anchor",
                    span,
                    "anchors and tags are not read",
                    "write the plain value",
                ));
            }
        };
        Ok(Node { mark, value })
    }

    fn sequence(&mut self, depth: usize) -> Result<Vec<Node>, Diagnostic> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, Diagnostic> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut seen = alloc::collections::BTreeSet::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                return Ok(entries);
            }
            let Event::Scalar(text, _, 0, None) = event else {
                return Err(refuse(
                    "key",
                    span,
                    "a key must be plain text",
                    "write a name",
                ));
            };
            let key = Key {
                mark: Mark::of(&span.start),
                text: text.to_string(),
            };
            if !seen.insert(key.text.clone()) {
                return Err(refuse(
                    "doubled-key",
                    span,
                    &format!("`{}` stands here twice", key.text),
                    "keep one of them",
                ));
            }
            let (event, span) = self.next()?;
            entries.push((key, self.node(event, span, depth + 1)?));
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Option<String> {
    let nothing =
        style == ScalarStyle::Plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
    (!nothing).then(|| text.to_string())
}
