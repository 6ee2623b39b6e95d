//! A compiler for wasm32: rustup's target where it can be had, else Debian's compiler that builds std from source.

use super::apt;
use crate::error::Failure;
use crate::process::{cargo, quietly, step};
use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library";

/// How wasm is compiled here.
pub enum Toolchain {
    /// The pinned toolchain has the target.
    Rustup,
    /// Debian's `rustc-web` with `-Zbuild-std`.
    Debian {
        /// The linker, which only the rustup toolchain brings.
        linker: PathBuf,
    },
}

/// Finds or installs a compiler for wasm32.
pub fn ensure() -> Result<Toolchain, Failure> {
    if has_target() || (!tried_before() && add_target()) {
        return Ok(Toolchain::Rustup);
    }
    if !Path::new(DEBIAN_RUSTC).exists() || !Path::new(DEBIAN_STD).exists() {
        println!("  rustup has no {TARGET} here; Debian's rustc-web builds it from source instead");
        apt::install(&["rustc-web", "rust-web-src"])?;
    }
    let sysroot = quietly(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    let linker = PathBuf::from(sysroot).join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    if linker.exists() {
        return Ok(Toolchain::Debian { linker });
    }
    Err(Failure::Missing {
        missing: format!("there is no {TARGET} and no rust-lld here"),
        todo: format!("run `rustup target add {TARGET}`"),
    })
}

impl Toolchain {
    /// A cargo command that builds for wasm32 into a target folder of its own, so that host builds stay warm.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo(arguments);
        command
            .args(["--target", TARGET])
            .arg("--target-dir")
            .arg(workspace::target().join("wasm"));
        if let Toolchain::Debian { linker } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }
}

fn has_target() -> bool {
    let sysroot = quietly(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    Path::new(&sysroot)
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
}

/// A download that failed once is not tried again at every build.
fn tried_before() -> bool {
    workspace::target().join("tools/no-rustup-target").exists()
}

fn add_target() -> bool {
    let added = step(&format!("rustup target add {TARGET}"), || {
        Ok(quietly(Command::new("rustup").args(["target", "add", TARGET])).is_some())
    });
    if matches!(added, Ok(true)) {
        return true;
    }
    let marker = workspace::target().join("tools/no-rustup-target");
    let _ = marker.parent().map(std::fs::create_dir_all);
    let _ = std::fs::write(
        marker,
        "rustup could not fetch the target; delete this file to try again\n",
    );
    false
}
