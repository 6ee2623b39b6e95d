//! What a folder was made from, so that making it again is skipped and a half-made one is noticed.
//!
//! Invariant: the stamp is written last and removed first.

use crate::error::Failure;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// The digest of everything that a result depends on.
#[derive(Default)]
pub struct Inputs(Sha256);

impl Inputs {
    /// Adds an input; its length keeps neighbours apart.
    pub fn add(&mut self, input: impl AsRef<[u8]>) -> &mut Self {
        let input = input.as_ref();
        self.0.update((input.len() as u64).to_le_bytes());
        self.0.update(input);
        self
    }

    /// The digest in hexadecimal.
    pub fn digest(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

/// The first bytes of content's SHA-256 in hexadecimal: enough to name a file after its content.
pub fn short_digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    hex(digest.get(..8).unwrap_or_default())
}

/// Makes `folder` with `work` unless it was made from the same inputs before.
///
/// The work writes into an empty folder beside it, which takes its place when it is whole: whoever reads the
/// folder meanwhile sees the old one or the new one.
pub fn folder(
    folder: &Path,
    inputs: &str,
    work: impl FnOnce(&Path) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let stamp = beside(folder, "stamp");
    if folder.is_dir() && fs::read_to_string(&stamp).is_ok_and(|made| made == inputs) {
        return Ok(());
    }
    let fresh = beside(folder, "new");
    for old in [&stamp, &fresh] {
        remove(old)?;
    }
    fs::create_dir_all(&fresh).map_err(Failure::io(&fresh))?;
    work(&fresh)?;
    remove(folder)?;
    fs::rename(&fresh, folder).map_err(Failure::io(folder))?;
    fs::write(&stamp, inputs).map_err(Failure::io(stamp))
}

fn beside(folder: &Path, what: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.{what}"))
}

fn remove(path: &Path) -> Result<(), Failure> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else if path.exists() {
        fs::remove_file(path)
    } else {
        Ok(())
    };
    removed.map_err(Failure::io(path))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
