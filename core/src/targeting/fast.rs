//! The short way: what nearly every rule is made of (`if`, `and`, `or`, `!`, conditions, one split), asked for truth and for
//! the name of a variant, without building a value.
//!
//! Whatever is unusual ends it, and the machine (`run`) evaluates the flag from the start; so do all observed evaluations.
//! Invariants: where it gives an answer, the machine gives the same (tested against it); it ends after `VISITS_MAX` nodes.

use super::condition::{number_holds, text_holds};
use super::operator::Operator;
use super::sem_ver::{self, Relation};
use super::split::Shares;
use crate::evaluation::{Attributes, Told};
use crate::ruleset::layout::{
    BY_SLOT, GUARDED, IMPLICIT, NONE, WITH_NUMBER, WITH_TEXTS, WITH_VERSION, whole,
};
use crate::ruleset::{Image, Node, Text};

/// Most nodes visited: a rule of people has tens, and one that shares its parts could be walked for ever.
const VISITS_MAX: u32 = 2_000;
/// Longer texts cost the machine steps, which are not counted here.
const TEXT_MAX: usize = 64;

/// What a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing: the default variant answers.
    Nothing,
    /// The variant of this name.
    Name(Text),
    /// The same, by a share.
    Share(Text),
}

/// One walk.
pub(crate) struct Walk<'a, 'i> {
    image: &'i Image<'a>,
    attributes: Attributes<'a>,
    visits: u32,
}

impl<'a, 'i> Walk<'a, 'i> {
    pub(crate) fn new(image: &'i Image<'a>, attributes: Attributes<'a>) -> Self {
        Self {
            image,
            attributes,
            visits: VISITS_MAX,
        }
    }

    /// What the program decides; none where that takes the machine.
    pub(crate) fn decide(&mut self, root: u32) -> Option<Decision> {
        let mut index = root;
        loop {
            let node = self.visit(index)?;
            match node.operator {
                Operator::Split => return self.split(&node),
                Operator::Text => return Some(Decision::Name((node.a, node.b))),
                Operator::Null => return Some(Decision::Nothing),
                Operator::If => {
                    let operands = self.image.links_of(node.a, node.b)?;
                    let (pairs, rest) = operands.as_chunks::<2>();
                    let mut taken = rest.first();
                    for [condition, then] in pairs {
                        if self.truth(u32::from_le_bytes(*condition))? {
                            taken = Some(then);
                            break;
                        }
                    }
                    match taken {
                        Some(branch) => index = u32::from_le_bytes(*branch),
                        None => return Some(Decision::Nothing),
                    }
                }
                _ => return None,
            }
        }
    }

    #[inline(always)]
    fn visit(&mut self, index: u32) -> Option<Node> {
        self.visits = self.visits.checked_sub(1)?;
        self.image.node(index)
    }

    /// Whether a node counts as true.
    fn truth(&mut self, index: u32) -> Option<bool> {
        let node = self.visit(index)?;
        match node.operator {
            Operator::Condition => self.condition(&node),
            Operator::And | Operator::Or if node.b > 0 => {
                let wanted = node.operator == Operator::Or;
                for operand in self.image.links_of(node.a, node.b)? {
                    if self.truth(u32::from_le_bytes(*operand))? == wanted {
                        return Some(wanted);
                    }
                }
                Some(!wanted)
            }
            Operator::Not | Operator::Truth if node.flags == 0 && node.b == 1 => {
                let value = self.truth(self.image.link(node.a))?;
                Some(value == (node.operator == Operator::Truth))
            }
            Operator::True => Some(true),
            Operator::False => Some(false),
            Operator::Attribute if node.flags == 0 && node.c == NONE => {
                match self.attributes.told(self.image, node.a) {
                    Told::Nothing => Some(false),
                    Told::Bool(value) => Some(value),
                    Told::Number(number) => Some(number != 0.0 && !number.is_nan()),
                    Told::Text(text) => Some(!text.is_empty()),
                    Told::Nested => None,
                }
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn condition(&mut self, node: &Node) -> Option<bool> {
        match self.attributes.told(self.image, node.a) {
            Told::Text(subject) if subject.len() < TEXT_MAX => {
                self.compared(node, subject.as_bytes())
            }
            Told::Number(subject) if node.flags == WITH_NUMBER => {
                let comparison = Operator::from_number(node.comparison)?;
                let number = f64::from_bits(whole(node.b, node.c));
                Some(number_holds(comparison, subject, number))
            }
            // `null` equals nothing a condition compares with, and is in no list of texts.
            Told::Nothing => match Operator::from_number(node.comparison)? {
                _ if node.flags == WITH_VERSION => None,
                Operator::NotEqual | Operator::StrictNotEqual => Some(true),
                Operator::Equal | Operator::StrictEqual => Some(false),
                Operator::In | Operator::StartsWith | Operator::EndsWith => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    fn compared(&mut self, node: &Node, subject: &[u8]) -> Option<bool> {
        match node.flags {
            0 => {
                let comparison = Operator::from_number(node.comparison)?;
                let text = self.image.raw_text(node.b, node.c);
                (text.len() < TEXT_MAX).then(|| text_holds(comparison, subject, text))
            }
            WITH_TEXTS => {
                self.visits = self.visits.checked_sub(node.c)?;
                for link in self.image.links_of(node.b, node.c)? {
                    let text = self.image.node(u32::from_le_bytes(*link))?;
                    if self.image.raw_text(text.a, text.b) == subject {
                        return Some(true);
                    }
                }
                Some(false)
            }
            WITH_VERSION => {
                let relation = Relation::from_number(node.comparison)?;
                let version = self.image.raw_text(node.b, node.c);
                sem_ver::compare_plain(subject, relation, version)
            }
            _ => None,
        }
    }

    fn split(&self, node: &Node) -> Option<Decision> {
        if node.flags & BY_SLOT == 0 {
            return None;
        }
        let key = match self.attributes.told(self.image, node.c) {
            Told::Text(key) if !key.is_empty() => key.as_bytes(),
            Told::Text(_) | Told::Nothing if node.flags & (GUARDED | IMPLICIT) != 0 => {
                return Some(Decision::Nothing);
            }
            _ => return None,
        };
        if key.len() >= TEXT_MAX {
            return None;
        }
        let share = Shares::of(self.image, node)?.find(key)?;
        let result = self.image.node(share.result)?;
        match result.operator {
            Operator::Text => Some(Decision::Share((result.a, result.b))),
            Operator::Null => Some(Decision::Nothing),
            _ => None,
        }
    }
}
