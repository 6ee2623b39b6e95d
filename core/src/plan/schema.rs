//! `schema`: the form of a plan as a JSON Schema, with which editors complete keys and show slips while a plan is written.
//!
//! Invariants: it is made of the form that the reader knows keys by; it refuses no plan that says what the reader takes, except that
//! a key with nothing under it is shown as a slip. Not here: what only the reader sees, such as circles or two versions of one part.

use super::form::{self, Form, Key, Need, Text, Value};
use crate::artefact::Kind;
use crate::limits::{NAME_BYTES_MAX, TEXT_BYTES_MAX};
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Map, Value as Json, json};

/// The schema of plan files (draft 2020-12), as JSON.
pub fn schema() -> String {
    let mut known = Map::new();
    define(&form::PLAN, &mut known);
    let mut root = Map::new();
    root.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".into(), json!("A release plan of Flaghoist"));
    if let Some(Json::Object(plan)) = known.remove(form::PLAN.name) {
        root.extend(plan);
    }
    // The name is that of the first feature where there is none.
    let named = json!([{ "required": ["features"] }, { "required": ["release", "changes"] }]);
    root.insert("anyOf".into(), named);
    root.insert("if".into(), json!({ "not": { "required": ["kinds"] } }));
    root.insert("then".into(), of_our_kinds());
    root.insert("$defs".into(), known.into());
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

/// Puts a form, and all that it is made of, among the known ones.
fn define(form: &'static Form, known: &mut Map<String, Json>) {
    if known.contains_key(form.name) {
        return;
    }
    // A form that holds itself would find its name here.
    known.insert(form.name.into(), Json::Null);
    let mut properties = Map::new();
    if form.pinned {
        for kind in Kind::ALL {
            properties.insert(kind.as_str().into(), text(Text::Version));
        }
    }
    let mut required = Vec::new();
    let mut ones = Vec::new();
    let mut beside: Map<String, Json> = Map::new();
    for key in form.keys {
        properties.insert(key.name.into(), described(key, known));
        match key.need {
            Need::May => {}
            Need::Must(_) => required.push(key.name),
            Need::One => ones.push(json!({ "required": [key.name] })),
            Need::Beside(of) => {
                beside.insert(key.name.into(), json!([of]));
                if let Json::Array(needed) = beside.entry(of).or_insert_with(|| json!([])) {
                    needed.push(key.name.into());
                }
            }
        }
    }
    // What is no key may be the kind of a pin, where the plan declares kinds.
    let others = if form.pinned {
        text(Text::Version)
    } else {
        json!(false)
    };
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), properties.into());
    schema.insert("additionalProperties".into(), others);
    for (rule, is_needed, value) in [
        ("required", !required.is_empty(), json!(required)),
        ("oneOf", !ones.is_empty(), json!(ones)),
        ("dependentRequired", !beside.is_empty(), beside.into()),
    ] {
        if is_needed {
            schema.insert(rule.into(), value);
        }
    }
    known.insert(form.name.into(), schema.into());
}

fn described(key: &Key, known: &mut Map<String, Json>) -> Json {
    let mut schema = value(key.value, known);
    if let Json::Object(schema) = &mut schema {
        schema.insert("description".into(), json!(key.about));
    }
    schema
}

fn value(value: Value, known: &mut Map<String, Json>) -> Json {
    match value {
        Value::Scalar(of) => text(of),
        Value::Word(words) => json!({ "enum": words() }),
        Value::Map(form) => {
            define(form, known);
            json!({ "$ref": alloc::format!("#/$defs/{}", form.name) })
        }
        Value::List(of, max) => list(self::value(*of, known), max),
        Value::Items(forms, max) => {
            let mut schemas = forms
                .iter()
                .map(|form| self::value(Value::Map(form), known));
            match (schemas.next(), schemas.next()) {
                (Some(one), None) => list(one, max),
                (one, other) => {
                    let all: Vec<Json> = one.into_iter().chain(other).chain(schemas).collect();
                    list(json!({ "anyOf": all }), max)
                }
            }
        }
        Value::Entries(name, of, max) => {
            let (names, of) = (text(name), self::value(*of, known));
            let mut schema =
                json!({ "type": "object", "propertyNames": names, "additionalProperties": of });
            bound(&mut schema, "maxProperties", max);
            schema
        }
        Value::Route => {
            let steps = self::value(form::STEPS, known);
            json!({ "anyOf": [{ "const": "with_flag" }, steps] })
        }
    }
}

