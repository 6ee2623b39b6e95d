//! Submitting evidence: a file is read before any server is asked.

use super::words;
use crate::arguments::{Evidence as Asked, Format, PinGiven, Submit, Word};
use crate::client::{Client, only_environment};
use crate::error::Failure;
use crate::evidence::{self, Run, junit, promptfoo};
use crate::output::show;
use flaghoist_core::api::{PostEvidence, SubmitEvidence};
use flaghoist_core::artefact::{Digest, Pin};
use flaghoist_core::diagnostic::{Diagnostic, Place};
use flaghoist_core::gate::{Evidence, GateName, Outcome, Verdict, bars};
use flaghoist_core::limits::EVIDENCE_FILE_BYTES_MAX;
use flaghoist_core::plan::Plan;
use flaghoist_core::time::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

pub fn run(json: bool, asked: Asked) -> Result<ExitCode, Failure> {
    let Asked::Submit(submit) = asked;
    let mut evidence = measured(&submit)?;
    let given = pins(&submit.pins)?;
    let client = Client::at(&submit.target);
    let workspace = client.workspace()?;
    let environment = match submit.target.environment {
        Some(name) => name,
        None => only_environment(&workspace)?,
    };
    let release = workspace
        .environment(&environment)
        .and_then(|environment| environment.releases.get(&submit.release))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "there is no release `{}` in {environment}",
                submit.release
            ))
        })?;
    if evidence.part.is_none() {
        evidence.part = part_of(&release.plan, &evidence.gate);
    }
    if !given.is_empty() {
        evidence.pins = given;
    } else if evidence.pins.is_empty() {
        let planned = release.plan.pins().into_iter();
        evidence.pins = planned.map(|pin| (pin.clone(), None)).collect();
    }
    let told = format!("{}: {}", evidence.gate, evidence.outcome);
    let body = SubmitEvidence {
        evidence,
        reason: submit.reason,
    };
    let path = [environment.as_str(), submit.release.as_str()];
    let decided = client.call::<PostEvidence>(&path, &body)?;
    show(json, &decided, || format!("{told}\n{}", words(&decided)))
}

/// What the call and its file say.
fn measured(submit: &Submit) -> Result<Evidence, Failure> {
    let Some(path) = &submit.file else {
        return by_word(submit);
    };
    let file = path.display().to_string();
    let document = |found: Diagnostic| Failure::Document {
        file: file.clone(),
        diagnostics: vec![found],
    };
    let text = read(path)?;
    let format = submit.from.unwrap_or_else(|| evidence::format_of(&text));
    let mut evidence = match format {
        Format::Json => {
            let evidence = evidence::evidence(&text).map_err(document)?;
            agree("gate", submit.gate.as_ref(), Some(&evidence.gate))?;
            agree("part", submit.part.as_ref(), evidence.part.as_ref())?;
            evidence
        }
        Format::Promptfoo => by_tool(Tool::Promptfoo, &text, submit, document)?,
        Format::Junit => by_tool(Tool::Junit, &text, submit, document)?,
    };
    evidence.ran_at = submit.ran_at.unwrap_or(evidence.ran_at);
    evidence.link = submit.link.clone().or(evidence.link);
    evidence.part = submit.part.clone().or(evidence.part);
    Ok(evidence)
}

/// A tool that knows of no gates.
#[derive(Debug, Clone, Copy)]
enum Tool {
    Promptfoo,
    Junit,
}

/// What the report of a tool says, for the gate that the call names.
fn by_tool(
    tool: Tool,
    text: &str,
    submit: &Submit,
    document: impl Fn(Diagnostic) -> Failure,
) -> Result<Evidence, Failure> {
    let (gate, run) = tool_run(tool, text, submit.gate.as_ref(), document)?;
    let ran_at = run.ran_at.or(submit.ran_at).ok_or_else(|| {
        Failure::Usage(
            "the file does not say when it ran; say it: --ran-at 2026-06-02T10:00:00Z".into(),
        )
    })?;
    Ok(Evidence {
        gate,
        part: None,
        pins: BTreeMap::new(),
        outcome: run.outcome,
        ran_at,
        users: submit.users,
        link: run.link,
        summary: run.summary,
    })
}

