//! The guide's promises: every command it shows is run as it stands, in order, and every command there is has a place.

use crate::common::{FLAGHOIST, Server, call, command, example, finish};
use std::fs;
use std::path::Path;

const GUIDE: &str = include_str!("../../../docs/guide/cli.md");

/// The lines of the guide's `sh` blocks.
fn shell_lines() -> Vec<&'static str> {
    let blocks = GUIDE.split("```sh\n").skip(1);
    blocks
        .flat_map(|block| block.split("```").next().unwrap_or_default().lines())
        .collect()
}

#[test]
fn every_command_of_the_guide_runs() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["plan.yaml", "chapter.yaml"] {
        fs::copy(example(name), folder.path().join(name)).unwrap();
    }
    let binaries = Path::new(FLAGHOIST).parent().unwrap().display().to_string();
    let path = format!("{binaries}:{}", std::env::var("PATH").unwrap());
    let mut server = None;
    let mut script = String::from("set -eux\n");
    for line in shell_lines() {
        if let Some(arguments) = line.strip_prefix("flaghoist serve") {
            // In a terminal of its own, on a free port.
            let arguments: Vec<&str> = arguments.split_whitespace().collect();
            server = Some(Server::start_in(folder.path(), &arguments));
        } else if let Some((line, code)) = line.split_once("# ends with ") {
            script += &format!("{line} && exit 99 || [ $? -eq {code} ]\n");
        } else {
            script += &format!("{line}\n");
        }
    }
    let server = server.expect("the guide serves");
    let mut shell = command("sh");
    shell
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("FLAGHOIST_SERVER", &server.address);
    finish(&mut shell, b"").ends(0);
}

#[test]
fn every_command_is_in_the_guide() {
    let help = call(&["--help"]).ends(0).out;
    let commands = help.split_once("Commands:\n").expect("a list").1;
    let commands = commands.split("\n\n").next().unwrap_or_default();
    let names: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() > 10, "{help}");
    let lines = shell_lines();
    let missing: Vec<&str> = names
        .into_iter()
        .filter(|name| {
            let call = format!("flaghoist {name}");
            !lines.iter().any(|line| line.contains(&call))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "not shown in docs/guide/cli.md: {missing:?}"
    );
}
