//! When steps may happen, as a plan writes it. Not here: whether a window is open (`calendar`).

use crate::exposure::Exposure;
use crate::name::NameError;
use crate::time::Span;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Watching after the last step, before the release completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bake {
    /// How long.
    #[serde(rename = "for")]
    pub lasts: Span,
    /// The share that stays outside meanwhile, as a control.
    #[serde(default, skip_serializing_if = "Exposure::is_default")]
    pub holdback: Exposure,
}

/// Weekly hours in which raises may happen; they never stop a lowering.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// The hours.
    pub allow: Weekly,
    /// Whose clock: an IANA name. The zones' rules come with the server.
    pub timezone: String,
}

/// Hours of some days of the week, like `Mon-Thu 09:00-17:00`; hours that end before they begin run past midnight.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Weekly {
    /// Days, 0 is Monday.
    days: BTreeSet<u8>,
    /// Minute of the day it opens.
    from: u16,
    /// Minute of the day it closes; 1,440 is midnight.
    until: u16,
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Weekly {
    /// The days on which it opens, 0 is Monday.
    pub fn days(&self) -> &BTreeSet<u8> {
        &self.days
    }

    /// Minutes of the day: when it opens and when it closes.
    pub fn minutes(&self) -> (u16, u16) {
        (self.from, self.until)
    }
}

/// `Mon-Thu 09:00-17:00`, `Sat,Sun 10:00-12:00`, `daily 22:00-02:00`.
impl FromStr for Weekly {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = |problem: &'static str| NameError::new(text, "weekly hours", problem);
        let mut words = text.split_whitespace();
        let (Some(days), Some(hours), None) = (words.next(), words.next(), words.next()) else {
            return Err(error("write days and hours, like `Mon-Thu 09:00-17:00`"));
        };
        let days = read_days(days)
            .ok_or_else(|| error("days are like `Mon-Thu`, `Sat,Sun` or `daily`"))?;
        let (from, until) = hours
            .split_once('-')
            .and_then(|(from, until)| Some((read_minute(from)?, read_minute(until)?)))
            .filter(|(from, until)| from != until && *from < 1440)
            .ok_or_else(|| error("hours are like `09:00-17:00`"))?;
        Ok(Self { days, from, until })
    }
}

fn read_days(text: &str) -> Option<BTreeSet<u8>> {
    if text.eq_ignore_ascii_case("daily") {
        return Some((0..7).collect());
    }
    let day = |text: &str| {
        let at = DAYS.iter().position(|day| day.eq_ignore_ascii_case(text))?;
        u8::try_from(at).ok()
    };
    let mut days = BTreeSet::new();
    for part in text.split(',') {
        match part.split_once('-') {
            None => {
                days.insert(day(part)?);
            }
            Some((first, last)) => {
                let (first, last) = (day(first)?, day(last)?);
                // `Fri-Mon` runs over the week's end.
                let length = (last + 7 - first) % 7;
                days.extend((0..=length).map(|step| (first + step) % 7));
            }
        }
    }
    Some(days)
}

fn read_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 1440).then_some(total)
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days.len() == DAYS.len() {
            f.write_str("daily")?;
        } else {
            let mut first = true;
            for day in &self.days {
                let name = DAYS.get(usize::from(*day)).copied().unwrap_or_default();
                write!(f, "{}{name}", if first { "" } else { "," })?;
                first = false;
            }
        }
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        write!(f, " {}-{}", clock(self.from), clock(self.until))
    }
}

impl TryFrom<String> for Weekly {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Weekly> for String {
    fn from(hours: Weekly) -> String {
        hours.to_string()
    }
}

/// A time on the plan's own clock, like `2026-06-02T10:00`; the zone is that of the plan's first window, else UTC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(jiff::civil::DateTime);

impl LocalTime {
    /// The time on the clock.
    pub fn civil(&self) -> jiff::civil::DateTime {
        self.0
    }
}

impl FromStr for LocalTime {
    type Err = NameError;

    /// By hand, since a calendar's whole reader is much for five numbers and the app downloads it.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let read = || {
            let (date, time) = text.split_once('T')?;
            let [year, month, day] = digits(date, '-', [4, 2, 2])?;
            let [hour, minute] = digits(time, ':', [2, 2])?;
            let small = |number: i16| i8::try_from(number).ok();
            let (month, day) = (small(month)?, small(day)?);
            let (hour, minute) = (small(hour)?, small(minute)?);
            jiff::civil::DateTime::new(year, month, day, hour, minute, 0, 0).ok()
        };
        read()
            .map(Self)
            .ok_or_else(|| NameError::new(text, "a time", "write it like `2026-06-02T10:00`"))
    }
}

/// Numbers of so many digits each, between separators.
fn digits<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i16; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts
            .next()
            .filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        let (year, month, day) = (time.year(), time.month(), time.day());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}",
            time.hour(),
            time.minute()
        )
    }
}

impl TryFrom<String> for LocalTime {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> String {
        time.to_string()
    }
}

/// A schedule in JSON: the keys of an object are text, and what reads a tagged event does not turn them back into numbers.
pub(super) mod by_step {
    use super::{Exposure, LocalTime};
    use alloc::collections::BTreeMap;
    use alloc::string::{String, ToString};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(
        schedule: &BTreeMap<Exposure, LocalTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let entries = schedule.iter();
        serializer.collect_map(entries.map(|(step, time)| (step.basis_points().to_string(), time)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Exposure, LocalTime>, D::Error> {
        let entries: BTreeMap<String, LocalTime> = BTreeMap::deserialize(deserializer)?;
        let step = |text: &str| {
            let points = text.parse().map_err(de::Error::custom)?;
            Exposure::from_basis_points(points).map_err(de::Error::custom)
        };
        entries
            .into_iter()
            .map(|(text, time)| Ok((step(&text)?, time)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekly_hours_read_as_written() {
        for (text, shown) in [
            ("Mon-Thu 09:00-17:00", "Mon,Tue,Wed,Thu 09:00-17:00"),
            ("fri-mon 22:00-02:30", "Mon,Fri,Sat,Sun 22:00-02:30"),
            ("daily 00:00-24:00", "daily 00:00-24:00"),
        ] {
            let hours: Weekly = text.parse().unwrap();
            assert_eq!(hours.to_string(), shown);
            assert_eq!(shown.parse::<Weekly>().unwrap(), hours);
        }
        for bad in [
            "Mon",
            "Mon 9:00-17:00",
            "Mon 09:00-09:00",
            "Mon 24:00-25:00",
            "Xyz 09:00-10:00",
            "Mon 09:60-10:00",
            "Mon-Thu 09:00-17:00 UTC",
        ] {
            assert!(bad.parse::<Weekly>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_local_time_has_minutes() {
        let time: LocalTime = "2026-06-02T10:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-06-02T10:00");
        for bad in ["tomorrow", "2026-06-02T10:00:30", "2026-06-02T10:00:00.5"] {
            assert!(bad.parse::<LocalTime>().is_err(), "{bad}");
        }
    }
}
