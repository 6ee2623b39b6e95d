//! Numbers of the naive evaluator: as text, from text, and as deterministic CBOR (RFC 8949 §4.2), which v3 hashes.

use flaghoist_core::value::Value;

/// The number a text counts as, or NaN: a decimal literal with space around it; nothing is 0.
pub fn parse_number(text: &str) -> f64 {
    match text.trim() {
        "" => 0.0,
        text if text.chars().any(|c| !"0123456789+-.eE".contains(c)) => f64::NAN,
        text => text.parse().unwrap_or(f64::NAN),
    }
}

/// A number as JavaScript prints it.
pub fn number_text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".into()
    } else if (1e-6..1e21).contains(&size) {
        format!("{number}")
    } else if size >= 1e21 {
        format!("{number:e}").replace('e', "e+")
    } else {
        format!("{number:e}")
    }
}

/// The one encoding of a value.
pub fn cbor(value: &Value) -> Vec<u8> {
    match value {
        Value::Null => vec![0xf6],
        Value::Bool(value) => vec![0xf4 + u8::from(*value)],
        Value::Int(_) | Value::Float(_) => cbor_number(value.as_f64().unwrap_or_default()),
        Value::String(text) => [head(3, text.len() as u64), text.clone().into_bytes()].concat(),
        Value::Array(items) => {
            let items = items.iter().flat_map(cbor).collect();
            [
                head(4, value.as_array().unwrap_or_default().len() as u64),
                items,
            ]
            .concat()
        }
        Value::Object(map) => {
            let mut entries: Vec<(Vec<u8>, Vec<u8>)> = map
                .iter()
                .map(|(name, value)| (cbor(&Value::from(name.as_str())), cbor(value)))
                .collect();
            entries.sort();
            let entries = entries
                .into_iter()
                .flat_map(|(name, value)| [name, value].concat())
                .collect();
            [head(5, map.len() as u64), entries].concat()
        }
    }
}

/// A major type and its argument, in as few bytes as hold it.
fn head(major: u8, argument: u64) -> Vec<u8> {
    let bytes = argument.to_be_bytes();
    let (low, kept) = match argument {
        0..=23 => (argument as u8, 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    [&[major << 5 | low], &bytes[8 - kept..]].concat()
}

fn cbor_number(number: f64) -> Vec<u8> {
    let is_whole = number.fract() == 0.0 && (-(2_f64.powi(63))..2_f64.powi(64)).contains(&number);
    if is_whole && number >= 0.0 {
        head(0, number as u64)
    } else if is_whole {
        head(1, (-(number as i128) - 1) as u64)
    } else if let Some(bits) = half_of(number) {
        [&[0xf9][..], &bits.to_be_bytes()].concat()
    } else if f64::from(number as f32) == number {
        [&[0xfa][..], &(number as f32).to_be_bytes()].concat()
    } else {
        [&[0xfb][..], &number.to_be_bytes()].concat()
    }
}

/// The half-precision float that is exactly this finite number: found by bisection, as their bits ascend with them.
fn half_of(number: f64) -> Option<u16> {
    let of_bits = |bits: u16| match (bits >> 10, f64::from(bits & 0x3ff)) {
        (0, fraction) => fraction / 1024.0 * 2_f64.powi(-14),
        (exponent, fraction) => (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
    };
    let (mut low, mut high) = (0_u16, 0x7bff);
    while low < high {
        let middle = low + (high - low) / 2;
        if of_bits(middle) < number.abs() {
            low = middle + 1
        } else {
            high = middle
        }
    }
    let sign = if number < 0.0 { 0x8000 } else { 0 };
    (of_bits(low) == number.abs()).then_some(low | sign)
}
