//! Where things are: every path the build writes to is named here.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    // Set by cargo for the crate it runs; its parent is the workspace.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// What cargo and the build write; honours `CARGO_TARGET_DIR`.
pub fn target() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    // Absolute already when the variable holds an absolute path.
    root().join(folder)
}

/// Outputs for people and other programs.
pub fn dist() -> PathBuf {
    target().join("dist")
}

/// The admin app as served.
pub fn web_dist() -> PathBuf {
    dist().join("web")
}

/// The npm package as published.
pub fn npm_dist() -> PathBuf {
    dist().join("npm/flaghoist")
}

/// Node packages of the build and the tests.
pub fn node_tools() -> PathBuf {
    target().join("tools/node")
}

/// Node packages that the benchmarks measure, and what they leave behind.
pub fn bench_tools() -> PathBuf {
    target().join("tools/bench")
}

/// The Python environment of the tests.
pub fn python_tools() -> PathBuf {
    target().join("tools/python")
}
