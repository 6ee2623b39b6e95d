//! The admin app as served: hashed names, precompressed, no inline script.

use crate::error::Failure;
use crate::html::{Asset, Page};
use crate::process::step;
use crate::wasm::{self, Module, Profile};
use crate::workspace;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The app's crate and what its outputs are called.
const APP: &str = "flaghoist-web";

/// Builds the app; its folder.
pub fn build(profile: Profile) -> Result<PathBuf, Failure> {
    let built = wasm::build(&Module {
        package: APP,
        artefact: APP,
        out_name: "app",
        profile,
    })?;
    let dist = workspace::web_dist();
    step("assemble the admin app", || {
        let root = workspace::root();
        let page_file = root.join("index.html");
        let html = fs::read_to_string(&page_file).map_err(Failure::io(&page_file))?;
        let page = Page::parse(&html)?;
        let mut out = Output {
            folder: dist.clone(),
            profile,
            names: BTreeMap::new(),
        };
        if dist.exists() {
            fs::remove_dir_all(&dist).map_err(Failure::io(&dist))?;
        }
        fs::create_dir_all(&dist).map_err(Failure::io(&dist))?;
        for asset in page.assets() {
            out.add(asset, &root, &built)?;
        }
        out.write("index.html", page.render(|asset| out.tag(asset)).as_bytes())
    })?;
    Ok(dist)
}

struct Output {
    folder: PathBuf,
    profile: Profile,
    /// What the page calls it → what it is served as.
    names: BTreeMap<String, String>,
}

impl Output {
    fn add(&mut self, asset: &Asset, root: &Path, built: &Path) -> Result<(), Failure> {
        match asset {
            Asset::Css(href) | Asset::Icon(href) => self.add_hashed(href, &read(&root.join(href))?),
            Asset::CopyFile(href) => {
                let name = Path::new(href)
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or(href);
                self.write(name, &read(&root.join(href))?)
            }
            Asset::Rust(_) => {
                self.add_hashed("app_bg.wasm", &read(&built.join("app_bg.wasm"))?)?;
                self.add_hashed("app.js", &read(&built.join("app.js"))?)?;
                let (glue, wasm) = (self.name("app.js"), self.name("app_bg.wasm"));
                let boot = format!(
                    "import init from \"/{glue}\";\ninit({{ module_or_path: \"/{wasm}\" }});\n"
                );
                self.add_hashed("boot.js", boot.as_bytes())
            }
        }
    }

    fn tag(&self, asset: &Asset) -> String {
        match asset {
            Asset::Css(href) => format!("<link rel=\"stylesheet\" href=\"/{}\">", self.name(href)),
            Asset::Icon(href) => format!("<link rel=\"icon\" href=\"/{}\">", self.name(href)),
            Asset::CopyFile(_) => String::new(),
            Asset::Rust(_) => format!(
                "<link rel=\"modulepreload\" href=\"/{glue}\">\
                 <link rel=\"preload\" href=\"/{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\
                 <script type=\"module\" src=\"/{boot}\"></script>",
                glue = self.name("app.js"),
                wasm = self.name("app_bg.wasm"),
                boot = self.name("boot.js"),
            ),
        }
    }

    fn name<'a>(&'a self, of: &'a str) -> &'a str {
        self.names.get(of).map_or(of, String::as_str)
    }

    /// Writes content under a name that changes with it, so that browsers may keep it for ever.
    fn add_hashed(&mut self, href: &str, content: &[u8]) -> Result<(), Failure> {
        let path = Path::new(href);
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("asset");
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("bin");
        let hash: String = Sha256::digest(content)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = format!("{stem}-{hash}.{extension}");
        self.write(&name, content)?;
        self.names.insert(href.into(), name);
        Ok(())
    }

    /// Writes a file with its compressed neighbours.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        let save = |suffix: &str, bytes: &[u8]| {
            let path = path.with_file_name(format!("{name}{suffix}"));
            fs::write(&path, bytes).map_err(Failure::io(path))
        };
        save("", content)?;
        let (brotli, gzip) = match self.profile {
            Profile::Small => (11, Compression::best()),
            Profile::Quick => (5, Compression::fast()),
        };
        save(".br", &brotli_of(content, brotli))?;
        save(".gz", &gzip_of(content, gzip).map_err(Failure::io(&path))?)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::io(path))
}

/// Content compressed with brotli at a quality from 0 to 11.
pub fn brotli_of(content: &[u8], quality: i32) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: 22,
        ..Default::default()
    };
    // Reading from and writing to memory cannot fail.
    let _ = brotli::BrotliCompress(&mut &*content, &mut out, &parameters);
    out
}

/// Content compressed with gzip.
pub fn gzip_of(content: &[u8], level: Compression) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content)?;
    encoder.finish()
}
