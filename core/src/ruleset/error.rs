//! `ImageError`: why an image is refused, in words that need no formatting machinery: an edge downloads them.

use super::layout::FORMAT;
use crate::limits::IMAGE_BYTES_MAX;
use crate::targeting::text::write_integer;
use alloc::string::String;

/// Why an image is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageError {
    /// Not an image of Flaghoist at all.
    Foreign,
    /// Larger than `limits::IMAGE_BYTES_MAX`.
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Written in a format this build does not read.
    Version {
        /// The format it has.
        found: u16,
    },
    /// Cut short, or with something behind it.
    Length {
        /// What it says.
        expected: usize,
        /// What is there.
        found: usize,
    },
    /// Changed on its way.
    Checksum,
    /// The checksum is right, but what it holds is not: a faulty or hostile writer.
    Malformed {
        /// Which part.
        part: &'static str,
    },
}

impl ImageError {
    /// The same for a person. Put together without the formatting machinery, which an edge need not download.
    pub fn message(&self) -> String {
        let text = |text: &str, numbers: [usize; 2]| {
            let mut out = String::new();
            let mut numbers = numbers.into_iter();
            for (index, part) in text.split('#').enumerate() {
                if index > 0 {
                    write_integer(numbers.next().unwrap_or_default() as i64, &mut out);
                }
                out.push_str(part);
            }
            out
        };
        match *self {
            ImageError::Foreign => "this is not a flag image".into(),
            ImageError::TooLarge { bytes } => text(
                "the image takes # bytes, more than #",
                [bytes, IMAGE_BYTES_MAX],
            ),
            ImageError::Version { found } => text(
                "the image has format #, this build reads format #: update the package or load the JSON document",
                [usize::from(found), usize::from(FORMAT)],
            ),
            ImageError::Length { expected, found } => text(
                "the image is # bytes long and says it has #: load it again",
                [found, expected],
            ),
            ImageError::Checksum => "the image's checksum does not match: load it again".into(),
            ImageError::Malformed { part } => {
                let mut out = String::from("the image's ");
                out.push_str(part);
                out.push_str(" are not well formed");
                out
            }
        }
    }
}

impl core::fmt::Display for ImageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for ImageError {}
