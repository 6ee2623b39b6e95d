//! A compiler for wasm32: rustup's target where it can be had, else Debian's compiler that builds std from source.

use super::apt;
use crate::error::Failure;
use crate::process::{cargo, find, quietly, succeeds_within};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library";
/// Longest wait for rustup's download; the target is about 20 MB.
const DOWNLOAD_MAX: Duration = Duration::from_secs(120);

/// How wasm is compiled here.
pub enum Toolchain {
    /// The toolchain in use has the target.
    Rustup,
    /// Debian's `rustc-web` with `-Zbuild-std`.
    Debian {
        /// The linker, which only the rustup toolchain brings.
        linker: PathBuf,
    },
}

/// Finds or installs a compiler for wasm32.
pub fn ensure() -> Result<Toolchain, Failure> {
    let libraries = sysroot()?.join("lib/rustlib");
    if libraries.join(TARGET).join("lib").is_dir() || add_target() {
        return Ok(Toolchain::Rustup);
    }
    let linker = linker(&libraries).ok_or_else(|| Failure::Missing {
        missing: format!("there is no {TARGET} and no rust-lld here"),
        todo: format!("run `rustup target add {TARGET}`"),
    })?;
    if !Path::new(DEBIAN_RUSTC).exists() || !Path::new(DEBIAN_STD).exists() {
        apt::install(&["rustc-web", "rust-web-src"])?;
    }
    Ok(Toolchain::Debian { linker })
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

fn sysroot() -> Result<PathBuf, Failure> {
    quietly(Command::new("rustc").args(["--print", "sysroot"]))
        .map(PathBuf::from)
        .ok_or_else(|| Failure::Missing {
            missing: "there is no working `rustc` here".into(),
            todo: "install Rust with rustup".into(),
        })
}

/// The linker of the host's toolchain, which links every target.
fn linker(libraries: &Path) -> Option<PathBuf> {
    let hosts = fs::read_dir(libraries).ok()?;
    hosts
        .flatten()
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|linker| linker.is_file())
}

/// Tries rustup, once: a download that failed is not tried again at every build.
fn add_target() -> bool {
    let marker = workspace::target().join("tools/no-rustup-target");
    if marker.exists() || find("rustup").is_none() {
        return false;
    }
    println!("▸ rustup target add {TARGET}");
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "0");
    if succeeds_within(DOWNLOAD_MAX, &mut rustup) {
        println!("✓ rustup target add {TARGET}");
        return true;
    }
    println!(
        "  rustup cannot fetch {TARGET} here: Debian's rustc-web builds it from source instead"
    );
    // Without the marker the next build tries again, which costs seconds and harms nothing.
    let _ = marker.parent().map(fs::create_dir_all);
    let _ = fs::write(
        &marker,
        "rustup could not fetch the target; delete this file to try again\n",
    );
    false
}
