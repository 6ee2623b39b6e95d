//! `Exposure`: the share of targeting keys a flag admits, in integer basis points, 0 to 10,000.
//!
//! Invariant: never a float; what people type as a percentage has at most two decimals. Not here: who is in
//! (`bucketing`) and whether an exposure may rise (`release::guard`).

use alloc::string::{String, ToString};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A share of targeting keys: basis points, 0 (nobody) to 10,000 (everybody).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u16", into = "u16")]
pub struct Exposure(u16);

/// Why a text or number is not an exposure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a percentage from 0 to 100 with at most two decimals")]
pub struct ExposureError {
    given: String,
}

impl Exposure {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const FULL: Self = Self(10_000);

    /// An exposure of so many basis points.
    pub fn from_basis_points(basis_points: u16) -> Result<Self, ExposureError> {
        if basis_points <= Self::FULL.0 {
            Ok(Self(basis_points))
        } else {
            Err(ExposureError {
                given: alloc::format!("{basis_points} basis points"),
            })
        }
    }

    /// The share in basis points.
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// Everybody else.
    pub const fn rest(self) -> Self {
        Self(Self::FULL.0 - self.0)
    }

    /// Whether nobody is admitted.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// For serde, which hands over a reference: what is 0 need not be written.
    pub(crate) fn is_default(&self) -> bool {
        self.is_zero()
    }

    /// About how many of `population` users are admitted, rounded to the nearest.
    pub const fn of(self, population: u64) -> u64 {
        ((population as u128 * self.0 as u128 + 5_000) / 10_000) as u64
    }
}

impl TryFrom<u16> for Exposure {
    type Error = ExposureError;
    fn try_from(basis_points: u16) -> Result<Self, ExposureError> {
        Self::from_basis_points(basis_points)
    }
}

impl From<Exposure> for u16 {
    fn from(exposure: Exposure) -> u16 {
        exposure.0
    }
}

/// As people write it: `5`, `5%`, `2.5 %`, `0.05`.
impl core::str::FromStr for Exposure {
    type Err = ExposureError;

    fn from_str(text: &str) -> Result<Self, ExposureError> {
        let error = || ExposureError {
            given: text.chars().take(40).collect(),
        };
        let number = text.trim();
        let number = number.strip_suffix('%').unwrap_or(number).trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || whole.len() > 3 || decimals.len() > 2 {
            return Err(error());
        }
        let whole: u16 = whole.parse().map_err(|_| error())?;
        let scale = if decimals.len() == 1 { 10 } else { 1 };
        let hundredths: u16 = decimals.parse().map_err(|_| error())?;
        whole
            .checked_mul(100)
            .and_then(|bp| bp.checked_add(hundredths * scale))
            .and_then(|bp| Self::from_basis_points(bp).ok())
            .ok_or_else(error)
    }
}

/// `5 %`, `2.5 %`, `0.05 %`: as few decimals as say it exactly.
impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.0 / 100, self.0 % 100) {
            (whole, 0) => whole.to_string(),
            (whole, part) if part % 10 == 0 => alloc::format!("{whole}.{}", part / 10),
            (whole, part) => alloc::format!("{whole}.{part:02}"),
        };
        write!(f, "{text} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_what_people_write() {
        for (text, bp) in [
            ("5", 500),
            ("5%", 500),
            (" 2.5 % ", 250),
            ("0.05", 5),
            ("100", 10_000),
            ("0", 0),
            ("12.34", 1234),
        ] {
            let exposure: Exposure = text.parse().unwrap();
            assert_eq!(exposure.basis_points(), bp, "{text}");
            assert_eq!(exposure.to_string().parse::<Exposure>().unwrap(), exposure);
        }
        assert_eq!("2.50".parse::<Exposure>().unwrap().to_string(), "2.5 %");
        for bad in [
            "",
            "101",
            "100.01",
            "-1",
            "1.234",
            "5 %%",
            "abc",
            "1e1",
            "٥",
            "9999999999",
        ] {
            assert!(bad.parse::<Exposure>().is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_people() {
        assert_eq!(Exposure::from_basis_points(500).unwrap().of(40_000), 2_000);
        assert_eq!(Exposure::FULL.of(u64::MAX), u64::MAX);
        assert_eq!(Exposure::from_basis_points(1).unwrap().of(4_999), 0);
    }
}
