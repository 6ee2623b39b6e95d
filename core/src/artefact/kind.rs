//! `Kind`: what an artefact is: one of ours, or a word of a plan's own.
//!
//! Invariants: the order is the kind rank, foundations first; a custom kind stands between our foundations and what is built on
//! them, and where exactly among the foundations is for the plan that declares it (`plan::Plan::rank`). A custom kind is never a
//! slip of the pen for one of ours. Not here: which plan declares which (`plan::parse`).

use crate::limits::KIND_BYTES_MAX;
use crate::name::{NameError, nearest};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// What an artefact is. The order is the kind rank: foundations first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Kind {
    /// A data set or schema.
    Data,
    /// A search index.
    RetrievalIndex,
    /// A callable tool.
    Tool,
    /// Cases that judge the rest.
    EvalSet,
    /// A model.
    Model,
    /// What a plan declares.
    Custom(CustomKind),
    /// A prompt.
    Prompt,
    /// An agent.
    Agent,
    /// A deployed service.
    Service,
}
as_text!(Kind);

impl Kind {
    /// Every kind of ours, foundations first.
    pub const ALL: [Kind; 8] = [
        Kind::Data,
        Kind::RetrievalIndex,
        Kind::Tool,
        Kind::EvalSet,
        Kind::Model,
        Kind::Prompt,
        Kind::Agent,
        Kind::Service,
    ];

    /// The word for it in plans and keys.
    pub fn as_str(&self) -> &str {
        match self {
            Kind::Data => "data",
            Kind::RetrievalIndex => "retrieval_index",
            Kind::Tool => "tool",
            Kind::EvalSet => "eval_set",
            Kind::Model => "model",
            Kind::Custom(kind) => kind.as_str(),
            Kind::Prompt => "prompt",
            Kind::Agent => "agent",
            Kind::Service => "service",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let ours = Kind::ALL.into_iter().find(|kind| kind.as_str() == text);
        ours.map_or_else(|| text.parse().map(Kind::Custom), Ok)
    }
}

/// A kind of a plan's own, such as `guardrail`: a short word of lower-case letters, digits and `_`.
///
/// Held in place, so that a kind is copied like a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomKind {
    /// The word, then zeros.
    bytes: [u8; KIND_BYTES_MAX],
}
as_text!(CustomKind);

impl CustomKind {
    /// The word.
    pub fn as_str(&self) -> &str {
        let word = self.bytes.split(|byte| *byte == 0).next();
        word.and_then(|word| core::str::from_utf8(word).ok())
            .unwrap_or_default()
    }
}

impl FromStr for CustomKind {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let ours = || {
            let words: Vec<String> = Kind::ALL.iter().map(ToString::to_string).collect();
            words.join(", ")
        };
        let error = |problem: String| Err(NameError::new(text, "a kind of artefact", problem));
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !begins || !text.bytes().all(inside) {
            let own = "a word of your own in lower-case letters, digits and `_`";
            return error(format!("use one of {}, or {own}", ours()));
        }
        // Pins are written beside flags in one list.
        if text == "flag" {
            return error("flags are no artefacts".into());
        }
        let known = Kind::ALL.iter().map(Kind::as_str);
        if let Some(near) = nearest(text, known) {
            let ours = ours();
            return error(format!(
                "use one of {ours}, or a word less like `{near}` for a kind of your own"
            ));
        }
        let mut bytes = [0; KIND_BYTES_MAX];
        let Some(place) = bytes.get_mut(..text.len()) else {
            return error(format!("it is longer than {KIND_BYTES_MAX} bytes"));
        };
        place.copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }
}

impl fmt::Display for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomKind({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_ones_own_stands_beneath_prompts() {
        let guardrail: Kind = "guardrail".parse().unwrap();
        assert_eq!(guardrail.to_string(), "guardrail");
        assert!(Kind::Model < guardrail && guardrail < Kind::Prompt);
        assert!(guardrail < "guardrail2".parse().unwrap());
        let json = serde_json::to_string(&[guardrail, Kind::EvalSet]).unwrap();
        assert_eq!(json, r#"["guardrail","eval_set"]"#);
        let read: [Kind; 2] = serde_json::from_str(&json).unwrap();
        assert_eq!(read, [guardrail, Kind::EvalSet]);
    }

    #[test]
    fn what_is_no_kind_is_refused() {
        let longest = "g".repeat(KIND_BYTES_MAX);
        assert_eq!(longest.parse::<Kind>().unwrap().to_string(), longest);
        for (bad, problem) in [
            ("promt", "less like `prompt`"),
            ("tools", "less like `tool`"),
            ("retrieval", "less like `retrieval_index`"),
            ("flag", "flags are no artefacts"),
            ("", "use one of data, "),
            ("Guardrail", "a word of your own"),
            ("guard rail", "a word of your own"),
            ("_guardrail", "a word of your own"),
            ("gärdrail", "a word of your own"),
            (&format!("{longest}g"), "longer than 32 bytes"),
            (&"g".repeat(100_000), "longer than 32 bytes"),
        ] {
            let error = bad.parse::<Kind>().unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
