//! How deep the named rules of `$evaluators` are with all they refer to, known before any is compiled.
//!
//! So that a rule is refused for its own depth and circles only, whatever else refers to it. Linear in the rules' size; a
//! chain of any length takes no stack. Where a rule is compiled to fewer levels than it is written in, this counts more.

use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// What is known of a named rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Its depth in operators, each reference counted as one.
    Depth(usize),
    /// It refers to itself, perhaps by way of others, or to one that does.
    Circular,
}

/// What a rule is made of.
#[derive(Default)]
struct Outline<'a> {
    depth: usize,
    /// Whom it refers to, and how deep inside.
    references: Vec<(&'a str, usize)>,
}

/// The reach of every rule by name.
pub(super) fn of(evaluators: &BTreeMap<String, Value>) -> BTreeMap<&str, Reach> {
    let mut outlines = BTreeMap::new();
    for (name, rule) in evaluators {
        let mut outline = Outline::default();
        outline.walk(rule, 0);
        outlines.insert(name.as_str(), outline);
    }
    let mut known = BTreeMap::new();
    for name in outlines.keys() {
        visit(name, &outlines, &mut known);
    }
    known
}

/// Finds the reach of a rule and of all it refers to, the innermost first.
fn visit<'a>(
    name: &'a str,
    outlines: &BTreeMap<&'a str, Outline<'a>>,
    known: &mut BTreeMap<&'a str, Reach>,
) {
    if known.contains_key(name) {
        return;
    }
    // Those on the way, each with how many of its references were followed. Until known, one met again is in a circle.
    let mut way = vec![(name, 0)];
    known.insert(name, Reach::Circular);
    while let Some((name, followed)) = way.pop() {
        let Some(outline) = outlines.get(name) else {
            continue;
        };
        match outline.references.get(followed) {
            Some((next, _)) => {
                way.push((name, followed + 1));
                if outlines.contains_key(next) && !known.contains_key(next) {
                    known.insert(next, Reach::Circular);
                    way.push((next, 0));
                }
            }
            None => {
                known.insert(name, outline.reach(known));
            }
        }
    }
}

impl<'a> Outline<'a> {
    fn walk(&mut self, rule: &'a Value, level: usize) {
        self.depth = self.depth.max(level);
        match rule {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, level + 1)),
            Value::Object(map) => {
                for (operator, operands) in map {
                    match (operator.as_str(), operands) {
                        ("$ref", Value::String(name)) => self.references.push((name, level)),
                        // The list of operands is no level of its own.
                        (_, Value::Array(items)) => {
                            items.iter().for_each(|item| self.walk(item, level + 1));
                        }
                        (_, only) => self.walk(only, level + 1),
                    }
                }
            }
            _ => {}
        }
    }

    /// Its depth with all it refers to; a name that does not exist adds nothing, and is refused elsewhere.
    fn reach(&self, known: &BTreeMap<&str, Reach>) -> Reach {
        let mut depth = self.depth;
        for (name, level) in &self.references {
            match known.get(name) {
                Some(Reach::Circular) => return Reach::Circular,
                Some(Reach::Depth(inner)) => depth = depth.max(level + 1 + inner),
                None => {}
            }
        }
        Reach::Depth(depth)
    }
}
