//! The rich calls for JavaScript hosts: an answer with its details and the way it came about, as plain JavaScript values.
//!
//! The same evaluation as `flaghoist-wasm`'s, with an observer; beside it, so that what answers on the hot path stays small.
//! Invariant: nothing here throws but an image that cannot be read.
//! Not here: the hot path, documents.

use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, ErrorCode, Explained, explain as explain_flag};
use flaghoist_core::ruleset::Ruleset;
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// The largest integer that JavaScript tells from its neighbours.
const SAFE_MAX: u64 = (1 << 53) - 1;

/// Evaluates a flag of an image for a context at a moment (milliseconds since 1970) and tells the way: see `Explained`
/// in index.d.ts.
///
/// # Errors
/// An image that cannot be read.
#[wasm_bindgen]
pub fn explain(image: Vec<u8>, flag: &str, context: JsValue, now: f64) -> Result<JsValue, JsError> {
    let ruleset = Ruleset::from_bytes(image).map_err(|error| JsError::new(&error.message()))?;
    let context: Result<Context, _> = serde_wasm_bindgen::from_value(context);
    // A float to integer cast saturates, and gives 0 for NaN.
    let now = Timestamp::from_millis(now as i64);
    let mut explained = match context {
        Ok(context) => explain_flag(&ruleset, flag, &context, now),
        Err(_) => Explained {
            details: Details::failed(
                flag,
                ErrorCode::InvalidContext,
                "the context is not an object",
            ),
            bucketing: None,
            missing: Vec::new(),
            prerequisites: Vec::new(),
            steps: Vec::new(),
            omitted: 0,
        },
    };
    soften(&mut explained);
    let serializer = Serializer::json_compatible();
    Ok(explained.serialize(&serializer)?)
}

/// Large integers become the nearest number, as `JSON.parse` reads them.
fn soften(explained: &mut Explained) {
    let details = &mut explained.details;
    let values = details
        .value
        .iter_mut()
        .chain(details.metadata.values_mut());
    let steps = explained.steps.iter_mut();
    for value in values.chain(steps.filter_map(|step| step.value.as_mut())) {
        soften_value(value);
    }
}

fn soften_value(value: &mut Value) {
    match value {
        Value::Int(number) if number.unsigned_abs() > SAFE_MAX => {
            *value = Value::Float(*number as f64);
        }
        Value::Array(items) => items.iter_mut().for_each(soften_value),
        Value::Object(map) => map.values_mut().for_each(soften_value),
        _ => {}
    }
}
