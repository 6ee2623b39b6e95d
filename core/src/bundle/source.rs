//! Where things stand in the text of a document: for findings that a parsed value has no place for any more.
//!
//! Only for text that is JSON already and nests no deeper than `NESTING_MAX`; other text gives no places, never a panic.

use crate::diagnostic::{Diagnostic, Place};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Most findings of one kind that are told.
pub(super) const FINDINGS_MAX: usize = 100;

/// Gives each finding the line and column of the innermost thing its path leads to.
pub(super) fn locate(text: &str, found: &mut [Diagnostic]) {
    let mut best: Vec<(usize, usize)> = found.iter().map(|_| (0, 0)).collect();
    walk(text, &mut |path, offset, _| {
        for (finding, best) in found.iter().zip(best.iter_mut()) {
            let wanted = finding.place.path.as_str();
            let leads_there = wanted
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            if leads_there && path.len() > best.0 {
                *best = (path.len(), offset);
            }
        }
    });
    for (finding, (_, offset)) in found.iter_mut().zip(best) {
        if finding.place.line == 0 {
            (finding.place.line, finding.place.column) = position(text, offset);
        }
    }
}

/// Keys that stand twice in one object: the second would silently win.
pub(super) fn duplicates(text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    walk(text, &mut |path, offset, is_new| {
        if !is_new && found.len() < FINDINGS_MAX {
            let (line, column) = position(text, offset);
            let place = Place {
                line,
                column,
                path: path.into(),
            };
            found.push(Diagnostic::error(
                "json",
                place,
                "the key stands here for the second time",
                "remove one of the two",
            ));
        }
    });
    found
}

fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line as u32, column as u32)
}

/// Calls `visit` with path and offset of every member and element, and whether its key is new in its object.
fn walk(text: &str, visit: &mut dyn FnMut(&str, usize, bool)) {
    let mut scanner = Scanner {
        text,
        at: 0,
        path: String::new(),
    };
    // Ends at what is no JSON.
    let _ended = scanner.value(visit);
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    path: String,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self, visit: &mut dyn FnMut(&str, usize, bool)) -> Option<()> {
        match self.next()? {
            b'{' => self.members(visit),
            b'[' => self.elements(visit),
            b'"' => self.string().map(drop),
            _ => {
                let rest = self.text.as_bytes().get(self.at..)?;
                let ends =
                    |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}');
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
                Some(())
            }
        }
    }

    fn members(&mut self, visit: &mut dyn FnMut(&str, usize, bool)) -> Option<()> {
        self.at += 1;
        let mut keys = BTreeSet::new();
        while self.next()? != b'}' {
            let offset = self.at;
            let key = self.string()?;
            (self.next()? == b':').then_some(())?;
            self.at += 1;
            let is_new = keys.insert(key.clone());
            self.inside(&key, offset, is_new, visit)?;
        }
        self.at += 1;
        Some(())
    }

    fn elements(&mut self, visit: &mut dyn FnMut(&str, usize, bool)) -> Option<()> {
        self.at += 1;
        let mut index = 0_usize;
        while self.next()? != b']' {
            let offset = self.at;
            self.inside(&format!("{index}"), offset, true, visit)?;
            index += 1;
        }
        self.at += 1;
        Some(())
    }

    fn inside(
        &mut self,
        part: &str,
        offset: usize,
        is_new: bool,
        visit: &mut dyn FnMut(&str, usize, bool),
    ) -> Option<()> {
        let outer = self.path.len();
        if outer > 0 {
            self.path.push('.');
        }
        self.path.push_str(part);
        visit(&self.path, offset, is_new);
        self.value(visit)?;
        self.path.truncate(outer);
        if self.next()? == b',' {
            self.at += 1;
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let from = self.at;
        (self.next()? == b'"').then_some(())?;
        let mut escaped = false;
        let body = self.text.as_bytes().get(from + 1..)?;
        let end = body.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        self.at = from + end + 2;
        serde_json::from_str(self.text.get(from..self.at)?).ok()
    }
}
