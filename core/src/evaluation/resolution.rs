//! `Resolution`: the answer as numbers, and the words of OpenFeature for them.

use crate::ruleset::{FlagIndex, Ruleset};
use crate::value::Value;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// Why the value is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
#[repr(u8)]
pub enum Reason {
    /// The flag has no targeting.
    Static = 0,
    /// Targeting left it to the default variant, or there is none and the caller's default applies.
    Default = 1,
    /// Targeting named the variant.
    TargetingMatch = 2,
    /// A share of subjects decided.
    Split = 3,
    /// The flag is disabled: the caller's default applies.
    Disabled = 4,
    /// The rules may be out of date.
    Stale = 5,
    /// Kept from an earlier evaluation.
    Cached = 6,
    /// Something went wrong: the caller's default applies.
    Error = 7,
}

impl Reason {
    /// The word of the OpenFeature specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Static => "STATIC",
            Reason::Default => "DEFAULT",
            Reason::TargetingMatch => "TARGETING_MATCH",
            Reason::Split => "SPLIT",
            Reason::Disabled => "DISABLED",
            Reason::Stale => "STALE",
            Reason::Cached => "CACHED",
            Reason::Error => "ERROR",
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
#[repr(u8)]
pub enum ErrorCode {
    /// No flag has this key.
    FlagNotFound = 1,
    /// The flag's definition cannot be read.
    ParseError = 2,
    /// The value is not of the type asked for.
    TypeMismatch = 3,
    /// The caller demands a targeting key and there is none.
    TargetingKeyMissing = 4,
    /// The context cannot be read.
    InvalidContext = 5,
    /// Anything else.
    General = 6,
}

impl ErrorCode {
    /// The word of the OpenFeature specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorCode::FlagNotFound => "FLAG_NOT_FOUND",
            ErrorCode::ParseError => "PARSE_ERROR",
            ErrorCode::TypeMismatch => "TYPE_MISMATCH",
            ErrorCode::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            ErrorCode::InvalidContext => "INVALID_CONTEXT",
            ErrorCode::General => "GENERAL",
        }
    }

    /// The code of a number in an image.
    pub(crate) const fn from_number(number: u8) -> Self {
        match number {
            1 => ErrorCode::FlagNotFound,
            2 => ErrorCode::ParseError,
            3 => ErrorCode::TypeMismatch,
            4 => ErrorCode::TargetingKeyMissing,
            5 => ErrorCode::InvalidContext,
            _ => ErrorCode::General,
        }
    }
}

/// The type a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum FlagType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// A number, whole or not.
    #[cfg_attr(feature = "serde", serde(alias = "integer", alias = "float"))]
    Number,
    /// An object (or a list).
    Object,
}

impl FlagType {
    /// Whether a value is of this type.
    pub fn admits(self, value: &Value) -> bool {
        match self {
            FlagType::Boolean => matches!(value, Value::Bool(_)),
            FlagType::String => matches!(value, Value::String(_)),
            FlagType::Number => matches!(value, Value::Int(_) | Value::Float(_)),
            FlagType::Object => matches!(value, Value::Object(_) | Value::Array(_)),
        }
    }

    /// `boolean`, `string`, `number` or `object`.
    pub const fn as_str(self) -> &'static str {
        match self {
            FlagType::Boolean => "boolean",
            FlagType::String => "string",
            FlagType::Number => "number",
            FlagType::Object => "object",
        }
    }
}

impl core::str::FromStr for FlagType {
    type Err = UnknownFlagType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "boolean" => Ok(FlagType::Boolean),
            "string" => Ok(FlagType::String),
            "number" | "integer" | "float" => Ok(FlagType::Number),
            "object" => Ok(FlagType::Object),
            _ => Err(UnknownFlagType(())),
        }
    }
}

/// A type no flag has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the types are `boolean`, `string`, `number` and `object`")]
pub struct UnknownFlagType(());

/// What went wrong, in a code and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The code.
    pub code: ErrorCode,
    /// For a person: what and, where known, why.
    pub message: String,
}

/// The answer to an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The flag, where there is one.
    pub flag: Option<FlagIndex>,
    /// The variant, counted in the order of `Ruleset::variants`; none where the caller's default applies.
    pub variant: Option<u16>,
    /// Why.
    pub reason: Reason,
    /// What went wrong; set exactly when `reason` is `Error`.
    pub failure: Option<Box<Failure>>,
}

impl Resolution {
    pub(super) fn answered(flag: FlagIndex, variant: Option<u16>, reason: Reason) -> Self {
        Self {
            flag: Some(flag),
            variant,
            reason,
            failure: None,
        }
    }

    /// An answer that is an error: the caller's default applies.
    pub fn failed(flag: Option<FlagIndex>, code: ErrorCode, message: String) -> Self {
        Self {
            flag,
            variant: None,
            reason: Reason::Error,
            failure: Some(Box::new(Failure { code, message })),
        }
    }

    /// The same, unless the value is not of the type asked for.
    pub fn expecting(self, expected: FlagType, ruleset: &Ruleset) -> Self {
        match self.value(ruleset) {
            Some(value) if !expected.admits(&value) => {
                let mut message = String::from("the value is of type ");
                message.push_str(value.type_name());
                message.push_str(", not ");
                message.push_str(expected.as_str());
                Self::failed(self.flag, ErrorCode::TypeMismatch, message)
            }
            _ => self,
        }
    }

    /// The error's code, where there is an error.
    pub fn error(&self) -> Option<ErrorCode> {
        self.failure.as_ref().map(|failure| failure.code)
    }

    /// The value; none where the caller's default applies.
    pub fn value(&self, ruleset: &Ruleset) -> Option<Value> {
        Some(ruleset.image().value(&self.entry(ruleset)?))
    }

    /// The variant's name; none where the caller's default applies.
    pub fn variant_name<'r>(&self, ruleset: &'r Ruleset) -> Option<&'r str> {
        let entry = self.entry(ruleset)?;
        Some(ruleset.text(entry.name.0, entry.name.1))
    }

    /// The metadata of the set and over it the flag's.
    pub fn metadata(&self, ruleset: &Ruleset) -> BTreeMap<String, Value> {
        ruleset.metadata(self.flag)
    }

    fn entry(&self, ruleset: &Ruleset) -> Option<crate::ruleset::Entry> {
        let flag = ruleset.flag(self.flag?)?;
        ruleset
            .image()
            .entry(flag.variants.checked_add(u32::from(self.variant?))?)
    }
}
