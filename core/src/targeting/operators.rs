//! Each operator that takes values; those over lists are in `lists`. Choices where public engines differ (see `targeting`):
//!
//! - `and`, `or` give the deciding operand (all but Go); of no operands `null`; `if` without a branch to take `null`.
//! - Comparison never fails (`item`); a chain of more than two operands holds where each neighbouring pair does.
//! - Arithmetic: `null` is 0, booleans are 0 and 1 (flagd-core); a text that is no number, a list, an object, and a result
//!   that is no finite number are faults (all but Go, where `"abc"` is 0). `/` of one operand is that operand (Go). The
//!   sign of `%` is that of the dividend (all but Python). `min` and `max` of nothing are faults.
//! - `cat`: `null` is nothing (Go, interpreter); white space stays (all but Go). `substr` counts characters (Go, Python).
//! - `in`: in a list strictly equal (all but Go); in anything but a list or a text `false` (Go).
//! - `starts_with`, `ends_with`, `sem_ver`: `null` where the operands do not fit.

use super::item::Item;
use super::operator::Operator;
use super::run::{Fault, Machine, Run};
use super::scope::Scope;
use super::sem_ver::{self, Relation};
use super::text;
use crate::evaluation::Observer;
use crate::ruleset::Node;
use crate::ruleset::layout::{NONE, SPREAD};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cmp::Ordering;

