//! Bucketing: which share of subjects a subject falls into: `hash` of its bucketing key, then an integer bucket.
//!
//! Source: flagd `core/pkg/evaluator/fractional.go` (v2): MurmurHash3 x86 32-bit, seed 0, over UTF-8, and
//! `(hash × total) >> 32`. Invariants: integers only; raising an exposure only adds subjects, lowering removes the last
//! added; `Prefix` gives what `hash` gives for the joined text. Not here: how a bucketing key is formed (`targeting`).

/// The whole of an exposure, in basis points.
pub const BASIS_POINTS: u32 = 10_000;

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// MurmurHash3 x86 32-bit with seed 0.
pub fn hash(bytes: &[u8]) -> u32 {
    Prefix::default().hash_with(bytes)
}

/// The bucket of a hash among `total`: `0..total`, or 0 where `total` is 0.
pub const fn bucket(hash: u32, total: u32) -> u32 {
    ((hash as u64 * total as u64) >> 32) as u32
}

/// Whether an exposure of `basis_points` (0..=10000) admits the targeting key to the cohort.
pub fn exposed(cohort: &str, targeting_key: &str, basis_points: u32) -> bool {
    bucket(
        Prefix::new(cohort.as_bytes()).hash_with(targeting_key.as_bytes()),
        BASIS_POINTS,
    ) < basis_points
}

/// A hash that has already read a prefix: the cohort, which is the same for every subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prefix {
    /// The state after the whole 4-byte blocks.
    state: u32,
    /// The bytes after them, little endian, of which `len % 4` count.
    tail: u32,
    /// The length of the prefix in bytes.
    len: u32,
}

impl Prefix {
    /// Reads a prefix.
    pub fn new(bytes: &[u8]) -> Self {
        let (blocks, rest) = bytes.as_chunks();
        let state = blocks
            .iter()
            .fold(0, |state, block| mix(state, u32::from_le_bytes(*block)));
        Self {
            state,
            tail: little_endian(rest),
            len: bytes.len() as u32,
        }
    }

    /// The state after the whole 4-byte blocks, to be kept in an image.
    pub const fn state(self) -> u32 {
        self.state
    }

    /// The bytes after the whole blocks, to be kept beside it.
    pub const fn tail(self) -> u32 {
        self.tail
    }

    /// A prefix of `len` bytes that was read before.
    pub const fn resume(state: u32, tail: u32, len: u32) -> Self {
        Self { state, tail, len }
    }

    /// The hash of the prefix followed by `bytes`.
    pub fn hash_with(self, bytes: &[u8]) -> u32 {
        let shift = (self.len & 3) * 8;
        let mut state = self.state;
        // What waits for the next whole block: fewer than 4 bytes.
        let mut waiting = u64::from(self.tail);
        let (blocks, rest) = bytes.as_chunks();
        for block in blocks {
            waiting |= u64::from(u32::from_le_bytes(*block)) << shift;
            state = mix(state, waiting as u32);
            waiting >>= 32;
        }
        waiting |= u64::from(little_endian(rest)) << shift;
        let mut left = (self.len & 3) + rest.len() as u32;
        if left >= 4 {
            state = mix(state, waiting as u32);
            waiting >>= 32;
            left -= 4;
        }
        if left > 0 {
            state ^= scramble(waiting as u32);
        }
        finish(state ^ self.len.wrapping_add(bytes.len() as u32))
    }
}

/// Fewer than four bytes.
fn little_endian(bytes: &[u8]) -> u32 {
    match *bytes {
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a] => u32::from(a),
        _ => 0,
    }
}

const fn scramble(block: u32) -> u32 {
    block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

const fn mix(state: u32, block: u32) -> u32 {
    (state ^ scramble(block))
        .rotate_left(13)
        .wrapping_mul(5)
        .wrapping_add(0xe654_6b64)
}

const fn finish(mut state: u32) -> u32 {
    state ^= state >> 16;
    state = state.wrapping_mul(0x85eb_ca6b);
    state ^= state >> 13;
    state = state.wrapping_mul(0xc2b2_ae35);
    state ^ (state >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn reference(bytes: &[u8]) -> u32 {
        murmur3::murmur3_32(&mut std::io::Cursor::new(bytes), 0).unwrap()
    }

    #[test]
    fn known_hashes() {
        let vectors = [
            ("ejOoVL", 0),
            ("bY9fO-", 1),
            ("SI7p-", 2_147_483_647),
            ("6LvT0", 2_147_483_648),
            ("ceQdGm", 4_294_967_295),
            ("fractional-flagjack", 2_682_799_072),
            ("fractional-flagqueen", 4_278_517_551),
            ("é", 269_551_495),
        ];
        for (text, expected) in vectors {
            assert_eq!(hash(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn known_buckets() {
        let hashes = [
            (0, 0),
            (1, 0),
            (2_147_483_647, 49),
            (2_147_483_648, 50),
            (u32::MAX, 99),
        ];
        for (hash, expected) in hashes {
            assert_eq!(bucket(hash, 100), expected, "{hash}");
        }
        assert_eq!(bucket(hash(b"jon@company.com"), 100), 36);
        assert_eq!(bucket(hash(b"user1"), 100), 76);
        assert_eq!(bucket(u32::MAX, 0), 0);
    }

    #[test]
    fn an_exposure_of_nothing_and_of_everything() {
        assert!(!exposed("", "ejOoVL", 0));
        assert!(exposed("", "ejOoVL", 1));
        assert!(!exposed("", "ceQdGm", BASIS_POINTS - 1));
        assert!(exposed("", "ceQdGm", BASIS_POINTS));
    }

    proptest! {
        #[test]
        fn the_own_loop_is_the_reference(bytes: Vec<u8>) {
            prop_assert_eq!(hash(&bytes), reference(&bytes));
        }

        #[test]
        fn a_prefix_changes_nothing(prefix: String, key: String) {
            let joined = alloc::format!("{prefix}{key}");
            let expected = reference(joined.as_bytes());
            let read = Prefix::new(prefix.as_bytes());
            prop_assert_eq!(read.hash_with(key.as_bytes()), expected);
            prop_assert_eq!(Prefix::resume(read.state(), read.tail(), prefix.len() as u32), read);
        }

        #[test]
        fn raising_only_adds_and_lowering_removes_the_last_added(key: String, a in 0..=BASIS_POINTS, b in 0..=BASIS_POINTS) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(!exposed("cohort", &key, low) || exposed("cohort", &key, high));
        }
    }
}
