//! Why a flag answers what it does.

use super::eval::{in_words, load, moment};
use crate::arguments::Explain;
use crate::client::Client;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{self, PostExplain};
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Bucketing, Explained, Prerequisite, Step, explain};
use flaghoist_core::value::Value;
use std::process::ExitCode;

pub fn run(json: bool, asked: Explain) -> Result<ExitCode, Failure> {
    let context: Context = serde_json::from_str(&asked.context)
        .map_err(|error| Failure::Usage(format!("--context is not a JSON object: {error}")))?;
    let explained = match &asked.flags {
        Some(path) => {
            let ruleset = load(path, None)?;
            explain(&ruleset, &asked.flag, &context, moment(asked.now))
        }
        None => {
            let client = Client::at(&asked.target);
            let environment = client.environment(asked.target.environment)?;
            let body = api::Explain {
                flag: asked.flag.clone(),
                context,
            };
            client.call::<PostExplain>(&[environment.as_str()], &body)?
        }
    };
    show(json, &explained, || words(&explained))
}

fn words(explained: &Explained) -> String {
    let details = &explained.details;
    let mut lines = vec![format!("{}: {}", details.flag_key, in_words(details, None))];
    if let Some(cause) = details.metadata.get("cause").and_then(Value::as_str) {
        lines.push(format!("closed: {}", cause.replace('_', " ")));
    }
    lines.extend(
        explained
            .missing
            .iter()
            .map(|pin| format!("missing: {pin}")),
    );
    lines.extend(explained.prerequisites.iter().map(prerequisite));
    lines.extend(explained.bucketing.as_ref().map(share));
    if !explained.steps.is_empty() {
        lines.push("path:".into());
        lines.extend(explained.steps.iter().map(step));
    }
    if explained.omitted > 0 {
        lines.push(format!("  … and {} more steps", explained.omitted));
    }
    lines.join("\n")
}

fn prerequisite(beneath: &Prerequisite) -> String {
    let key = &beneath.flag_key;
    match (&beneath.cause, beneath.met) {
        (_, true) => format!("rests on {key}: lets this user through"),
        (Some(cause), false) => {
            format!("rests on {key}: closed, {}", cause.replace('_', " "))
        }
        (None, false) => format!("rests on {key}: does not let this user through"),
    }
}

fn share(found: &Bucketing) -> String {
    let Bucketing {
        hash,
        bucket,
        total,
        from,
        to,
    } = found;
    format!(
        "bucket {bucket} of {total} (hash {hash}), in the share {from} to {}",
        to - 1
    )
}

fn step(step: &Step) -> String {
    let depth = step.path.matches('.').count() / 2;
    let value = match &step.value {
        Some(value) => serde_json::to_string(value).unwrap_or_default(),
        None => "failed".into(),
    };
    format!("  {}{} → {value}", "  ".repeat(depth), step.operator)
}
