//! The npm package `flaghoist`: the evaluator's wasm, its bindings and the hand-written loaders.

use crate::error::Failure;
use crate::stamp;
use crate::wasm::{self, Module, Profile};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};

/// What the default entry downloads: the evaluator over images, its bindings and its loaders but the client's.
pub const EVALUATOR: [&str; 2] = ["flaghoist_wasm.js", "flaghoist_wasm_bg.wasm"];
/// What `flaghoist/json` downloads beside it: the compiler, started without bindings.
pub const COMPILER: &str = "flaghoist_compiler_bg.wasm";

/// Builds the package; its folder. It is always the one that is shipped: its modules are quick to build too.
pub fn build() -> Result<PathBuf, Failure> {
    let evaluator = wasm::build(&Module {
        package: "flaghoist-wasm",
        artefact: "flaghoist_wasm",
        out_name: "flaghoist_wasm",
        profile: Profile::Fast,
    })?;
    let compiler = wasm::build(&Module {
        package: "flaghoist-wasm-compiler",
        artefact: "flaghoist_wasm_compiler",
        out_name: "flaghoist_compiler",
        profile: Profile::Fast,
    })?;
    let root = workspace::root();
    let mut files = hand_written(&root.join("wasm/npm"), Path::new(""))?;
    files.push((root.join("LICENSE"), "LICENSE".into()));
    for name in EVALUATOR {
        files.push((evaluator.folder.join(name), name.into()));
    }
    files.push((compiler.folder.join(COMPILER), COMPILER.into()));
    let mut inputs = stamp::Inputs::default();
    for (from, name) in &files {
        inputs
            .add(name.as_os_str().as_encoded_bytes())
            .add(fs::read(from).map_err(Failure::io(from))?);
    }
    let dist = workspace::npm_dist();
    stamp::folder(&dist, &inputs.digest(), |folder| {
        for (from, name) in &files {
            let to = folder.join(name);
            let parent = to.parent().unwrap_or(folder);
            fs::create_dir_all(parent).map_err(Failure::io(parent))?;
            fs::copy(from, to).map_err(Failure::io(from))?;
        }
        Ok(())
    })?;
    println!("  {}", dist.display());
    Ok(dist)
}

/// The hand-written files and their names in the package, without their tests.
fn hand_written(folder: &Path, name: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    let mut files = Vec::new();
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(Failure::io(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        if path.is_file() {
            files.push((path, name));
        } else if !path.ends_with("test") && !path.ends_with("node_modules") {
            files.extend(hand_written(&path, &name)?);
        }
    }
    Ok(files)
}
