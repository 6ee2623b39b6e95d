//! What clients download, against its budget.

use crate::error::Failure;
use crate::wasm::Profile;
use crate::web::{brotli_of, gzip_of};
use crate::{npm, web};
use flate2::Compression;
use std::fs;
use std::path::{Path, PathBuf};

/// Most bytes, brotli, of the evaluator with the JSON compiler: wasm and glue.
const NPM_BROTLI_MAX: usize = 63_000;
/// Most bytes, brotli, of the app's first load: everything but the maps.
const WEB_BROTLI_MAX: usize = 350_000;

/// Builds small, prints the table and refuses what is over budget.
pub fn size() -> Result<(), Failure> {
    let package = npm::build()?;
    let app = web::build(Profile::Small)?;
    println!("\n{:<44} {:>10} {:>10} {:>10}", "", "raw", "gzip", "brotli");
    let package = total(
        "npm package: wasm and glue",
        files(&package, &["flaghoist_wasm.js", "flaghoist_wasm_bg.wasm"]),
    )?;
    let app = total("admin app: first load", assets(&app)?)?;
    for (what, brotli, max) in [
        ("npm package", package, NPM_BROTLI_MAX),
        ("admin app", app, WEB_BROTLI_MAX),
    ] {
        if brotli > max {
            return Err(Failure::Budget(format!(
                "{what} takes {brotli} bytes brotli, more than {max}"
            )));
        }
    }
    Ok(())
}

fn files(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.join(name)).collect()
}

fn assets(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::io(folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension != "br" && extension != "gz")
    });
    paths.sort();
    Ok(paths)
}

fn total(what: &str, paths: Vec<PathBuf>) -> Result<usize, Failure> {
    let mut sums = [0; 3];
    for path in paths {
        let content = fs::read(&path).map_err(Failure::io(&path))?;
        let gzip = gzip_of(&content, Compression::best()).map_err(Failure::io(&path))?;
        let sizes = [content.len(), gzip.len(), brotli_of(&content, 11).len()];
        row(
            &path.file_name().unwrap_or_default().to_string_lossy(),
            sizes,
        );
        sums.iter_mut()
            .zip(sizes)
            .for_each(|(sum, size)| *sum += size);
    }
    row(what, sums);
    Ok(sums[2])
}

fn row(what: &str, [raw, gzip, brotli]: [usize; 3]) {
    println!("{what:<44} {raw:>10} {gzip:>10} {brotli:>10}");
}
