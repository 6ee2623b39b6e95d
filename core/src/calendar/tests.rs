//! Windows and freezes as stories of one moment each, and against a minute-by-minute reading.

use super::*;
use alloc::string::ToString;
use proptest::prelude::*;

fn window(text: &str) -> Window {
    let (hours, zone) = text.rsplit_once(' ').unwrap();
    Window {
        allow: hours.parse().unwrap(),
        timezone: zone.into(),
    }
}

fn windows(text: &str) -> Vec<Window> {
    let texts = text.split(';').map(str::trim);
    texts.filter(|text| !text.is_empty()).map(window).collect()
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00Z").parse().unwrap()
}

/// `2026-01-01T00:00..2026-01-02T00:00`, open at the end where nothing follows.
fn freezes(text: &str) -> Vec<Freeze> {
    let texts = text.split(';').map(str::trim);
    texts
        .filter(|text| !text.is_empty())
        .map(|text| {
            let (from, until) = text.split_once("..").unwrap();
            Freeze {
                from: at(from),
                until: (!until.is_empty()).then(|| at(until)),
                reason: "stock taking".parse().unwrap(),
            }
        })
        .collect()
}

fn told(openness: &Openness) -> String {
    let moment = |moment: &Option<Timestamp>| {
        moment.map_or("?".into(), |at| at.to_string().replace(":00.000Z", ""))
    };
    match openness {
        Openness::Open { until } => format!("open until {}", moment(until)),
        Openness::Closed {
            cause: ClosedBy::Windows,
            opens,
        } => format!("shut until {}", moment(opens)),
        Openness::Closed { opens, .. } => format!("frozen until {}", moment(opens)),
    }
}

