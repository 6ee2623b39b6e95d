//! From a rule as written to nodes of an image.
//!
//! Invariants: an unknown operator, an unresolved `$ref` or a rule nested too deep refuses the rule wherever it stands, also
//! in a branch that never runs; a rule that `$evaluators` names is compiled once and shared; nested references are resolved,
//! circles refused. A rule object has exactly one key.

use super::operator::Operator;
use super::path::parts;
use super::reach::{self, Reach};
use super::scope::FLAGD;
use crate::limits::PROGRAM_DEPTH_MAX;
use crate::ruleset::HashVersion;
use crate::ruleset::build::ImageBuilder;
use crate::ruleset::layout::{NONE, SPREAD};
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Why a rule is refused, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleError {
    /// The keys and indices that lead there, each after a dot.
    pub(crate) path: String,
    /// What is wrong.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) fix: &'static str,
}

impl RuleError {
    fn new(message: String, fix: &'static str) -> Self {
        Self {
            path: String::new(),
            message,
            fix,
        }
    }

    fn within(mut self, part: impl core::fmt::Display) -> Self {
        self.path = format!(".{part}{}", self.path);
        self
    }
}

/// A compiled rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compiled {
    /// Its root.
    pub(crate) node: u32,
    depth: usize,
}

enum Reference {
    Done(Compiled),
    Refused(RuleError),
}

/// Compiles the rules of one document.
pub(crate) struct Rules<'a> {
    pub(super) image: &'a mut ImageBuilder,
    evaluators: &'a BTreeMap<String, Value>,
    references: BTreeMap<&'a str, Reference>,
    reach: BTreeMap<&'a str, Reach>,
    pub(super) version: HashVersion,
    /// The flag whose rule is being compiled; none inside a shared rule.
    pub(super) flag: Option<String>,
}

impl<'a> Rules<'a> {
    /// A compiler for the rules that these evaluators belong to.
    pub(crate) fn new(
        image: &'a mut ImageBuilder,
        evaluators: &'a BTreeMap<String, Value>,
        version: HashVersion,
    ) -> Self {
        Self {
            image,
            evaluators,
            references: BTreeMap::new(),
            reach: reach::of(evaluators),
            version,
            flag: None,
        }
    }

    /// The image the rules go to.
    pub(crate) fn image(&mut self) -> &mut ImageBuilder {
        self.image
    }

    /// Compiles the rule of a flag.
    pub(crate) fn flag(&mut self, key: &str, rule: &Value) -> Result<u32, RuleError> {
        self.flag = Some(key.into());
        self.rule(rule, 0).map(|compiled| compiled.node)
    }

    /// Compiles a named rule, so that what is wrong with it is known even where nobody refers to it.
    pub(crate) fn evaluator(&mut self, name: &'a str) -> Result<(), RuleError> {
        self.reference(name, 0).map(drop)
    }

    pub(super) fn rule(&mut self, rule: &Value, depth: usize) -> Result<Compiled, RuleError> {
        let operator_of = |value: bool| {
            if value {
                Operator::True
            } else {
                Operator::False
            }
        };
        let node = match rule {
            Value::Null => self.image.leaf(Operator::Null, 0, 0, 0, NONE),
            Value::Bool(value) => self.image.leaf(operator_of(*value), 0, 0, 0, NONE),
            Value::Int(number) => self.image.number_leaf(*number as f64),
            Value::Float(number) if number.is_finite() => self.image.number_leaf(*number),
            Value::Float(_) => {
                return Err(RuleError::new(
                    "a number of a rule is not finite".into(),
                    "write a number JSON has",
                ));
            }
            Value::String(text) => self.image.text_leaf(text),
            Value::Array(items) => return self.node(Operator::List, 0, items, depth),
            Value::Object(map) => return self.operation(map, depth),
        };
        Ok(Compiled { node, depth: 0 })
    }

