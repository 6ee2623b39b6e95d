//! `Condition`: an attribute compared with what the rule says, run as one step.
//!
//! It stands for `{"==":[{"var":name},text or number]}` and the other comparisons, `starts_with`, `ends_with`, `sem_ver`, and
//! `{"in":[{"var":name},[text,…]]}`. Same answers as those (tested against them).

use super::item::Item;
use super::operator::Operator;
use super::run::{Fault, Machine, Run};
use super::scope::Scope;
use super::sem_ver::{self, Relation};
use crate::evaluation::Observer;
use crate::ruleset::Node;
use crate::ruleset::layout::{WITH_NUMBER, WITH_TEXTS, WITH_VERSION, whole};
use alloc::vec::Vec;

impl<'a, O: Observer> Machine<'a, '_, O> {
    /// The value of a condition.
    pub(super) fn condition(&mut self, node: &Node, scope: Scope<'_, 'a>) -> Run<'a> {
        let subject = self.slot(scope, node.a);
        if O::LISTENS {
            self.observer.enter(0, Operator::Attribute.name());
            self.observer.leave(|| subject.to_value());
            self.tell_operand(node);
        }
        Ok(match self.compared(node, &subject)? {
            Some(holds) => Item::Bool(holds),
            None => Item::Null,
        })
    }

    /// Whether it holds; none where the attribute does not fit the operator.
    fn compared(&mut self, node: &Node, subject: &Item<'a>) -> Result<Option<bool>, Fault> {
        if let Some(text) = subject.as_text() {
            return self.compared_text(node, text);
        }
        let comparison = Operator::from_number(node.comparison).ok_or(Fault::Image)?;
        match node.flags {
            WITH_NUMBER => {
                let number = Item::Number(f64::from_bits(whole(node.b, node.c)));
                self.holds(comparison, subject, &number).map(Some)
            }
            // Only a text is in a list of texts, and costs no steps to look for.
            WITH_TEXTS => Ok(Some(false)),
            WITH_VERSION => {
                let text = self.text_of(subject)?;
                self.compared_text(node, text.as_text().unwrap_or_default())
            }
            _ if matches!(comparison, Operator::StartsWith | Operator::EndsWith) => Ok(None),
            _ => {
                let text = Item::Text(self.image.text(node.b, node.c));
                self.holds(comparison, subject, &text).map(Some)
            }
        }
    }

    /// The same for an attribute that is a text.
    fn compared_text(&mut self, node: &Node, subject: &str) -> Result<Option<bool>, Fault> {
        self.charge((subject.len() / 64) as u32)?;
        match node.flags {
            WITH_TEXTS => {
                self.charge(node.c)?;
                let mut links = node.b..node.b.saturating_add(node.c);
                let found = links.any(|link| {
                    let text = self.image.node(self.image.link(link));
                    text.is_some_and(|text| {
                        self.image.raw_text(text.a, text.b) == subject.as_bytes()
                    })
                });
                Ok(Some(found))
            }
            WITH_VERSION => {
                let relation = Relation::from_number(node.comparison).ok_or(Fault::Image)?;
                let version = self.image.raw_text(node.b, node.c);
                self.charge((version.len() / 64) as u32)?;
                Ok(sem_ver::compare(subject.as_bytes(), relation, version))
            }
            WITH_NUMBER => {
                let comparison = Operator::from_number(node.comparison).ok_or(Fault::Image)?;
                let number = Item::Number(f64::from_bits(whole(node.b, node.c)));
                self.holds(comparison, &Item::Text(subject), &number)
                    .map(Some)
            }
            _ => {
                let comparison = Operator::from_number(node.comparison).ok_or(Fault::Image)?;
                let text = self.image.raw_text(node.b, node.c);
                self.charge((text.len() / 64) as u32)?;
                Ok(Some(text_holds(comparison, subject.as_bytes(), text)))
            }
        }
    }

    /// Tells an observer what the attribute is compared with, as if it had been evaluated.
    fn tell_operand(&mut self, node: &Node) {
        let image = self.image;
        let text = |at: u32| {
            let text = image.node(at).map(|text| image.text(text.a, text.b));
            Item::Text(text.unwrap_or_default())
        };
        match node.flags {
            WITH_NUMBER => {
                let number = Item::Number(f64::from_bits(whole(node.b, node.c)));
                self.tell(1, Operator::Number, &number);
            }
            WITH_TEXTS => {
                self.observer.enter(1, Operator::List.name());
                let links = node.b..node.b.saturating_add(node.c);
                for (position, link) in (0..).zip(links.clone()) {
                    self.tell(position, Operator::Text, &text(image.link(link)));
                }
                let items = links.map(|link| text(image.link(link)).to_value());
                self.observer.leave(|| items.collect::<Vec<_>>().into());
            }
            WITH_VERSION => {
                let relation = Relation::from_number(node.comparison).map_or("", Relation::name);
                self.tell(1, Operator::Text, &Item::Text(relation));
                self.tell(2, Operator::Text, &Item::Text(image.text(node.b, node.c)));
            }
            _ => self.tell(1, Operator::Text, &Item::Text(image.text(node.b, node.c))),
        }
    }

    fn tell(&mut self, position: u32, operator: Operator, value: &Item<'_>) {
        self.observer.enter(position, operator.name());
        self.observer.leave(|| value.to_value());
    }
}

/// How texts compare, by their bytes.
pub(super) fn text_holds(comparison: Operator, subject: &[u8], text: &[u8]) -> bool {
    match comparison {
        Operator::Equal | Operator::StrictEqual => subject == text,
        Operator::NotEqual | Operator::StrictNotEqual => subject != text,
        Operator::StartsWith => subject.starts_with(text),
        Operator::EndsWith => subject.ends_with(text),
        Operator::Less => subject < text,
        Operator::LessOrEqual => subject <= text,
        Operator::Greater => subject > text,
        _ => subject >= text,
    }
}

/// How numbers compare, neither of which is NaN.
pub(super) fn number_holds(comparison: Operator, subject: f64, number: f64) -> bool {
    match comparison {
        Operator::Equal | Operator::StrictEqual => subject == number,
        Operator::NotEqual | Operator::StrictNotEqual => subject != number,
        Operator::Less => subject < number,
        Operator::LessOrEqual => subject <= number,
        Operator::Greater => subject > number,
        _ => subject >= number,
    }
}
