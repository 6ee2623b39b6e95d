//! The built binary as a person or a pipeline runs it: a call with its output, and a server of its own on a free port.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what keeps a test from running fails it"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The binary.
pub const FLAGHOIST: &str = env!("CARGO_BIN_EXE_flaghoist");

/// The files of the refund example.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/refund_explanation")
        .join(name)
}

/// What a call gave.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Output {
    /// Fails unless the call ended so; gives what it printed.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Fails unless standard output has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "not said: {text}\n{self:#?}");
        self
    }

    /// Fails unless standard error has this text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no complaint: {text}\n{self:#?}");
        self
    }
}

/// The binary with nothing of the caller's own settings.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in [
        "FLAGHOIST_SERVER",
        "FLAGHOIST_TOKEN",
        "FLAGHOIST_PASSWORD",
        "FLAGHOIST_LOG",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, with standard input.
pub fn finish(command: &mut Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // A call may end without reading.
    let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    feeding.join().expect("the input is given");
    Output {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A call without a server.
pub fn call(arguments: &[&str]) -> Output {
    call_with(arguments, b"")
}

/// A call without a server, with standard input.
pub fn call_with(arguments: &[&str], input: &[u8]) -> Output {
    finish(command(FLAGHOIST).args(arguments), input)
}

/// A server of this binary.
pub struct Server {
    process: Child,
    stdout: BufReader<std::process::ChildStdout>,
    /// Where it listens.
    pub address: String,
    /// An admin key.
    pub token: String,
    /// Its folder: the database and whatever a test writes.
    pub folder: PathBuf,
    _folder: Option<TempDir>,
}

impl Server {
    /// Starts one with an empty ledger and a key of `admin`.
    pub fn start() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let mut server = Self::start_in(temporary.path(), &[]);
        server._folder = Some(temporary);
        let database = server.database();
        let arguments = [
            "token",
            "create",
            "--name",
            "ci",
            "--kind",
            "admin",
            "--database",
            &database,
            "--user",
            "admin",
        ];
        server.token = call(&arguments).ends(0).out.trim().to_string();
        server
    }

    /// Starts one in a folder, with more arguments.
    pub fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = command(FLAGHOIST);
        process
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments);
        if !arguments.contains(&"--database") {
            process.arg("--database").arg(folder.join("flaghoist.db"));
        }
        process.current_dir(folder).stdout(Stdio::piped());
        let mut process = process.spawn().expect("the server starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it prints");
        let address = line.trim().strip_prefix("listening on ");
        let address = address
            .unwrap_or_else(|| panic!("no address: {line}"))
            .into();
        Self {
            process,
            stdout,
            address,
            token: String::new(),
            folder: folder.into(),
            _folder: None,
        }
    }

    /// The next line it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it prints");
        line
    }

    /// Its file.
    pub fn database(&self) -> String {
        self.folder.join("flaghoist.db").display().to_string()
    }

    /// A command that knows the server and the key.
    pub fn command(&self, program: &str) -> Command {
        let mut command = command(program);
        command
            .env("FLAGHOIST_SERVER", &self.address)
            .env("FLAGHOIST_TOKEN", &self.token)
            .current_dir(&self.folder);
        command
    }

    /// A call.
    pub fn call(&self, arguments: &[&str]) -> Output {
        self.call_with(arguments, b"")
    }

    /// A call with standard input.
    pub fn call_with(&self, arguments: &[&str], input: &[u8]) -> Output {
        finish(self.command(FLAGHOIST).args(arguments), input)
    }

    /// Writes a file into its folder; its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    /// Asks it to stop as an operator does; everything it still printed.
    pub fn stop(mut self) -> String {
        let id = self.process.id().to_string();
        let stopped = Command::new("kill").args(["-TERM", &id]).status();
        assert!(stopped.expect("kill runs").success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("it ends");
        assert!(self.process.wait().expect("it ends").success());
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `stop`.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
