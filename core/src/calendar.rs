//! The calendar: whether raises may happen now, by a plan's weekly windows and the freezes in force, and until or from when.
//!
//! Invariants: pure, the zones' rules are compiled in (feature `zones`) and never read from the machine; a window is open
//! while the clock in its zone shows its hours, so that an hour shown twice is open twice and one never shown is never open; a
//! zone that nobody knows keeps its window shut; every search ends after a bounded number of steps.
//! Not here: lowering, which no calendar blocks; who set a freeze and who overrode one, which the ledger tells.

#[cfg(test)]
mod tests;

use crate::diagnostic::{Diagnostic, Place};
use crate::gate::Note;
use crate::limits::{CALENDAR_STEPS_MAX, WINDOWS_MAX};
use crate::name::nearest;
use crate::plan::{LocalTime, Plan, Weekly, Window};
use crate::time::{Span, Timestamp};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

/// How far ahead one look at a week goes: a week whose only hour the clocks skip is followed by one that has it.
const LOOK_AHEAD: Span = Span::from_hours(16 * 24);

/// A time without raises, whatever the windows say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// From here on.
    pub from: Timestamp,
    /// Until here, exclusive; none lasts until somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Note,
}

impl Freeze {
    /// Whether it is in force at a moment.
    pub fn covers(&self, moment: Timestamp) -> bool {
        self.from <= moment && self.until.is_none_or(|until| moment < until)
    }
}

/// Whether raises may happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Openness {
    /// They may.
    Open {
        /// Until then; none where no end is in sight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// They may not.
    Closed {
        /// What stands against them.
        cause: ClosedBy,
        /// Not before then; none where no opening is in sight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opens: Option<Timestamp>,
    },
}

impl Openness {
    /// Whether raises may happen.
    pub const fn is_open(&self) -> bool {
        matches!(self, Openness::Open { .. })
    }
}

/// What stands against raises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBy {
    /// No window is open.
    Windows,
    /// This freeze; of several the one that lasts longest.
    Freeze(Freeze),
}

/// A zone whose rules are not known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{given}`")]
pub struct UnknownZone {
    given: String,
    nearest: Option<String>,
}

impl UnknownZone {
    fn new(given: &str) -> Self {
        let names: Vec<String> = TimeZoneDatabase::bundled()
            .available()
            .map(|name| name.as_str().into())
            .collect();
        Self {
            given: given.chars().take(80).collect(),
            nearest: nearest(given, names.iter().map(String::as_str)).map(String::from),
        }
    }

