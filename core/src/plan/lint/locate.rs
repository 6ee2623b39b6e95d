//! Where a finding's path is in the text of a plan file, so that people are shown a line. Not here: what findings there are.

use crate::diagnostic::Diagnostic;
use crate::plan::yaml::{self, Mark, Node, Yaml};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Gives each finding without a line that of its path, or of as much of its path as the file has, and sorts all by their place.
pub fn locate(text: &str, found: &mut [Diagnostic]) {
    if found.iter().any(|finding| finding.place.line == 0) {
        place(text, found);
    }
    found.sort_by_key(|finding| (finding.place.line, finding.place.column));
}

fn place(text: &str, found: &mut [Diagnostic]) {
    let Ok(root) = yaml::read(text) else { return };
    let mut items = Items::default();
    for finding in found.iter_mut().filter(|finding| finding.place.line == 0) {
        let mark = items.mark(&root, &finding.place.path);
        (finding.place.line, finding.place.column) = (mark.line, mark.column);
    }
}

/// The items of each sequence that was asked about, by what they may be called: findings may be as many as items.
#[derive(Default)]
struct Items<'a>(BTreeMap<String, BTreeMap<String, &'a Node>>);

impl<'a> Items<'a> {
    /// Where a path leads, as far as the file has it.
    fn mark(&mut self, root: &'a Node, path: &str) -> Mark {
        let (mut mark, mut node) = (root.mark, root);
        for (before, segment) in segments(path) {
            let next = match segment {
                Segment::Key(key) => child(node, key),
                Segment::Item(name) => self.item(node, before, name).map(|item| (item.mark, item)),
            };
            match next {
                Some(next) => (mark, node) = next,
                None => break,
            }
        }
        mark
    }

    fn item(&mut self, node: &'a Node, path: &str, name: &str) -> Option<&'a Node> {
        let Yaml::Sequence(items) = &node.value else {
            return None;
        };
        if let Ok(index) = name.parse::<usize>() {
            return items.get(index);
        }
        if !self.0.contains_key(path) {
            let named = items
                .iter()
                .flat_map(|item| pins_of(item).map(move |pin| (pin, item)));
            self.0.insert(path.into(), named.collect());
        }
        self.0.get(path)?.get(name).copied()
    }
}

enum Segment<'p> {
    Key(&'p str),
    /// A pin or a number, in brackets.
    Item(&'p str),
}

/// `changes[PIN].gates[0]`: a pin has dots of its own, but no brackets.
/// Each with what is before it.
fn segments(path: &str) -> Vec<(&str, Segment<'_>)> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let before = path.strip_suffix(rest).unwrap_or_default();
        if let Some((name, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            found.push((before, Segment::Item(name)));
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() {
            break;
        }
        found.push((before, Segment::Key(key)));
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    found
}

fn child<'a>(node: &'a Node, key: &str) -> Option<(Mark, &'a Node)> {
    let Yaml::Mapping(entries) = &node.value else {
        return None;
    };
    let (key, value) = entries.iter().find(|(known, _)| known.text == key)?;
    Some((key.mark, value))
}

/// What an item may be called: its own text, or any of its entries as `kind:name@version`.
fn pins_of(item: &Node) -> impl Iterator<Item = String> {
    let entries = match &item.value {
        Yaml::Mapping(entries) => entries.as_slice(),
        _ => &[],
    };
    let own = match &item.value {
        Yaml::Scalar(Some(text)) => Some(text.clone()),
        _ => None,
    };
    let named = entries
        .iter()
        .filter_map(|(key, value)| match &value.value {
            Yaml::Scalar(Some(text)) => Some(alloc::format!("{}:{text}", key.text)),
            _ => None,
        });
    own.into_iter().chain(named)
}