#[test]
fn windows_and_freezes_at_a_moment() {
    // Clocks: Berlin goes forward 2026-03-29 01:00Z, back 2026-10-25 01:00Z; New York forward 2026-03-08 07:00Z, back
    // 2026-11-01 06:00Z; Kolkata is 5:30 ahead all year; Samoa had no Friday 2011-12-30.
    for (hours, frozen, now, expected) in [
        ("", "", "2026-06-01T00:00", "open until ?"),
        // Kolkata, half an hour off: Mon-Thu 03:30Z to 11:30Z. 2026-06-04 is a Thursday.
        (
            "Mon-Thu 09:00-17:00 Asia/Kolkata",
            "",
            "2026-06-04T03:29",
            "shut until 2026-06-04T03:30",
        ),
        (
            "Mon-Thu 09:00-17:00 Asia/Kolkata",
            "",
            "2026-06-04T03:30",
            "open until 2026-06-04T11:30",
        ),
        (
            "Mon-Thu 09:00-17:00 Asia/Kolkata",
            "",
            "2026-06-04T11:30",
            "shut until 2026-06-08T03:30",
        ),
        // The same hours before and after the clocks go forward.
        (
            "daily 09:00-17:00 Europe/Berlin",
            "",
            "2026-03-28T16:00",
            "shut until 2026-03-29T07:00",
        ),
        (
            "daily 09:00-17:00 Europe/Berlin",
            "",
            "2026-03-27T16:00",
            "shut until 2026-03-28T08:00",
        ),
        (
            "daily 09:00-17:00 America/New_York",
            "",
            "2026-03-07T23:00",
            "shut until 2026-03-08T13:00",
        ),
        (
            "daily 09:00-17:00 America/New_York",
            "",
            "2026-10-31T22:00",
            "shut until 2026-11-01T14:00",
        ),
        // A night over midnight belongs to the day it begins; over the change it is an hour shorter, or longer.
        (
            "Sat 22:00-04:00 Europe/Berlin",
            "",
            "2026-03-28T21:00",
            "open until 2026-03-29T02:00",
        ),
        (
            "Sat 22:00-04:00 Europe/Berlin",
            "",
            "2026-10-24T20:00",
            "open until 2026-10-25T03:00",
        ),
        (
            "Sat 22:00-04:00 Europe/Berlin",
            "",
            "2026-10-24T04:00",
            "shut until 2026-10-24T20:00",
        ),
        (
            "Sat 22:00-04:00 Europe/Berlin",
            "",
            "2026-10-25T03:00",
            "shut until 2026-10-31T21:00",
        ),
        // Hours that the clock skips are never open, those it shows twice are open twice.
        (
            "Sun 02:15-02:45 Europe/Berlin",
            "",
            "2026-03-28T12:00",
            "shut until 2026-04-05T00:15",
        ),
        (
            "Sun 02:15-02:45 Europe/Berlin",
            "",
            "2026-10-25T00:15",
            "open until 2026-10-25T00:45",
        ),
        (
            "Sun 02:15-02:45 Europe/Berlin",
            "",
            "2026-10-25T00:45",
            "shut until 2026-10-25T01:15",
        ),
        (
            "Sun 02:15-02:45 Europe/Berlin",
            "",
            "2026-10-25T01:45",
            "shut until 2026-11-01T01:15",
        ),
        // Begun within what is skipped: open once the clock goes on. Ended there: shut.
        (
            "Sun 02:30-05:00 Europe/Berlin",
            "",
            "2026-03-29T00:00",
            "shut until 2026-03-29T01:00",
        ),
        (
            "Sun 01:00-02:30 Europe/Berlin",
            "",
            "2026-03-29T00:00",
            "open until 2026-03-29T01:00",
        ),
        // Ended within what is shown twice: shut, and open again when the clock goes back.
        (
            "Sun 01:00-02:30 Europe/Berlin",
            "",
            "2026-10-25T00:30",
            "shut until 2026-10-25T01:00",
        ),
        (
            "Fri 09:00-10:00 Pacific/Apia",
            "",
            "2011-12-29T00:00",
            "shut until 2012-01-05T19:00",
        ),
        // All day, every day: no end in sight, whether as one window or as seven.
        (
            "daily 00:00-24:00 Europe/Berlin",
            "",
            "2026-03-28T16:00",
            "open until ?",
        ),
        (
            "Mon-Fri 00:00-24:00 UTC; Sat,Sun 00:00-24:00 UTC",
            "",
            "2026-03-28T16:00",
            "open until ?",
        ),
        (
            "daily 22:00-21:00 UTC",
            "",
            "2026-06-01T22:00",
            "open until 2026-06-02T21:00",
        ),
        (
            "Mon 20:00-24:00 UTC",
            "",
            "2026-06-01T23:59",
            "open until 2026-06-02T00:00",
        ),
        (
            "Mon 20:00-00:00 UTC",
            "",
            "2026-06-01T23:59",
            "open until 2026-06-02T00:00",
        ),
        // Windows that touch or overlap are one, across zones.
        (
            "Mon 09:00-12:00 UTC; Mon 12:00-14:00 UTC; Mon 15:00-17:00 Europe/Berlin",
            "",
            "2026-06-01T09:00",
            "open until 2026-06-01T15:00",
        ),
        (
            "Mon 09:00-12:00 Mars/Olympus",
            "",
            "2026-06-01T09:00",
            "shut until ?",
        ),
        (
            "Mon 09:00-12:00 Mars/Olympus; Mon 13:00-14:00 UTC",
            "",
            "2026-06-01T09:00",
            "shut until 2026-06-01T13:00",
        ),
        // Freezes.
        (
            "",
            "2026-06-01T00:00..2026-06-03T00:00",
            "2026-05-31T23:59",
            "open until 2026-06-01T00:00",
        ),
        (
            "",
            "2026-06-01T00:00..2026-06-03T00:00",
            "2026-06-01T00:00",
            "frozen until 2026-06-03T00:00",
        ),
        (
            "",
            "2026-06-01T00:00..2026-06-03T00:00",
            "2026-06-03T00:00",
            "open until ?",
        ),
        (
            "",
            "2026-06-01T00:00..",
            "2026-06-01T00:00",
            "frozen until ?",
        ),
        (
            "",
            "2026-06-03T00:00..2026-06-01T00:00",
            "2026-06-02T00:00",
            "open until ?",
        ),
        (
            "",
            "2026-06-01T00:00..2026-06-03T00:00; 2026-06-02T00:00..2026-06-05T00:00",
            "2026-06-01T12:00",
            "frozen until 2026-06-05T00:00",
        ),
        (
            "Mon 09:00-17:00 UTC",
            "2026-06-01T12:00..2026-06-03T00:00",
            "2026-06-01T09:00",
            "open until 2026-06-01T12:00",
        ),
        (
            "Mon 09:00-17:00 UTC",
            "2026-06-01T12:00..2026-06-03T00:00",
            "2026-06-01T12:00",
            "frozen until 2026-06-08T09:00",
        ),
        (
            "Mon 09:00-17:00 UTC",
            "2026-06-08T08:00..2026-06-08T18:00",
            "2026-06-02T12:00",
            "shut until 2026-06-15T09:00",
        ),
        (
            "Mon 09:00-17:00 UTC",
            "2026-06-08T08:00..",
            "2026-06-02T12:00",
            "shut until ?",
        ),
        (
            "Mon 09:00-17:00 UTC",
            "2026-01-01T00:00..2029-12-31T10:00",
            "2026-06-02T12:00",
            "frozen until 2029-12-31T10:00",
        ),
    ] {
        let openness = open(&windows(hours), &freezes(frozen), at(now));
        assert_eq!(told(&openness), expected, "{hours} | {frozen} | {now}");
        assert_eq!(openness.is_open(), expected.starts_with("open"));
    }
}

