//! What a flag's evaluation reads of the world: so that a host passes just that.
//!
//! Found by walking the flag's program. A program too large to walk quickly counts as reading everything.

use super::image::Image;
use super::layout::{BY_SLOT, IMPLICIT, NONE, SUBJECT};
use super::record::Node;
use crate::targeting::operator::Operator;
use alloc::vec;
use alloc::vec::Vec;

/// Most nodes walked: rules of people have tens.
const WALK_MAX: usize = 10_000;

/// What a flag's evaluation reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reads {
    /// The slots of the attributes it names, ascending, each counted in the order of `Ruleset::attributes`.
    pub slots: Vec<u32>,
    /// Whether it may read any attribute: it computes a name, or takes the context as a whole.
    pub everything: bool,
    /// Whether it reads the time.
    pub now: bool,
}

pub(super) fn of(image: &Image<'_>, flag: u32) -> Reads {
    let mut reads = Reads::default();
    let Some(flag) = image.flag(flag).filter(|flag| flag.is_enabled()) else {
        return reads;
    };
    let mut open: Vec<u32> = flag.program.into_iter().collect();
    let mut seen = 0;
    while let Some(index) = open.pop() {
        seen += 1;
        if seen > WALK_MAX {
            reads.everything = true;
            reads.now = true;
            return reads;
        }
        if let Some(node) = image.node(index) {
            reads.note(&node);
            open.extend(operands(image, &node));
        }
    }
    reads
}

/// Whether any program computes what it reads. A flag that is only too large to walk reads named attributes, all of which a
/// prepared context has.
pub(super) fn everything(image: &Image<'_>) -> bool {
    let mut reads = Reads::default();
    let nodes = image.nodes().iter().filter_map(Node::read);
    nodes.for_each(|node| reads.note(&node));
    reads.everything
}

impl Reads {
    fn read(&mut self, slot: u32) {
        if let Err(place) = self.slots.binary_search(&slot) {
            self.slots.insert(place, slot);
        }
    }

    fn note(&mut self, node: &Node) {
        match node.operator {
            Operator::Attribute | Operator::Condition => {
                self.read(node.a);
            }
            // Without a bucketing value it is the subject's; whether there is one, only evaluation knows.
            Operator::Fractional => {
                self.read(SUBJECT);
            }
            Operator::Split if node.flags & BY_SLOT != 0 => self.read(node.c),
            Operator::Var | Operator::Missing | Operator::MissingSome => self.everything = true,
            Operator::Now => self.now = true,
            _ => {}
        }
        // `var` with a computed name reaches `$flagd.timestamp` too.
        self.now |= self.everything;
    }
}

/// The nodes a node evaluates, or may.
fn operands(image: &Image<'_>, node: &Node) -> Vec<u32> {
    match node.operator {
        Operator::Attribute if node.c != NONE => vec![node.c],
        Operator::Split if node.flags & (IMPLICIT | BY_SLOT) == 0 => vec![node.c],
        Operator::Split | Operator::Condition => Vec::new(),
        leaf if leaf.is_leaf() => Vec::new(),
        _ => (node.a
            ..node
                .a
                .saturating_add(node.b)
                .min(node.a.saturating_add(WALK_MAX as u32)))
            .map(|link| image.link(link))
            .collect(),
    }
}
