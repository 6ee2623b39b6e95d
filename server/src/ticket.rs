//! Stream tickets: what opens an event stream where no header can be sent, as browsers' `EventSource` cannot.
//!
//! A ticket names an API key and an environment and proves by an HMAC over the key's stored hash that the key's holder
//! got it. Invariants: it opens nothing but its stream, for at most two hours; it is worth nothing once the key is ended,
//! and tells nothing of the key's token. Nothing is stored for it, so that it outlives a restart.

use crate::random::to_hex;
use flaghoist_core::name::{EnvironmentName, PrincipalName};
use flaghoist_core::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// For how many seconds the tickets of one key are the same: so long a client's answers keep their tag.
const SLOT_SECONDS: i64 = 60 * 60;
/// What the proof is of, so that no other use of the key's hash can stand for it.
const PURPOSE: &str = "flaghoist event stream 1";
/// Between the parts: no name holds it, and no URL encodes it.
const SEPARATOR: char = '~';

/// Opens one key's event stream of one environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    key: PrincipalName,
    environment: EnvironmentName,
    /// In seconds since the Unix epoch.
    end: i64,
    proof: String,
}

/// When tickets made now end, and when those end that were made just before and are good still.
pub fn ends(now: Timestamp) -> [i64; 2] {
    let slot = now.as_millis() / 1000 / SLOT_SECONDS;
    [(slot + 2) * SLOT_SECONDS, (slot + 1) * SLOT_SECONDS]
}

impl Ticket {
    /// Makes one with the hash of a key's token.
    pub fn new(key: &PrincipalName, hash: &str, environment: &EnvironmentName, end: i64) -> Self {
        let proof = mac(key, hash, environment, end)
            .map(|mac| to_hex(&mac.finalize().into_bytes()))
            .unwrap_or_default();
        Self {
            key: key.clone(),
            environment: environment.clone(),
            end,
            proof,
        }
    }

    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(SEPARATOR);
        let mut next = || parts.next();
        let ticket = Self {
            key: next()?.parse().ok()?,
            environment: next()?.parse().ok()?,
            end: next()?.parse().ok()?,
            proof: next()?.to_string(),
        };
        next().is_none().then_some(ticket)
    }

    /// The name of the key it was made with, as it says.
    pub fn key(&self) -> &PrincipalName {
        &self.key
    }

    /// Whose stream it opens.
    pub fn environment(&self) -> &EnvironmentName {
        &self.environment
    }

    /// Whether it was made with the key of this hash. Takes the same time for every wrong proof.
    pub fn is_made_with(&self, hash: &str) -> bool {
        let proof = from_hex(&self.proof);
        let mac = mac(&self.key, hash, &self.environment, self.end);
        match (mac, proof) {
            (Some(mac), Some(proof)) => mac.verify_slice(&proof).is_ok(),
            _ => false,
        }
    }

    /// Whether it opens its stream now.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        now.as_millis() / 1000 < self.end
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            environment,
            end,
            proof,
        } = self;
        let s = SEPARATOR;
        write!(f, "{key}{s}{environment}{s}{end}{s}{proof}")
    }
}

/// As far as logs may show it.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket of {} for {}", self.key, self.environment)
    }
}

fn mac(
    key: &PrincipalName,
    hash: &str,
    environment: &EnvironmentName,
    end: i64,
) -> Option<Hmac<Sha256>> {
    // HMAC takes a key of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(hash.as_bytes()).ok()?;
    mac.update(format!("{PURPOSE}\n{key}\n{environment}\n{end}").as_bytes());
    Some(mac)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(end: i64) -> Ticket {
        Ticket::new(
            &"page".parse().unwrap(),
            "a1b2",
            &"production".parse().unwrap(),
            end,
        )
    }

    #[test]
    fn a_ticket_reads_back_and_hides_its_proof() {
        let ticket = ticket(7200);
        let text = ticket.to_string();
        assert!(Ticket::parse(&text).unwrap() == ticket);
        assert!(ticket.is_made_with("a1b2"));
        assert!(!format!("{ticket:?}").contains(&ticket.proof));
        assert!(
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)),
            "{text} needs no encoding"
        );
    }

    #[test]
    fn no_part_of_a_ticket_can_be_changed() {
        let text = ticket(7200).to_string();
        assert!(!ticket(7200).is_made_with("a1b3"), "another key's hash");
        for (part, other) in [
            ("page", "pagf"),
            ("production", "staging"),
            ("7200", "7201"),
        ] {
            let forged = Ticket::parse(&text.replace(part, other)).unwrap();
            assert!(!forged.is_made_with("a1b2"), "{part} → {other}");
        }
        let (rest, proof) = text.rsplit_once('~').unwrap();
        for forged in [
            "",
            "00",
            &proof[2..],
            &format!("{proof}00"),
            &"0".repeat(64),
        ] {
            let forged = Ticket::parse(&format!("{rest}~{forged}")).unwrap();
            assert!(!forged.is_made_with("a1b2"), "{forged}");
        }
        for broken in ["", "~~~", "page", rest, &format!("{text}~"), "a~b~c~d"] {
            assert!(Ticket::parse(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn a_ticket_is_good_from_one_hour_to_two() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        assert_eq!(ends(at(3600)), [10_800, 7_200]);
        assert_eq!(ends(at(7199)), [10_800, 7_200]);
        assert_eq!(ends(at(7200)), [14_400, 10_800]);
        assert!(ticket(7200).is_good_at(at(7199)));
        assert!(!ticket(7200).is_good_at(at(7200)));
    }
}