#[test]
fn a_search_ends() {
    // A freeze over every Monday for years: the next opening is not looked for without end.
    let hours = windows("Mon 09:00-17:00 UTC");
    let mondays = |count: i64| -> Vec<Freeze> {
        let monday = |week: i64| {
            Timestamp::from_millis(at("2026-06-01T00:00").as_millis() + week * 7 * 86_400_000)
        };
        (0..count)
            .map(|week| Freeze {
                from: monday(week),
                until: Some(monday(week) + Span::from_hours(24)),
                reason: "again".parse().unwrap(),
            })
            .collect()
    };
    let now = at("2026-06-01T10:00");
    let steps = i64::try_from(CALENDAR_STEPS_MAX).unwrap();
    // Two steps for each week, one to see that the last is free.
    let last = open(&hours, &mondays((steps - 2) / 2), now);
    assert!(told(&last).starts_with("frozen until 20"), "{last:?}");
    let beyond = open(&hours, &mondays(steps / 2), now);
    assert_eq!(told(&beyond), "frozen until ?");
    for edge in [
        i64::MIN,
        i64::MAX,
        -377_705_023_201_000,
        253_402_207_200_000,
    ] {
        let openness = open(&hours, &[], Timestamp::from_millis(edge));
        assert!(!openness.is_open(), "{openness:?}");
    }
}

#[test]
fn a_local_time_is_the_first_moment_that_shows_it() {
    for (local, zone, expected) in [
        ("2026-06-02T10:00", "Asia/Kolkata", "2026-06-02T04:30"),
        ("2026-06-02T10:00", "UTC", "2026-06-02T10:00"),
        // Skipped: when the clocks have gone forward. The first and last minutes of what is skipped, and those beside it.
        ("2026-03-29T01:59", "Europe/Berlin", "2026-03-29T00:59"),
        ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T02:59", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00"),
        // Shown twice: the first.
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"),
    ] {
        let local: LocalTime = local.parse().unwrap();
        assert_eq!(moment(&local, zone), Ok(at(expected)), "{local} {zone}");
    }
    let local: LocalTime = "2026-06-02T10:00".parse().unwrap();
    let error = moment(&local, "Europe/Belrin").unwrap_err();
    assert_eq!(
        format!("{error}; {}", error.fix()),
        "there is no time zone `Europe/Belrin`; did you mean `Europe/Berlin`?"
    );
}

