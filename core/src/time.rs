//! `Timestamp`: a moment, in milliseconds since the Unix epoch, always an argument and never read from a clock; `Span`: how
//! long something lasts.
//!
//! On the wire (feature `control`) it is RFC 3339 text with milliseconds, in UTC.

/// A moment: milliseconds since 1970-01-01T00:00:00Z, may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment from milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down: what `$flagd.timestamp` reads.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// A length of time in whole seconds, at most about 68 years: `90s`, `30m`, `24h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u32);

impl Span {
    /// A length of so many seconds.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// A length of so many hours.
    pub const fn from_hours(hours: u16) -> Self {
        Self(hours as u32 * 3600)
    }

    /// Whole seconds.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }

    /// Milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0 as i64 * 1000
    }

    /// From an earlier moment to a later one, rounded down; nothing where the first is not the earlier.
    pub fn between(earlier: Timestamp, later: Timestamp) -> Self {
        let seconds = later.0.saturating_sub(earlier.0).max(0) / 1000;
        Self(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

impl core::ops::Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.as_millis()))
    }
}

#[cfg(feature = "control")]
pub use wire::SpanError;

#[cfg(feature = "control")]
mod wire {
    use super::{Span, Timestamp};
    use alloc::string::{String, ToString};
    use core::fmt;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl fmt::Display for Timestamp {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match jiff::Timestamp::from_millisecond(self.0) {
                Ok(moment) => write!(f, "{moment:.3}"),
                // Beyond the calendar's years −9999..9999 only the number is left to show.
                Err(_) => write!(f, "{}ms", self.0),
            }
        }
    }

    impl core::str::FromStr for Timestamp {
        type Err = jiff::Error;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            Ok(Self(text.parse::<jiff::Timestamp>()?.as_millisecond()))
        }
    }

    impl Serialize for Timestamp {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.to_string())
        }
    }

    impl<'de> Deserialize<'de> for Timestamp {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer)?
                .parse()
                .map_err(serde::de::Error::custom)
        }
    }

    /// Units a length is written in, the longest first, each with its seconds.
    const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

    /// Why a text is not a length of time.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[error("`{given}` is not a length of time like 30m, 24h or 7d")]
    pub struct SpanError {
        given: String,
    }

    impl core::str::FromStr for Span {
        type Err = SpanError;

        fn from_str(text: &str) -> Result<Self, SpanError> {
            let read = || {
                let text = text.trim();
                let unit = text.chars().next_back()?;
                let number = text.strip_suffix(unit)?;
                let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
                let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                let count: u32 = digits.then(|| number.parse().ok()).flatten()?;
                count.checked_mul(seconds).map(Span)
            };
            read().ok_or_else(|| SpanError {
                given: text.chars().take(40).collect(),
            })
        }
    }

    /// In the longest unit that says it exactly, days only above two: `48h`, `3d`, `90s`.
    impl fmt::Display for Span {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let fits = |(unit, seconds): &(char, u32)| {
                self.0.is_multiple_of(*seconds) && (*unit != 'd' || self.0 > 2 * seconds)
            };
            let (unit, seconds) = UNITS.into_iter().find(fits).unwrap_or(('s', 1));
            match self.0 {
                0 => f.write_str("0s"),
                total => write!(f, "{}{unit}", total / seconds),
            }
        }
    }

    impl Serialize for Span {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.to_string())
        }
    }

    impl<'de> Deserialize<'de> for Span {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer)?
                .parse()
                .map_err(serde::de::Error::custom)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn lengths_of_time_read_as_written() {
            for (text, seconds, shown) in [
                ("90s", 90, "90s"),
                ("60m", 3600, "1h"),
                ("24h", 86_400, "24h"),
                ("48h", 172_800, "48h"),
                ("7d", 604_800, "7d"),
                ("0h", 0, "0s"),
            ] {
                let span: Span = text.parse().unwrap();
                assert_eq!(
                    (span.as_seconds(), span.to_string().as_str()),
                    (seconds, shown)
                );
                assert_eq!(shown.parse::<Span>().unwrap(), span);
            }
            for bad in [
                "",
                "h",
                "1",
                "1.5h",
                "-1h",
                "1 h",
                "5000000000s",
                "100000d",
                "1w",
            ] {
                assert!(bad.parse::<Span>().is_err(), "{bad}");
            }
        }

        #[test]
        fn is_rfc_3339_with_milliseconds_on_the_wire() {
            let moment = Timestamp::from_millis(1_780_000_000_007);
            let text = moment.to_string();
            assert_eq!(text, "2026-05-28T20:26:40.007Z");
            assert_eq!(text.parse::<Timestamp>().unwrap(), moment);
        }
    }
}
