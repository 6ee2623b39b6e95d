//! The texts of evidence, bounded and harmless: `Label`, `Link`, `Note`.
//!
//! Invariant: none holds a character that acts on a terminal or turns the direction of a page; a link is one that a browser
//! opens as a page, so that the app may show it as a link.

use crate::limits::{LINK_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};
use crate::name::NameError;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Whether a character does something other than being shown.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || turns
}

fn check(text: &str, what: &'static str, max: usize, lines: bool) -> Result<(), NameError> {
    let error = |problem: String| Err(NameError::new(text, what, problem));
    if text.trim().is_empty() {
        return error("it is empty".into());
    }
    if text.len() > max {
        return error(format!("it is longer than {max} bytes"));
    }
    match text.chars().find(|c| acts(*c) && !(lines && *c == '\n')) {
        Some(c) => error(format!("`{}` is not allowed", c.escape_unicode())),
        None => Ok(()),
    }
}

fn check_label(text: &str) -> Result<(), NameError> {
    check(text, "a gate's name", NAME_BYTES_MAX, false)?;
    if text.trim().len() != text.len() {
        let problem = "take the space off its ends";
        return Err(NameError::new(text, "a gate's name", problem));
    }
    Ok(())
}

fn check_link(text: &str) -> Result<(), NameError> {
    check(text, "a link", LINK_BYTES_MAX, false)?;
    let rest = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
        let problem = "write it like `https://ci.example/run/811`";
        return Err(NameError::new(text, "a link", problem));
    }
    if text.contains(char::is_whitespace) {
        return Err(NameError::new(text, "a link", "it has a space in it"));
    }
    Ok(())
}

fn check_note(text: &str) -> Result<(), NameError> {
    check(text, "a note", TEXT_BYTES_MAX, true)
}

macro_rules! text {
    ($(#[$doc:meta])* $type:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(String::from(text))
            }
        }

        impl From<$type> for String {
            fn from(text: $type) -> String {
                text.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// What people call a suite, a check or a metric: `integration`, `tool error rate`.
    Label,
    check_label
);
text!(
    /// The address of a page about a run.
    Link,
    check_link
);
text!(
    /// A few sentences.
    Note,
    check_note
);

impl Note {
    /// A note of any text: what acts is replaced, what is too much is cut; none of nothing.
    pub fn cleaned(text: &str) -> Option<Self> {
        let mut note = String::new();
        for c in text.trim().chars() {
            let c = if acts(c) && c != '\n' { '\u{fffd}' } else { c };
            if note.len() + c.len_utf8() > TEXT_BYTES_MAX {
                break;
            }
            note.push(c);
        }
        Self::try_from(note).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_bounded() {
        let label = |length| "é".repeat(length / 2).parse::<Label>().is_ok();
        assert!(label(NAME_BYTES_MAX) && !label(NAME_BYTES_MAX + 2));
        let link = |length: usize| {
            let start = "https://";
            let text = format!("{start}{}", "x".repeat(length - start.len()));
            text.parse::<Link>().is_ok()
        };
        assert!(link(LINK_BYTES_MAX) && !link(LINK_BYTES_MAX + 1));
        let note = |length| "x".repeat(length).parse::<Note>().is_ok();
        assert!(note(TEXT_BYTES_MAX) && !note(TEXT_BYTES_MAX + 1));
    }

    #[test]
    fn any_text_makes_a_note() {
        let cleaned = |text: &str| Note::cleaned(text).map(String::from);
        assert_eq!(
            cleaned(" a\u{1b}[2J\nb\u{202e} ").as_deref(),
            Some("a\u{fffd}[2J\nb\u{fffd}")
        );
        assert_eq!(cleaned(" \n"), None);
        let long = cleaned(&"é".repeat(TEXT_BYTES_MAX)).unwrap();
        assert_eq!(long.len(), TEXT_BYTES_MAX);
    }

    #[test]
    fn nothing_in_them_acts() {
        assert!("tool error rate".parse::<Label>().is_ok());
        for bad in [
            "",
            " ",
            "a ",
            "\ta",
            "a\nb",
            "a\u{1b}[2J",
            "a\u{202e}b",
            "a\u{feff}",
        ] {
            assert!(bad.parse::<Label>().is_err(), "{bad:?}");
        }
        assert!("two\nlines".parse::<Note>().is_ok());
        assert!("red\u{1b}[31m".parse::<Note>().is_err());
        assert!("https://ci.example/run/811?a=b#c".parse::<Link>().is_ok());
        for bad in [
            "ci.example",
            "javascript:alert(1)",
            "https://",
            "http:///x",
            "https://a b",
            " https://a",
        ] {
            assert!(bad.parse::<Link>().is_err(), "{bad:?}");
        }
    }
}
