//! The pieces of rules that lowering writes.

use crate::exposure::Exposure;
use crate::name::FlagKey;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::vec;

/// `{"if":[{"var":"targetingKey"},{"fractional":[…]},null]}`: `inside` for the share of the cohort, else `outside`.
pub(super) fn exposed(
    cohort: &FlagKey,
    exposure: Exposure,
    inside: Value,
    outside: Value,
) -> Value {
    let share = i64::from(exposure.basis_points());
    let rest = i64::from(Exposure::FULL.basis_points()) - share;
    let key = || rule("var", Value::from("targetingKey"));
    let bucketing_key = rule(
        "cat",
        Value::Array(vec![Value::from(cohort.as_str()), key()]),
    );
    let split = rule(
        "fractional",
        Value::Array(vec![
            bucketing_key,
            Value::Array(vec![inside, Value::Int(share)]),
            Value::Array(vec![outside, Value::Int(rest)]),
        ]),
    );
    rule("if", Value::Array(vec![key(), split, Value::Null]))
}

pub(super) fn rule(operator: &str, operands: Value) -> Value {
    Value::Object(BTreeMap::from([(operator.into(), operands)]))
}
