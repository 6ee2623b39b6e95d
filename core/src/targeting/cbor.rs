//! Deterministic CBOR (RFC 8949 §4.2) of a bucketing value: what hash version v3 hashes.
//!
//! Numbers without fraction within −2^63..2^64 are integers, others the shortest float that keeps them; map keys order by
//! their encoded bytes. Invariant: one value, one encoding, on every host.

use super::item::Item;
use crate::limits::NESTING_MAX;
use crate::value::Value;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// The encoding; none where the value nests deeper than `NESTING_MAX`.
pub(super) fn encode(item: &Item<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match item {
        Item::Null => out.push(0xf6),
        Item::Bool(value) => out.push(bool_byte(*value)),
        Item::Number(number) => push_number(*number, &mut out),
        Item::Text(text) => push_text(text, &mut out),
        Item::Built(text) => push_text(text, &mut out),
        Item::Borrowed(value) => push_value(value, &mut out, NESTING_MAX)?,
        other => push_value(&other.to_value(), &mut out, NESTING_MAX)?,
    }
    Some(out)
}

/// The encoding of a list of two texts: flag key and targeting key.
pub(super) fn pair(first: &str, second: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(first.len() + second.len() + 11);
    push_head(ARRAY, 2, &mut out);
    push_text(first, &mut out);
    push_text(second, &mut out);
    out
}

fn push_value(value: &Value, out: &mut Vec<u8>, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(value) => out.push(bool_byte(*value)),
        Value::Int(value) => push_number(*value as f64, out),
        Value::Float(value) => push_number(*value, out),
        Value::String(text) => push_text(text, out),
        Value::Array(items) => {
            push_head(ARRAY, items.len() as u64, out);
            for item in items {
                push_value(item, out, depth)?;
            }
        }
        Value::Object(map) => {
            push_head(MAP, map.len() as u64, out);
            // The length leads in the encoding, so a shorter name comes first.
            let mut names = BTreeMap::new();
            for (name, value) in map {
                names.insert((name.len(), name), value);
            }
            for ((_, name), value) in names {
                push_text(name, out);
                push_value(value, out, depth)?;
            }
        }
    }
    Some(())
}

const fn bool_byte(value: bool) -> u8 {
    if value { 0xf5 } else { 0xf4 }
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    push_head(TEXT, text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn push_head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match argument {
        0..=23 => out.push(major | argument as u8),
        24..=0xff => out.extend_from_slice(&[major | 24, argument as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&(argument as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&(argument as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

fn push_number(number: f64, out: &mut Vec<u8>) {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if number.fract() == 0.0 && (-TWO_63..2.0 * TWO_63).contains(&number) {
        return match number < 0.0 {
            // −1 − n, computed in integers: −number is exact and at most 2^63.
            true => push_head(1, (-number) as u64 - 1, out),
            false => push_head(0, number as u64, out),
        };
    }
    match half(number) {
        Some(bits) => {
            out.push(0xf9);
            out.extend_from_slice(&bits.to_be_bytes());
        }
        None if f64::from(number as f32) == number => {
            out.push(0xfa);
            out.extend_from_slice(&(number as f32).to_be_bytes());
        }
        None => {
            out.push(0xfb);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

/// The bits of a half-precision float that is exactly this number.
fn half(number: f64) -> Option<u16> {
    if number.is_nan() {
        return Some(0x7e00);
    }
    let sign = if number.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = number.abs();
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    const SMALLEST_NORMAL: f64 = 0.000_061_035_156_25;
    const SUBNORMALS: f64 = 16_777_216.0;
    if magnitude < SMALLEST_NORMAL {
        let scaled = magnitude * SUBNORMALS;
        return (scaled.fract() == 0.0).then_some(sign | scaled as u16);
    }
    if magnitude > 65_504.0 {
        return None;
    }
    let bits = magnitude.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let fraction = bits & ((1 << 52) - 1);
    let kept = fraction >> 42;
    (kept << 42 == fraction).then_some(sign | ((exponent + 15) as u16) << 10 | kept as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucketing::hash;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn known_encodings_and_hashes() {
        let map = Value::Object(BTreeMap::from([
            ("b".into(), Value::Int(2)),
            ("a".into(), Value::Int(1)),
        ]));
        let cases = [
            (Value::Int(123), "187b", 3_334_029_857),
            (Value::Bool(true), "f5", 836_216_331),
            (Value::Float(1.5), "f93e00", 346_941_878),
            (map, "a2616101616202", 3_853_601_438),
            (Value::from("é"), "62c3a9", 382_297_839),
            (Value::Float(1e20), "fb4415af1d78b58c40", 3_152_684_119),
        ];
        for (value, encoding, expected) in cases {
            let bytes = encode(&Item::from(&value)).unwrap();
            assert_eq!(
                (hex(&bytes).as_str(), hash(&bytes)),
                (encoding, expected),
                "{value:?}"
            );
        }
        assert_eq!(
            hash(&pair("fractional-flag-shorthand", "jon@company.com")),
            3_783_143_057
        );
    }

    #[test]
    fn numbers_take_their_shortest_form() {
        // RFC 8949, appendix A.
        let cases = [
            (0.0, "00"),
            (-0.0, "00"),
            (10.0, "0a"),
            (24.0, "1818"),
            (1000.0, "1903e8"),
            (1_000_000_000_000.0, "1b000000e8d4a51000"),
            (-1.0, "20"),
            (-1000.0, "3903e7"),
            (1.1, "fb3ff199999999999a"),
            (5.960_464_477_539_063e-8, "f90001"),
            (0.000_061_035_156_25 * 1.5, "f90600"),
            (3.402_823_466_385_288_6e38, "fa7f7fffff"),
            (1.0e300, "fb7e37e43c8800759c"),
            (-4.1, "fbc010666666666666"),
            (-9_223_372_036_854_775_808.0, "3b7fffffffffffffff"),
        ];
        for (number, expected) in cases {
            let bytes = encode(&Item::Number(number)).unwrap();
            assert_eq!(hex(&bytes), expected, "{number}");
        }
    }

    #[test]
    fn names_order_by_their_encoding() {
        let map = BTreeMap::from([("aa".into(), Value::Null), ("b".into(), Value::Null)]);
        let bytes = encode(&Item::from(&Value::Array(vec![Value::Object(map)]))).unwrap();
        assert_eq!(hex(&bytes), "81a26162f6626161f6");
    }

    #[test]
    fn too_deep_is_refused() {
        let mut value = Value::Null;
        for _ in 0..NESTING_MAX {
            value = Value::Array(vec![value]);
        }
        assert_eq!(encode(&Item::from(&value)), None);
    }
}
