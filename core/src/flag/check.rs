//! What a flag must keep before the ledger takes it; foreign documents are read more kindly (`bundle`).

use super::Definition;
use crate::diagnostic::{Diagnostic, Place};
use crate::evaluation::check_rule;
use crate::limits::LOWERED_FLAG_BYTES_MAX;
use crate::value::Value;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

impl Definition {
    /// Every error in this flag, known under `key`; empty when it can be written. A rule stands for itself here: the ledger
    /// keeps no `$evaluators` that a `$ref` could name.
    pub fn check(&self, key: &str) -> Vec<Diagnostic> {
        let mut found = self.check_parts(key);
        found.extend(
            self.targeting
                .as_ref()
                .and_then(|rule| check_rule(key, rule)),
        );
        found
    }

    /// The same but for the rule.
    pub(crate) fn check_parts(&self, key: &str) -> Vec<Diagnostic> {
        let at = |path: &str| Place {
            path: format!("flags.{key}.{path}"),
            ..Place::default()
        };
        let error = |path: &str, message: String, fix: &str| {
            Diagnostic::error("flag", at(path), message, fix)
        };
        let mut found = Vec::new();
        if self.variants.is_empty() {
            found.push(error(
                "variants",
                "there is no variant".into(),
                "give at least one",
            ));
        }
        let types: BTreeSet<&str> = self.variants.values().map(Value::type_name).collect();
        if types.len() > 1 {
            let types: Vec<&str> = types.into_iter().collect();
            found.push(error(
                "variants",
                format!("the variants are of different types: {}", types.join(", ")),
                "make them all boolean, string, number or object",
            ));
        } else if types.iter().any(|name| matches!(*name, "null" | "array")) {
            found.push(error(
                "variants",
                "a variant is null or a list".into(),
                "use a boolean, string, number or object",
            ));
        }
        if let Some(default) = self
            .default_variant
            .as_ref()
            .filter(|name| !self.variants.contains_key(*name))
        {
            found.push(error(
                "defaultVariant",
                format!("`{default}` is not a variant"),
                "name one of the variants, or none",
            ));
        }
        for (name, value) in &self.metadata {
            if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
                found.push(error(
                    &format!("metadata.{name}"),
                    "metadata holds scalars only".into(),
                    "use text, a number or a boolean",
                ));
            }
        }
        // Deterministic and total: a Definition always serialises.
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |bytes| bytes.len());
        if bytes > LOWERED_FLAG_BYTES_MAX {
            found.push(error(
                "",
                format!("the flag takes {bytes} bytes, more than {LOWERED_FLAG_BYTES_MAX}"),
                "move large values out of the flag",
            ));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_that_the_ledger_takes_has_a_sound_rule_of_its_own() {
        let cases = [
            (r#"{"if":[{"var":"beta"},"on","off"]}"#, ""),
            (r#"{"if":[true,{"nope":1}]}"#, "flags.f.targeting.if.1"),
            (r#"{"$ref":"staff"}"#, "flags.f.targeting"),
            (r#"{"if":[true],"or":[]}"#, "flags.f.targeting"),
        ];
        for (rule, place) in cases {
            let flag: Definition = serde_json::from_str(&format!(
                r#"{{"state":"ENABLED","variants":{{"on":true,"off":false}},"targeting":{rule}}}"#
            ))
            .unwrap();
            let found = flag.check("f");
            let places: Vec<&str> = found.iter().map(|f| f.place.path.as_str()).collect();
            let expected: Vec<&str> = Some(place)
                .filter(|at| !at.is_empty())
                .into_iter()
                .collect();
            assert_eq!(places, expected, "{rule}");
        }
    }
}
