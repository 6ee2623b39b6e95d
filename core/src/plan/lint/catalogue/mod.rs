//! The catalogue: what each code means, why, and how it is mended, as data; `docs/lints.md` is its text.
//!
//! Invariants: codes are stable and sorted within a group; every finding's code is here, and its severity is never graver than
//! its entry's. Not here: when a rule fires, and the words of a finding, which tell what it saw.

mod canary;
mod coupling;
mod discipline;
mod people;
mod rollback;

use crate::diagnostic::Severity;
use alloc::string::String;
use core::fmt::Write;
use serde::Serialize;

/// Who finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// Linting a plan, by itself.
    Plan,
    /// Linting a plan among the facts of an environment; some of it in the plan alone.
    Facts,
    /// Reading the file: there is no plan to lint then.
    Reader,
}

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// Stable: `FH104`.
    pub code: &'static str,
    /// The gravest a finding of it is.
    pub severity: Severity,
    /// Who finds it.
    pub found: Found,
    /// In a few words.
    pub title: &'static str,
    /// When it is found.
    pub trigger: &'static str,
    /// Why it matters: the chapter's own sentence where there is one, in quotes.
    pub why: &'static str,
    /// What to write.
    pub fix: &'static str,
}

/// A row of the table.
const fn entry(
    code: &'static str,
    severity: Severity,
    found: Found,
    title: &'static str,
    trigger: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Lint {
    Lint {
        code,
        severity,
        found,
        title,
        trigger,
        why,
        fix,
    }
}

/// The five common mistakes of the chapter, in its order.
const MISTAKES: [&str; 5] = ["FH101", "FH102", "FH103", "FH104", "FH106"];

const GROUPS: [(&str, &[Lint]); 5] = [
    ("What ships together, and in which order", coupling::LINTS),
    ("Each kind's own discipline", discipline::LINTS),
    ("How the flag opens", canary::LINTS),
    ("Ways back", rollback::LINTS),
    ("Who answers for it", people::LINTS),
];

/// Every code: the chapter's five common mistakes first, then by group.
pub fn all() -> impl Iterator<Item = &'static Lint> {
    let mistakes = MISTAKES.into_iter().filter_map(find);
    let others = GROUPS.into_iter().flat_map(|(_, lints)| lints);
    mistakes.chain(others.filter(|lint| !MISTAKES.contains(&lint.code)))
}

/// The entry of a code, in whatever case.
pub fn find(code: &str) -> Option<&'static Lint> {
    let mut lints = GROUPS.into_iter().flat_map(|(_, lints)| lints);
    lints.find(|lint| lint.code.eq_ignore_ascii_case(code))
}

impl Lint {
    /// The entry as Markdown, its heading as deep as told.
    pub fn explained(&self, heading: &str) -> String {
        let found = match self.found {
            Found::Plan => "the plan alone",
            Found::Facts => "the plan where it ships",
            Found::Reader => "the file, while it is read",
        };
        let Self {
            code,
            severity,
            title,
            trigger,
            why,
            fix,
            ..
        } = self;
        alloc::format!(
            "{heading} {code}: {title}\n\n*{severity}; seen in {found}*\n\n- **When:** {trigger}.\n- **Why:** {why}\n- **Fix:** {fix}.\n"
        )
    }
}

/// A code that nothing finds, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Its number is kept for it.
    pub code: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// Why nothing finds it, or not yet.
    pub reason: &'static str,
}

/// The codes that nothing finds.
const UNSEEN: [Unseen; 3] = [
    Unseen {
        code: "FH111",
        title: "A declared order against the needs",
        reason: "never: the form has no place to declare an order; it is computed",
    },
    Unseen {
        code: "FH138",
        title: "A query that gives no series, or several",
        reason: "not yet: metric sources are not asked",
    },
    Unseen {
        code: "FH155",
        title: "No drill of taking the flag to 0",
        reason: "not yet: nobody records drills",
    },
];

impl Unseen {
    /// The entry as Markdown, its heading as deep as told.
    pub fn explained(&self, heading: &str) -> String {
        let Self {
            code,
            title,
            reason,
        } = self;
        alloc::format!("{heading} {code}: {title}\n\n*{reason}*\n")
    }
}

/// The entry of a code that nothing finds, in whatever case.
pub fn unseen(code: &str) -> Option<&'static Unseen> {
    let mut codes = UNSEEN.iter();
    codes.find(|unseen| unseen.code.eq_ignore_ascii_case(code))
}

const HEAD: &str = "# Lints

What `flaghoist lint` says about a plan, code by code. This page is printed by `flaghoist lint --explain all` and held by a test;
each code has a plan with the fault and one without in `core/src/plan/lint/examples`. What is in quotes is the chapter's.

An *error* keeps a plan from being applied, a *warning* asks for a second look, a *hint* for a better plan. In a bare plan (without
`changes` and `canary`) everything but FH110, FH114 and FH115 is at most a warning. Facts of an environment change, so what only they
show is a warning, except where applying is refused for it (FH115, FH164). No finding ever stands against lowering or containing.
Why some weigh less than one may expect is in [ADR 4](adr/0004-lint-severities.md).

A file that cannot be read as a plan has findings with a short word in place of a code, such as `unknown-key`.
";

const TAIL: &str = "
## What is not found

Missing sign-offs and approvals are no findings: they are what a raise is refused for.
";

/// Every code as one page of Markdown.
pub fn page() -> String {
    let mut text = String::from(HEAD);
    let mut section = |title: &str, lints: &mut dyn Iterator<Item = &'static Lint>| {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {title}\n");
        for lint in lints {
            let _ = write!(text, "\n{}", lint.explained("###"));
        }
    };
    section(
        "The chapter's five common mistakes",
        &mut MISTAKES.into_iter().filter_map(find),
    );
    for (title, lints) in GROUPS {
        section(
            title,
            &mut lints.iter().filter(|lint| !MISTAKES.contains(&lint.code)),
        );
    }
    text.push_str(TAIL);
    for unseen in &UNSEEN {
        let _ = write!(text, "\n{}", unseen.explained("###"));
    }
    text
}
