//! How the naive evaluator walks a rule over what `var` reads: the operators that decide what runs, and `fractional`.

use super::naive::Fault;
use super::number::cbor;
use super::operators::{is_true, number, simple, text};
use flaghoist_core::value::Value;
use std::collections::BTreeMap;
use std::io::Cursor;

type Map = BTreeMap<String, Value>;

/// A value of a rule, and whether a `fractional` decided it.
pub type Run = Result<(Value, bool), Fault>;

pub const LAZY: [&str; 9] = [
    "if", "and", "or", "map", "filter", "reduce", "all", "none", "some",
];
pub const EAGER: [&str; 28] = [
    "var",
    "missing",
    "missing_some",
    "!",
    "!!",
    "==",
    "===",
    "!=",
    "!==",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "min",
    "max",
    "merge",
    "cat",
    "substr",
    "in",
    "starts_with",
    "ends_with",
    "sem_ver",
    "fractional",
];

/// What `var` reads.
pub struct Scope {
    data: Value,
    /// The targeting key; there is none inside an element.
    subject: Option<String>,
}

impl Scope {
    pub fn whole(context: &Value, key: &str, seconds: i64) -> Self {
        let mut data = context.as_object().cloned().unwrap_or_default();
        let flagd = [
            ("flagKey", Value::from(key)),
            ("timestamp", Value::Int(seconds)),
        ];
        data.insert("$flagd".into(), object(flagd));
        let subject = data
            .get("targetingKey")
            .and_then(Value::as_str)
            .filter(|key| !key.is_empty());
        Self {
            subject: subject.map(Into::into),
            data: Value::Object(data),
        }
    }

    fn element(data: Value) -> Self {
        Self {
            data,
            subject: None,
        }
    }

    /// `a.b.0`; everything where the path is empty, `null` where it leads nowhere.
    fn path(&self, path: &str) -> Value {
        let mut parts = path.split('.').filter(|part| !part.is_empty()).peekable();
        if !path.is_empty() && parts.peek().is_none() {
            return Value::Null;
        }
        let step = |at: &Value, part| match at {
            Value::Object(map) => map.get(part).cloned(),
            Value::Array(items) => items.get(str::parse::<usize>(part).ok()?).cloned(),
            _ => None,
        };
        parts
            .try_fold(self.data.clone(), |at, part| step(&at, part))
            .unwrap_or_default()
    }
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(
        entries
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

pub struct Flag<'a> {
    pub key: &'a str,
    pub v3: bool,
    pub evaluators: &'a Map,
}

impl Flag<'_> {
    pub fn eval(&self, rule: &Value, scope: &Scope) -> Run {
        match rule {
            Value::Array(items) => Ok((Value::Array(self.each(items, scope)?), false)),
            Value::Object(map) => match single(map) {
                Some(("$ref", name)) => {
                    let shared = name.as_str().and_then(|name| self.evaluators.get(name));
                    self.eval(shared.unwrap_or(&Value::Null), scope)
                }
                Some((name, operands)) if LAZY.contains(&name) => {
                    let operands = operands
                        .as_array()
                        .unwrap_or(std::slice::from_ref(operands));
                    match name {
                        "if" | "and" | "or" => self.branch(name, operands, scope),
                        _ => Ok((self.over(name, operands, scope)?, false)),
                    }
                }
                Some((name, operands)) => self.eager(name, operands, scope),
                None => Ok((rule.clone(), false)),
            },
            scalar => Ok((scalar.clone(), false)),
        }
    }

    fn each(&self, rules: &[Value], scope: &Scope) -> Result<Vec<Value>, Fault> {
        rules
            .iter()
            .map(|rule| Ok(self.eval(rule, scope)?.0))
            .collect()
    }

    /// Operators that take all their operands' values. One operand may stand without a list, and a rule that gives a list
    /// stands for them all.
    fn eager(&self, name: &str, operands: &Value, scope: &Scope) -> Run {
        let values = match operands {
            Value::Array(rules) => self.each(rules, scope)?,
            rule => match self.eval(rule, scope)?.0 {
                Value::Array(values) if matches!(rule, Value::Object(_)) => values,
                value => vec![value],
            },
        };
        match name {
            "var" => {
                let path = values.first().map(text).unwrap_or_default();
                match (
                    scope.path(&path),
                    operands.as_array().and_then(|rules| rules.get(1)),
                ) {
                    // Once more: whether a share decided the default is wanted too.
                    (Value::Null, Some(default)) if !path.is_empty() => self.eval(default, scope),
                    (Value::Null, None) if !path.is_empty() => {
                        Ok((values.get(1).cloned().unwrap_or_default(), false))
                    }
                    (found, _) => Ok((found, false)),
                }
            }
            "fractional" => Ok((self.fractional(&values, scope), true)),
            "missing" | "missing_some" => Ok((missing(name, values, scope)?, false)),
            _ => Ok((simple(name, &values)?, false)),
        }
    }

