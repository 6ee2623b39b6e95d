//! Targeting: JSONLogic with flagd's operators, parsed once to a compact program and run in place.
//!
//! A rule is compiled (`parse`, feature `json`) to nodes of an image (`ruleset`); `run` walks them, `fast` the usual ones. Invariants: running
//! is total and bounded (depth, steps, bytes built), reads no clock, and never panics whatever the image holds; an
//! operator that is not known refuses its flag when it is compiled, even in a branch that never runs.
//!
//! Public engines differ in corners. The rule (formats.md): where flagd-core's two modes and the Python engine agree, so
//! do we; else Go flagd; else flagd-core's interpreter. The choices this leads to are written where they are made:
//! `item` (truth, numbers, text, equality), `operators` (each operator), `sem_ver`, `fractional`.
//!
//! Not here: variants, reasons and errors of a resolution (`evaluation`).

pub(crate) mod cbor;
mod condition;
pub(crate) mod fast;
pub(crate) mod fractional;
pub(crate) mod item;
mod lists;
pub(crate) mod operator;
mod operators;
#[cfg(feature = "json")]
pub(crate) mod parse;
mod path;
#[cfg(feature = "json")]
mod reach;
pub(crate) mod run;
mod scope;
pub(crate) mod sem_ver;
#[cfg(feature = "json")]
mod shape;
mod split;
pub(crate) mod text;
