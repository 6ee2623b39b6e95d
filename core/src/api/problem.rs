//! `Problem`: what every failed request answers (RFC 9457, `application/problem+json`).

use crate::diagnostic::Diagnostic;
use crate::release::Refusal;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A failed request, for programs and people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name of the kind of problem: `urn:flaghoist:problem:…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// That kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// How to mend it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
    /// Every refusal, where a command was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<RefusalReport>,
    /// Every finding, where a document was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

/// A refusal with its words, for callers that do not have them. Its fields are plain values, so that the app need not carry
/// every refusal's type to show a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusalReport {
    /// Which refusal: the name of its kind.
    pub code: String,
    /// What it says.
    pub message: String,
    /// The way out.
    pub fix: String,
    /// What else it tells, by name.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

impl From<Refusal> for RefusalReport {
    fn from(refusal: Refusal) -> Self {
        let (message, fix) = (refusal.to_string(), refusal.fix());
        let value = serde_json::to_vec(&refusal).unwrap_or_default();
        let mut fields: BTreeMap<String, Value> =
            serde_json::from_slice(&value).unwrap_or_default();
        let code = fields.remove("code");
        Self {
            code: code
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into(),
            message,
            fix,
            fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Unmet;

    #[test]
    fn a_report_has_the_fields_of_its_refusal() {
        let refusals = [
            Refusal::ReasonTooLong { max: 5 },
            Refusal::Unmet(Unmet::RollingBack {
                release: "refund".parse().unwrap(),
            }),
        ];
        let told: Vec<String> = refusals
            .into_iter()
            .map(|refusal| serde_json::to_string(&RefusalReport::from(refusal)).unwrap())
            .collect();
        assert_eq!(
            told,
            [
                r#"{"code":"reason_too_long","message":"the reason is too long","fix":"use at most 5 bytes","max":5}"#,
                r#"{"code":"rolling_back","message":"a rollback of release refund is under way","fix":"wait until it is observed to be done","release":"refund"}"#
            ]
        );
    }
}