fn list(items: Json, max: usize) -> Json {
    let mut schema = json!({ "type": "array", "items": items });
    bound(&mut schema, "maxItems", max);
    schema
}

fn bound(schema: &mut Json, rule: &str, max: usize) {
    if let (Json::Object(schema), true) = (schema, max < form::MANY) {
        schema.insert(rule.into(), json!(max));
    }
}

/// A text. YAML's readers take some for numbers or truth values, which say the same.
fn text(of: Text) -> Json {
    let any = json!(["string", "number", "boolean"]);
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match of {
        Text::Any => json!({ "type": any, "maxLength": TEXT_BYTES_MAX }),
        Text::Truth => json!({ "enum": [true, false, "true", "false"] }),
        Text::Name => {
            json!({ "type": any, "pattern": "^[A-Za-z0-9._-]+$", "maxLength": NAME_BYTES_MAX })
        }
        Text::Label => json!({ "type": any, "minLength": 1, "maxLength": NAME_BYTES_MAX }),
        Text::Kind => pattern("^[a-z][a-z0-9_]*$"),
        Text::Artefact => pattern("^[a-z][a-z0-9_]*:[A-Za-z0-9._-]+$"),
        Text::Pin => pattern("^[a-z][a-z0-9_]*:[A-Za-z0-9._-]+@[A-Za-z0-9._+-]+$"),
        Text::Version => pattern("^[A-Za-z0-9._-]+@[A-Za-z0-9._+-]+$"),
        Text::Percentage => json!({
            "type": ["number", "string"],
            "minimum": 0,
            "maximum": 100,
            "pattern": "^\\s*[0-9]{1,3}([.][0-9]{1,2})?\\s*%?\\s*$",
        }),
        Text::Decimal => json!({
            "type": ["number", "string"],
            "pattern": "^\\s*-?[0-9]{1,12}([.][0-9]{1,6})?\\s*$",
        }),
        Text::Count => {
            json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^[+]?[0-9]+$" })
        }
        Text::Span => pattern("^\\s*[0-9]+[smhd]\\s*$"),
        Text::Share => pattern("^\\s*>=?\\s*[0-9]{1,12}([.][0-9]{1,6})?\\s*$"),
        Text::Age => pattern("^\\s*<=?\\s*[0-9]+[smhd]\\s*$"),
        Text::Limit => pattern("^\\s*[<>]=?\\s*-?[0-9]{1,12}([.][0-9]{1,6})?\\s*$"),
        Text::Day => json!({ "type": ["string", "integer"], "examples": ["2026-12-01"] }),
        Text::Time => pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"),
        Text::Hours => json!({
            "type": "string",
            "pattern": "^\\s*\\S+\\s+\\S+\\s*$",
            "examples": ["Mon-Thu 09:00-17:00"],
        }),
    }
}

/// Where a plan declares no kinds, each pin is of one of ours, and every other key is a slip.
fn of_our_kinds() -> Json {
    let ours = |form: &Form| {
        let keys = form.keys.iter().map(|key| key.name);
        let names: Vec<&str> = Kind::ALL.iter().map(Kind::as_str).chain(keys).collect();
        let kinds = Kind::ALL
            .iter()
            .map(|kind| json!({ "required": [kind.as_str()] }));
        let one: Vec<Json> = kinds.collect();
        json!({ "propertyNames": { "enum": names }, "oneOf": one })
    };
    let dependency = json!({ "if": { "required": ["flag"] }, "else": ours(&form::DEPENDENCY) });
    let features = json!({ "properties": { "dependencies": { "items": dependency } } });
    json!({
        "properties": {
            "changes": { "items": ours(&form::CHANGE) },
            "features": { "additionalProperties": features },
        }
    })
}