    /// The way out.
    pub fn fix(&self) -> String {
        match &self.nearest {
            Some(name) => format!("did you mean `{name}`?"),
            None => "use an IANA name like `Asia/Kolkata`, or `UTC`".into(),
        }
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    (!zone.is_unknown()).then_some(zone)
}

/// Whether raises may happen now. Without windows they always may, save for freezes.
pub fn open(windows: &[Window], freezes: &[Freeze], now: Timestamp) -> Openness {
    let calendar = Calendar::new(windows, freezes);
    let frozen = freezes
        .iter()
        .filter(|freeze| freeze.covers(now))
        .max_by_key(|freeze| freeze.until.map_or(i64::MAX, Timestamp::as_millis));
    if let Some(freeze) = frozen {
        Openness::Closed {
            cause: ClosedBy::Freeze(freeze.clone()),
            opens: calendar.opens(now),
        }
    } else if calendar.shows(now) {
        Openness::Open {
            until: calendar.closes(now),
        }
    } else {
        Openness::Closed {
            cause: ClosedBy::Windows,
            opens: calendar.opens(now),
        }
    }
}

/// The first moment at which the clock of a zone shows a time or, where it skips that, a later one. Shown twice, the first.
pub fn moment(local: &LocalTime, zone_name: &str) -> Result<Timestamp, UnknownZone> {
    let zone = zone(zone_name).ok_or_else(|| UnknownZone::new(zone_name))?;
    let ambiguous = zone.to_ambiguous_timestamp(local.civil());
    let skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    // Beyond the calendar's years there is no moment; such a time is as far away as any.
    let Ok(first) = ambiguous.earlier() else {
        return Ok(Timestamp::from_millis(i64::MAX));
    };
    // In a gap the earlier reading is before the clocks go forward: what follows it is that.
    let forward = zone.following(first).next().filter(|_| skipped);
    let first = forward.map_or(first, |transition| transition.timestamp());
    Ok(Timestamp::from_millis(first.as_millisecond()))
}

/// The zone that a plan's schedule is written in: that of its first window, else UTC.
pub fn schedule_zone(plan: &Plan) -> &str {
    plan.windows
        .first()
        .map_or("UTC", |window| window.timezone.as_str())
}

/// Every window whose zone is not known, and one window too many.
pub fn check_zones(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let place = |index: usize, key: &str| Place {
        path: format!("windows[{index}]{key}"),
        ..Place::default()
    };
    if plan.windows.len() > WINDOWS_MAX {
        found.push(Diagnostic::error(
            "too-many",
            place(WINDOWS_MAX, ""),
            format!("a plan has at most {WINDOWS_MAX} windows"),
            "write hours of several days as one: `Mon-Thu 09:00-17:00`",
        ));
    }
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    for (index, window) in plan.windows.iter().enumerate().take(WINDOWS_MAX) {
        let name = window.timezone.as_str();
        if !*known.entry(name).or_insert_with(|| zone(name).is_some()) {
            let error = UnknownZone::new(name);
            found.push(Diagnostic::error(
                "timezone",
                place(index, ".timezone"),
                format!("{error}"),
                error.fix(),
            ));
        }
    }
    found
}

/// Half-open: from the first moment to before the second.
type Range = (Timestamp, Timestamp);

const FOREVER: Timestamp = Timestamp::from_millis(i64::MAX);

/// Windows with their zones' rules, and freezes as ranges that do not touch.
struct Calendar<'a> {
    always: bool,
    windows: Vec<(TimeZone, &'a Weekly)>,
    freezes: Vec<Range>,
}

impl<'a> Calendar<'a> {
    fn new(windows: &'a [Window], freezes: &[Freeze]) -> Self {
        let mut zones: BTreeMap<&str, Option<TimeZone>> = BTreeMap::new();
        let mut known = Vec::new();
        for window in windows {
            let name = window.timezone.as_str();
            let zone = zones.entry(name).or_insert_with(|| zone(name));
            known.extend(zone.clone().map(|zone| (zone, &window.allow)));
        }
        let freezes = freezes
            .iter()
            .map(|freeze| (freeze.from, freeze.until.unwrap_or(FOREVER)))
            .filter(|(from, until)| from < until);
        Self {
            always: windows.is_empty(),
            windows: known,
            freezes: merged(freezes.collect()),
        }
    }

    /// Whether a window is open at a moment.
    fn shows(&self, moment: Timestamp) -> bool {
        self.always
            || self
                .windows
                .iter()
                .any(|(zone, weekly)| shows(zone, weekly, moment))
    }

    /// The first moment from `from` on without a freeze and with an open window.
    fn opens(&self, from: Timestamp) -> Option<Timestamp> {
        let mut moment = from;
        for _ in 0..CALENDAR_STEPS_MAX {
            if let Some((_, until)) = self.frozen(moment) {
                moment = until;
                if until == FOREVER {
                    return None;
                }
            } else if self.always {
                return Some(moment);
            } else {
                let (start, _) = self.week(moment).first().copied()?;
                if start == moment {
                    return Some(moment);
                }
                moment = start;
            }
        }
        None
    }

    /// The end of an open time, by the last window or the next freeze.
    fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let freeze = self.freezes.iter().map(|(from, _)| *from);
        let freeze = freeze.filter(|from| *from > now).min();
        let end = self.week(now).first().map(|(_, end)| *end);
        // An open time that reaches as far as the look ahead has no end in sight.
        let end = end.filter(|end| !self.always && *end < now + LOOK_AHEAD);
        freeze.into_iter().chain(end).min()
    }

