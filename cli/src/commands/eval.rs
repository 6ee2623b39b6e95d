//! Evaluating documents offline: one flag, or a stream of JSON lines.

use super::read;
use crate::arguments::Eval;
use crate::error::Failure;
use crate::output::{print, show};
use flaghoist_core::bucketing;
use flaghoist_core::bundle::Bundle;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{
    CompileOptions, Details, ErrorCode, FlagType, Unobserved, compile_with, evaluate,
};
use flaghoist_core::limits::DOCUMENT_BYTES_MAX;
use flaghoist_core::ruleset::{HashVersion, Ruleset};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Documents kept compiled: batches repeat a few.
const KEPT_MAX: usize = 16;
/// Longest line of a batch, in bytes: a document, a context and the words around them.
const LINE_MAX: u64 = 2 * DOCUMENT_BYTES_MAX as u64;

/// One line of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(default)]
    flags: Option<Value>,
    flag_key: String,
    #[serde(default)]
    context: Option<Value>,
    #[serde(default, rename = "type")]
    expected: Option<String>,
    #[serde(default)]
    now: Option<i64>,
}

/// What `bucket` prints.
#[derive(Serialize)]
struct Bucket {
    hash: u32,
    bucket: u32,
    total: u32,
}

pub fn bucket(json: bool, cohort: &str, key: &str, total: u32) -> Result<ExitCode, Failure> {
    let hash = bucketing::hash(format!("{cohort}{key}").as_bytes());
    let bucket = Bucket {
        hash,
        bucket: bucketing::bucket(hash, total),
        total,
    };
    show(json, &bucket, || {
        format!("hash {hash}, bucket {} of {total}", bucket.bucket)
    })
}

pub fn run(json: bool, eval: Eval) -> Result<ExitCode, Failure> {
    let options = eval.fractional;
    let document = eval
        .flags
        .as_deref()
        .map(|path| load(path, options))
        .transpose()?;
    if let Some(lines) = &eval.batch {
        return batch(lines, document, options);
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

fn in_words(details: &Details, default: Option<&Value>) -> String {
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

fn load(path: &Path, options: Option<HashVersion>) -> Result<Rc<Ruleset>, Failure> {
    let text = read(path)?;
    compile(text.as_bytes(), options).map_err(|diagnostics| Failure::Document {
        file: path.display().to_string(),
        diagnostics,
    })
}

fn compile(
    document: &[u8],
    fractional: Option<HashVersion>,
) -> Result<Rc<Ruleset>, Vec<flaghoist_core::diagnostic::Diagnostic>> {
    let bundle = Bundle::from_foreign_json(document)?;
    Ok(Rc::new(
        compile_with(&bundle, CompileOptions { fractional }).0,
    ))
}

fn batch(
    path: &Path,
    default: Option<Rc<Ruleset>>,
    options: Option<HashVersion>,
) -> Result<ExitCode, Failure> {
    let io = |source| Failure::File {
        path: path.into(),
        source,
    };
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(io)?)
    };
    let mut reader = BufReader::new(reader);
    let mut kept: Vec<(String, Rc<Ruleset>)> = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = reader
            .by_ref()
            .take(LINE_MAX)
            .read_until(b'\n', &mut line)
            .map_err(io)?;
        if read == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        let whole = line.ends_with(b"\n") || (read as u64) < LINE_MAX;
        if !whole {
            skip_line(&mut reader).map_err(io)?;
        }
        let details = if whole {
            line_answer(&line, default.as_ref(), &mut kept, options)
        } else {
            Details::failed(
                "",
                ErrorCode::General,
                format!("the line is longer than {LINE_MAX} bytes"),
            )
        };
        print(&serde_json::to_string(&details).unwrap_or_default())?;
    }
}

/// Passes over the rest of a line without keeping it.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let (used, done) = match reader.fill_buf()? {
            [] => return Ok(()),
            buffer => match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), false),
            },
        };
        reader.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn line_answer(
    line: &[u8],
    default: Option<&Rc<Ruleset>>,
    kept: &mut Vec<(String, Rc<Ruleset>)>,
    options: Option<HashVersion>,
) -> Details {
    let line: Line = match serde_json::from_slice(line) {
        Ok(line) => line,
        Err(error) => {
            return Details::failed(
                "",
                ErrorCode::General,
                format!("the line is not read: {error}"),
            );
        }
    };
    let key = line.flag_key.as_str();
    let ruleset = match &line.flags {
        None => default
            .cloned()
            .ok_or_else(|| "the line brings no `flags` and there is no --flags".to_string()),
        Some(document) => ruleset_of(document, kept, options),
    };
    let ruleset = match ruleset {
        Ok(ruleset) => ruleset,
        Err(message) => return Details::failed(key, ErrorCode::ParseError, message),
    };
    let expected = match line
        .expected
        .as_deref()
        .map(str::parse::<FlagType>)
        .transpose()
    {
        Ok(expected) => expected,
        Err(error) => return Details::failed(key, ErrorCode::General, error.to_string()),
    };
    answer(&ruleset, key, line.context, expected, line.now)
}

fn ruleset_of(
    document: &Value,
    kept: &mut Vec<(String, Rc<Ruleset>)>,
    options: Option<HashVersion>,
) -> Result<Rc<Ruleset>, String> {
    let text = serde_json::to_string(document).unwrap_or_default();
    if let Some((_, ruleset)) = kept.iter().find(|(known, _)| *known == text) {
        return Ok(ruleset.clone());
    }
    let ruleset = compile(text.as_bytes(), options).map_err(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        lines.join("; ")
    })?;
    if kept.len() >= KEPT_MAX {
        kept.remove(0);
    }
    kept.push((text, ruleset.clone()));
    Ok(ruleset)
}

fn answer(
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
    let clock = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs() as i64)
    };
    let now = Timestamp::from_millis(now.unwrap_or_else(clock).saturating_mul(1000));
    let mut resolution = evaluate(ruleset, key, &context, now, &mut Unobserved);
    if let Some(expected) = expected {
        resolution = resolution.expecting(expected, ruleset);
    }
    Details::new(ruleset, key, &resolution)
}
