//! Node and the npm packages that the build and the tests use.

use crate::error::Failure;
use crate::process::{find, quietly, run, step};
use crate::workspace;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The oldest Node whose `fetch` and test runner the package and its tests rely on.
const NODE_MAJOR_MIN: u32 = 20;
const MANIFEST: &str = include_str!("../../node/package.json");

/// Makes sure that Node and the packages are there; their `node_modules`.
pub fn modules() -> Result<PathBuf, Failure> {
    check_node()?;
    let folder = workspace::node_tools();
    let stamp = folder.join("installed.json");
    let modules = folder.join("node_modules");
    // Written last: a folder without it is half installed.
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == MANIFEST) {
        return Ok(modules);
    }
    step("install Node packages (npm)", || {
        fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
        let manifest = folder.join("package.json");
        fs::write(&manifest, MANIFEST).map_err(Failure::io(&manifest))?;
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args([
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--no-package-lock",
        ]);
        run("npm install", &mut npm)?;
        fs::write(&stamp, MANIFEST).map_err(Failure::io(&stamp))
    })?;
    Ok(modules)
}

fn check_node() -> Result<(), Failure> {
    let missing = |missing: String| Failure::Missing {
        missing,
        todo: format!("install Node {NODE_MAJOR_MIN} or later, with npm"),
    };
    let version = quietly(Command::new("node").arg("--version"))
        .ok_or_else(|| missing("there is no Node here".into()))?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        return Err(missing(format!("Node {version} is too old")));
    }
    find("npm")
        .map(drop)
        .ok_or_else(|| missing("there is no npm here".into()))
}