impl<'a, O: Observer> Machine<'a, '_, O> {
    pub(super) fn operation(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        use Operator as Op;
        let value = match node.operator {
            // These leave `split` as their deciding operand set it.
            Op::If => return self.branch(node, scope),
            Op::And => return self.first(node, scope, false),
            Op::Or => return self.first(node, scope, true),
            Op::Split => {
                return Ok(match self.share(node, scope)? {
                    NONE => Item::Null,
                    result => self.result(result),
                });
            }
            Op::Condition => self.condition(node, scope),
            Op::Fractional => return self.fractional(node, scope),
            Op::Var => return self.variable(node, scope),
            Op::List => {
                let items = self.operands(node, scope)?;
                Item::list(items).ok_or(Fault::Depth)
            }
            Op::Missing => self.missing(node, scope),
            Op::MissingSome => self.missing_some(node, scope),
            Op::Not | Op::Truth => {
                let operands = self.operands(node, scope)?;
                let value = operands.first().is_some_and(Item::is_true);
                Ok(Item::Bool(value == (node.operator == Op::Truth)))
            }
            Op::Equal | Op::StrictEqual | Op::NotEqual | Op::StrictNotEqual => {
                self.compare(node, scope)
            }
            Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
                self.compare(node, scope)
            }
            Op::Add
            | Op::Subtract
            | Op::Multiply
            | Op::Divide
            | Op::Remainder
            | Op::Min
            | Op::Max => self.arithmetic(node, scope),
            Op::Merge => self.merge(node, scope),
            Op::Cat => {
                let items = self.operands(node, scope)?;
                self.joined(&items)
            }
            Op::Substr => self.substr(node, scope),
            Op::In => self.contains(node, scope),
            Op::Map | Op::Filter | Op::All | Op::None | Op::Some => self.each(node, scope),
            Op::Reduce => self.reduce(node, scope),
            Op::StartsWith | Op::EndsWith => self.affix(node, scope),
            Op::SemVer => self.sem_ver(node, scope),
            _ => Ok(Item::Null),
        };
        self.split = false;
        value
    }

    fn branch(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let mut at = 0;
        while at + 1 < node.b {
            if self.operand(node, at, scope)?.is_true() {
                return self.operand(node, at + 1, scope);
            }
            at += 2;
        }
        if at < node.b {
            return self.operand(node, at, scope);
        }
        self.split = false;
        Ok(Item::Null)
    }

    /// The first operand whose truth is `wanted`, else the last.
    fn first(&mut self, node: &Node, scope: Scope<'_, 'a>, wanted: bool) -> Run<'a> {
        let mut last = Item::Null;
        self.split = false;
        for at in 0..node.b {
            last = self.operand(node, at, scope)?;
            if last.is_true() == wanted {
                break;
            }
        }
        Ok(last)
    }

    fn compare(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        if node.flags == 0 && node.b == 2 {
            let (a, b) = (self.operand(node, 0, scope)?, self.operand(node, 1, scope)?);
            return Ok(Item::Bool(self.holds(node.operator, &a, &b)?));
        }
        let items = self.operands(node, scope)?;
        if items.len() < 2 {
            return Err(Fault::Operands(node.operator));
        }
        for (a, b) in items.iter().zip(items.iter().skip(1)) {
            if !self.holds(node.operator, a, b)? {
                return Ok(Item::Bool(false));
            }
        }
        Ok(Item::Bool(true))
    }

    pub(super) fn holds(
        &mut self,
        operator: Operator,
        a: &Item<'_>,
        b: &Item<'_>,
    ) -> Result<bool, Fault> {
        self.charge_reading(&[a, b])?;
        let order = || a.order(b);
        Ok(match operator {
            Operator::Equal => a.equals(b),
            Operator::NotEqual => !a.equals(b),
            Operator::StrictEqual => a.strictly_equals(b),
            Operator::StrictNotEqual => !a.strictly_equals(b),
            Operator::Less => order() == Some(Ordering::Less),
            Operator::Greater => order() == Some(Ordering::Greater),
            Operator::LessOrEqual => order().is_some_and(Ordering::is_le),
            _ => order().is_some_and(Ordering::is_ge),
        })
    }

    fn arithmetic(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let items = self.operands(node, scope)?;
        let fault = Err(Fault::Operands(node.operator));
        let mut numbers = items.iter().map(Item::number);
        let Some(first) = numbers.next() else {
            return match node.operator {
                Operator::Add => Ok(Item::Number(0.0)),
                Operator::Multiply => Ok(Item::Number(1.0)),
                _ => fault,
            };
        };
        let result = match node.operator {
            Operator::Add => numbers.fold(first, |a, b| a + b),
            Operator::Multiply => numbers.fold(first, |a, b| a * b),
            Operator::Subtract if items.len() == 1 => -first,
            Operator::Subtract => numbers.fold(first, |a, b| a - b),
            Operator::Divide => numbers.fold(first, |a, b| a / b),
            Operator::Remainder if items.len() == 1 => return fault,
            Operator::Remainder => numbers.fold(first, |a, b| a % b),
            Operator::Min => numbers.fold(first, |a, b| if b.is_nan() || b < a { b } else { a }),
            _ => numbers.fold(first, |a, b| if b.is_nan() || b > a { b } else { a }),
        };
        if result.is_finite() {
            Ok(Item::Number(result))
        } else {
            fault
        }
    }

    /// Whether all operands are leaves that give a value whatever the context is.
    fn cannot_fail(&self, node: &Node) -> bool {
        (0..node.b).all(|at| {
            let operand = self.image.node(self.operand_node(node, at));
            operand.is_some_and(|operand| operand.is_sure())
        })
    }

    fn variable(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let (mut items, mut split) = (Vec::new(), false);
        if node.flags & SPREAD != 0 {
            items = self.operands(node, scope)?;
        } else {
            for at in 0..node.b {
                items.push(self.operand(node, at, scope)?);
                split |= at == 1 && self.split;
            }
        }
        self.split = false;
        let path = items.first().cloned().unwrap_or(Item::Null);
        let path = self.text_of(&path)?;
        let path = path.as_text().unwrap_or_default();
        match self.path(scope, path)? {
            // What the empty path leads to is there, even where it is `null`.
            Item::Null if !path.is_empty() => {
                self.split = split;
                Ok(items.get(1).cloned().unwrap_or(Item::Null))
            }
            found => Ok(found),
        }
    }

    fn substr(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let items = self.operands(node, scope)?;
        let source = items.first().cloned().unwrap_or(Item::Null);
        if !matches!(
            source,
            Item::Null | Item::Number(_) | Item::Text(_) | Item::Built(_)
        ) {
            return Err(Fault::Operands(node.operator));
        }
        let source = self.text_of(&source)?;
        self.charge_reading(&[&source])?;
        let start = items.get(1).map_or(0.0, Item::number);
        let start = if start.is_nan() { 0.0 } else { start };
        let length = items
            .get(2)
            .map(Item::number)
            .filter(|length| !length.is_nan());
        match source {
            Item::Text(whole) => Ok(Item::Text(text::piece(whole, start, length))),
            built => {
                let piece = text::piece(built.as_text().unwrap_or_default(), start, length);
                self.charge_bytes(piece.len() as u32)?;
                Ok(Item::Built(Rc::from(piece)))
            }
        }
    }

    fn contains(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        // A list written in the rule is compared as it is evaluated, without being built.
        if node.flags == 0 && node.b == 2 {
            let needle = self.operand(node, 0, scope)?;
            let list = self
                .image
                .node(self.operand_node(node, 1))
                .filter(|list| list.operator == Operator::List && self.cannot_fail(list));
            if let (Some(list), false) = (list, O::LISTENS) {
                // What building it would cost, so that a watched evaluation ends where this does.
                self.charge(list.b.saturating_add(1))?;
                for at in 0..list.b {
                    self.charge(1)?;
                    let element = self.image.node(self.operand_node(&list, at));
                    let element = self.leaf(&element.ok_or(Fault::Image)?, scope)?;
                    if element.strictly_equals(&needle) {
                        return Ok(Item::Bool(true));
                    }
                }
                return Ok(Item::Bool(false));
            }
            let haystack = self.operand(node, 1, scope)?;
            return self.is_in(&needle, &haystack);
        }
        let items = self.operands(node, scope)?;
        let haystack = items.get(1).cloned().unwrap_or(Item::Null);
        self.is_in(items.first().unwrap_or(&Item::Null), &haystack)
    }

    fn is_in(&mut self, needle: &Item<'a>, haystack: &Item<'a>) -> Run<'a> {
        if let Some(len) = haystack.list_len() {
            for at in 0..len {
                self.charge(1)?;
                if haystack
                    .element(at)
                    .is_some_and(|element| element.strictly_equals(needle))
                {
                    return Ok(Item::Bool(true));
                }
            }
            return Ok(Item::Bool(false));
        }
        let Some(text) = haystack.as_text() else {
            return Ok(Item::Bool(false));
        };
        // As the interpreter does: `null` is looked for as the word.
        let needle = if matches!(needle, Item::Null) {
            Item::Text("null")
        } else {
            self.text_of(needle)?
        };
        self.charge_reading(&[&needle, haystack])?;
        Ok(Item::Bool(
            text.contains(needle.as_text().unwrap_or_default()),
        ))
    }

    fn affix(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let Some([text, affix]) = self.exactly(node, scope)? else {
            return Ok(Item::Null);
        };
        self.charge_reading(&[&affix])?;
        let (Some(text), Some(affix)) = (text.as_text(), affix.as_text()) else {
            return Ok(Item::Null);
        };
        let starts = node.operator == Operator::StartsWith;
        Ok(Item::Bool(if starts {
            text.starts_with(affix)
        } else {
            text.ends_with(affix)
        }))
    }

    /// The operands where there are exactly so many, without building a list of them.
    fn exactly<const N: usize>(
        &mut self,
        node: &Node,
        scope: Scope<'_, 'a>,
    ) -> Result<Option<[Item<'a>; N]>, Fault> {
        if node.flags != 0 || node.b as usize != N {
            return Ok(self.operands(node, scope)?.try_into().ok());
        }
        let mut items = [const { Item::Null }; N];
        for (at, item) in items.iter_mut().enumerate() {
            *item = self.operand(node, at as u32, scope)?;
        }
        Ok(Some(items))
    }

    fn sem_ver(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let Some([left, operator, right]) = self.exactly(node, scope)? else {
            return Ok(Item::Null);
        };
        let (left, right) = (self.text_of(&left)?, self.text_of(&right)?);
        let operator = self.text_of(&operator)?;
        self.charge_reading(&[&left, &operator, &right])?;
        let holds = match (left.as_text(), operator.as_text(), right.as_text()) {
            (Some(left), Some(operator), Some(right)) => Relation::named(operator)
                .and_then(|relation| sem_ver::compare(left.as_bytes(), relation, right.as_bytes())),
            _ => None,
        };
        Ok(holds.map_or(Item::Null, Item::Bool))
    }
}
