//! How often a user name may be tried with wrong passwords.
//!
//! Invariants: memory is fixed, whatever names are made up, and no number of them lets a name be tried more often; an
//! attempt counts before its password is looked at, so that attempts at the same time count too. Names share places by a
//! hash nobody outside knows; sharing one makes a stranger wait at worst.

use flaghoist_core::time::Timestamp;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

/// Attempts of one user name before it has to wait.
const ATTEMPTS_MAX: u32 = 10;
/// How long it waits, in milliseconds.
const WINDOW_MILLIS: i64 = 15 * 60 * 1000;
/// Places to count at: 16 bytes each.
const PLACES: usize = 16_384;

#[derive(Clone, Copy)]
struct Place {
    attempts: u32,
    since: Timestamp,
}

/// Counts attempts.
pub(super) struct Throttle {
    places: Mutex<Vec<Place>>,
    hasher: RandomState,
}

impl Throttle {
    pub(super) fn new() -> Self {
        let empty = Place {
            attempts: 0,
            since: Timestamp::from_millis(0),
        };
        Self {
            places: Mutex::new(vec![empty; PLACES]),
            hasher: RandomState::new(),
        }
    }

    /// Counts an attempt, or says for how many seconds the name has to wait.
    pub(super) fn attempt(&self, user: &str, now: Timestamp) -> Result<(), i64> {
        self.at(user, |place| {
            let left = place.since.as_millis() + WINDOW_MILLIS - now.as_millis();
            if left <= 0 {
                *place = Place {
                    attempts: 0,
                    since: now,
                };
            } else if place.attempts >= ATTEMPTS_MAX {
                return Err(left / 1000 + 1);
            }
            place.attempts += 1;
            Ok(())
        })
    }

    /// The password was right: what came before was mistyped.
    pub(super) fn succeeded(&self, user: &str) {
        self.at(user, |place| place.attempts = 0);
    }

    fn at<T>(&self, user: &str, then: impl FnOnce(&mut Place) -> T) -> T {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(self.hasher.hash_one(user)).unwrap_or(usize::MAX) % PLACES;
        // `PLACES` is the length; the spare keeps this free of a panic all the same.
        let mut spare = Place {
            attempts: ATTEMPTS_MAX,
            since: Timestamp::from_millis(0),
        };
        then(places.get_mut(index).unwrap_or(&mut spare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000 + millis)
    }

    #[test]
    fn a_name_waits_after_ten_attempts_and_not_for_ever() {
        let throttle = Throttle::new();
        for attempt in 0..10 {
            assert_eq!(throttle.attempt("asha", at(attempt)), Ok(()));
        }
        assert_eq!(throttle.attempt("asha", at(10)), Err(900));
        assert_eq!(throttle.attempt("asha", at(WINDOW_MILLIS - 1)), Err(1));
        assert_eq!(throttle.attempt("asha", at(WINDOW_MILLIS)), Ok(()));
    }

    #[test]
    fn a_right_password_forgives_what_came_before() {
        let throttle = Throttle::new();
        for _ in 0..100 {
            assert_eq!(throttle.attempt("asha", at(0)), Ok(()));
            throttle.succeeded("asha");
        }
    }

    #[test]
    fn made_up_names_do_not_make_a_name_free_again() {
        let throttle = Throttle::new();
        for _ in 0..10 {
            let _ = throttle.attempt("asha", at(0));
        }
        for name in 0..100_000 {
            let _ = throttle.attempt(&format!("name-{name}"), at(1));
        }
        assert!(throttle.attempt("asha", at(2)).is_err());
    }
}