/// What the report says, and the gate.
fn tool_run(
    tool: Tool,
    text: &str,
    gate: Option<&GateName>,
    document: impl Fn(Diagnostic) -> Failure,
) -> Result<(GateName, Run), Failure> {
    let (what, wanted) = match (tool, gate) {
        (Tool::Promptfoo, Some(gate @ GateName::EvalSet(eval_set))) => {
            let run = promptfoo::read(text, eval_set).map_err(document)?;
            return Ok((gate.clone(), run));
        }
        (Tool::Junit, Some(gate @ GateName::Tests(_))) => {
            let run = junit::read(text).map_err(document)?;
            return Ok((gate.clone(), run));
        }
        (Tool::Promptfoo, _) => ("an eval run", "eval_set:NAME@VERSION"),
        (Tool::Junit, _) => ("a test run", "tests:NAME"),
    };
    Err(Failure::Usage(match gate {
        Some(gate) => format!(
            "the file is {what}, which is no evidence for `{gate}`; name the gate like --gate {wanted}, or submit JSON"
        ),
        None => format!("the file is {what}: name its gate, --gate {wanted}"),
    }))
}

/// A person's verdict, now.
fn by_word(submit: &Submit) -> Result<Evidence, Failure> {
    let (Some(gate), Some(word)) = (&submit.gate, submit.verdict) else {
        return Err(Failure::Usage("name the gate and the verdict".into()));
    };
    let verdict = match word {
        Word::Pass => Verdict::Pass,
        Word::Fail => Verdict::Fail,
        Word::Inconclusive => Verdict::Inconclusive,
        Word::Error => Verdict::Error,
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
    Ok(Evidence {
        gate: gate.clone(),
        part: submit.part.clone(),
        pins: BTreeMap::new(),
        outcome: Outcome::Verdict { verdict },
        ran_at: submit.ran_at.unwrap_or(Timestamp::from_millis(now)),
        users: submit.users,
        link: submit.link.clone(),
        summary: None,
    })
}

/// The call may repeat what the file says, not contradict it.
fn agree<T: PartialEq + std::fmt::Display>(
    what: &str,
    called: Option<&T>,
    filed: Option<&T>,
) -> Result<(), Failure> {
    match (called, filed) {
        (Some(called), Some(filed)) if called != filed => Err(Failure::Usage(format!(
            "--{what} is `{called}`, the file's {what} is `{filed}`; leave one out"
        ))),
        _ => Ok(()),
    }
}

fn pins(given: &[PinGiven]) -> Result<BTreeMap<Pin, Option<Digest>>, Failure> {
    let mut pins = BTreeMap::new();
    for PinGiven { pin, digest } in given {
        if pins.insert(pin.clone(), digest.clone()).is_some() {
            return Err(Failure::Usage(format!("--pin `{pin}` is there twice")));
        }
    }
    Ok(pins)
}

/// The only change that has such a gate, where the flag's steps have none.
fn part_of(plan: &Plan, gate: &GateName) -> Option<Pin> {
    let has = |part: Option<&Pin>| bars(plan, part).iter().any(|bar| bar.is_named(gate));
    if has(None) {
        return None;
    }
    let mut parts = plan.changes.keys().filter(|pin| has(Some(pin)));
    let only = parts.next()?;
    parts.next().is_none().then(|| only.clone())
}

/// Reads a report, or standard input where it is `-`, up to the limit.
fn read(path: &Path) -> Result<String, Failure> {
    let failed = |source| Failure::File {
        path: path.into(),
        source,
    };
    let limit = u64::try_from(EVIDENCE_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut reader = reader.take(limit.saturating_add(1));
    reader.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > EVIDENCE_FILE_BYTES_MAX {
        return Err(Failure::Usage(format!(
            "{} has more than {EVIDENCE_FILE_BYTES_MAX} bytes; submit a report without the outputs, or JSON with the counts",
            path.display()
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(valid);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        let place = Place {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: 1,
            path: String::new(),
        };
        let diagnostic =
            Diagnostic::error("encoding", place, "it is not UTF-8", "write it as UTF-8");
        Failure::Document {
            file: path.display().to_string(),
            diagnostics: vec![diagnostic],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_is_found_where_there_is_only_one() {
        let plan = r#"{ "release": "r", "features": {}, "changes": {
            "tool:a@1": { "gates": [ { "gate": "tests", "name": "unit" }, { "gate": "tests", "name": "slow" } ] },
            "tool:b@1": { "gates": [ { "gate": "tests", "name": "slow" }, { "gate": "tests", "name": "all" } ] } },
            "canary": { "steps": [ { "exposure": 10000, "gates": [ { "gate": "tests", "name": "all" } ] } ] } }"#;
        let plan: Plan = serde_json::from_str(plan).unwrap();
        for (gate, expected) in [
            ("tests:unit", Some("tool:a@1")),
            // Both have it; the flag has it too; nobody has it.
            ("tests:slow", None),
            ("tests:all", None),
            ("tests:none", None),
        ] {
            let part = part_of(&plan, &gate.parse().unwrap());
            assert_eq!(
                part.map(|pin| pin.to_string()).as_deref(),
                expected,
                "{gate}"
            );
        }
    }
}
