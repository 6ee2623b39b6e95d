//! JUnit XML as Surefire, pytest, jest-junit, cargo-nextest and their like write it.
//!
//! Invariants: what ran is counted from the `testcase` elements; a summary that tells of more failures or errors than those
//! show (a suite whose set-up broke has no case for it) is believed in that; a document type is refused, so that no entity is
//! ever expanded; a report that ends too early is none. A case that passed after a retry (`flakyFailure`) passed.

use super::{Run, moment};
use flaghoist_core::diagnostic::{Diagnostic, Place};
use flaghoist_core::gate::{Note, Outcome};
use flaghoist_core::limits::NESTING_MAX;
use flaghoist_core::time::Timestamp;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Most names of failed tests that a note tells.
const NAMED_MAX: usize = 5;
/// Longest name told, in characters.
const NAME_SHOWN_MAX: usize = 200;

/// Reads a test run.
pub fn read(text: &str) -> Result<Run, Diagnostic> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut report = Report::default();
    loop {
        let start = reader.buffer_position();
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(error) => {
                let fix = "is it complete, and XML?";
                return Err(at(text, reader.error_position(), error.to_string(), fix));
            }
        };
        report
            .take(&event)
            .map_err(|(message, fix)| at(text, start, message, fix))?;
    }
    report
        .run()
        .map_err(|(message, fix)| at(text, reader.buffer_position(), message, fix))
}

