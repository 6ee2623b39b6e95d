//! Serving: the first user, the example, restarts.

use crate::common::{FLAGHOIST, Server, call, command, finish};
use std::fs;

/// What to try, as printed; it ends with how to stop.
fn hints(server: &mut Server) -> String {
    let mut hints = String::new();
    while !hints.contains("Ctrl-C") {
        let line = server.line();
        assert!(!line.is_empty(), "the server ended: {hints}");
        hints += &line;
    }
    hints
}

#[test]
fn the_example_waits_for_its_parts_and_its_hints_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut entries = Vec::new();
    // Started again, it is there and not loaded twice.
    for _ in 0..2 {
        let mut server = Server::start_in(folder.path(), &["--example"]);
        assert!(server.line().starts_with("sign in as"));
        let hints = hints(&mut server);
        let token = hints.split_once("FLAGHOIST_TOKEN=").expect(&hints).1;
        server.token = token.split_whitespace().next().unwrap().into();
        server
            .call(&["status"])
            .ends(0)
            .says("refund_explanation_v1: closed: ")
            .says("armed at 5 %");
        server
            .call(&["status", "--json"])
            .ends(0)
            .says("\"population\":40000")
            .says("\"live\":\"0.9.4\"");
        entries.push(server.call(&["ledger"]).ends(0).out);
        server.stop();
    }
    assert_eq!(entries[0], entries[1]);
    // As printed, by a shell, up to the release being open.
    let mut server = Server::start_in(folder.path(), &["--example"]);
    let hints = hints(&mut server);
    let is_command = |line: &&str| line.contains("export ") || line.contains(" observe ");
    let script: Vec<&str> = hints.lines().filter(is_command).collect();
    assert_eq!(script.len(), 4, "{hints}");
    finish(command("sh").args(["-ec", &script.join("\n")]), b"")
        .ends(0)
        .says("opened refund_explanation_v1 at 5 %, as armed by admin");
}

#[test]
fn passwords_come_from_a_file_or_the_environment_and_stay_out_of_sight() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "correct horse\n").unwrap();
    let secret = secret.display().to_string();
    let mut server = Server::start_in(
        folder.path(),
        &["--user", "asha", "--password-file", &secret],
    );
    assert_eq!(server.line(), "sign in as asha\n");
    let database = server.database();
    // While the server runs.
    call(&[
        "user",
        "add",
        "bala",
        "--database",
        &database,
        "--password-file",
        &secret,
    ])
    .ends(0)
    .says("bala has a new password");
    let mut short = command(FLAGHOIST);
    short.env("FLAGHOIST_PASSWORD", "short").args([
        "user",
        "add",
        "chitra",
        "--database",
        &database,
    ]);
    finish(&mut short, b"")
        .ends(2)
        .complains("a password has from 8");
    call(&["user", "add", "chitra", "--database", &database])
        .ends(0)
        .says("chitra signs in with ");
    let stopped = server.stop();
    assert_eq!(stopped, "");
    let mut again = Server::start_in(folder.path(), &[]);
    assert!(
        again
            .line()
            .starts_with("sign in as before; `flaghoist user add")
    );
}

#[test]
fn what_keeps_a_server_from_starting_is_told() {
    let server = Server::start();
    let taken = server.address.trim_start_matches("http://").to_string();
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("a.db").display().to_string();
    call(&["serve", "--listen", &taken, "--database", &database])
        .ends(3)
        .complains(&format!("cannot listen on {taken}"));
    let broken = server.file("broken.db", &"not a database ".repeat(100));
    call(&["serve", "--listen", "127.0.0.1:0", "--database", &broken]).ends(3);
    call(&["serve", "--listen", "everywhere"]).ends(2);
}
