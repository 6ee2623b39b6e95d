//! Names people give to things, and the two ids of the ledger.
//!
//! Invariant: a name is `[A-Za-z0-9._-]{1,128}`, so that it fits URLs, headers and flag keys of every public client
//! unencoded (public OFREP clients do not percent-encode). Not here: artefact ids and versions (`artefact`).

use crate::limits::NAME_BYTES_MAX;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {what}: {problem}")]
pub struct NameError {
    given: String,
    what: &'static str,
    problem: Cow<'static, str>,
}

impl NameError {
    pub(crate) fn new(
        given: &str,
        what: &'static str,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        // Long input is cut: an error message is for reading.
        let given = given.chars().take(80).collect();
        Self {
            given,
            what,
            problem: problem.into(),
        }
    }
}

/// Checks the rule every name keeps; `extra` are further bytes this kind of name allows.
pub(crate) fn check(text: &str, what: &'static str, extra: &[u8]) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::new(text, what, "it is empty"));
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(NameError::new(
            text,
            what,
            format!("it is longer than {NAME_BYTES_MAX} bytes"),
        ));
    }
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte) || extra.contains(&byte);
    match text.chars().find(|c| !u8::try_from(*c).is_ok_and(allowed)) {
        Some(c) => Err(NameError::new(
            text,
            what,
            format!(
                "`{}` is not allowed; use letters, digits, `.`, `_` and `-`",
                c.escape_default()
            ),
        )),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                check(&text, $what, &[])?;
                Ok(Self(text))
            }
        }

        impl core::str::FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(String::from(text))
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// Where releases happen: `production`, `staging`.
    EnvironmentName,
    "an environment's name"
);
name!(
    /// What ships together.
    ReleaseName,
    "a release's name"
);
name!(
    /// The key of a flag that people name. Artefact routes have keys of their own (`kind:name`) and never collide.
    FlagKey,
    "a flag's key"
);
impl From<&ReleaseName> for FlagKey {
    /// Names keep one rule, so that a release's name can stand for a cohort.
    fn from(release: &ReleaseName) -> Self {
        Self(release.0.clone())
    }
}

name!(
    /// A feature of a plan.
    FeatureName,
    "a feature's name"
);
name!(
    /// A team that owns changes.
    TeamName,
    "a team's name"
);
name!(
    /// A person, or an API key acting for one.
    PrincipalName,
    "a user's or key's name"
);
name!(
    /// The ledger's identity: new after a restore, so that clients never compare revisions of two histories.
    LedgerId,
    "a ledger id"
);

impl PrincipalName {
    /// The name Flaghoist itself acts under.
    pub fn system() -> Self {
        Self(String::from("flaghoist"))
    }
}

/// Of `known`, the one that `given` is most likely a slip of: at most two edits away, and fewer than its own length; or
/// the shortest that begins with it, where a suffix was forgotten.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > NAME_BYTES_MAX {
        return None;
    }
    known
        .into_iter()
        .filter_map(|candidate| {
            let edits = edits(given, candidate);
            let is_slip = edits <= 2 && edits < candidate.len();
            let is_beginning = given.len() > 2 && candidate.starts_with(given);
            (is_slip || is_beginning).then_some((edits, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance of two texts, in characters.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let best = (*cell + 1)
                .min(left + 1)
                .min(diagonal + usize::from(x != y));
            diagonal = core::mem::replace(cell, best);
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The number of an entry in the ledger, from 1 without gaps; 0 is before the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

impl core::str::FromStr for Revision {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let number = text
            .parse()
            .map_err(|_| NameError::new(text, "a revision", "it is a whole number"))?;
        Ok(Self(number))
    }
}

impl Revision {
    /// Before the first entry.
    pub const ZERO: Self = Self(0);

    /// A revision by number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after this.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn slips_find_what_was_meant() {
        let known = ["features", "changes", "release"];
        for (given, meant) in [
            ("feature", Some("features")),
            ("chnages", Some("changes")),
            ("zzz", None),
            ("releese", Some("release")),
            ("feat", Some("features")),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
        assert_eq!(edits("kitten", "sitting"), 3);
    }

    #[test]
    fn names_are_bounded_and_plain() {
        for good in [
            "a",
            "refund_explanation_v1",
            "2026-05-20",
            "A.b-c",
            &"x".repeat(NAME_BYTES_MAX),
        ] {
            assert!(good.parse::<FlagKey>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a b",
            "a/b",
            "a:b",
            "é",
            "a?b",
            "\u{202e}x",
            &"x".repeat(NAME_BYTES_MAX + 1),
        ] {
            assert!(bad.parse::<FlagKey>().is_err(), "{bad}");
        }
        let error = "a/b".parse::<FlagKey>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`a/b` is not a flag's key: `/` is not allowed; use letters, digits, `.`, `_` and `-`"
        );
    }
}
