//! What core is known to answer otherwise than it should; `tests/vectors` has each case. To be emptied, not to grow.
//!
//! - The default of a `var` whose path is written out runs only where it is needed, and where that path is empty or
//!   `$flagd.…`, or after a default, operands are not even read; a path that is computed to be empty takes the default.
//! - `in` over a list written out stops at the element it finds, unless it is observed.
//! - A caller's own `$flagd` is seen through a context that was put into a list.
//! - The hash of a whole context (v3) leaves `$flagd` to the caller.
//! - A share that is the default of a `var` with a computed path is not said to have decided.

use flaghoist_core::value::Value;

/// Whether a document has a rule that core may answer otherwise.
pub fn is_known(rule: &Value) -> bool {
    match rule {
        Value::Array(items) => items.iter().any(is_known),
        Value::Object(map) => map.iter().any(|(name, operands)| {
            let items = operands.as_array().unwrap_or_default();
            let is_rule = |value: &Value| matches!(value, Value::Object(_) | Value::Array(_));
            let is_it = match name.as_str() {
                "var" => items.len() > 1 || is_whole(items.first().unwrap_or(operands)),
                "in" => items
                    .get(1)
                    .and_then(Value::as_array)
                    .is_some_and(|list| list.iter().any(is_rule)),
                _ => false,
            };
            is_it || is_known(operands)
        }),
        _ => false,
    }
}

/// Whether a path leads, or may when it is computed, to the whole context.
fn is_whole(path: &Value) -> bool {
    *path == Value::Null
        || path.as_str() == Some("")
        || path.as_array().is_some_and(<[_]>::is_empty)
}
