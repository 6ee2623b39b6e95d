//! `lint`: what is unwise or missing in plan files, for people, for programs and for a pull request.
//!
//! Invariant: a file of any form is looked through once, however many findings it has. Not here: the rules and what is said of
//! each code, which core knows (`plan::lint`).

use super::read;
use crate::arguments::{Lint, LintFormat};
use crate::client::Client;
use crate::error::Failure;
use crate::output::{clean, print, show};
use flaghoist_core::diagnostic::{Diagnostic, Severity};
use flaghoist_core::plan::lint::{catalogue, lint_text, lint_text_in};
use serde::Serialize;
use std::process::ExitCode;

/// More of a line than so many characters is not shown: a plan may be one line of JSON.
const LINE_SHOWN: usize = 120;

/// A finding and the file it is in.
#[derive(Serialize)]
struct Found<'a> {
    file: &'a str,
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
}

/// A file with its findings, in its order.
struct Checked {
    name: String,
    text: String,
    found: Vec<Diagnostic>,
}

pub fn run(json: bool, asked: Lint) -> Result<ExitCode, Failure> {
    let format = match asked.format {
        Some(format) if json && format != LintFormat::Json => {
            let both = "`--json` is `--format json`: leave out one of the two";
            return Err(Failure::Usage(both.into()));
        }
        _ if json => LintFormat::Json,
        format => format.unwrap_or(LintFormat::Human),
    };
    if let Some(code) = &asked.explain {
        return explain(format == LintFormat::Json, code);
    }
    let state = match &asked.environment {
        Some(name) => Some(Client::new(asked.connection).state(name)?),
        None => None,
    };
    let mut checked = Vec::new();
    for path in &asked.files {
        let text = read(path)?;
        let found = match &state {
            Some(state) => lint_text_in(&text, state),
            None => lint_text(&text),
        };
        let name = path.display().to_string();
        checked.push(Checked { name, text, found });
    }
    match format {
        LintFormat::Human => print(&clean(&human(&checked)))?,
        LintFormat::Json => {
            let found = checked.iter().flat_map(Checked::findings);
            show(true, &found.collect::<Vec<_>>(), String::new)?;
        }
        LintFormat::Github => {
            let commands = checked.iter().flat_map(Checked::findings).map(annotation);
            for command in commands {
                print(&clean(&command))?;
            }
        }
    }
    let gravest = checked.iter().flat_map(|file| &file.found);
    let gravest = gravest.map(|finding| finding.severity).min();
    let bar = match asked.deny_warnings {
        true => Severity::Warning,
        false => Severity::Error,
    };
    Ok(match gravest {
        Some(gravest) if gravest <= bar => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// What the catalogue says of a code, or of all.
fn explain(json: bool, code: &str) -> Result<ExitCode, Failure> {
    if code.eq_ignore_ascii_case("all") {
        let all: Vec<_> = catalogue::all().collect();
        return show(json, &all, catalogue::page);
    }
    let unknown = || {
        let message = "is no code of the catalogue: `flaghoist lint --explain all` prints it";
        Failure::Usage(format!("`{code}` {message}"))
    };
    match catalogue::find(code) {
        Some(lint) => show(json, lint, || lint.explained("#")),
        None => {
            let unseen = catalogue::unseen(code).ok_or_else(unknown)?;
            show(json, unseen, || unseen.explained("#"))
        }
    }
}

impl Checked {
    fn findings(&self) -> impl Iterator<Item = Found<'_>> {
        self.found.iter().map(|diagnostic| Found {
            file: &self.name,
            diagnostic,
        })
    }
}

/// Every finding with its line, and how many there are.
fn human(checked: &[Checked]) -> String {
    let mut lines = Vec::new();
    for file in checked {
        let mut source = Source::of(&file.text);
        for finding in &file.found {
            let told = Diagnostic {
                fix: String::new(),
                ..finding.clone()
            };
            lines.push(format!("{}:{told}", file.name));
            let number = finding.place.line;
            let margin = number.to_string().len().max(4);
            if let Some((line, before)) = source.shown(number, finding.place.column) {
                lines.push(format!("{number:>margin$} | {line}"));
                lines.push(format!("{:margin$} | {}^", "", " ".repeat(before)));
            }
            if !finding.fix.is_empty() {
                lines.push(format!("{:margin$} = fix: {}", "", finding.fix));
            }
        }
    }
    let count = |severity: Severity| {
        let all = checked.iter().flat_map(|file| &file.found);
        match all.filter(|finding| finding.severity == severity).count() {
            1 => format!("1 {severity}"),
            many => format!("{many} {severity}s"),
        }
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Hint].map(count);
    lines.push(counts.join(", "));
    lines.join("\n")
}

/// A text by its lines. Findings come in the order of lines, so that only the last one is kept in characters.
struct Source<'a> {
    lines: Vec<&'a str>,
    last: Option<(usize, Vec<char>)>,
}

impl<'a> Source<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            lines: text.lines().collect(),
            last: None,
        }
    }

    /// A line, or as much of it as is shown, and how many characters of that are before a column; both count from 1.
    fn shown(&mut self, line: u32, column: u32) -> Option<(String, usize)> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let column = usize::try_from(column).ok()?.checked_sub(1)?;
        let text = self.lines.get(index)?;
        let known = self.last.take().filter(|(known, _)| *known == index);
        // A tab is as wide as a terminal likes.
        let chars = || text.chars().map(|c| if c == '\t' { ' ' } else { c });
        let (_, chars) = self
            .last
            .insert(known.unwrap_or_else(|| (index, chars().collect())));
        let from = match chars.len() > LINE_SHOWN {
            true => column
                .saturating_sub(LINE_SHOWN / 2)
                .min(chars.len() - LINE_SHOWN),
            false => 0,
        };
        let part: String = chars.iter().skip(from).take(LINE_SHOWN).collect();
        let left = if from > 0 { "…" } else { "" };
        let right = if from + LINE_SHOWN < chars.len() {
            "…"
        } else {
            ""
        };
        let before = column.min(chars.len()) - from + left.chars().count();
        Some((format!("{left}{part}{right}"), before))
    }
}

/// A finding as a workflow command of GitHub.
fn annotation(found: Found<'_>) -> String {
    let Diagnostic {
        code,
        severity,
        place,
        message,
        fix,
    } = found.diagnostic;
    let word = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let mut properties = Vec::new();
    // Standard input has no place in a repository.
    if found.file != "-" {
        properties.push(format!("file={}", property(found.file)));
    }
    if place.line > 0 {
        properties.push(format!("line={},col={}", place.line, place.column));
    }
    properties.push(format!("title={}", property(code)));
    let text = match fix.as_str() {
        "" => message.clone(),
        fix => format!("{message}; {fix}"),
    };
    format!("::{word} {}::{}", properties.join(","), data(&text))
}

/// Text behind the second `::`; the percent sign first, since it escapes the others.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which also ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
