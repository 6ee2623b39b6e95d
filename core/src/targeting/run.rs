//! `Machine`: runs a program of an image over a context.
//!
//! Nodes (`ruleset::layout`): a leaf holds its value; an operator's operands are `b` links from `a`. Invariants: a run
//! ends within `EVALUATION_STEPS_MAX` steps and `EVALUATION_BYTES_MAX` bytes of built text whatever the program and the
//! context are; a fault ends the run and only this flag's; the observer changes nothing.

use super::item::Item;
use super::operator::Operator;
use super::path::{parts, walk};
use super::scope::Scope;
use crate::evaluation::{Attributes, Observer};
use crate::limits::{EVALUATION_BYTES_MAX, EVALUATION_STEPS_MAX, PROGRAM_DEPTH_MAX};
use crate::ruleset::layout::{DOTTED, NONE, SPREAD};
use crate::ruleset::{HashVersion, Image, Node};
use crate::time::Timestamp;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Why a run ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// More than `EVALUATION_STEPS_MAX` steps.
    Steps,
    /// More than `EVALUATION_BYTES_MAX` bytes of text.
    Bytes,
    /// A list or program nested too deep.
    Depth,
    /// Operands an operator cannot work on.
    Operands(Operator),
    /// The image holds no such node; the check excludes it.
    Image,
}

impl Fault {
    /// What is wrong, for an error message.
    pub(crate) fn message(self) -> String {
        let text = match self {
            Fault::Steps => "targeting takes more than 1,000,000 steps",
            Fault::Bytes => "targeting builds more than 4 MiB of text",
            Fault::Depth => "targeting nests lists deeper than 128",
            Fault::Image => "the image lacks a part of the program",
            Fault::Operands(operator) => {
                let mut text = String::from("the operands of `");
                text.push_str(operator.name());
                text.push_str("` are of a wrong type or number");
                return text;
            }
        };
        text.into()
    }
}

pub(super) type Run<'a> = Result<Item<'a>, Fault>;

/// One run.
pub(crate) struct Machine<'a, 'o, O> {
    pub(super) image: &'o Image<'a>,
    pub(super) version: HashVersion,
    pub(super) attributes: Attributes<'a>,
    /// The flag; its key is read where a rule asks for it.
    pub(super) flag: u32,
    pub(super) now: Timestamp,
    pub(super) observer: &'o mut O,
    /// Whether the last value came out of a `fractional`: after a run, whether that decided.
    pub(super) split: bool,
    steps: u32,
    bytes: u32,
    depth: usize,
}

impl<'a, 'o, O: Observer> Machine<'a, 'o, O> {
    /// A machine for one flag.
    pub(crate) fn new(
        image: &'o Image<'a>,
        version: HashVersion,
        attributes: Attributes<'a>,
        flag: u32,
        now: Timestamp,
        observer: &'o mut O,
    ) -> Self {
        Self {
            image,
            version,
            attributes,
            flag,
            now,
            observer,
            split: false,
            steps: EVALUATION_STEPS_MAX,
            bytes: EVALUATION_BYTES_MAX,
            depth: PROGRAM_DEPTH_MAX + 1,
        }
    }

    /// Runs a program; its value, and whether a `fractional` decided it.
    pub(crate) fn run(mut self, root: u32) -> Result<(Item<'a>, bool), Fault> {
        let value = self.eval(0, root, Scope::Context)?;
        Ok((value, self.split))
    }

