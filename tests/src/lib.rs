//! The tests that cross crates: vectors, tidy rules, races and kills, and the end-to-end proof on real parts.
//!
//! They are in `tests/tests` (Rust) and `tests/e2e` (JavaScript, run by `tests/tests/e2e.rs`); this crate itself
//! has only what several of them need.

pub mod random;