    fn frozen(&self, moment: Timestamp) -> Option<Range> {
        let mut ranges = self.freezes.iter().copied();
        ranges.find(|(from, until)| *from <= moment && moment < *until)
    }

    /// The open ranges of the time ahead.
    fn week(&self, from: Timestamp) -> Vec<Range> {
        let ranges = self
            .windows
            .iter()
            .flat_map(|(zone, weekly)| ranges(zone, weekly, from));
        merged(ranges.collect())
    }
}

/// Ranges in order, with those that touch made one.
fn merged(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut whole: Vec<Range> = Vec::with_capacity(ranges.len());
    for (from, until) in ranges {
        match whole.last_mut() {
            Some((_, end)) if from <= *end => *end = until.max(*end),
            _ => whole.push((from, until)),
        }
    }
    whole
}

/// What the clock of a zone shows; none beyond the calendar's years.
fn clock(zone: &TimeZone, moment: Timestamp) -> Option<DateTime> {
    let moment = jiff::Timestamp::from_millisecond(moment.as_millis()).ok()?;
    Some(zone.to_datetime(moment))
}

/// Whether the clock of a zone shows the hours of a window.
fn shows(zone: &TimeZone, weekly: &Weekly, moment: Timestamp) -> bool {
    let Some(shown) = clock(zone, moment) else {
        return false;
    };
    let day = shown.date().weekday().to_monday_zero_offset();
    let minute = i32::from(shown.hour()) * 60 + i32::from(shown.minute());
    let (from, until) = weekly.minutes();
    let (from, until) = (i32::from(from), i32::from(until));
    let on = |day: i8| u8::try_from(day).is_ok_and(|day| weekly.days().contains(&day));
    if from < until {
        on(day) && (from..until).contains(&minute)
    } else {
        // Past midnight it is the hours of the day before.
        (on(day) && minute >= from) || (on((day + 6) % 7) && minute < until)
    }
}

/// The open ranges of a window in the time ahead, of which several may touch.
fn ranges(zone: &TimeZone, weekly: &Weekly, from: Timestamp) -> Vec<Range> {
    let end = from + LOOK_AHEAD;
    // Whether it is open changes at these moments only.
    let mut changes = boundaries(zone, weekly, from);
    changes.insert(from);
    changes.retain(|moment| (from..end).contains(moment));
    let ends = changes.iter().copied().skip(1).chain([end]);
    changes
        .iter()
        .copied()
        .zip(ends)
        .filter(|(moment, _)| shows(zone, weekly, *moment))
        .collect()
}

/// Every moment ahead at which the clock of a zone may begin or cease to show the hours of a window.
fn boundaries(zone: &TimeZone, weekly: &Weekly, from: Timestamp) -> BTreeSet<Timestamp> {
    let mut found = BTreeSet::new();
    let Ok(start) = jiff::Timestamp::from_millisecond(from.as_millis()) else {
        return found;
    };
    let moment = |at: jiff::Timestamp| Timestamp::from_millis(at.as_millisecond());
    let turns = zone.following(start).map(|turn| moment(turn.timestamp()));
    found.extend(
        turns
            .take_while(|turn| *turn < from + LOOK_AHEAD)
            .take(CALENDAR_STEPS_MAX),
    );
    let today = zone.to_datetime(start).date();
    let (opens, closes) = weekly.minutes();
    let days = i64::from(LOOK_AHEAD.as_seconds() / 86_400) + 1;
    for day in -1..=days {
        let Ok(date) = today.checked_add(day.days()) else {
            continue;
        };
        for minute in [opens, closes] {
            let Some(shown) = at_minute(date, minute) else {
                continue;
            };
            let ambiguous = || zone.to_ambiguous_timestamp(shown);
            let moments = [ambiguous().earlier(), ambiguous().later()];
            found.extend(moments.into_iter().flatten().map(moment));
        }
    }
    found
}

/// A minute of a day on the clock; the 1,440th is the next day's first.
fn at_minute(date: Date, minute: u16) -> Option<DateTime> {
    let midnight = date.at(0, 0, 0, 0);
    midnight.checked_add(i64::from(minute).minutes()).ok()
}
