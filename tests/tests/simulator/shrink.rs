//! A failing run made short: steps are left out, halves first, as long as the same goes wrong.

use crate::breakage::Breakage;
use crate::plans::{self, PLACES, VERSIONS};
use crate::step::Step;
use crate::story;
use crate::world::World;
use flaghoist_core::plan;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// What became of a run.
pub struct Run {
    pub entries: usize,
    pub tally: BTreeMap<&'static str, usize>,
    pub failure: Option<Failure>,
}

/// What went wrong, at which step, and the story until then.
#[derive(Debug)]
pub struct Failure {
    pub step: usize,
    pub wrong: String,
    pub story: Vec<String>,
}

impl Failure {
    /// Which rule it is: what comes before the names of flags and releases.
    fn rule(&self) -> &str {
        let end = self.wrong.find([':', '_', '-']).unwrap_or(self.wrong.len());
        &self.wrong[..end]
    }
}

/// Runs steps in a world, checking after each.
pub fn run(seed: u64, steps: &[Step], breakage: Option<Breakage>) -> Run {
    let mut world = World::new(seed, breakage).expect("a world begins well");
    let mut failure = None;
    for (index, step) in steps.iter().enumerate() {
        let mut result = world.run(step);
        if breakage.is_none() && (index % 100 == 99 || index + 1 == steps.len()) {
            result = result.and_then(|()| world.folds());
        }
        if let Err(wrong) = result {
            failure = Some(Failure {
                step: index,
                wrong,
                story: std::mem::take(&mut world.story),
            });
            break;
        }
    }
    Run {
        entries: world.entries.len(),
        tally: world.tally,
        failure,
    }
}

/// The fewest steps found that go wrong in the same way.
pub fn shrink(seed: u64, steps: &[Step], breakage: Option<Breakage>) -> (Vec<Step>, Failure) {
    let fails = |steps: &[Step]| run(seed, steps, breakage).failure;
    let mut failure = fails(steps).expect("a run that fails");
    let mut kept: Vec<Step> = steps[..=failure.step].to_vec();
    let mut chunk = kept.len() / 2;
    while chunk > 0 {
        let mut from = 0;
        while from < kept.len() {
            let mut fewer = kept.clone();
            fewer.drain(from..(from + chunk).min(kept.len()));
            match fails(&fewer).filter(|found| found.rule() == failure.rule()) {
                Some(found) => {
                    fewer.truncate(found.step + 1);
                    (kept, failure) = (fewer, found);
                }
                None => from += chunk,
            }
        }
        chunk /= 2;
    }
    (kept, failure)
}

/// Writes a failing run down, shrunk, as a scenario with its plans beside it: what went wrong, the story, and, as comments, the
/// steps, which tell what a story has no words for.
pub fn write(seed: u64, steps: &[Step]) -> PathBuf {
    let (steps, failure) = shrink(seed, steps, None);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("simulator");
    fs::create_dir_all(folder.join("plans")).unwrap();
    for place in 0..PLACES {
        for edition in 0..VERSIONS {
            let text = plans::text(seed, place, edition);
            let plan = plan::parse(&text).unwrap();
            fs::write(folder.join("plans").join(story::file(&plan)), text).unwrap();
        }
    }
    let mut text = format!("Seed {seed}: {}.\n\n", failure.wrong);
    for line in &failure.story {
        let line = match line.starts_with('#') {
            true => line.clone(),
            false => format!("> {line}"),
        };
        writeln!(text, "{line}").unwrap();
    }
    for step in &steps {
        writeln!(text, "# {step:?}").unwrap();
    }
    let path = folder.join(format!("{seed}.txt"));
    fs::write(&path, text).unwrap();
    path
}
