//! The admin app: where release managers push percentages and take them back.
//!
//! It reads the state at one revision, then folds each new entry of the ledger with core's own `apply`, so that it
//! always shows what the server knows (`live`). Every rule it shows is core's. Invariants: no inline script or style;
//! what is sent is pending until its entry arrives. Not here: decisions.

mod api;
mod app;
mod live;
mod release;
mod releases;
mod session;
mod theme;
mod ui;

fn main() {
    leptos::mount::mount_to_body(app::App);
}
