//! Output of `promptfoo eval --output results.json`, formats 2 and 3, and the summary that its library returns.
//!
//! Invariant: the file's many answers and prompts are skipped over, not kept. A case is a row of it: a test with a prompt and
//! a provider. An error (no answer, a timeout) is no failure: `stats` counts them apart, and so do we.

use super::{Run, eval, json, moment};
use flaghoist_core::artefact::Pin;
use flaghoist_core::diagnostic::{Diagnostic, Place};
use flaghoist_core::gate::Note;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The formats known.
const VERSIONS: [u64; 2] = [2, 3];

/// A file: a summary with what is about it, or a bare summary.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    eval_id: Option<String>,
    results: Results,
    shareable_url: Option<String>,
    config: Option<Config>,
    metadata: Option<Metadata>,
    version: Option<u64>,
    timestamp: Option<String>,
    stats: Option<Stats>,
}

#[derive(Deserialize)]
struct Config {
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    evaluation_created_at: Option<String>,
}

#[derive(Deserialize)]
struct Summary {
    version: u64,
    timestamp: Option<String>,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    successes: u64,
    failures: u64,
    #[serde(default)]
    errors: u64,
}

/// What is under `results`: the summary or, in a bare one, the rows.
enum Results {
    Summary(Summary),
    Rows,
}

impl<'de> Deserialize<'de> for Results {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Results;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a summary or a list of rows")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Results, A::Error> {
                Summary::deserialize(MapAccessDeserializer::new(map)).map(Results::Summary)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Results, A::Error> {
                while rows.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Results::Rows)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

fn error(path: &str, message: String, fix: &str) -> Diagnostic {
    let place = Place {
        path: path.into(),
        ..Place::default()
    };
    Diagnostic::error("promptfoo", place, message, fix)
}

/// Reads a run over an eval set.
pub fn read(text: &str, eval_set: &Pin) -> Result<Run, Diagnostic> {
    let file: File = json(text, "what `promptfoo eval --output results.json` writes")?;
    let summary = match (file.results, file.version, file.stats) {
        (Results::Summary(summary), ..) => summary,
        (Results::Rows, Some(version), Some(stats)) => Summary {
            version,
            timestamp: file.timestamp,
            stats,
        },
        (Results::Rows, ..) => {
            let message = "there are rows, and no `version` or `stats` beside them".into();
            let fix = "submit the whole output of `promptfoo eval --output results.json`";
            return Err(error("results", message, fix));
        }
    };
    if !VERSIONS.contains(&summary.version) {
        let message = format!("promptfoo's format {} is not known", summary.version);
        let fix = "formats 2 and 3 are; submit JSON of your own instead";
        return Err(error("results.version", message, fix));
    }
    let link = match file.shareable_url.as_deref() {
        None | Some("") => None,
        Some(url) => Some(url.parse().map_err(|problem| {
            error(
                "shareableUrl",
                format!("{problem}"),
                "mend it or leave it out",
            )
        })?),
    };
    let created = file.metadata.and_then(|about| about.evaluation_created_at);
    let told = [
        file.eval_id,
        file.config.and_then(|config| config.description),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    let Stats {
        successes,
        failures,
        errors,
    } = summary.stats;
    Ok(Run {
        outcome: eval(eval_set, successes, failures, errors),
        ran_at: summary.timestamp.or(created).as_deref().and_then(moment),
        link,
        summary: Note::cleaned(&told.join(": ")),
    })
}