/// What is wrong, and the way out.
type Wrong = (String, &'static str);

fn at(text: &str, position: u64, message: String, fix: &str) -> Diagnostic {
    let end = usize::try_from(position)
        .unwrap_or(usize::MAX)
        .min(text.len());
    let before = text.as_bytes().get(..end).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    // Bytes that continue a character are not counted.
    let column = before
        .iter()
        .skip(start)
        .filter(|byte| **byte & 0xC0 != 0x80)
        .count()
        + 1;
    let place = Place {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        path: String::new(),
    };
    Diagnostic::error("junit", place, message, fix)
}

/// What a report says in its attributes.
#[derive(Debug, Clone, Copy, Default)]
struct Declared {
    tests: u64,
    failures: u64,
    errors: u64,
}

/// A case while it is read.
#[derive(Debug, Default)]
struct Case {
    name: String,
    depth: usize,
    failed: bool,
    broke: bool,
    skipped: bool,
}

/// A report while it is read.
#[derive(Debug, Default)]
struct Report {
    depth: usize,
    has_root: bool,
    /// What the root says, or else the suites under it together.
    root: Option<Declared>,
    suites: Declared,
    earliest: Option<Timestamp>,
    case: Option<Case>,
    passed: u64,
    failed: u64,
    skipped: u64,
    errors: u64,
    named: Vec<String>,
}

impl Report {
    fn take(&mut self, event: &Event<'_>) -> Result<(), Wrong> {
        match event {
            Event::Start(element) => {
                self.open(element)?;
                if self.depth > NESTING_MAX {
                    let message = format!("it is nested deeper than {NESTING_MAX} levels");
                    return Err((message, "no test runner writes such a report"));
                }
                Ok(())
            }
            Event::Empty(element) => {
                self.open(element)?;
                self.close();
                Ok(())
            }
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::DocType(_) => Err((
                "it declares a document type, which a report has no need of".into(),
                "take the `<!DOCTYPE …>` out",
            )),
            Event::Text(words) if self.depth == 0 && !words.trim().is_empty() => Err((
                "there is text outside of the report".into(),
                "submit only the XML",
            )),
            _ => Ok(()),
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), Wrong> {
        self.depth += 1;
        let name = element.local_name().into_inner();
        let is_suite = matches!(name, "testsuites" | "testsuite");
        if self.depth == 1 {
            if self.has_root {
                return Err((
                    "there is a second report in it".into(),
                    "submit them one by one",
                ));
            }
            if !is_suite {
                return Err((
                    format!("it begins with `<{}>`", shown(name)),
                    "a JUnit report begins with `<testsuites>` or `<testsuite>`",
                ));
            }
            self.has_root = true;
        }
        if is_suite {
            self.suite(element)
        } else if name == "testcase" {
            self.begin(element)
        } else {
            if let Some(case) = &mut self.case
                && case.depth + 1 == self.depth
            {
                case.failed |= name == "failure";
                case.broke |= name == "error";
                case.skipped |= name == "skipped";
            }
            Ok(())
        }
    }

    fn suite(&mut self, element: &BytesStart<'_>) -> Result<(), Wrong> {
        let mut declared = Declared::default();
        let mut says = false;
        each_attribute(element, |name, value| {
            let count = || value.trim().parse::<u64>().unwrap_or_default();
            match name {
                "tests" => declared.tests = count(),
                "failures" => declared.failures = count(),
                "errors" => declared.errors = count(),
                "timestamp" => {
                    let told = moment(value);
                    self.earliest = self.earliest.into_iter().chain(told).min();
                }
                _ => {}
            }
            says |= matches!(name, "tests" | "failures" | "errors");
        })?;
        match self.depth {
            1 if says => self.root = Some(declared),
            2 => {
                let sum = &mut self.suites;
                sum.tests = sum.tests.saturating_add(declared.tests);
                sum.failures = sum.failures.saturating_add(declared.failures);
                sum.errors = sum.errors.saturating_add(declared.errors);
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), Wrong> {
        if self.case.is_some() {
            return Err((
                "a `<testcase>` is inside of another".into(),
                "is it complete?",
            ));
        }
        let mut case = Case {
            depth: self.depth,
            ..Case::default()
        };
        each_attribute(element, |name, value| match name {
            "name" => case.name = shown(value),
            // What GoogleTest writes of a test that it was told not to run.
            "status" => case.skipped |= value == "notrun",
            _ => {}
        })?;
        self.case = Some(case);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(case) = self.case.take_if(|case| case.depth == self.depth) {
            let count = match &case {
                Case { failed: true, .. } => &mut self.failed,
                Case { broke: true, .. } => &mut self.errors,
                Case { skipped: true, .. } => &mut self.skipped,
                _ => &mut self.passed,
            };
            *count += 1;
            if (case.failed || case.broke) && self.named.len() < NAMED_MAX {
                self.named.push(case.name);
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn run(self) -> Result<Run, Wrong> {
        if !self.has_root {
            return Err(("it is empty".into(), "submit the report of a test run"));
        }
        if self.depth > 0 {
            return Err(("the file ends too early".into(), "is it complete?"));
        }
        let declared = self.root.unwrap_or(self.suites);
        let cases = self.passed + self.failed + self.skipped + self.errors;
        if cases == 0 && declared.tests > 0 {
            let message = format!("it says {} tests and lists none", declared.tests);
            return Err((message, "submit a report with its `<testcase>` elements"));
        }
        let failed = self.failed.max(declared.failures);
        let errors = self.errors.max(declared.errors);
        let bad = failed.saturating_add(errors);
        let rest = bad.saturating_sub(u64::try_from(self.named.len()).unwrap_or(u64::MAX));
        let named = self.named.join(", ");
        let summary = match (named.as_str(), rest) {
            ("", _) => String::new(),
            (named, 0) => format!("not passed: {named}"),
            (named, rest) => format!("not passed: {named} and {rest} more"),
        };
        Ok(Run {
            outcome: Outcome::Tests {
                passed: self.passed,
                failed,
                skipped: self.skipped,
                errors,
            },
            ran_at: self.earliest,
            link: None,
            summary: Note::cleaned(&summary),
        })
    }
}

/// The beginning of a name, for people.
fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN_MAX).collect()
}

/// Calls with every attribute's name and value, its predefined entities read; others are left as they are.
fn each_attribute(element: &BytesStart<'_>, mut call: impl FnMut(&str, &str)) -> Result<(), Wrong> {
    // Looking for repeated names would take quadratic time.
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| (error.to_string(), "is it XML?"))?;
        let value = unescape(&attribute.value).unwrap_or(Cow::Borrowed(&attribute.value));
        call(attribute.key.into_inner(), &value);
    }
    Ok(())
}
