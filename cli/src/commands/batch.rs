//! A stream of evaluations: a JSON line in, a JSON line out, in order.
//!
//! Invariants: every line is answered by exactly one line, a bad one by its error; memory is bounded whatever comes;
//! answers are held back only while more lines are at hand. Not here: what an evaluation is (`eval`).

use super::eval::{answer, compile};
use crate::error::Failure;
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::evaluation::{Details, ErrorCode, FlagType};
use flaghoist_core::limits::DOCUMENT_BYTES_MAX;
use flaghoist_core::ruleset::{HashVersion, Ruleset};
use flaghoist_core::value::Value;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

/// Documents kept compiled: batches repeat a few.
const KEPT_MAX: usize = 16;
/// Longest line, in bytes: a document, a context and the words around them.
const LINE_MAX: u64 = 2 * DOCUMENT_BYTES_MAX as u64;
/// Read and written at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// One line. Document and context stay text: the one is often known already, the other may fail on its own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(default, borrow)]
    flags: Option<&'a RawValue>,
    #[serde(borrow)]
    flag_key: Cow<'a, str>,
    #[serde(default, borrow)]
    context: Option<&'a RawValue>,
    #[serde(default, rename = "type", borrow)]
    expected: Option<Cow<'a, str>>,
    #[serde(default)]
    now: Option<i64>,
}

/// Why a line has no document to be answered from.
#[derive(Debug, thiserror::Error)]
enum NoDocument {
    #[error("the line brings no `flags` and there is no --flags")]
    Absent,
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Broken(Vec<Diagnostic>),
}

/// What lines are answered from.
struct Batch {
    default: Option<Rc<Ruleset>>,
    fractional: Option<HashVersion>,
    /// Documents by their text, the last used last.
    kept: VecDeque<(String, Rc<Ruleset>)>,
}

pub fn run(
    path: &Path,
    default: Option<Rc<Ruleset>>,
    fractional: Option<HashVersion>,
) -> Result<ExitCode, Failure> {
    let failed = |source| Failure::File {
        path: path.into(),
        source,
    };
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut batch = Batch {
        default,
        fractional,
        kept: VecDeque::new(),
    };
    let reader = BufReader::with_capacity(CHUNK, reader);
    let writer = BufWriter::with_capacity(CHUNK, io::stdout().lock());
    match batch.stream(reader, writer) {
        // A closed pipe is the reader's way to say that it has enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed(error)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

impl Batch {
    fn stream<R: Read>(
        &mut self,
        mut reader: BufReader<R>,
        mut writer: impl Write,
    ) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader
                .by_ref()
                .take(LINE_MAX)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return writer.flush();
            }
            let details = if read as u64 == LINE_MAX && !line.ends_with(b"\n") {
                reader.skip_until(b'\n')?;
                let message = format!("the line has {LINE_MAX} bytes or more");
                Details::failed("", ErrorCode::ParseError, message)
            } else {
                self.answer(&line)
            };
            serde_json::to_writer(&mut writer, &details)?;
            writer.write_all(b"\n")?;
            if reader.buffer().is_empty() {
                writer.flush()?;
            }
        }
    }

    fn answer(&mut self, line: &[u8]) -> Details {
        let line: Line = match serde_json::from_slice(line) {
            Ok(line) => line,
            Err(error) => {
                let message = format!("the line is not read: {error}");
                return Details::failed("", ErrorCode::ParseError, message);
            }
        };
        let key = line.flag_key.as_ref();
        let ruleset = match self.ruleset(line.flags) {
            Ok(ruleset) => ruleset,
            Err(error) => return Details::failed(key, ErrorCode::ParseError, error.to_string()),
        };
        let expected = line.expected.as_deref().map(str::parse::<FlagType>);
        let expected = match expected.transpose() {
            Ok(expected) => expected,
            Err(error) => return Details::failed(key, ErrorCode::ParseError, error.to_string()),
        };
        let context = line
            .context
            .map(|context| serde_json::from_str::<Value>(context.get()));
        match context.transpose() {
            Ok(context) => answer(&ruleset, key, context, expected, line.now),
            Err(error) => {
                let message = format!("the context is not read: {error}");
                Details::failed(key, ErrorCode::InvalidContext, message)
            }
        }
    }

    fn ruleset(&mut self, document: Option<&RawValue>) -> Result<Rc<Ruleset>, NoDocument> {
        let Some(document) = document.map(RawValue::get) else {
            return self.default.clone().ok_or(NoDocument::Absent);
        };
        if let Some(at) = self.kept.iter().position(|(known, _)| known == document)
            && let Some(known) = self.kept.remove(at)
        {
            let ruleset = known.1.clone();
            self.kept.push_back(known);
            return Ok(ruleset);
        }
        let ruleset = compile(document.as_bytes(), self.fractional).map_err(NoDocument::Broken)?;
        if self.kept.len() >= KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back((document.into(), ruleset.clone()));
        Ok(ruleset)
    }
}
