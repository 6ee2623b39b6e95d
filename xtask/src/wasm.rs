//! From a crate of the workspace to wasm with its JavaScript bindings.

use crate::error::Failure;
use crate::process::{node, run, step};
use crate::setup::{node as node_setup, wasm_target};
use crate::workspace;
use std::fs;
use std::path::PathBuf;
use wasm_bindgen_cli_support::Bindgen;

/// How a build weighs time against size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What clients download: minutes to build, small.
    Small,
    /// What browser tests load: quick to build, larger.
    Quick,
}

impl Profile {
    /// The cargo profile's name.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Small => "small",
            Profile::Quick => "quick",
        }
    }
}

/// What to build.
pub struct Module<'a> {
    /// The package.
    pub package: &'a str,
    /// The artefact's file name without `.wasm`.
    pub artefact: &'a str,
    /// What the outputs are called: `NAME.js` and `NAME_bg.wasm`.
    pub out_name: &'a str,
    /// How.
    pub profile: Profile,
}

/// Builds a module; the folder with `NAME.js` and `NAME_bg.wasm`.
pub fn build(module: &Module<'_>) -> Result<PathBuf, Failure> {
    let Module {
        package,
        artefact,
        out_name,
        profile,
    } = *module;
    let toolchain = wasm_target::ensure()?;
    step(
        &format!("compile {package} to wasm ({})", profile.name()),
        || {
            run(
                "cargo build",
                &mut toolchain.cargo(&["build", "--package", package, "--profile", profile.name()]),
            )
        },
    )?;
    let target = workspace::target().join("wasm");
    let input = target
        .join("wasm32-unknown-unknown")
        .join(profile.name())
        .join(format!("{artefact}.wasm"));
    let out = target.join("bindings").join(profile.name()).join(package);
    step(&format!("make the bindings of {package}"), || {
        fs::create_dir_all(&out).map_err(Failure::io(&out))?;
        let bindgen = |error: anyhow::Error| Failure::Bindgen(format!("{error:#}"));
        Bindgen::new()
            .input_path(&input)
            .out_name(out_name)
            .web(true)
            .map_err(bindgen)?
            .typescript(false)
            .remove_name_section(profile == Profile::Small)
            .remove_producers_section(true)
            .generate(&out)
            .map_err(bindgen)
    })?;
    if profile == Profile::Small {
        let modules = node_setup::modules()?;
        let wasm = out.join(format!("{out_name}_bg.wasm"));
        step(&format!("shrink {package} (wasm-opt)"), || {
            let mut command = node(&modules.join("binaryen/bin/wasm-opt"));
            // The features that rustc's wasm32 target has switched on since 1.82.
            command.args([
                "-Oz",
                "--enable-bulk-memory",
                "--enable-sign-ext",
                "--enable-mutable-globals",
                "--enable-nontrapping-float-to-int",
                "--enable-reference-types",
                "--enable-multivalue",
            ]);
            run("wasm-opt", command.arg(&wasm).arg("-o").arg(&wasm))
        })?;
    }
    Ok(out)
}
