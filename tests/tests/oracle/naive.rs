//! The naive evaluator: what a flagd document answers, written as directly as the language is described.
//!
//! It shares no code with core but the `Value` tree: rules are walked as written, contexts are copied, nothing is
//! compiled. Where public engines differ it follows the module headers of `core/src/targeting` and the reference they
//! name. Not here: limits (steps, bytes, depth), which generated cases stay far below.

use super::operators::text;
use super::walk::{EAGER, Flag, LAZY, Scope, single};
use flaghoist_core::value::Value;
use std::collections::BTreeMap;

type Map = BTreeMap<String, Value>;

/// What a flag answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub variant: Option<String>,
    pub value: Option<Value>,
    pub reason: &'static str,
    pub error: Option<&'static str>,
    /// What targeting gave where that is no variant, as far as messages tell it.
    pub gave: Option<String>,
    pub metadata: Map,
}

/// Targeting that fails when it runs: GENERAL.
pub struct Fault;

/// What `key` of a document answers; none where the document is refused as a whole.
pub fn answer(document: &Value, key: &str, context: &Value, seconds: i64) -> Option<Answer> {
    let document = document.as_object()?;
    let part = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let (evaluators, set) = (part("$evaluators"), part("metadata"));
    let flags = flags(document.get("flags")?)?;
    if flags.values().any(has_wrong_default) {
        return None;
    }
    let Some(flag) = flags.get(key) else {
        return Some(failed("FLAG_NOT_FOUND", set));
    };
    let mut metadata = set.clone();
    metadata.extend(
        flag.as_object()
            .and_then(|flag| flag.get("metadata")?.as_object().cloned())
            .unwrap_or_default(),
    );
    let Some(Read {
        enabled,
        variants,
        default,
        targeting,
    }) = read(flag)
    else {
        return Some(failed("PARSE_ERROR", metadata));
    };
    let answered = |name: Option<&str>, reason| Answer {
        variant: name.map(Into::into),
        value: name.and_then(|name| variants.get(name).cloned()),
        reason,
        error: None,
        gave: None,
        metadata: metadata.clone(),
    };
    if !enabled {
        return Some(answered(None, "DISABLED"));
    }
    let Some(rule) = targeting else {
        return Some(answered(
            default,
            if default.is_some() {
                "STATIC"
            } else {
                "DEFAULT"
            },
        ));
    };
    if !is_sound(rule, &evaluators, &mut Vec::new()) {
        return Some(failed("PARSE_ERROR", metadata));
    }
    let v3 = set.get("fractional").and_then(Value::as_str) == Some("v3");
    let flag = Flag {
        key,
        v3,
        evaluators: &evaluators,
    };
    Some(
        match flag.eval(rule, &Scope::whole(context, key, seconds)) {
            Err(Fault) => failed("GENERAL", metadata),
            Ok((Value::Null, _)) => answered(default, "DEFAULT"),
            Ok((value, split)) => match variants.get_key_value(&text(&value)) {
                Some((name, _)) => {
                    answered(Some(name), if split { "SPLIT" } else { "TARGETING_MATCH" })
                }
                None => Answer {
                    gave: Some(text(&value).chars().take(100).collect()),
                    ..failed("GENERAL", metadata)
                },
            },
        },
    )
}

fn failed(code: &'static str, metadata: Map) -> Answer {
    Answer {
        variant: None,
        value: None,
        reason: "ERROR",
        error: Some(code),
        gave: None,
        metadata,
    }
}

/// Flags by key: of an object, or of a list of flags that name their keys.
fn flags(flags: &Value) -> Option<Map> {
    match flags {
        Value::Object(map) => Some(map.clone()),
        Value::Array(items) => items
            .iter()
            .map(|flag| {
                Some((
                    flag.as_object()?.get("key")?.as_str()?.to_owned(),
                    flag.clone(),
                ))
            })
            .collect(),
        _ => None,
    }
}

struct Read<'a> {
    enabled: bool,
    variants: &'a Map,
    default: Option<&'a str>,
    targeting: Option<&'a Value>,
}

/// The parts of a flag; none where it is broken.
fn read(flag: &Value) -> Option<Read<'_>> {
    let flag = flag.as_object()?;
    let enabled = match flag.get("state")?.as_str()? {
        "ENABLED" => true,
        "DISABLED" => false,
        _ => return None,
    };
    let variants = flag.get("variants")?.as_object()?;
    let default = match flag.get("defaultVariant") {
        None | Some(Value::Null) => None,
        Some(name) => Some(name.as_str()?).filter(|name| !name.is_empty()),
    };
    let is_rule = |rule: &&Value| **rule != Value::Null && **rule != Value::Object(Map::new());
    Some(Read {
        enabled,
        variants,
        default,
        targeting: flag.get("targeting").filter(is_rule),
    })
}

fn has_wrong_default(flag: &Value) -> bool {
    read(flag).is_some_and(|flag| {
        flag.default
            .is_some_and(|name| !flag.variants.contains_key(name))
    })
}

/// Whether every operator is known and every reference leads somewhere, also where it never runs.
fn is_sound<'a>(rule: &'a Value, evaluators: &'a Map, trail: &mut Vec<&'a str>) -> bool {
    match rule {
        Value::Array(items) => items.iter().all(|item| is_sound(item, evaluators, trail)),
        Value::Object(map) if map.is_empty() => true,
        Value::Object(map) => match single(map) {
            Some(("$ref", name)) => {
                let named = name
                    .as_str()
                    .and_then(|name| evaluators.get_key_value(name));
                let Some((name, shared)) =
                    named.filter(|(name, _)| !trail.contains(&name.as_str()))
                else {
                    return false;
                };
                trail.push(name);
                let sound = is_sound(shared, evaluators, trail);
                trail.pop();
                sound
            }
            Some((name, operands)) => {
                (LAZY.contains(&name) || EAGER.contains(&name))
                    && is_sound(operands, evaluators, trail)
            }
            None => false,
        },
        _ => true,
    }
}