    fn operation(
        &mut self,
        map: &BTreeMap<String, Value>,
        depth: usize,
    ) -> Result<Compiled, RuleError> {
        let mut entries = map.iter();
        let (Some((name, operands)), None) = (entries.next(), entries.next()) else {
            return match map.is_empty() {
                true => Ok(Compiled {
                    node: self.image.leaf(Operator::EmptyObject, 0, 0, 0, NONE),
                    depth: 0,
                }),
                false => Err(RuleError::new(
                    format!("a rule has {} operators: {}", map.len(), quoted(map.keys())),
                    "give each operator an object of its own",
                )),
            };
        };
        if name == "$ref" {
            let Value::String(reference) = operands else {
                return Err(RuleError::new(
                    "`$ref` is not text".into(),
                    "name a rule of `$evaluators`",
                ));
            };
            return match self.evaluators.get_key_value(reference.as_str()) {
                Some((name, _)) => self.reference(name, depth),
                None => Err(RuleError::new(
                    format!(
                        "`$ref` names `{}`, which `$evaluators` does not have",
                        shown(reference)
                    ),
                    "define it there or correct the name",
                )),
            };
        }
        let Some(operator) = Operator::named(name) else {
            return Err(RuleError::new(
                format!("`{}` is not an operator", shown(name)),
                "use an operator of the flagd targeting language",
            ));
        };
        let compiled = match operator {
            Operator::Var => self.var(operands, depth),
            Operator::If | Operator::Fractional => match self.split(operator, operands) {
                Some(node) => Ok(Compiled { node, depth: 1 }),
                None => self.operands(operator, operands, depth),
            },
            _ => match self.condition(operator, operands) {
                Some(node) => Ok(Compiled { node, depth: 1 }),
                None => self.operands(operator, operands, depth),
            },
        };
        compiled.map_err(|error| error.within(name))
    }

    fn operands(
        &mut self,
        operator: Operator,
        operands: &Value,
        depth: usize,
    ) -> Result<Compiled, RuleError> {
        match operands {
            Value::Array(items) => self.node(operator, 0, items, depth),
            only => {
                let lazy = matches!(
                    operator,
                    Operator::If
                        | Operator::And
                        | Operator::Or
                        | Operator::Map
                        | Operator::Filter
                        | Operator::Reduce
                        | Operator::All
                        | Operator::None
                        | Operator::Some
                );
                let spread = matches!(only, Value::Object(_)) && !lazy;
                self.node(
                    operator,
                    if spread { SPREAD } else { 0 },
                    core::slice::from_ref(only),
                    depth,
                )
            }
        }
    }

    fn node(
        &mut self,
        operator: Operator,
        flags: u8,
        items: &[Value],
        depth: usize,
    ) -> Result<Compiled, RuleError> {
        if depth >= PROGRAM_DEPTH_MAX {
            return Err(too_deep());
        }
        let mut operands = Vec::with_capacity(items.len());
        let mut deepest = 0;
        for (index, item) in items.iter().enumerate() {
            let operand = self
                .rule(item, depth + 1)
                .map_err(|error| error.within(index))?;
            deepest = deepest.max(operand.depth);
            operands.push(operand.node);
        }
        let deepest = if operands.is_empty() { 0 } else { deepest + 1 };
        if depth + deepest > PROGRAM_DEPTH_MAX {
            return Err(too_deep());
        }
        Ok(Compiled {
            node: self.image.node(operator, flags, &operands),
            depth: deepest,
        })
    }

