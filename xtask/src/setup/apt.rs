//! Debian packages, for what rustup and npm do not have.

use crate::error::Failure;
use crate::process::{find, quietly, run_logged, step};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// The package lists are fetched once per run.
static UPDATED: AtomicBool = AtomicBool::new(false);

/// Makes sure that programs are there, from packages if need be; where they are.
pub fn programs<const N: usize>(wanted: [(&str, &str); N]) -> Result<[PathBuf; N], Failure> {
    let packages: Vec<&str> = wanted
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if !packages.is_empty() {
        install(&packages)?;
    }
    let mut places = wanted.map(|_| PathBuf::new());
    for (place, (program, package)) in places.iter_mut().zip(wanted) {
        *place = find(program).ok_or_else(|| Failure::Missing {
            missing: format!("the package {package} brought no `{program}`"),
            todo: format!("install `{program}` by hand"),
        })?;
    }
    Ok(places)
}

/// Installs packages, as root or by sudo where it does not ask for a password.
pub fn install(packages: &[&str]) -> Result<(), Failure> {
    let list = packages.join(" ");
    let by_hand = |missing: &str| Failure::Missing {
        missing: missing.into(),
        todo: format!("install {list} by hand"),
    };
    if find("apt-get").is_none() {
        return Err(by_hand("there is no apt-get here"));
    }
    let sudo = quietly(Command::new("id").arg("-u")).as_deref() != Some("0");
    if sudo && quietly(Command::new("sudo").args(["-n", "true"])).is_none() {
        return Err(by_hand(&format!("installing {list} takes root")));
    }
    let done = step(&format!("install {list} (apt)"), || {
        if !UPDATED.swap(true, Ordering::Relaxed) {
            run_logged("apt-get update", apt(sudo).arg("update"))?;
        }
        let mut command = apt(sudo);
        command.args(["install", "--yes", "--no-install-recommends"]);
        run_logged("apt-get install", command.args(packages))
    });
    // What apt printed is above; what a person can do is the same in every case.
    done.map_err(|_| by_hand("apt failed as printed above"))
}

/// An `apt-get` that asks nothing and waits for another one to end.
fn apt(sudo: bool) -> Command {
    let mut command = Command::new(if sudo { "sudo" } else { "env" });
    if sudo {
        command.args(["-n", "env"]);
    }
    command.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--option=DPkg::Lock::Timeout=300",
    ]);
    command
}
