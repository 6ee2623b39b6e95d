//! The plan: what ships together, as people write it in a file and as the ledger keeps it.
//!
//! `parse` reads YAML (and so JSON) with exact positions and gives every finding at once, `to_yaml` writes a plan in its one
//! form, `diff` tells two apart, `schema` is for editors; `graph` orders the parts; `closure` says what a rollback takes along,
//! `dry_run` what follows before anything happens, `runbook` tells it to people; `lint` says what is unwise.
//! Invariants: a plan is a value; its hash is over its meaning, so that comments and the order of keys do not change it; every
//! name and version in it has been parsed.
//! Not here: what passes gates (`gate`), when windows are open (`calendar`), and what a plan allows (`release::guard`).

pub mod advice;
pub mod closure;
pub mod decimal;
pub mod diff;
mod document;
pub mod dry_run;
mod form;
pub mod graph;
pub mod lint;
mod parse;
pub mod runbook;
mod schema;
pub mod words;
mod write;
mod yaml;

#[cfg(test)]
mod tests;

pub use document::{
    Announce, Bake, Canary, Change, Dependency, Direction, Feature, Foundation, Gate, KindRank,
    LocalTime, Measure, Metric, OnInconclusive, Plan, PlanHash, Promotion, Role, Rollback,
    RouteCanary, Step, Strategy, Team, Weekly, Window,
};
pub use parse::parse;
pub use schema::schema;
pub use write::to_yaml;