    /// The value of a node, which is operand `position` of its parent.
    pub(super) fn eval(&mut self, position: u32, index: u32, scope: Scope<'_, 'a>) -> Run<'a> {
        self.charge(1)?;
        let node = self.image.node(index).ok_or(Fault::Image)?;
        if O::LISTENS {
            self.observer.enter(position, node.name());
        }
        self.depth = self.depth.checked_sub(1).ok_or(Fault::Depth)?;
        let value = if node.operator.is_leaf() {
            self.leaf(&node, scope)
        } else {
            self.operation(&node, scope)
        };
        self.depth += 1;
        if O::LISTENS {
            match &value {
                Ok(value) => self.observer.leave(|| value.to_value()),
                Err(_) => self.observer.fail(),
            }
        }
        value
    }

    pub(super) fn leaf(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        self.split = false;
        Ok(match node.operator {
            Operator::False => Item::Bool(false),
            Operator::True => Item::Bool(true),
            Operator::Number => Item::Number(node.number()),
            Operator::Text => Item::Text(self.image.text(node.a, node.b)),
            Operator::EmptyObject => Item::fields([]).unwrap_or(Item::Null),
            Operator::Attribute => return self.attribute(node, scope),
            Operator::FlagKey => match scope {
                Scope::Context => Item::Text(self.flag_key()),
                _ => self.path(scope, "$flagd.flagKey")?,
            },
            Operator::Now => match scope {
                Scope::Context => Item::Number(self.now.as_seconds() as f64),
                _ => self.path(scope, "$flagd.timestamp")?,
            },
            _ => Item::Null,
        })
    }

    fn attribute(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let mut found = self.slot(scope, node.a);
        if node.flags & DOTTED != 0 {
            let rest = self.image.node(node.b).ok_or(Fault::Image)?;
            let mut rest = parts(self.image.text(rest.a, rest.b)).peekable();
            if rest.peek().is_some() {
                found = walk(&found, rest).unwrap_or(Item::Null);
            }
        }
        if node.c == NONE {
            return Ok(found);
        }
        // A default is worked out in any case, as every engine does: what is wrong with it shows.
        let default = self.image.node(node.c).ok_or(Fault::Image)?;
        match found {
            Item::Null => self.eval(1, node.c, scope),
            found => {
                if !default.is_sure() {
                    self.eval(1, node.c, scope)?;
                    self.split = false;
                }
                Ok(found)
            }
        }
    }

    /// The operands' values, where the operator takes them all.
    pub(super) fn operands(
        &mut self,
        node: &Node,
        scope: Scope<'_, 'a>,
    ) -> Result<Vec<Item<'a>>, Fault> {
        if node.flags & SPREAD != 0 {
            let only = self.operand(node, 0, scope)?;
            self.charge(only.list_len().unwrap_or_default() as u32)?;
            return Ok(match only.list_len() {
                Some(len) => (0..len).filter_map(|at| only.element(at)).collect(),
                None => vec![only],
            });
        }
        (0..node.b)
            .map(|at| self.operand(node, at, scope))
            .collect()
    }

    /// The value of one operand.
    pub(super) fn operand(&mut self, node: &Node, at: u32, scope: Scope<'_, 'a>) -> Run<'a> {
        self.eval(at, self.operand_node(node, at), scope)
    }

    /// The node of one operand.
    pub(super) fn operand_node(&self, node: &Node, at: u32) -> u32 {
        self.image.link(node.a.saturating_add(at))
    }

    pub(super) fn flag_key(&self) -> &'a str {
        self.image.key(self.flag).unwrap_or_default()
    }

    /// Pays for steps.
    #[inline(always)]
    pub(super) fn charge(&mut self, steps: u32) -> Result<(), Fault> {
        self.steps = self.steps.checked_sub(steps).ok_or(Fault::Steps)?;
        Ok(())
    }

    /// Pays for reading texts, 64 bytes a step.
    pub(super) fn charge_reading(&mut self, items: &[&Item<'_>]) -> Result<(), Fault> {
        let bytes: usize = items
            .iter()
            .map(|item| item.as_text().map_or(0, str::len))
            .sum();
        self.charge((bytes / 64) as u32)
    }

    /// Pays for building text of at most so many bytes.
    pub(super) fn charge_bytes(&mut self, bytes: u32) -> Result<(), Fault> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Fault::Bytes)?;
        Ok(())
    }

    /// The text of an item, built and paid for where it is none yet.
    pub(super) fn text_of(&mut self, item: &Item<'a>) -> Run<'a> {
        if item.as_text().is_some() {
            return Ok(item.clone());
        }
        self.joined(core::slice::from_ref(item))
    }

    /// The joined texts of items.
    pub(super) fn joined(&mut self, items: &[Item<'a>]) -> Run<'a> {
        let limit = self.bytes;
        let bound = items.iter().fold(0, |sum: u32, item| {
            sum.saturating_add(item.text_bound(limit))
        });
        self.charge_bytes(bound)?;
        let mut text = String::with_capacity(bound as usize);
        for item in items {
            item.write_text(&mut text);
        }
        Ok(Item::Built(Rc::from(text)))
    }
}
