//! `cargo xtask run` and `build`: everything, then the admin app with the example release.

use crate::error::Failure;
use crate::process::{cargo, run as run_program, step};
use crate::wasm::Profile;
use crate::{npm, web, workspace};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

const PORT: u16 = 8080;

/// Builds everything for use; the binary.
pub fn build() -> Result<PathBuf, Failure> {
    npm::build()?;
    let app = web::build(Profile::Small)?;
    step("compile flaghoist with the app embedded", || {
        let mut command = cargo(&[
            "build",
            "--release",
            "--package",
            "flaghoist",
            "--features",
            "embed-app",
        ]);
        run_program("cargo build", command.env("FLAGHOIST_WEB_DIST", app))
    })?;
    Ok(workspace::target().join("release/flaghoist"))
}

/// Builds everything and serves it until Ctrl-C.
pub fn run() -> Result<(), Failure> {
    // Told before minutes of building, not after.
    if TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_err() {
        return Err(Failure::Missing {
            missing: format!("port {PORT} of 127.0.0.1 is taken"),
            todo: "stop the program that listens there".into(),
        });
    }
    let binary = build()?;
    let folder = workspace::target().join("run");
    fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
    let mut command = Command::new(binary);
    command.args([
        "serve",
        "--listen",
        &format!("127.0.0.1:{PORT}"),
        "--example",
    ]);
    run_program(
        "flaghoist serve",
        command.arg("--database").arg(folder.join("flaghoist.db")),
    )
}
