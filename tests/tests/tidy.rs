//! Tidy: what holds everywhere in this repository and no compiler checks.
//!
//! Directions of dependencies, who may name what, sizes, headers, places in ARCHITECTURE.md. Each rule tells all the
//! places that break it at once. What must not occur is written here in pieces, so that this file keeps its own rules.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read the repository has nothing to say"
)]

#[path = "tidy/source.rs"]
mod source;

use source::{Function, code_only, functions, line_of, without_tests, words};
use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const COMPONENT_LINES_MAX: usize = 120;
const ARCHITECTURE_LINES_MAX: usize = 200;

/// Each member's folder, its package, and the packages of ours that it may depend on.
const DIRECTIONS: [(&str, &str, &[&str]); 7] = [
    ("core", "flaghoist-core", &[]),
    ("wasm", "flaghoist-wasm", &["flaghoist-core"]),
    ("web", "flaghoist-web", &["flaghoist-core"]),
    ("server", "flaghoist-server", &["flaghoist-core"]),
    ("cli", "flaghoist", &["flaghoist-core", "flaghoist-server"]),
    (
        "tests",
        "flaghoist-tests",
        &[
            "flaghoist-core",
            "flaghoist-wasm",
            "flaghoist-web",
            "flaghoist-server",
            "flaghoist",
        ],
    ),
    ("xtask", "xtask", &[]),
];

/// Words of code and the only places that may name them.
const NAMES: [(&str, &[&str]); 5] = [
    ("sqlx", &["server/src/store"]),
    ("StatusCode", &["server/src/http"]),
    ("JsValue", &["wasm/"]),
    ("web_sys", &["web/"]),
    ("leptos", &["web/"]),
];

/// What is read: text that people write.
const TEXT: [&str; 15] = [
    "rs", "toml", "md", "yaml", "yml", "js", "mjs", "ts", "css", "html", "json", "sql", "sh",
    "capnp", "run",
];

struct File {
    /// Its path from the root, with `/`.
    name: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.name.ends_with(".rs")
    }

    /// Whether it is compiled only for tests.
    fn is_test(&self) -> bool {
        self.name.starts_with("tests/")
            || self.name.contains("/tests/")
            || self.name.ends_with("/tests.rs")
    }

    fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.name, line_of(&self.text, offset))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

/// Every text file of the repository, without what is built or installed.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    collect(&root(), "", &mut found);
    assert!(found.len() > 50, "the repository was not found");
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let base = entry.file_name().to_string_lossy().into_owned();
        let hidden = base.starts_with('.') && ![".ci", ".cargo"].contains(&base.as_str());
        if hidden || ["target", "node_modules", "Cargo.lock"].contains(&base.as_str()) {
            continue;
        }
        let (path, name) = (entry.path(), format!("{prefix}{base}"));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else if TEXT.contains(&base.rsplit('.').next().unwrap_or_default()) {
            // Files come and go while people work.
            if let Ok(text) = fs::read_to_string(&path) {
                found.push(File { name, text });
            }
        }
    }
}

fn rust_files() -> impl Iterator<Item = File> {
    files().into_iter().filter(File::is_rust)
}

/// Fails with every place at once.
fn hold(rule: &str, broken: Vec<String>) {
    assert!(
        broken.is_empty(),
        "{rule}; {} broken:\n  {}",
        broken.len(),
        broken.join("\n  ")
    );
}

#[test]
fn dependencies_point_towards_core() {
    let ours = DIRECTIONS.map(|(_, package, _)| package);
    let mut broken = Vec::new();
    for (folder, package, allowed) in DIRECTIONS {
        let manifest = root().join(folder).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("every member has a manifest");
        assert!(
            text.contains(&format!("name = \"{package}\"")),
            "{folder} is not the package {package}"
        );
        for dependency in dependencies(&text) {
            if ours.contains(&dependency.as_str()) && !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{folder}/Cargo.toml: {package} → {dependency}"));
            }
        }
    }
    hold(
        "wasm, web, server, cli → core; cli → server; tests → all; xtask → none",
        broken,
    );
}

/// The names in every section of dependencies: normal, dev, build, per target.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            if let Some((_, name)) = section.split_once("dependencies.") {
                names.push(name.to_string());
            }
        } else if inside && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            names.push(name.trim_matches('"').to_string());
        }
    }
    names
}

