//! Stories of releases, each a page a release manager can read: `tests/scenarios/*.txt`.
//!
//! A line that begins with `> ` is what somebody does; the indented lines beneath it are what came of it, and are compared with
//! what comes of it now. Everything else is for the reader. `FLAGHOIST_UPDATE=1` writes what comes of it now; look at the
//! difference before you keep it. Not here: HTTP, storage and clocks: these are core's own functions, with a clock of paper.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where a story cannot be told"
)]

mod act;
mod show;
mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn stories() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    found.sort();
    found
}

/// The story with what comes of it now.
fn tell(text: &str) -> String {
    let mut world = World::new();
    let mut told = String::new();
    for line in text.lines() {
        if line.starts_with("  ") {
            continue;
        }
        writeln!(told, "{line}").unwrap();
        if let Some(act) = line.strip_prefix("> ") {
            for outcome in act::perform(&mut world, act) {
                writeln!(told, "  {outcome}").unwrap();
            }
        }
    }
    told
}

#[test]
fn every_story_comes_out_as_told() {
    let update = std::env::var_os("FLAGHOIST_UPDATE").is_some();
    let mut wrong = Vec::new();
    for path in stories() {
        let text = fs::read_to_string(&path).unwrap();
        let told = tell(&text);
        if told == text {
            continue;
        }
        if update {
            fs::write(&path, &told).unwrap();
            continue;
        }
        let place = text
            .lines()
            .zip(told.lines())
            .position(|(was, is)| was != is);
        let place = place.unwrap_or_else(|| text.lines().count().min(told.lines().count()));
        let line = |text: &str| text.lines().nth(place).unwrap_or("(the end)").to_string();
        wrong.push(format!(
            "{}:{}\n  told: {}\n  now:  {}",
            path.file_name().unwrap().display(),
            place + 1,
            line(&text),
            line(&told)
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        stories().len() >= 40,
        "{} stories are too few",
        stories().len()
    );
}
