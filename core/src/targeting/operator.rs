//! The operators, by the number they have in an image and the name they have in a document.
//!
//! Invariant: a number once published never changes its meaning within a format version (`ruleset::layout`).

/// What a node of a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Operator {
    // Leaves.
    Null = 0,
    False = 1,
    True = 2,
    Number = 3,
    Text = 4,
    EmptyObject = 5,
    /// An attribute named in the rule; the common form of `var`.
    Attribute = 6,
    FlagKey = 7,
    Now = 8,
    // Nodes with operands.
    List = 16,
    Var = 17,
    Missing = 18,
    MissingSome = 19,
    If = 20,
    And = 21,
    Or = 22,
    Not = 23,
    Truth = 24,
    Equal = 25,
    StrictEqual = 26,
    NotEqual = 27,
    StrictNotEqual = 28,
    Less = 29,
    LessOrEqual = 30,
    Greater = 31,
    GreaterOrEqual = 32,
    Add = 33,
    Subtract = 34,
    Multiply = 35,
    Divide = 36,
    Remainder = 37,
    Min = 38,
    Max = 39,
    Merge = 40,
    Cat = 41,
    Substr = 42,
    In = 43,
    Map = 44,
    Filter = 45,
    Reduce = 46,
    All = 47,
    None = 48,
    Some = 49,
    StartsWith = 50,
    EndsWith = 51,
    SemVer = 52,
    Fractional = 53,
    /// The shape `lower` gives an open flag, as one node: targeting key present, then a split of cohort and key.
    Split = 64,
    /// A comparison of an attribute with what the rule says, as one node.
    Condition = 65,
}

use Operator::*;

/// Every operator of the document's language: name and operator.
const NAMED: [(&str, Operator); 37] = [
    ("var", Var),
    ("missing", Missing),
    ("missing_some", MissingSome),
    ("if", If),
    ("and", And),
    ("or", Or),
    ("!", Not),
    ("!!", Truth),
    ("==", Equal),
    ("===", StrictEqual),
    ("!=", NotEqual),
    ("!==", StrictNotEqual),
    ("<", Less),
    ("<=", LessOrEqual),
    (">", Greater),
    (">=", GreaterOrEqual),
    ("+", Add),
    ("-", Subtract),
    ("*", Multiply),
    ("/", Divide),
    ("%", Remainder),
    ("min", Min),
    ("max", Max),
    ("merge", Merge),
    ("cat", Cat),
    ("substr", Substr),
    ("in", In),
    ("map", Map),
    ("filter", Filter),
    ("reduce", Reduce),
    ("all", All),
    ("none", None),
    ("some", Some),
    ("starts_with", StartsWith),
    ("ends_with", EndsWith),
    ("sem_ver", SemVer),
    ("fractional", Fractional),
];

const LEAVES: [Operator; 9] = [
    Null,
    False,
    True,
    Number,
    Text,
    EmptyObject,
    Attribute,
    FlagKey,
    Now,
];

/// Number → operator, so that a step costs one look-up.
const BY_NUMBER: [Option<Operator>; 66] = {
    let mut table = [Option::None; 66];
    let mut at = 0;
    while at < LEAVES.len() {
        table[LEAVES[at] as usize] = Option::Some(LEAVES[at]);
        at += 1;
    }
    at = 0;
    while at < NAMED.len() {
        table[NAMED[at].1 as usize] = Option::Some(NAMED[at].1);
        at += 1;
    }
    table[List as usize] = Option::Some(List);
    table[Split as usize] = Option::Some(Split);
    table[Condition as usize] = Option::Some(Condition);
    table
};

impl Operator {
    /// The operator a document calls `name`.
    #[cfg(feature = "json")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, operator)| *operator)
    }

    /// The operator of this number.
    #[inline(always)]
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        BY_NUMBER.get(usize::from(number)).copied().flatten()
    }

    /// What explanations and messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Null => "null",
            False => "false",
            True => "true",
            Number => "number",
            Text => "text",
            EmptyObject => "object",
            Attribute | FlagKey | Now => "var",
            List => "list",
            Split => "if",
            // Told by what it compares: `Node::name`.
            Condition => "==",
            named => NAMED
                .iter()
                .find(|(_, operator)| *operator == named)
                .map_or("", |(name, _)| name),
        }
    }

    /// Whether its node has no operands.
    pub(crate) fn is_leaf(self) -> bool {
        (self as u8) < List as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn numbers_and_names_are_unique_and_lead_back() {
        let named = NAMED.iter().map(|(_, operator)| *operator);
        let mut seen = BTreeSet::new();
        for operator in LEAVES
            .into_iter()
            .chain([List, Split, Condition])
            .chain(named)
        {
            assert!(seen.insert(operator as u8), "{operator:?}");
            assert_eq!(
                Operator::from_number(operator as u8),
                Option::Some(operator)
            );
            assert!(!operator.name().is_empty());
        }
        assert_eq!(Operator::from_number(255), Option::None);
    }
}
