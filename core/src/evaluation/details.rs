//! `Details`: a resolution as OpenFeature and OFREP tell it.

use super::{ErrorCode, Reason, Resolution};
use crate::ruleset::Ruleset;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// `{"flagKey","value"?,"variant"?,"reason","errorCode"?,"errorMessage"?,"metadata"?}`; no `value` where the caller's default
/// applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The key that was asked for.
    pub flag_key: String,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The variant's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Why.
    pub reason: Reason,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// The same for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Scalars of the set and the flag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
}

impl Details {
    /// The details of a resolution of this ruleset.
    pub fn new(ruleset: &Ruleset, flag_key: &str, resolution: &Resolution) -> Self {
        Self {
            flag_key: flag_key.into(),
            value: resolution.value(ruleset),
            variant: resolution.variant_name(ruleset).map(Into::into),
            reason: resolution.reason,
            error_code: resolution.error(),
            error_message: resolution
                .failure
                .as_ref()
                .map(|failure| failure.message.clone()),
            metadata: resolution.metadata(ruleset),
        }
    }

    /// The details of an error that kept a flag from being evaluated at all.
    pub fn failed(flag_key: &str, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            flag_key: flag_key.into(),
            value: None,
            variant: None,
            reason: Reason::Error,
            error_code: Some(code),
            error_message: Some(message.into()),
            metadata: BTreeMap::new(),
        }
    }
}
