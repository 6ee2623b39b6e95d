//! Evaluating a document offline, by the evaluator that edges run.

use super::{batch, read};
use crate::arguments::Eval;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::context::Context;
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::evaluation::{
    CompileOptions, Details, ErrorCode, FlagType, Unobserved, compile_foreign, evaluate,
};
use flaghoist_core::ruleset::{HashVersion, Ruleset};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

pub fn run(json: bool, eval: Eval) -> Result<ExitCode, Failure> {
    let options = eval.fractional;
    let document = eval
        .flags
        .as_deref()
        .map(|path| load(path, options))
        .transpose()?;
    if let Some(lines) = &eval.batch {
        return batch::run(lines, document, options);
    }
    let (Some(key), Some(ruleset)) = (&eval.flag, document) else {
        return Err(Failure::Usage("name the document with --flags FILE".into()));
    };
    let context: Value = serde_json::from_str(&eval.context)
        .map_err(|error| Failure::Usage(format!("--context is not JSON: {error}")))?;
    let default: Option<Value> = eval
        .default
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| Failure::Usage(format!("--default is not JSON: {error}")))?;
    let details = answer(&ruleset, key, Some(context), eval.expected, eval.now);
    show(json, &details, || in_words(&details, default.as_ref()))
}

pub(super) fn in_words(details: &Details, default: Option<&Value>) -> String {
    let value = details.value.as_ref().or(default);
    let value = value.map_or_else(
        || "(the caller's default)".into(),
        |v| serde_json::to_string(v).unwrap_or_default(),
    );
    let variant = details
        .variant
        .as_ref()
        .map(|variant| format!(", variant {variant}"))
        .unwrap_or_default();
    let error = details
        .error_message
        .as_ref()
        .map(|message| format!(": {message}"))
        .unwrap_or_default();
    let code = details
        .error_code
        .map(|code| format!(" {}", code.as_str()))
        .unwrap_or_default();
    format!(
        "{value}{variant}, reason {}{code}{error}",
        details.reason.as_str()
    )
}

pub(super) fn load(path: &Path, options: Option<HashVersion>) -> Result<Rc<Ruleset>, Failure> {
    let text = read(path)?;
    compile(text.as_bytes(), options).map_err(|diagnostics| Failure::Document {
        file: path.display().to_string(),
        diagnostics,
    })
}

/// Compiles any flagd document.
pub(super) fn compile(
    document: &[u8],
    fractional: Option<HashVersion>,
) -> Result<Rc<Ruleset>, Vec<Diagnostic>> {
    let (ruleset, _) = compile_foreign(document, CompileOptions { fractional })?;
    Ok(Rc::new(ruleset))
}

/// Evaluates one flag for one context.
pub(super) fn answer(
    ruleset: &Ruleset,
    key: &str,
    context: Option<Value>,
    expected: Option<FlagType>,
    now: Option<i64>,
) -> Details {
    let context = match context {
        None | Some(Value::Null) => Context::default(),
        Some(Value::Object(attributes)) => Context::from_attributes(attributes),
        Some(other) => {
            let message = format!(
                "the context is of type {}, not an object",
                other.type_name()
            );
            return Details::failed(key, ErrorCode::InvalidContext, message);
        }
    };
    let mut resolution = evaluate(ruleset, key, &context, moment(now), &mut Unobserved);
    if let Some(expected) = expected {
        resolution = resolution.expecting(expected, ruleset);
    }
    Details::new(ruleset, key, &resolution)
}

/// A moment in seconds since 1970; none is now.
pub(super) fn moment(seconds: Option<i64>) -> Timestamp {
    let clock = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs() as i64)
    };
    Timestamp::from_millis(seconds.unwrap_or_else(clock).saturating_mul(1000))
}
