//! `Decimal` and `Bound`: the exact numbers of a plan, such as `0.95`, and what must hold of a measured one, such as `>= 0.95`.
//!
//! Invariant: never a float, so that a plan's text, its hash and its comparisons agree on every host. Not here: statistics,
//! which compute with floats (`gate`).

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Decimals kept.
const SCALE: i64 = 1_000_000;

/// A decimal number with at most six decimals, between −10¹² and 10¹².
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i64);

/// Why a text is not such a number or bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {what}")]
pub struct DecimalError {
    given: String,
    what: &'static str,
}

impl DecimalError {
    fn new(given: &str, what: &'static str) -> Self {
        let given = given.chars().take(40).collect();
        Self { given, what }
    }
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(SCALE);

    /// `count` of `of`, rounded down to six decimals; `None` of nothing.
    pub fn ratio(count: u64, of: u64) -> Option<Self> {
        let scaled = u128::from(count) * SCALE as u128 / (of != 0).then_some(u128::from(of))?;
        i64::try_from(scaled).ok().map(Self)
    }

    /// The number in millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let error = || DecimalError::new(text, "a decimal number with at most six decimals");
        let number = text.trim();
        let (negative, number) = number
            .strip_prefix('-')
            .map_or((false, number), |rest| (true, rest));
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || whole.len() > 12 || decimals.len() > 6 {
            return Err(error());
        }
        let whole: i64 = whole.parse().map_err(|_| error())?;
        let part: i64 = format!("{decimals:0<6}").parse().map_err(|_| error())?;
        let size = whole * SCALE + part;
        Ok(Self(if negative { -size } else { size }))
    }
}

/// As few decimals as say it exactly.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let (whole, part) = (size / SCALE.unsigned_abs(), size % SCALE.unsigned_abs());
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:06}");
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

/// What must hold of a measured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bound<T> {
    /// How it must compare.
    pub comparison: Comparison,
    /// With what.
    pub value: T,
}

/// How a measured value must compare with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `<`.
    Below,
    /// `<=`.
    AtMost,
    /// `>`.
    Above,
    /// `>=`.
    AtLeast,
}

impl Comparison {
    const ALL: [(&'static str, Comparison); 4] = [
        // The longer signs first: `<=` begins with `<`.
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Below),
        (">", Comparison::Above),
    ];
}

impl<T: Ord> Bound<T> {
    /// Whether it holds of `measured`.
    pub fn holds(&self, measured: &T) -> bool {
        match self.comparison {
            Comparison::Below => *measured < self.value,
            Comparison::AtMost => *measured <= self.value,
            Comparison::Above => *measured > self.value,
            Comparison::AtLeast => *measured >= self.value,
        }
    }
}

impl<T: FromStr> FromStr for Bound<T> {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let error = || DecimalError::new(text, "a bound like `>= 0.95` or `< 24h`");
        let trimmed = text.trim();
        let (comparison, rest) = Comparison::ALL
            .into_iter()
            .find_map(|(sign, comparison)| Some((comparison, trimmed.strip_prefix(sign)?)))
            .ok_or_else(error)?;
        let value = rest.trim().parse().map_err(|_| error())?;
        Ok(Self { comparison, value })
    }
}

impl<T: fmt::Display> fmt::Display for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = Comparison::ALL
            .into_iter()
            .find(|(_, comparison)| *comparison == self.comparison)
            .map_or("", |(sign, _)| sign);
        write!(f, "{sign} {}", self.value)
    }
}

macro_rules! as_text {
    ($type:ty $(, for $param:ident)?) => {
        impl $(<$param: fmt::Display>)? Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_string())
            }
        }

        impl<'de $(, $param: FromStr)?> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}
as_text!(Decimal);
as_text!(Bound<T>, for T);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_what_people_write() {
        for (text, millionths) in [
            ("0.95", 950_000),
            ("1.5", 1_500_000),
            ("86400", 86_400_000_000),
            ("-0.000001", -1),
            ("999999999999", 999_999_999_999_000_000),
        ] {
            let number: Decimal = text.parse().unwrap();
            assert_eq!(
                (number.millionths(), number.to_string().as_str()),
                (millionths, text)
            );
        }
        for bad in [
            "",
            ".5",
            "1.",
            "1e3",
            "1.0000001",
            "1000000000000",
            "0x1",
            "--1",
            "NaN",
        ] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bound_holds_or_not() {
        let bar: Bound<Decimal> = ">= 0.95".parse().unwrap();
        assert!(bar.holds(&Decimal::ratio(95, 100).unwrap()));
        assert!(!bar.holds(&Decimal::ratio(949_999, 1_000_000).unwrap()));
        assert_eq!(bar.to_string(), ">= 0.95");
        assert_eq!(
            "<86400".parse::<Bound<Decimal>>().unwrap().to_string(),
            "< 86400"
        );
        assert!("0.95".parse::<Bound<Decimal>>().is_err());
        assert_eq!(Decimal::ratio(1, 0), None);
    }
}
