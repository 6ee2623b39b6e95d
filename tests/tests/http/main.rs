//! The server over real TCP with a real SQLite file, in this process: what each caller may, what bad input hears, tags,
//! streams, races, a restart. Plain `cargo test` runs it; the same binary as shipped is tested in `e2e`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what keeps a test from running fails it"
)]

mod access;
mod bad_input;
mod common;
mod evaluation;
mod ofrep;
mod ofrep_streams;
mod races;
mod streams;