#[test]
fn dependencies_are_read_from_every_section() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\n# c = 1\n\
        [dev-dependencies]\n\"d\" = \"1\"\n[target.'cfg(unix)'.dependencies]\ne = { path = \"e\" }\n\
        [dependencies.f]\npath = \"f\"\n[features]\ng = []\n";
    assert_eq!(dependencies(manifest), ["b", "d", "e", "f"]);
}

#[test]
fn each_name_has_its_place() {
    let mut broken = Vec::new();
    for file in rust_files().filter(|file| !file.is_test()) {
        let code = code_only(&file.text);
        for (name, places) in NAMES {
            if places.iter().any(|place| file.name.starts_with(place)) {
                continue;
            }
            broken.extend(words(&code, name).map(|at| {
                format!(
                    "{}:{}: {name} belongs to {}",
                    file.name,
                    line_of(&code, at),
                    places.join(", ")
                )
            }));
        }
    }
    hold("a name is used where its layer is", broken);
}

#[test]
fn files_functions_and_components_are_short() {
    let mut broken = Vec::new();
    for file in rust_files().filter(|file| !file.is_test()) {
        let code = code_only(&file.text);
        let code = without_tests(&code);
        let lines = code.lines().count();
        if lines > FILE_LINES_MAX {
            broken.push(format!("{}: {lines} lines of {FILE_LINES_MAX}", file.name));
        }
        for Function {
            name,
            line,
            lines,
            component,
        } in functions(code)
        {
            let max = if component {
                COMPONENT_LINES_MAX
            } else {
                FUNCTION_LINES_MAX
            };
            if lines > max {
                broken.push(format!(
                    "{}:{line}: {name} has {lines} lines of {max}",
                    file.name
                ));
            }
        }
    }
    hold("files, functions and components are short", broken);
}

#[test]
fn every_rust_file_says_what_it_is() {
    let broken = rust_files()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.name)
        .collect();
    hold("a file begins with its module header, `//!`", broken);
}

#[test]
fn excuses_have_reasons_and_errors_have_types() {
    let mut broken = Vec::new();
    for file in rust_files() {
        let code = code_only(&file.text);
        for allow in ["#[allow(", "#![allow("] {
            let places = code.match_indices(allow);
            broken.extend(
                places.map(|(at, _)| format!("{}:{}: {allow}", file.name, line_of(&code, at))),
            );
        }
        for (at, _) in code.match_indices("[expect(") {
            let end = code[at..].find(")]").map_or(code.len(), |end| at + end);
            if words(&code[at..end], "reason").next().is_none() {
                broken.push(format!(
                    "{}:{}: an excuse without a reason",
                    file.name,
                    line_of(&code, at)
                ));
            }
        }
        for at in words(&code, "Result") {
            if error_type(&code[at..]) == Some("String") {
                broken.push(format!(
                    "{}:{}: an error that is a String",
                    file.name,
                    line_of(&code, at)
                ));
            }
        }
    }
    hold(
        "lints are excused by `expect` with a reason; errors are types",
        broken,
    );
}

/// The second argument of the `Result<…>` that the code begins with.
fn error_type(code: &str) -> Option<&str> {
    let arguments = code.strip_prefix("Result")?.strip_prefix('<')?;
    let (mut depth, mut start) = (0, None);
    for (at, c) in arguments.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if arguments[..at].ends_with('-') => {}
            '>' if depth == 0 => return start.map(|start: usize| arguments[start..at].trim()),
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => start = start.or(Some(at + 1)),
            _ => {}
        }
    }
    None
}

#[test]
fn text_is_clean() {
    let never = [
        (concat!("/wo", "rk/"), "a path of one machine"),
        (concat!("/ro", "ot/"), "a path of one machine"),
        (concat!("/ho", "me/"), "a path of one machine"),
        (concat!("registry.", "npmjs"), "the host of a registry"),
        (concat!("crates", ".io"), "the host of a registry"),
        (concat!("#[ig", "nore"), "a test that does not run"),
        (concat!("to", "do!("), "unfinished"),
        (concat!("unimple", "mented!("), "unfinished"),
        (concat!("TO", "DO"), "unfinished"),
        (concat!("FIX", "ME"), "unfinished"),
    ];
    let mut broken = Vec::new();
    for file in files() {
        for (needle, what) in never {
            let places = file.text.match_indices(needle);
            broken.extend(places.map(|(at, _)| format!("{}: {what}", file.at(at))));
        }
        for (index, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t', '\r']) {
                broken.push(format!("{}:{}: space at the end", file.name, index + 1));
            }
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            broken.push(format!("{}: no newline at the end", file.name));
        }
    }
    hold("text is clean", broken);
}

