//! Installs what a task needs and the machine lacks.

pub mod apt;
pub mod node;
pub mod python;
pub mod wasm_target;
