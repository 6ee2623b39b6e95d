//! Python and the packages that the tests use, in an environment of their own.

use super::apt;
use crate::error::Failure;
use crate::process::{find, quietly, run_logged, step};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Python that the packages take.
const PYTHON_MINOR_MIN: u32 = 10;
const REQUIREMENTS: &str = include_str!("../../python/requirements.txt");

/// Makes sure that Python and the packages are there; the interpreter that sees them.
pub fn interpreter() -> Result<PathBuf, Failure> {
    ensure_python()?;
    let folder = workspace::python_tools();
    let stamp = folder.join("installed.txt");
    let interpreter = folder.join("bin/python");
    // Written last: a folder without it is half installed. A Python that was replaced leaves a dead link.
    let installed = fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS);
    if installed && quietly(Command::new(&interpreter).arg("--version")).is_some() {
        return Ok(interpreter);
    }
    step("install Python packages (pip)", || {
        environment(&folder)?;
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS).map_err(Failure::io(&requirements))?;
        let mut pip = Command::new(&interpreter);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg("--requirement")
        .arg(&requirements);
        run_logged("pip install", &mut pip)?;
        fs::write(&stamp, REQUIREMENTS).map_err(Failure::io(&stamp))
    })?;
    Ok(interpreter)
}

/// Makes a new environment. Debian's Python cannot until `python3-venv` is there.
fn environment(folder: &Path) -> Result<(), Failure> {
    if quietly(Command::new("python3").args(["-c", "import ensurepip"])).is_none() {
        apt::install(&["python3-venv"])?;
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::io(folder))?;
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(folder);
    run_logged("python3 -m venv", &mut venv)
}

fn ensure_python() -> Result<(), Failure> {
    if python_problem().is_none() {
        return Ok(());
    }
    // Debian's own Python is new enough from Debian 12 on; where it is not, that is said below.
    let installed = apt::install(&["python3", "python3-venv"]);
    match (installed, python_problem()) {
        (_, None) => Ok(()),
        (_, Some(problem)) => Err(Failure::Missing {
            missing: problem,
            todo: format!("install Python 3.{PYTHON_MINOR_MIN} or later, with venv"),
        }),
    }
}

fn python_problem() -> Option<String> {
    if find("python3").is_none() {
        return Some("there is no Python here".into());
    }
    let version = quietly(
        Command::new("python3").args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]),
    );
    let Some(version) = version else {
        return Some("the Python here does not start".into());
    };
    let minor = version
        .strip_prefix("3.")
        .and_then(|minor| minor.parse::<u32>().ok());
    minor
        .is_none_or(|minor| minor < PYTHON_MINOR_MIN)
        .then(|| format!("Python {version} is too old"))
}
