//! Findings about the agreed times of steps (FH142). Not here: freezes, which an environment has (`facts`).

use super::finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{LocalTime, Plan, Weekly};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Days of the week from Monday; the last two are the weekend.
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const WEEKEND_BEGINS: u8 = 5;

pub(super) fn lint(plan: &Plan, found: &mut Vec<Diagnostic>) {
    // A schedule is on the clock of the first window, and so are the windows of the same zone.
    let zone = plan.windows.first().map(|window| &window.timezone);
    let comparable = plan
        .windows
        .iter()
        .all(|window| Some(&window.timezone) == zone);
    for (step, time) in &plan.schedule {
        let day = weekday(time);
        let name = DAYS.get(usize::from(day)).copied().unwrap_or_default();
        let mut windows = plan.windows.iter();
        let shut = comparable
            && !plan.windows.is_empty()
            && !windows.any(|window| is_open(&window.allow, time));
        let what = if shut {
            "outside of all windows"
        } else if day >= WEEKEND_BEGINS && plan.windows.is_empty() {
            "on a weekend"
        } else {
            continue;
        };
        found.push(finding(
            Severity::Warning,
            "FH142",
            format!("schedule.{}", key(*step)),
            format!("the step to {step} is agreed for {time}, a {name}, {what}"),
            "agree on another time",
        ));
    }
}

/// An exposure as the keys of a schedule are written: `5`.
pub(super) fn key(step: crate::exposure::Exposure) -> String {
    format!("{step}").trim_end_matches(" %").into()
}

fn weekday(time: &LocalTime) -> u8 {
    let day = time.civil().weekday().to_monday_zero_offset();
    u8::try_from(day).unwrap_or_default()
}

/// Whether hours of the same clock are open at a time on it; those that run past midnight belong to the day before.
fn is_open(hours: &Weekly, time: &LocalTime) -> bool {
    let clock = time.civil();
    let minute =
        u16::from(clock.hour().unsigned_abs()) * 60 + u16::from(clock.minute().unsigned_abs());
    let (from, until) = hours.minutes();
    let today = weekday(time);
    let yesterday = (today + 6) % 7;
    let on = |day: u8| hours.days().contains(&day);
    if from < until {
        on(today) && (from..until).contains(&minute)
    } else {
        (on(today) && minute >= from) || (on(yesterday) && minute < until)
    }
}
