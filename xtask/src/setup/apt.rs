//! Debian packages, for what rustup and npm do not have.

use crate::error::Failure;
use crate::process::{find, run, step};
use std::process::Command;

/// Makes sure that `program` is there, from `packages` if need be; where it is.
pub fn program(program: &str, packages: &[&str]) -> Result<std::path::PathBuf, Failure> {
    if let Some(path) = find(program) {
        return Ok(path);
    }
    install(packages)?;
    find(program).ok_or_else(|| Failure::Missing {
        missing: format!(
            "`{program}` is not on the path after installing {}",
            packages.join(", ")
        ),
        todo: format!("install `{program}`"),
    })
}

/// Installs packages with apt, as root or by sudo without asking.
pub fn install(packages: &[&str]) -> Result<(), Failure> {
    let list = packages.join(" ");
    let by_hand = |missing: &str| Failure::Missing {
        missing: missing.into(),
        todo: format!("install {list} by hand"),
    };
    if find("apt-get").is_none() {
        return Err(by_hand("there is no apt-get here"));
    }
    let root = crate::process::quietly(Command::new("id").arg("-u")).as_deref() == Some("0");
    let sudo =
        !root && crate::process::quietly(Command::new("sudo").args(["-n", "true"])).is_some();
    if !root && !sudo {
        return Err(by_hand(&format!("installing {list} takes root")));
    }
    let apt = |arguments: &[&str]| {
        let mut command = if sudo {
            Command::new("sudo")
        } else {
            Command::new("apt-get")
        };
        if sudo {
            command.args(["-n", "apt-get"]);
        }
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step(&format!("install {list} (apt)"), || {
        run("apt-get update", &mut apt(&["update", "--quiet=2"]))?;
        let mut command = apt(&["install", "--yes", "--quiet=2", "--no-install-recommends"]);
        run("apt-get install", command.args(packages))
    })
}
