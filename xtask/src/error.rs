//! Everything that can stop the build, each in one line that says what a person can do.

use std::path::PathBuf;

/// Why a step stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The words after `cargo xtask` are off.
    #[error("`{0}` is not a task; `cargo xtask help` lists them")]
    Usage(String),
    /// A command ran and failed.
    #[error("{what} failed ({status}); mend what it printed above and run the same command again")]
    Command {
        /// What was being done.
        what: String,
        /// How it ended.
        status: String,
    },
    /// Something must be done by a person.
    #[error("{missing}: {todo}, then run the same command again")]
    Missing {
        /// What is not there.
        missing: String,
        /// What a person must do.
        todo: String,
    },
    /// Reading or writing.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `wasm-bindgen` could not make bindings.
    #[error("wasm-bindgen: {0}; is `wasm-bindgen` the same version everywhere in Cargo.lock?")]
    Bindgen(String),
    /// `index.html` lists something that cannot be built.
    #[error("index.html: {0}")]
    Html(String),
    /// Something is larger than it may be.
    #[error("over budget: {0}")]
    Budget(String),
    /// Some steps of the tests failed.
    #[error("failed: {0}")]
    Steps(String),
}

impl Failure {
    /// For `map_err` on file operations.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