#[test]
fn unknown_zones_are_found_in_the_plan() {
    let with = |windows: &[Window]| {
        let mut plan: Plan = serde_json::from_str(r#"{ "release": "r", "features": {} }"#).unwrap();
        plan.windows = windows.to_vec();
        let found = check_zones(&plan);
        (
            schedule_zone(&plan).to_string(),
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )
    };
    assert_eq!(with(&[]), ("UTC".into(), Vec::new()));
    let known = windows("Mon 09:00-17:00 Asia/Kolkata; Mon 09:00-17:00 utc");
    assert_eq!(with(&known), ("Asia/Kolkata".into(), Vec::new()));
    let hostile = format!("Mon 09:00-17:00 {}", "x".repeat(5000));
    let unknown = windows(&format!(
        "Mon 09:00-17:00 Asia/Kolkatta; Mon 09:00-17:00 ../../etc/localtime; {hostile}; daily 01:00-02:00 Etc/Unknown"
    ));
    let (_, found) = with(&unknown);
    assert_eq!(
        found[0],
        "windows[0].timezone: error timezone: there is no time zone `Asia/Kolkatta`; did you mean `Asia/Kolkata`?"
    );
    assert!(
        found[1].ends_with("`../../etc/localtime`; use an IANA name like `Asia/Kolkata`, or `UTC`")
    );
    assert!(found[2].len() < 300 && found.len() == 4, "{found:?}");
    let many = |count: usize| with(&alloc::vec![window("Mon 09:00-17:00 UTC"); count]).1;
    assert_eq!(many(WINDOWS_MAX), [""; 0]);
    assert_eq!(
        many(WINDOWS_MAX + 1),
        [
            "windows[50]: error too-many: a plan has at most 50 windows; write hours of several days as one: `Mon-Thu 09:00-17:00`"
        ]
    );
}

#[test]
fn a_freeze_and_openness_are_read_as_written() {
    let now = at("2026-06-02T00:00");
    for openness in [
        open(&[], &[], now),
        open(&windows("Mon 09:00-17:00 UTC"), &[], now),
        open(&[], &freezes("2026-06-01T00:00.."), now),
        open(&[], &freezes("2026-06-01T00:00..2026-06-03T00:00"), now),
    ] {
        let text = serde_json::to_string(&openness).unwrap();
        assert_eq!(
            serde_json::from_str::<Openness>(&text).unwrap(),
            openness,
            "{text}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The calendar jumps from change to change; here every quarter of an hour is asked by itself.
    #[test]
    fn what_is_foretold_comes_true(
        hours in proptest::sample::select(alloc::vec![
            "Mon-Thu 09:00-17:00 Asia/Kolkata", "daily 22:00-02:30 Europe/Berlin", "Sun 01:30-02:15 America/New_York",
            "Sat,Sun 00:00-24:00 Europe/Berlin; Mon 00:00-06:45 Asia/Kolkata", "Sun 02:00-03:00 Europe/Berlin",
            "Sun 01:45-02:30 Australia/Lord_Howe",
        ]),
        // Weeks around the changes of clocks in spring and autumn of 2026.
        (week, quarter) in (proptest::sample::select(alloc::vec!["2026-03-05T00:00", "2026-03-26T00:00", "2026-10-01T00:00", "2026-10-22T00:00"]), 0..1200_i64),
        frozen in (0..1200_i64, 0..200_i64),
    ) {
        const QUARTER: i64 = 15 * 60_000;
        let start = at(week).as_millis();
        let moment = |quarter: i64| Timestamp::from_millis(start + quarter * QUARTER);
        let freeze = Freeze { from: moment(frozen.0), until: Some(moment(frozen.0 + frozen.1)), reason: "x".parse().unwrap() };
        let (windows, freezes) = (windows(hours), [freeze]);
        let zones: Vec<TimeZone> = windows.iter().map(|window| zone(&window.timezone).unwrap()).collect();
        let is_open = |quarter: i64| {
            let now = moment(quarter);
            let shown = windows.iter().zip(&zones).any(|(window, zone)| shows(zone, &window.allow, now));
            shown && !freezes[0].covers(now)
        };
        let openness = open(&windows, &freezes, moment(quarter));
        prop_assert_eq!(openness.is_open(), is_open(quarter));
        let turn = (quarter..quarter + 3000).find(|later| is_open(*later) != is_open(quarter)).map(moment);
        let foretold = match openness {
            Openness::Open { until } => until,
            Openness::Closed { opens, .. } => opens,
        };
        prop_assert_eq!(foretold, turn);
    }
}
