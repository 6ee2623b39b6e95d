//! `cargo xtask run` and `build`: everything, then the admin app with the example release.

use crate::error::Failure;
use crate::process::{cargo, cargo_run, step};
use crate::stamp::hex;
use crate::wasm::Profile;
use crate::{npm, web, workspace};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where README says the app is.
const PORT: u16 = 8080;

/// Builds everything for use; the binary, with the app embedded.
pub fn build(profile: Profile) -> Result<PathBuf, Failure> {
    npm::build()?;
    let app = web::build(profile)?;
    step("compile flaghoist with the app embedded", || {
        let mut command = cargo(&[
            "build",
            "--release",
            "--package",
            "flaghoist",
            "--features",
            "embed-app",
        ]);
        cargo_run(command.env("FLAGHOIST_WEB_DIST", app))
    })?;
    let binary = workspace::target().join("release/flaghoist");
    println!("  {}", binary.display());
    Ok(binary)
}

/// Builds everything and serves it until Ctrl-C.
pub fn run() -> Result<(), Failure> {
    // Told before minutes of building, not after.
    port_is_free()?;
    let binary = build(Profile::Small)?;
    let folder = workspace::target().join("run");
    fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
    println!();
    serve(&binary, &folder.join("flaghoist.db"))
}

fn port_is_free() -> Result<(), Failure> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(Failure::Missing {
            missing: format!("port {PORT} of 127.0.0.1 is in use"),
            todo: "stop the program that listens there (an earlier `cargo xtask run`?)".into(),
        }),
        // Any other trouble is the server's to describe.
        _ => Ok(()),
    }
}

/// Becomes the server, so that Ctrl-C reaches it alone; it prints the sign-in and what to try.
fn serve(binary: &Path, database: &Path) -> Result<(), Failure> {
    let mut command = Command::new(binary);
    command
        .args(["serve", "--listen", &format!("127.0.0.1:{PORT}")])
        .arg("--database")
        .arg(database)
        .arg("--example");
    if let Some(password) = password(database)? {
        command.env("FLAGHOIST_PASSWORD", password);
    }
    // Returns only if it could not be started.
    Err(Failure::Io {
        path: binary.into(),
        source: command.exec(),
    })
}

/// The first user's password, kept beside the database so that every run can print the sign-in.
///
/// None where a database is there whose password is not known.
fn password(database: &Path) -> Result<Option<String>, Failure> {
    let kept = database.with_file_name("password");
    if database.exists() {
        return Ok(fs::read_to_string(kept).ok());
    }
    let random = Path::new("/dev/urandom");
    let mut bytes = [0; 12];
    File::open(random)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(Failure::io(random))?;
    let password = hex(&bytes);
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&kept)
        .and_then(|mut file| file.write_all(password.as_bytes()))
        .map_err(Failure::io(kept))?;
    Ok(Some(password))
}
