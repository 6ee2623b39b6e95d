//! Numbers as text and text as numbers, and pieces of text.
//!
//! Numbers print as JavaScript prints them (`1`, `0.1`, `1e+21`). A text counts as a number when, trimmed, it is a decimal
//! literal; the empty text counts as 0; hexadecimal and `Infinity` do not count, as engines disagree on them.

use crate::value::Value;
use alloc::string::String;
use lexical_parse_float::FromLexical;

/// The number a text counts as, or NaN.
pub(crate) fn parse_number(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let decimal =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let number = text
        .bytes()
        .all(decimal)
        .then(|| f64::from_lexical(text.as_bytes()));
    match number {
        Some(Ok(number)) => number,
        _ => f64::NAN,
    }
}

/// Appends a number as JavaScript prints it.
pub(crate) fn write_number(number: f64, out: &mut String) {
    match as_integer(number) {
        Some(whole) => write_integer(whole, out),
        None => out.push_str(ryu_js::Buffer::new().format(number)),
    }
}

/// The integer this number is, where it is one that a float tells from its neighbours.
pub(crate) fn as_integer(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.abs() <= EXACT && number as i64 as f64 == number).then_some(number as i64)
}

/// Appends an integer.
pub(crate) fn write_integer(number: i64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut left = number.unsigned_abs();
    let mut from = digits.len();
    for place in digits.iter_mut().rev() {
        *place = b'0' + (left % 10) as u8;
        left /= 10;
        from -= 1;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.extend(digits.iter().skip(from).map(|digit| char::from(*digit)));
}

/// A number as a value: an integer where it is one.
pub(crate) fn number_value(number: f64) -> Value {
    as_integer(number).map_or(Value::Float(number), Value::Int)
}

/// A piece of a text, in characters (Unicode scalar values, as Go and Python count): from `start`, from the end where
/// negative; `length` characters, or up to so many before the end where negative.
pub(crate) fn piece(text: &str, start: f64, length: Option<f64>) -> &str {
    let count = text.chars().count() as f64;
    let start = start.trunc();
    let from = if start < 0.0 {
        (count + start).max(0.0)
    } else {
        start.min(count)
    };
    let to = match length.map(f64::trunc) {
        None => count,
        Some(length) if length < 0.0 => count + length,
        Some(length) => (from + length).min(count),
    };
    if to <= from {
        return "";
    }
    let offset = |index: f64| {
        text.char_indices()
            .nth(index as usize)
            .map_or(text.len(), |(at, _)| at)
    };
    text.get(offset(from)..offset(to)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_is_read_as_any_other_reader_does(number: f64, text in "[-+]?[0-9]{0,25}(\\.[0-9]{0,25})?(e[-+]?[0-9]{1,3})?") {
            let mut printed = String::new();
            write_number(number, &mut printed);
            if number.is_finite() {
                prop_assert_eq!(parse_number(&printed), number);
            }
            if !text.is_empty() {
                let expected: f64 = text.parse().unwrap_or(f64::NAN);
                prop_assert_eq!(parse_number(&text).to_bits(), expected.to_bits(), "{}", text);
            }
        }
    }

    #[test]
    fn numbers_print_as_in_javascript() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-17.0, "-17"),
            (0.1, "0.1"),
            (1.5e300, "1.5e+300"),
            (1e21, "1e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e-7, "1e-7"),
            (1.25e-7, "1.25e-7"),
            (0.000_001, "0.000001"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (number, expected) in cases {
            let mut out = String::new();
            write_number(number, &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn texts_count_as_numbers() {
        let cases = [
            ("", 0.0),
            (" ", 0.0),
            ("5", 5.0),
            (" -5.5e1 ", -55.0),
            (".5", 0.5),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_number(text), expected, "{text:?}");
        }
        for text in [
            "abc", "0x10", "Infinity", "nan", "1_000", "1e", "--1", "1 2",
        ] {
            assert!(parse_number(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn pieces_count_characters() {
        let cases = [
            ("jsonlogic", 4.0, None, "logic"),
            ("jsonlogic", -5.0, None, "logic"),
            ("jsonlogic", 1.0, Some(3.0), "son"),
            ("jsonlogic", 4.0, Some(-2.0), "log"),
            ("jsonlogic", -5.0, Some(-2.0), "log"),
            ("abc", 9.0, None, ""),
            ("abc", -9.0, None, "abc"),
            ("abc", 1.0, Some(-9.0), ""),
            ("aé𝄞z", 1.0, Some(2.0), "é𝄞"),
        ];
        for (text, start, length, expected) in cases {
            assert_eq!(
                piece(text, start, length),
                expected,
                "{text} {start} {length:?}"
            );
        }
    }
}