#[test]
fn the_architecture_names_what_exists_and_stays_short() {
    let name = "ARCHITECTURE.md";
    let text = fs::read_to_string(root().join(name)).expect("there is an architecture");
    let mut broken: Vec<String> = paths_in(&text)
        .into_iter()
        .filter(|path| !root().join(path).exists())
        .map(|path| format!("{name}: {path} does not exist"))
        .collect();
    let lines = text.lines().count();
    if lines >= ARCHITECTURE_LINES_MAX {
        broken.push(format!(
            "{name}: {lines} lines, fewer than {ARCHITECTURE_LINES_MAX} wanted"
        ));
    }
    hold("the architecture is true and short", broken);
}

#[test]
fn every_end_to_end_file_is_run() {
    let list = fs::read_to_string(root().join("tests/tests/e2e.rs")).expect("it names them");
    let entries = fs::read_dir(root().join("tests/e2e")).expect("there are some");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let files: Vec<String> = names.filter(|name| name.ends_with(".test.mjs")).collect();
    assert!(files.len() > 10, "{files:?}");
    let unknown = files
        .iter()
        .filter(|name| !list.contains(&format!("\"{name}\"")));
    let broken = unknown.map(|name| format!("tests/tests/e2e.rs does not name {name}"));
    hold("end-to-end tests run", broken.collect());
}

#[test]
fn the_chapter_names_tests_that_exist() {
    let name = "docs/chapter.md";
    let text = fs::read_to_string(root().join(name)).expect("there is a table of the chapter");
    let paths = paths_in(&text);
    assert!(paths.len() > 40, "{name} names {} paths", paths.len());
    let missing = paths.into_iter().filter(|path| !root().join(path).exists());
    let broken = missing.map(|path| format!("{name}: {path} does not exist"));
    hold("the chapter's table is true", broken.collect());
}

/// Words that look like paths of ours: they begin with a member's folder or end like a file.
fn paths_in(text: &str) -> Vec<&str> {
    let folders = [
        "core/",
        "wasm/",
        "web/",
        "server/",
        "cli/",
        "tests/",
        "xtask/",
        "examples/",
        "docs/",
    ];
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    text.split(|c| !is_part(c))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| {
            let ending = word.rsplit_once('.').map(|(_, ending)| ending);
            let file =
                ending.is_some_and(|ending| ["rs", "md", "toml", "yaml", "html"].contains(&ending));
            file || folders.iter().any(|folder| word.starts_with(folder))
        })
        .collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| file.name.ends_with(".md")) {
        let folder = root()
            .join(&file.name)
            .parent()
            .expect("a file is in a folder")
            .to_path_buf();
        for (at, _) in file.text.match_indices("](") {
            let rest = &file.text[at + 2..];
            let link = &rest[..rest.find(')').unwrap_or(rest.len())];
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains(':') && !folder.join(path).exists() {
                broken.push(format!("{}: {path}", file.at(at)));
            }
        }
    }
    hold("links lead to files that exist", broken);
}

#[test]
fn code_is_told_from_comments_and_literals() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("f(\"x { \\\" y\")", "f(          )"),
        ("r#\"a \" b\"# c", "           c"),
        ("br\"a\" c", "      c"),
        ("b\"a\" c", "b    c"),
        ("'{' '\\'' '\\u{7b}' <'a>", "                  <'a>"),
        ("for x in y", "for x in y"),
    ] {
        assert_eq!(code_only(text), expected, "{text}");
    }
}

#[test]
fn functions_and_their_sizes_are_seen() {
    let text = "#[component]\npub fn A(f: fn(u8) -> u8) -> B\nwhere\n    C: D,\n{\n    let x = [0; 3];\n}\n\
        trait T { fn required(&self) -> u8; fn given(&self) { } }\n\
        #[cfg(test)]\nmod tests { fn t() {} }\n";
    let code = code_only(text);
    let seen: Vec<(String, usize, bool)> = functions(without_tests(&code))
        .into_iter()
        .map(|function| (function.name, function.lines, function.component))
        .collect();
    assert_eq!(
        seen,
        [("A".to_string(), 6, true), ("given".to_string(), 1, false)]
    );
    assert_eq!(error_type("Result<Vec<(A, B)>, String>"), Some("String"));
    assert_eq!(error_type("Result<fn(A) -> B, C>;"), Some("C"));
    assert_eq!(error_type("Result<A>"), None);
}
