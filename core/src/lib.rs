//! The domain of Flaghoist, as pure functions over values.
//!
//! The way of the data is one line: plan file → `plan` → command → `release::decide` → event → ledger entry →
//! `Workspace::apply` → `bundle::lower` → document → `evaluation::compile` → image (`ruleset`) →
//! `evaluation::evaluate` → variant.
//!
//! Invariants: no I/O, no clock, no randomness, no async, no logging; iteration order never depends on a hash.
//! `now` and ids come in as arguments. Not here: HTTP, storage, the DOM, JavaScript values.
//!
//! Features: none gives the evaluator over images, `serde` makes values and explanations readable and writable for a host
//! (what an edge downloads), `json` adds documents and their compiler, `control` (default) adds plans, releases, the ledger
//! and the API's types, `zones` (default) the world's time zones for the calendar.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod bucketing;
pub mod context;
pub mod evaluation;
pub mod limits;
pub mod ruleset;
mod targeting;
pub mod time;
pub mod value;

#[cfg(feature = "json")]
pub mod bundle;
#[cfg(feature = "json")]
pub mod diagnostic;
#[cfg(feature = "json")]
pub mod flag;

#[cfg(feature = "control")]
pub mod api;
#[cfg(feature = "control")]
pub mod artefact;
#[cfg(feature = "control")]
pub mod calendar;
#[cfg(feature = "control")]
pub mod exposure;
#[cfg(feature = "control")]
pub mod gate;
#[cfg(feature = "control")]
pub mod incident;
#[cfg(feature = "control")]
pub mod name;
#[cfg(feature = "control")]
mod page;
#[cfg(feature = "control")]
pub mod plan;
#[cfg(feature = "control")]
pub mod release;
#[cfg(feature = "control")]
pub mod workspace;
