//! The one place that asks the system for randomness.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness: {0}")]
pub struct NoRandomness(getrandom::Error);

/// `BYTES` random bytes as lower-case hexadecimal.
pub fn hex<const BYTES: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(to_hex(&bytes))
}

/// SHA-256 of a text, as lower-case hexadecimal.
pub fn sha256(text: &[u8]) -> String {
    to_hex(&Sha256::digest(text))
}

/// Bytes as lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
