//! The naive evaluator's operators that are functions of their operands' values alone; and what a value counts as: true or
//! false, a number, a text.

use super::naive::Fault;
use super::number::{number_text, parse_number};
use super::version;
use flaghoist_core::value::Value;

/// Operators that are functions of their operands' values alone.
pub fn simple(name: &str, values: &[Value]) -> Result<Value, Fault> {
    let at = |index: usize| values.get(index).cloned().unwrap_or_default();
    Ok(match name {
        "!" => Value::Bool(!is_true(&at(0))),
        "!!" => Value::Bool(is_true(&at(0))),
        "==" | "===" | "!=" | "!==" | "<" | "<=" | ">" | ">=" => {
            if values.len() < 2 {
                return Err(Fault);
            }
            Value::Bool(
                values
                    .windows(2)
                    .all(|pair| compare(name, &pair[0], &pair[1])),
            )
        }
        "merge" => Value::Array(
            values
                .iter()
                .flat_map(|value| {
                    value
                        .as_array()
                        .unwrap_or(std::slice::from_ref(value))
                        .to_vec()
                })
                .collect(),
        ),
        "cat" => Value::String(values.iter().map(text).collect()),
        "substr" => Value::String(substr(values)?),
        "in" => Value::Bool(match (&at(0), &at(1)) {
            (needle, Value::Array(items)) => items.iter().any(|item| compare("===", item, needle)),
            (Value::Null, Value::String(whole)) => whole.contains("null"),
            (needle, Value::String(whole)) => whole.contains(&text(needle)),
            _ => false,
        }),
        "starts_with" | "ends_with" => match values {
            [Value::String(whole), Value::String(part)] if name == "starts_with" => {
                whole.starts_with(part).into()
            }
            [Value::String(whole), Value::String(part)] => whole.ends_with(part).into(),
            _ => Value::Null,
        },
        "sem_ver" => match values {
            [left, operator, right] => version::compare(&text(left), &text(operator), &text(right))
                .map_or(Value::Null, Value::Bool),
            _ => Value::Null,
        },
        _ => arithmetic(name, &values.iter().map(number).collect::<Vec<_>>())?,
    })
}

fn arithmetic(name: &str, numbers: &[f64]) -> Result<Value, Fault> {
    let fold = |step: fn(f64, f64) -> f64| numbers.iter().copied().reduce(step).ok_or(Fault);
    if numbers.iter().any(|number| number.is_nan()) {
        return Err(Fault);
    }
    let result = match (name, numbers) {
        ("+", _) => numbers.iter().sum::<f64>(),
        ("*", _) => numbers.iter().product(),
        ("-", [only]) => -only,
        ("-", _) => fold(|a, b| a - b)?,
        ("/", _) => fold(|a, b| a / b)?,
        ("%", [_, _, ..]) => fold(|a, b| a % b)?,
        ("min", _) => fold(f64::min)?,
        ("max", _) => fold(f64::max)?,
        _ => return Err(Fault),
    };
    if result.is_finite() {
        Ok(Value::Float(result))
    } else {
        Err(Fault)
    }
}

fn substr(values: &[Value]) -> Result<String, Fault> {
    let source = match values.first() {
        Some(Value::Array(_) | Value::Object(_) | Value::Bool(_)) => return Err(Fault),
        source => source.map(text).unwrap_or_default(),
    };
    let whole = |at: usize| {
        values
            .get(at)
            .map(number)
            .filter(|number| !number.is_nan())
            .map(f64::trunc)
    };
    let chars: Vec<char> = source.chars().collect();
    let count = chars.len() as f64;
    let start = whole(1).unwrap_or(0.0);
    let from = if start < 0.0 {
        (count + start).max(0.0)
    } else {
        start.min(count)
    };
    let to = match whole(2) {
        None => count,
        Some(length) if length < 0.0 => (count + length).max(from),
        Some(length) => (from + length).min(count),
    };
    Ok(chars[from as usize..to as usize].iter().collect())
}

/// Whether two neighbours of a comparison stand as its operator says.
fn compare(operator: &str, a: &Value, b: &Value) -> bool {
    let same_type = a.type_name() == b.type_name();
    let texts = a.as_str().zip(b.as_str());
    let order = match texts {
        Some((a, b)) => Some(a.cmp(b)),
        None => number(a).partial_cmp(&number(b)),
    };
    let is_equal = order.is_some_and(|order| order.is_eq());
    let is_null = |value: &Value| *value == Value::Null;
    let equal = if is_null(a) || is_null(b) {
        is_null(a) && is_null(b)
    } else {
        is_equal
    };
    match operator {
        "==" => equal,
        "!=" => !equal,
        "===" => same_type && equal,
        "!==" => !(same_type && equal),
        "<" => order.is_some_and(|order| order.is_lt()),
        "<=" => order.is_some_and(|order| order.is_le()),
        ">" => order.is_some_and(|order| order.is_gt()),
        _ => order.is_some_and(|order| order.is_ge()),
    }
}

pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Int(_) | Value::Float(_) => number(value) != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The number a value counts as; NaN where there is none.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::String(text) => parse_number(text),
        other => other.as_f64().unwrap_or(f64::NAN),
    }
}

/// The text a value counts as.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Int(_) | Value::Float(_) => number_text(number(value)),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(_) => "[object Object]".into(),
    }
}