    fn branch(&self, name: &str, operands: &[Value], scope: &Scope) -> Run {
        if name == "if" {
            for pair in operands.chunks(2) {
                match pair {
                    [condition, then] if is_true(&self.eval(condition, scope)?.0) => {
                        return self.eval(then, scope);
                    }
                    [otherwise] => return self.eval(otherwise, scope),
                    _ => {}
                }
            }
            return Ok((Value::Null, false));
        }
        let mut last = (Value::Null, false);
        for operand in operands {
            last = self.eval(operand, scope)?;
            if is_true(&last.0) == (name == "or") {
                break;
            }
        }
        Ok(last)
    }

    /// The operators over the elements of a list.
    fn over(&self, name: &str, operands: &[Value], scope: &Scope) -> Result<Value, Fault> {
        let list = match self.eval(operands.first().ok_or(Fault)?, scope)?.0 {
            Value::Array(items) => items,
            nothing if !is_true(&nothing) => Vec::new(),
            _ => return Err(Fault),
        };
        let rule = operands.get(1).unwrap_or(&Value::Null);
        if name == "reduce" {
            let start = self.eval(operands.get(2).unwrap_or(&Value::Null), scope)?.0;
            return list.into_iter().filter(|_| operands.len() > 1).try_fold(
                start,
                |accumulator, current| {
                    let data = object([("accumulator", accumulator), ("current", current)]);
                    Ok(self.eval(rule, &Scope::element(data))?.0)
                },
            );
        }
        let mut kept = Vec::new();
        for element in &list {
            let value = self.eval(rule, &Scope::element(element.clone()))?.0;
            match (name, is_true(&value)) {
                ("map", _) => kept.push(value),
                ("filter", true) => kept.push(element.clone()),
                ("all", false) | ("none", true) => return Ok(Value::Bool(false)),
                ("some", true) => return Ok(Value::Bool(true)),
                _ => {}
            }
        }
        Ok(match name {
            "map" | "filter" => Value::Array(kept),
            "all" => Value::Bool(!list.is_empty()),
            _ => Value::Bool(name == "none"),
        })
    }

    /// The variant whose share the subject falls into; `null` where anything is wrong.
    fn fractional(&self, values: &[Value], scope: &Scope) -> Value {
        let implicit = || {
            let (key, subject) = (self.key, scope.subject.as_deref()?);
            let pair = Value::Array(vec![key.into(), subject.into()]);
            Some(if self.v3 {
                cbor(&pair)
            } else {
                format!("{key}{subject}").into_bytes()
            })
        };
        let (hashed, shares) = match values {
            [] => return Value::Null,
            [Value::Array(_), ..] => (implicit(), values),
            [Value::Null, ..] if self.v3 => return Value::Null,
            [Value::Null, rest @ ..] => (implicit(), rest),
            [value, rest @ ..] if self.v3 => (Some(cbor(value)), rest),
            [Value::String(text), rest @ ..] => (Some(text.clone().into_bytes()), rest),
            _ => return Value::Null,
        };
        let shares: Option<Vec<(Value, u64)>> = shares.iter().map(share).collect();
        let (Some(hashed), Some(shares)) = (hashed, shares) else {
            return Value::Null;
        };
        let total: u64 = shares.iter().map(|(_, weight)| weight).sum();
        if total > i32::MAX as u64 {
            return Value::Null;
        }
        let hash = murmur3::murmur3_32(&mut Cursor::new(hashed), 0).unwrap_or_default();
        let bucket = (u64::from(hash) * total) >> 32;
        let mut cumulative = 0;
        for (variant, weight) in shares {
            cumulative += weight;
            if bucket < cumulative {
                return variant;
            }
        }
        Value::Null
    }
}

/// `[variant]` or `[variant, weight]`.
fn share(share: &Value) -> Option<(Value, u64)> {
    let (variant, weight) = match share.as_array()? {
        [variant] => (variant, &Value::Null),
        [variant, weight] => (variant, weight),
        _ => return None,
    };
    let weight = if *weight == Value::Null {
        1.0
    } else {
        weight.as_f64()?
    };
    let sound = weight.fract() == 0.0 && weight <= f64::from(i32::MAX);
    (sound && !matches!(variant, Value::Array(_) | Value::Object(_)))
        .then(|| (variant.clone(), weight.max(0.0) as u64))
}

fn missing(name: &str, values: Vec<Value>, scope: &Scope) -> Result<Value, Fault> {
    let (wanted, names) = match (name, values.as_slice()) {
        ("missing", [Value::Array(names), ..]) => (f64::INFINITY, names.clone()),
        ("missing", _) => (f64::INFINITY, values),
        (_, [wanted, Value::Array(names), ..]) => (number(wanted).trunc(), names.clone()),
        _ => return Err(Fault),
    };
    let (missing, found): (Vec<_>, Vec<_>) = names
        .into_iter()
        .partition(|name| scope.path(&text(name)) == Value::Null);
    Ok(Value::Array(if found.len() as f64 >= wanted {
        Vec::new()
    } else {
        missing
    }))
}

/// The only entry of an object.
pub fn single(map: &Map) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    entries
        .next()
        .filter(|_| entries.next().is_none())
        .map(|(name, value)| (name.as_str(), value))
}
