//! The words a plan says its choices in, such as `manual`: one list for each, which the reader, the writer and the schema share.
//!
//! Invariant: each value has exactly one word. Not here: what a choice does.

use super::{Direction, Foundation, OnInconclusive, Promotion, Role, Strategy};

/// A choice of a plan.
pub trait Words: Copy + PartialEq + 'static {
    /// Every value with its word; the default, where there is one, first.
    const WORDS: &'static [(&'static str, Self)];

    /// The word for a value.
    fn word(self) -> &'static str {
        let named = Self::WORDS.iter().find(|(_, value)| *value == self);
        named.map_or("", |(word, _)| *word)
    }
}

macro_rules! words {
    ($($type:ty: $($word:literal => $value:expr),+;)+) => {$(
        impl Words for $type {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $value)),+];
        }
    )+};
}
words! {
    bool: "false" => false, "true" => true;
    Strategy: "sequenced" => Strategy::Sequenced, "coordinated" => Strategy::Coordinated;
    Promotion: "manual" => Promotion::Manual, "automatic" => Promotion::Automatic;
    OnInconclusive: "hold" => OnInconclusive::Hold, "proceed" => OnInconclusive::Proceed;
    Role: "critical" => Role::Critical, "signal" => Role::Signal, "info" => Role::Info;
    Foundation: "data" => Foundation::Data, "retrieval_index" => Foundation::RetrievalIndex, "tool" => Foundation::Tool,
        "eval_set" => Foundation::EvalSet, "model" => Foundation::Model;
    Direction: "higher" => Direction::Higher, "lower" => Direction::Lower;
}