    fn reference(&mut self, name: &'a str, depth: usize) -> Result<Compiled, RuleError> {
        match self.reach.get(name) {
            // Told of this use only: elsewhere the rule may be fine.
            Some(Reach::Depth(inner)) if depth + 1 + inner > PROGRAM_DEPTH_MAX => {
                return Err(RuleError::new(
                    format!(
                        "with `{}` the rule nests deeper than {PROGRAM_DEPTH_MAX} operators",
                        shown(name)
                    ),
                    "flatten it",
                ));
            }
            Some(Reach::Circular) => {
                return Err(RuleError::new(
                    format!(
                        "`{}` of `$evaluators` refers to itself, or to a rule that does",
                        shown(name)
                    ),
                    "break the circle",
                ));
            }
            _ => {}
        }
        match self.references.get(name) {
            Some(Reference::Done(compiled)) => Ok(*compiled),
            Some(Reference::Refused(error)) => Err(error.clone()),
            None => {
                let Some(rule) = self.evaluators.get(name) else {
                    return Err(RuleError::new(
                        format!("`$evaluators` has no `{}`", shown(name)),
                        "define it there",
                    ));
                };
                let flag = self.flag.take();
                // Its own depth was looked at; that of what refers to it is no matter of its own.
                let compiled = self.rule(rule, 0);
                self.flag = flag;
                let compiled = compiled.map_err(|error| RuleError {
                    // The innermost rule is where the mistake is.
                    message: match error.message.starts_with("in `") {
                        true => error.message,
                        false => {
                            format!("in `{}` of `$evaluators`: {}", shown(name), error.message)
                        }
                    },
                    path: String::new(),
                    fix: error.fix,
                });
                let state = match &compiled {
                    Ok(compiled) => Reference::Done(*compiled),
                    Err(error) => Reference::Refused(error.clone()),
                };
                self.references.insert(name, state);
                compiled
            }
        }
    }

    /// `var` with a path that is written in the rule reads a slot; any other is worked out when it is run.
    fn var(&mut self, operands: &Value, depth: usize) -> Result<Compiled, RuleError> {
        let (path, default) = match operands {
            Value::Array(items) => match items.as_slice() {
                [path] => (path, None),
                [path, default] => (path, Some(default)),
                _ => return self.operands(Operator::Var, operands, depth),
            },
            path => (path, None),
        };
        let path = match path {
            Value::String(path) => path.clone(),
            Value::Int(index) => index.to_string(),
            _ => return self.operands(Operator::Var, operands, depth),
        };
        let leaf = match (path.as_str(), default) {
            ("$flagd.flagKey", None) => Some(Operator::FlagKey),
            ("$flagd.timestamp", None) => Some(Operator::Now),
            _ => None,
        };
        if let Some(leaf) = leaf {
            return Ok(Compiled {
                node: self.image.leaf(leaf, 0, 0, 0, NONE),
                depth: 0,
            });
        }
        match parts(&path).next() {
            // The whole context, what only the evaluation knows, and a path of nothing but dots.
            None | Some(FLAGD) => self.operands(Operator::Var, operands, depth),
            Some(_) => self.attribute(&path, default, depth),
        }
    }

    fn attribute(
        &mut self,
        path: &str,
        default: Option<&Value>,
        depth: usize,
    ) -> Result<Compiled, RuleError> {
        let default = match default {
            None | Some(Value::Null) => None,
            Some(_) if depth >= PROGRAM_DEPTH_MAX => return Err(too_deep()),
            Some(default) => Some(
                self.rule(default, depth + 1)
                    .map_err(|error| error.within(1))?,
            ),
        };
        let otherwise = default.map_or(NONE, |default| default.node);
        Ok(Compiled {
            node: self.image.attribute(path, otherwise),
            depth: default.map_or(0, |default| default.depth + 1),
        })
    }
}

fn too_deep() -> RuleError {
    RuleError::new(
        format!("the rule nests deeper than {PROGRAM_DEPTH_MAX} operators"),
        "flatten it, `and` and `or` take any number of operands",
    )
}

fn quoted<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<String> = names
        .take(4)
        .map(|name| format!("`{}`", shown(name)))
        .collect();
    names.join(", ")
}

/// A name as messages show it: whoever wrote a longer one recognises it.
fn shown(name: &str) -> &str {
    let end = name.char_indices().nth(80).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or_default()
}
