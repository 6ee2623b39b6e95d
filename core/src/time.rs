//! `Timestamp`: a moment, in milliseconds since the Unix epoch, always an argument and never read from a clock.
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

#[cfg(feature = "control")]
mod wire {
    use super::Timestamp;
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

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn is_rfc_3339_with_milliseconds_on_the_wire() {
            let moment = Timestamp::from_millis(1_780_000_000_007);
            let text = moment.to_string();
            assert_eq!(text, "2026-05-28T20:26:40.007Z");
            assert_eq!(text.parse::<Timestamp>().unwrap(), moment);
        }
    }
}
