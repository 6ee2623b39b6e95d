//! The hash and bucket of a key, to check a client in another language by.

use crate::error::Failure;
use crate::output::show;
use flaghoist_core::bucketing;
use serde::Serialize;
use std::process::ExitCode;

/// What is printed.
#[derive(Serialize)]
struct Bucket {
    hash: u32,
    bucket: u32,
    total: u32,
}

pub fn run(json: bool, cohort: &str, key: &str, total: u32) -> Result<ExitCode, Failure> {
    let hash = bucketing::hash(format!("{cohort}{key}").as_bytes());
    let bucket = bucketing::bucket(hash, total);
    let printed = Bucket {
        hash,
        bucket,
        total,
    };
    show(json, &printed, || {
        format!("hash {hash}, bucket {bucket} of {total}")
    })
}
