//! The admin app as served: hashed names, precompressed, nothing inline.
//!
//! Addresses are absolute (`/app-….js`): every route of the app is answered with the same page.
//! Invariant: the folder is flat, so that whoever serves it looks up one plain name.

use crate::error::Failure;
use crate::html::{Asset, Page};
use crate::process::step;
use crate::stamp::{self, Inputs, short_digest};
use crate::wasm::{self, Built, Module, Profile};
use crate::workspace;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The app's crate, which is also what its artefact is called.
const APP: &str = "flaghoist-web";
/// Changes when the same inputs give another folder.
const FORMAT: &str = "1";
/// What gains nothing from compression.
const COMPRESSED_ALREADY: [&str; 5] = ["png", "jpg", "webp", "woff2", "avif"];

/// Builds the app; its folder.
pub fn build(profile: Profile) -> Result<PathBuf, Failure> {
    let built = wasm::build(&Module {
        package: APP,
        artefact: APP,
        out_name: "app",
        profile,
    })?;
    let root = workspace::root();
    let page_file = root.join("index.html");
    let html = fs::read_to_string(&page_file).map_err(Failure::io(&page_file))?;
    let page = Page::parse(&html)?;
    let files = page
        .assets()
        .map(|asset| load(asset, &root, &built))
        .collect::<Result<Vec<_>, _>>()?;
    let mut inputs = Inputs::default();
    inputs
        .add(FORMAT)
        .add(profile.name())
        .add(&html)
        .add(&built.digest);
    for (name, content) in files.iter().flatten() {
        inputs.add(name).add(content);
    }
    let dist = workspace::web_dist();
    stamp::folder(&dist, &inputs.digest(), |folder| {
        step("assemble the admin app", || {
            let mut out = Output {
                folder,
                profile,
                names: BTreeMap::new(),
            };
            for (asset, files) in page.assets().zip(&files) {
                out.add(asset, files)?;
            }
            out.write("index.html", page.render(|asset| out.tag(asset)).as_bytes())
        })
    })?;
    println!("  {}", dist.display());
    Ok(dist)
}

/// Files of an asset: what the page calls each, and its content.
type Files = Vec<(String, Vec<u8>)>;

fn load(asset: &Asset, root: &Path, built: &Built) -> Result<Files, Failure> {
    match asset {
        Asset::Css(href) | Asset::Icon(href) => Ok(vec![(href.clone(), read(&root.join(href))?)]),
        Asset::CopyFile(href) => Ok(vec![(last_name(href), read(&root.join(href))?)]),
        Asset::Rust(href) if Path::new(href) == Path::new("web/Cargo.toml") => {
            ["app_bg.wasm", "app.js"]
                .into_iter()
                .map(|name| Ok((name.to_string(), read(&built.folder.join(name))?)))
                .collect()
        }
        Asset::Rust(href) => Err(Failure::Html(format!(
            "{href}: the app is the crate of web/Cargo.toml"
        ))),
    }
}

struct Output<'a> {
    folder: &'a Path,
    profile: Profile,
    /// What the page calls it → what it is served as.
    names: BTreeMap<String, String>,
}

impl Output<'_> {
    fn add(&mut self, asset: &Asset, files: &Files) -> Result<(), Failure> {
        for (name, content) in files {
            match asset {
                Asset::CopyFile(_) => self.write(name, content)?,
                Asset::Css(_) | Asset::Icon(_) | Asset::Rust(_) => {
                    self.add_hashed(name, content)?
                }
            }
        }
        if matches!(asset, Asset::Rust(_)) {
            let (glue, wasm) = (self.name("app.js"), self.name("app_bg.wasm"));
            let boot = format!(
                "import init from \"/{glue}\";\ninit({{ module_or_path: \"/{wasm}\" }});\n"
            );
            self.add_hashed("boot.js", boot.as_bytes())?;
        }
        Ok(())
    }

    fn tag(&self, asset: &Asset) -> String {
        match asset {
            Asset::Css(href) => format!("<link rel=\"stylesheet\" href=\"/{}\">", self.name(href)),
            Asset::Icon(href) => format!("<link rel=\"icon\" href=\"/{}\">", self.name(href)),
            Asset::CopyFile(_) => String::new(),
            Asset::Rust(_) => format!(
                "<link rel=\"modulepreload\" href=\"/{glue}\">\n    \
                 <link rel=\"preload\" href=\"/{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n    \
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
        let name = last_name(href);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, "bin"));
        let served = format!("{stem}-{}.{extension}", short_digest(content));
        self.write(&served, content)?;
        self.names.insert(href.into(), served);
        Ok(())
    }

    /// Writes a file with its compressed neighbours.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        let save = |suffix: &str, bytes: &[u8]| {
            let path = self.folder.join(format!("{name}{suffix}"));
            fs::write(&path, bytes).map_err(Failure::io(path))
        };
        save("", content)?;
        if COMPRESSED_ALREADY
            .iter()
            .any(|extension| name.ends_with(extension))
        {
            return Ok(());
        }
        let (brotli, gzip) = match self.profile {
            Profile::Small | Profile::Fast => (11, Compression::best()),
            Profile::Quick => (5, Compression::fast()),
        };
        let compressed = |result: std::io::Result<Vec<u8>>| result.map_err(Failure::io(&path));
        save(".br", &compressed(brotli_of(content, brotli))?)?;
        save(".gz", &compressed(gzip_of(content, gzip))?)
    }
}

fn last_name(href: &str) -> String {
    href.rsplit('/').next().unwrap_or(href).to_string()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::io(path))
}

/// Content compressed with brotli at a quality from 0 to 11.
pub fn brotli_of(content: &[u8], quality: i32) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*content, &mut out, &parameters)?;
    Ok(out)
}

/// Content compressed with gzip.
pub fn gzip_of(content: &[u8], level: Compression) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content)?;
    encoder.finish()
}
