//! The npm package `flaghoist`: the evaluator's wasm, its bindings and the hand-written loaders.

use crate::error::Failure;
use crate::process::step;
use crate::wasm::{self, Module, Profile};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};

/// Builds the package; its folder.
pub fn build() -> Result<PathBuf, Failure> {
    let built = wasm::build(&Module {
        package: "flaghoist-wasm",
        artefact: "flaghoist_wasm",
        out_name: "flaghoist_wasm",
        profile: Profile::Small,
    })?;
    let dist = workspace::npm_dist();
    step("assemble the npm package", || {
        if dist.exists() {
            fs::remove_dir_all(&dist).map_err(Failure::io(&dist))?;
        }
        fs::create_dir_all(&dist).map_err(Failure::io(&dist))?;
        for name in ["flaghoist_wasm.js", "flaghoist_wasm_bg.wasm"] {
            let (from, to) = (built.join(name), dist.join(name));
            fs::copy(&from, &to).map_err(Failure::io(from))?;
        }
        copy_package(&workspace::root().join("wasm/npm"), &dist)?;
        let licence = workspace::root().join("LICENSE");
        fs::copy(&licence, dist.join("LICENSE"))
            .map(drop)
            .map_err(Failure::io(licence))
    })?;
    Ok(dist)
}

/// Copies the hand-written files, without their tests.
fn copy_package(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(Failure::io(to))?;
    for entry in fs::read_dir(from).map_err(Failure::io(from))? {
        let entry = entry.map_err(Failure::io(from))?;
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "test" {
            copy_package(&path, &to.join(name))?;
        } else if path.is_file() {
            fs::copy(&path, to.join(name)).map_err(Failure::io(path))?;
        }
    }
    Ok(())
}
