//! The runbook of a release: what used to be a chat thread, as Markdown or as one HTML page.
//!
//! Invariants: everything in it follows from the plan and its dry run; each command in it is one that `flaghoist` understands;
//! whatever people wrote into the plan is shown as text. Not here: how text is kept text (`crate::page`).

mod course;

mod people;
mod rollback;

use super::Plan;
use super::dry_run::DryRun;
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::name::{EnvironmentName, ReleaseName};
use crate::page::{self, Block, Line};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

/// A runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    title: String,
    blocks: Vec<Block>,
}

impl Runbook {
    /// As Markdown, with the tables of GitHub.
    pub fn markdown(&self) -> String {
        page::markdown(&self.blocks)
    }

    /// As a page that needs nothing else, for a browser or a printer.
    pub fn html(&self) -> String {
        page::html(&self.title, &self.blocks)
    }
}

/// The runbook of a plan.
pub fn runbook(plan: &Plan, run: &DryRun) -> Runbook {
    let name = plan
        .title
        .clone()
        .unwrap_or_else(|| plan.release.to_string());
    let commands = Commands {
        environment: run.environment.as_ref(),
    };
    let mut blocks = Vec::new();
    blocks.push(Block::Heading(1, Line::text(format!("Runbook: {name}"))));
    people::purpose(plan, run, &mut blocks);
    people::people(plan, &mut blocks);
    rollback::contain(plan, &commands, &mut blocks);
    course::before(plan, run, &mut blocks);
    course::order(plan, run, &commands, &mut blocks);
    rollback::rollbacks(plan, run, &commands, &mut blocks);
    course::afterwards(plan, run, &mut blocks);
    Runbook {
        title: format!("Runbook: {name}"),
        blocks,
    }
}

/// The command lines of one environment.
struct Commands<'a> {
    environment: Option<&'a EnvironmentName>,
}

impl Commands<'_> {
    /// `flaghoist VERB WHAT OPTIONS`; a name that looks like an option comes last, behind `--`.
    fn line(&self, verb: &str, what: &impl Display, options: &str) -> String {
        let what = what.to_string();
        let environment = match self.environment {
            Some(name) => format!(" --env={name}"),
            None => String::new(),
        };
        let options = if options.is_empty() {
            environment
        } else {
            format!(" {options}{environment}")
        };
        if what.starts_with('-') {
            format!("flaghoist {verb}{options} -- {what}")
        } else {
            format!("flaghoist {verb} {what}{options}")
        }
    }

    fn raise(&self, flag: &impl Display, to: Exposure) -> String {
        let percent = to.to_string().replace(' ', "");
        self.line("raise", flag, &format!("--to {percent}"))
    }

    fn contain(&self, flag: &impl Display) -> String {
        self.line("contain", flag, "--reason \"what you saw\"")
    }

    fn roll_back(&self, release: &ReleaseName, pin: &Pin) -> String {
        let what = format!("{release} {pin}");
        self.line("rollback", &what, "--reason \"what you saw\"")
    }

    fn route(&self, release: &ReleaseName, pin: &Pin, to: Exposure) -> String {
        let percent = to.to_string().replace(' ', "");
        self.line("route", pin, &format!("--release={release} --to {percent}"))
    }

    fn observe(&self, pin: &impl Display, options: &str) -> String {
        self.line("observe", pin, options)
    }
}

#[cfg(test)]
mod tests;
