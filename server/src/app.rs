//! The admin app's files: from a folder, or embedded in the binary.
//!
//! Invariant: only names of one plain segment are looked up, so that no request leaves the folder.

use std::borrow::Cow;
use std::path::PathBuf;

/// Where the app comes from.
pub struct App {
    folder: Option<PathBuf>,
}

/// A file of the app.
pub struct File {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// How they are compressed, as `Content-Encoding` has it.
    pub encoding: Option<&'static str>,
}

#[cfg(feature = "embed-app")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$FLAGHOIST_WEB_DIST"]
struct Embedded;

impl App {
    /// From a folder, where one is given.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// A file by name, in the best encoding among those accepted (`br`, `gzip`).
    pub async fn file(&self, name: &str, accepted: &[&'static str]) -> Option<File> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return None;
        }
        for encoding in accepted {
            let suffix = if *encoding == "br" { "br" } else { "gz" };
            if let Some(bytes) = self.read(&format!("{name}.{suffix}")).await {
                return Some(File {
                    bytes,
                    encoding: Some(encoding),
                });
            }
        }
        let bytes = self.read(name).await?;
        Some(File {
            bytes,
            encoding: None,
        })
    }

    async fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match &self.folder {
            Some(folder) => tokio::fs::read(folder.join(name))
                .await
                .ok()
                .map(Cow::Owned),
            None => embedded(name),
        }
    }
}

#[cfg(feature = "embed-app")]
fn embedded(name: &str) -> Option<Cow<'static, [u8]>> {
    Embedded::get(name).map(|file| file.data)
}

#[cfg(not(feature = "embed-app"))]
fn embedded(_name: &str) -> Option<Cow<'static, [u8]>> {
    None
}
