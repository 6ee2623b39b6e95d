//! What clients download, against its budget.

use crate::error::Failure;
use crate::process::step;
use crate::wasm::Profile;
use crate::web::{brotli_of, gzip_of};
use crate::{npm, web};
use flate2::Compression;
use std::fs;
use std::path::{Path, PathBuf};

/// Most bytes, brotli, of the evaluator over images: wasm and its bindings. What it takes today and a little air, so that
/// growth shows; `tests/e2e/npm_size.test.mjs` holds the entries as a client bundles them.
const NPM_BROTLI_MAX: usize = 64_000;
/// Most bytes, brotli, of the app's first load: everything it is served as. What it takes today and a little air; the goal is
/// 350 kB. What weighs is reading the ledger's events and plans (`Deserialize` of tagged enums, some 500 kB raw).
const WEB_BROTLI_MAX: usize = 440_000;

/// Builds small, prints the table and refuses what is over budget.
pub fn size() -> Result<(), Failure> {
    let package = npm::build()?;
    let app = web::build(Profile::Small)?;
    let parts = [
        (
            "npm package, wasm and glue",
            npm::EVALUATOR.map(|name| package.join(name)).to_vec(),
            NPM_BROTLI_MAX,
        ),
        ("admin app, first load", served(&app)?, WEB_BROTLI_MAX),
    ];
    let mut over = Vec::new();
    let mut table = vec![format!(
        "{:<40} {:>9} {:>9} {:>9} {:>9}",
        "bytes", "raw", "gzip", "brotli", "budget"
    )];
    step("measure", || {
        for (what, paths, budget) in parts {
            let mut total = [0; 3];
            for path in paths {
                let sizes = sizes(&path)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                table.push(row(&format!("  {name}"), sizes));
                total
                    .iter_mut()
                    .zip(sizes)
                    .for_each(|(sum, size)| *sum += size);
            }
            table.push(format!("{} {budget:>9}", row(what, total)));
            if total[2] > budget {
                over.push(format!(
                    "{what}: {} bytes brotli of at most {budget}",
                    total[2]
                ));
            }
        }
        Ok(())
    })?;
    println!("\n{}", table.join("\n"));
    if over.is_empty() {
        Ok(())
    } else {
        Err(Failure::Budget(over.join("; ")))
    }
}

/// The app's files without their compressed neighbours.
fn served(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::io(folder))? {
        let path = entry.map_err(Failure::io(folder))?.path();
        if path
            .extension()
            .is_none_or(|kind| kind != "br" && kind != "gz")
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn sizes(path: &Path) -> Result<[usize; 3], Failure> {
    let content = fs::read(path).map_err(Failure::io(path))?;
    let gzip = gzip_of(&content, Compression::best()).map_err(Failure::io(path))?;
    let brotli = brotli_of(&content, 11).map_err(Failure::io(path))?;
    Ok([content.len(), gzip.len(), brotli.len()])
}

fn row(what: &str, [raw, gzip, brotli]: [usize; 3]) -> String {
    format!("{what:<40} {raw:>9} {gzip:>9} {brotli:>9}")
}
