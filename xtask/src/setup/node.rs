//! Node and the npm packages that the build and the tests use.

use super::apt;
use crate::error::Failure;
use crate::process::{find, quietly, run_logged, step};
use crate::workspace;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The oldest Node whose `fetch` and WebAssembly the package, its tests and `wasm-opt` rely on.
const NODE_MAJOR_MIN: u32 = 20;
/// Ranges, not exact versions: mirrors of the registry lag behind it.
pub const MANIFEST: &str = include_str!("../../node/package.json");
/// What the benchmarks measure beside our own package; not needed to build or test.
const PEERS: &str = include_str!("../../bench/package.json");

/// Makes sure that Node and the packages are there; their `node_modules`.
pub fn modules() -> Result<PathBuf, Failure> {
    installed(
        "install Node packages (npm)",
        MANIFEST,
        workspace::node_tools(),
    )
}

/// Makes sure that Node and the peers of the benchmarks are there; their `node_modules`.
pub fn peers() -> Result<PathBuf, Failure> {
    installed(
        "install the peers of the benchmarks (npm)",
        PEERS,
        workspace::bench_tools(),
    )
}

/// Makes sure that the packages of a manifest are in a folder of their own.
fn installed(what: &str, manifest: &str, folder: PathBuf) -> Result<PathBuf, Failure> {
    ensure_node()?;
    let stamp = folder.join("installed.json");
    let modules = folder.join("node_modules");
    // Written last: a folder without it is half installed.
    let installed = fs::read_to_string(&stamp).is_ok_and(|installed| installed == manifest);
    if installed && modules.is_dir() {
        return Ok(modules);
    }
    step(what, || {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Failure::io(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
        let path = folder.join("package.json");
        fs::write(&path, manifest).map_err(Failure::io(&path))?;
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--loglevel=error",
        ]);
        run_logged("npm install", &mut npm)?;
        fs::write(&stamp, manifest).map_err(Failure::io(&stamp))
    })?;
    Ok(modules)
}

fn ensure_node() -> Result<(), Failure> {
    let Some(problem) = node_problem() else {
        return Ok(());
    };
    println!("  {problem}");
    // Debian's own Node is new enough from Debian 13 on; where it is not, that is said below.
    let installed = apt::install(&["nodejs", "npm"]);
    let problem = node_problem();
    match (installed, problem) {
        (_, None) => Ok(()),
        (_, Some(problem)) => Err(Failure::Missing {
            missing: problem,
            todo: format!("install Node {NODE_MAJOR_MIN} or later, with npm"),
        }),
    }
}

fn node_problem() -> Option<String> {
    let Some(version) = quietly(Command::new("node").arg("--version")) else {
        return Some("there is no Node here".into());
    };
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        return Some(format!("Node {version} is too old"));
    }
    find("npm")
        .is_none()
        .then(|| "there is Node here but no npm".into())
}
