//! From a crate of the workspace to wasm with its JavaScript bindings.

use crate::error::Failure;
use crate::process::{cargo_run, run_logged, step};
use crate::setup::{node, wasm_target};
use crate::stamp::{self, Inputs};
use crate::workspace;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// How a build weighs time against size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What clients download: minutes to build, small.
    Small,
    /// What evaluates on their hot path: small too, fast first.
    Fast,
    /// What browser tests load: quick to build, larger.
    Quick,
}

impl Profile {
    /// The cargo profile's name.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Small => "small",
            Profile::Fast => "fast",
            Profile::Quick => "quick",
        }
    }

    /// What `wasm-opt` makes of it; nothing where it is not asked.
    const fn goal(self) -> Option<&'static str> {
        match self {
            Profile::Small => Some("-Oz"),
            Profile::Fast => Some("-O3"),
            Profile::Quick => None,
        }
    }

    /// The profile of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Profile::Small, Profile::Quick]
            .into_iter()
            .find(|profile| profile.name() == name)
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

/// A module with its bindings.
pub struct Built {
    /// The folder with `NAME.js` and `NAME_bg.wasm`.
    pub folder: PathBuf,
    /// Changes when they do.
    pub digest: String,
}

/// What `wasm-opt` is told beside its goal: the features that rustc's wasm32 target has switched on since 1.82.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds a module.
pub fn build(module: &Module<'_>) -> Result<Built, Failure> {
    let (package, profile) = (module.package, module.profile.name());
    let toolchain = wasm_target::ensure()?;
    step(&format!("compile {package} to wasm ({profile})"), || {
        cargo_run(&mut toolchain.cargo(&["build", "--package", package, "--profile", profile]))
    })?;
    let target = workspace::target().join("wasm");
    let input = target
        .join("wasm32-unknown-unknown")
        .join(profile)
        .join(format!("{}.wasm", module.artefact));
    let folder = target.join("bindings").join(profile).join(package);
    let goal = module.profile.goal();
    let mut inputs = Inputs::default();
    inputs
        .add(fs::read(&input).map_err(Failure::io(&input))?)
        .add(module.out_name)
        .add(wasm_bindgen_cli_support_version());
    if let Some(goal) = goal {
        inputs.add(goal).add(FEATURES.join(" ")).add(node::MANIFEST);
    }
    let digest = inputs.digest();
    stamp::folder(&folder, &digest, |folder| {
        step(&format!("make the bindings of {package}"), || {
            bind(module, &input, folder)
        })?;
        match goal {
            None => Ok(()),
            Some(goal) => {
                let wasm = folder.join(format!("{}_bg.wasm", module.out_name));
                wasm_opt(package, goal, &wasm)
            }
        }
    })?;
    Ok(Built { folder, digest })
}

fn bind(module: &Module<'_>, input: &Path, out: &Path) -> Result<(), Failure> {
    let failed = |error: &dyn Display| Failure::Bindgen(format!("{error:#}"));
    Bindgen::new()
        .input_path(input)
        .out_name(module.out_name)
        .web(true)
        .map_err(|error| failed(&error))?
        .typescript(false)
        .remove_name_section(module.profile != Profile::Quick)
        .remove_producers_section(true)
        .generate(out)
        .map_err(|error| failed(&error))
}

/// The bindings change with the tool that makes them, which is this program.
fn wasm_bindgen_cli_support_version() -> String {
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock")).unwrap_or_default();
    lock.lines()
        .skip_while(|line| *line != "name = \"wasm-bindgen-cli-support\"")
        .nth(1)
        .unwrap_or_default()
        .to_string()
}

fn wasm_opt(package: &str, goal: &str, wasm: &Path) -> Result<(), Failure> {
    let modules = node::modules()?;
    step(&format!("shrink {package} (wasm-opt)"), || {
        let mut command = Command::new("node");
        command
            .arg(modules.join("binaryen/bin/wasm-opt"))
            .arg(goal)
            .args(FEATURES);
        run_logged("wasm-opt", command.arg(wasm).arg("-o").arg(wasm))
    })
}
