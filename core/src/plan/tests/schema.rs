//! The form of a plan: the schema in the repository is of this form, and every key of it is one that plans say.

use super::any::{self, Dice};
use super::*;
use serde_json::Value;

#[test]
fn the_schema_in_the_repository_is_in_step() {
    let kept = include_str!("../../../../docs/plan.schema.json");
    assert_eq!(
        kept,
        schema(),
        "write it with `flaghoist schema > docs/plan.schema.json`"
    );
}

/// Every key of the form, in the schema's words.
fn keys() -> Vec<String> {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let forms = schema["$defs"].as_object().unwrap().values();
    let properties = forms
        .chain([&schema])
        .map(|form| form["properties"].as_object().unwrap());
    properties.flat_map(|keys| keys.keys().cloned()).collect()
}

#[test]
fn every_key_is_said_by_some_plan() {
    let texts: String = (0..300)
        .map(|seed| to_yaml(&any::plan(&mut Dice::new(seed))))
        .collect();
    let keys = keys();
    assert!(keys.len() > 80, "{keys:?}");
    for key in keys {
        assert!(
            texts.contains(&format!(" {key}: "))
                || texts.contains(&format!(" {key}:\n"))
                || texts.contains(&format!("\n{key}:")),
            "{key}"
        );
    }
}
