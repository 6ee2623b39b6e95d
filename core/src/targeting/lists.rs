//! The operators over lists and over names of attributes. Choices where public engines differ (see `targeting`):
//!
//! - `missing`: `null` is missing, the empty text is not (Go).
//! - Over nothing `map` and `filter` give `[]`, `all` and `some` `false`, `none` `true` (Go), `reduce` its start; over what
//!   is neither a list nor false they are faults.

use super::item::Item;
use super::operator::Operator;
use super::run::{Fault, Machine, Run};
use super::scope::Scope;
use crate::evaluation::Observer;
use crate::ruleset::Node;
use alloc::vec::Vec;

impl<'a, O: Observer> Machine<'a, '_, O> {
    pub(super) fn missing(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let items = self.operands(node, scope)?;
        let names = match items.first() {
            Some(list) if list.list_len().is_some() => list.clone(),
            _ => Item::list(items).ok_or(Fault::Depth)?,
        };
        let (missing, _) = self.absent(&names, scope)?;
        Item::list(missing).ok_or(Fault::Depth)
    }

    pub(super) fn missing_some(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let items = self.operands(node, scope)?;
        let [wanted, names, ..] = items.as_slice() else {
            return Err(Fault::Operands(node.operator));
        };
        if names.list_len().is_none() {
            return Err(Fault::Operands(node.operator));
        }
        let (missing, found) = self.absent(names, scope)?;
        let enough = f64::from(found) >= wanted.number().trunc();
        Item::list(if enough { Vec::new() } else { missing }).ok_or(Fault::Depth)
    }

    /// Which of the named paths lead to nothing, and how many lead to something.
    fn absent(
        &mut self,
        names: &Item<'a>,
        scope: Scope<'_, 'a>,
    ) -> Result<(Vec<Item<'a>>, u32), Fault> {
        let (mut missing, mut found) = (Vec::new(), 0);
        for at in 0..names.list_len().unwrap_or_default() {
            self.charge(1)?;
            let Some(name) = names.element(at) else {
                continue;
            };
            let path = self.text_of(&name)?;
            match self.path(scope, path.as_text().unwrap_or_default())? {
                Item::Null => missing.push(name),
                _ => found += 1,
            }
        }
        Ok((missing, found))
    }

    pub(super) fn merge(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let items = self.operands(node, scope)?;
        let mut merged = Vec::new();
        for item in items {
            match item.list_len() {
                None => merged.push(item),
                Some(len) => {
                    self.charge(len as u32)?;
                    merged.extend((0..len).filter_map(|at| item.element(at)));
                }
            }
        }
        Item::list(merged).ok_or(Fault::Depth)
    }

    /// The list an operator goes over; what is false counts as empty.
    fn subjects(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        if node.b == 0 {
            return Err(Fault::Operands(node.operator));
        }
        let list = self.operand(node, 0, scope)?;
        match list.list_len() {
            Some(_) => Ok(list),
            None if !list.is_true() => Item::list(Vec::new()).ok_or(Fault::Depth),
            None => Err(Fault::Operands(node.operator)),
        }
    }

    pub(super) fn each(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let list = self.subjects(node, scope)?;
        let len = list.list_len().unwrap_or_default();
        let mut kept = Vec::new();
        for element in (0..len).filter_map(|at| list.element(at)) {
            let value = match node.b {
                0 | 1 => Item::Null,
                _ => self.operand(node, 1, Scope::Element(&element))?,
            };
            self.charge(1)?;
            match (node.operator, value.is_true()) {
                (Operator::Map, _) => kept.push(value),
                (Operator::Filter, true) => kept.push(element),
                (Operator::All, false) | (Operator::None, true) => return Ok(Item::Bool(false)),
                (Operator::Some, true) => return Ok(Item::Bool(true)),
                _ => {}
            }
        }
        match node.operator {
            Operator::Map | Operator::Filter => Item::list(kept).ok_or(Fault::Depth),
            Operator::All => Ok(Item::Bool(len > 0)),
            operator => Ok(Item::Bool(operator == Operator::None)),
        }
    }

    pub(super) fn reduce(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let list = self.subjects(node, scope)?;
        let mut accumulator = if node.b > 2 {
            self.operand(node, 2, scope)?
        } else {
            Item::Null
        };
        for current in (0..list.list_len().unwrap_or_default()).filter_map(|at| list.element(at)) {
            self.charge(1)?;
            if node.b < 2 {
                break;
            }
            accumulator = self.operand(
                node,
                1,
                Scope::Reduction {
                    current: &current,
                    accumulator: &accumulator,
                },
            )?;
        }
        Ok(accumulator)
    }
}
