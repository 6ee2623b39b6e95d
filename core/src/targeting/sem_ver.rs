//! `sem_ver`: compares versions. Source: flagd `core/pkg/evaluator/semver.go` and flagd-core.
//!
//! A leading `v` or `V` is dropped, `1` and `1.2` stand for `1.0.0` and `1.2.0`, build metadata is ignored; `^` asks for
//! the same major and `~` for the same major and minor version, neither for an order. Numbers of any length compare.

use core::cmp::Ordering;

/// How two versions may stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Relation {
    Equal = 0,
    NotEqual = 1,
    Less = 2,
    LessOrEqual = 3,
    Greater = 4,
    GreaterOrEqual = 5,
    SameMajor = 6,
    SameMinor = 7,
}

impl Relation {
    const ALL: [(&str, Relation); 8] = [
        ("=", Relation::Equal),
        ("!=", Relation::NotEqual),
        ("<", Relation::Less),
        ("<=", Relation::LessOrEqual),
        (">", Relation::Greater),
        (">=", Relation::GreaterOrEqual),
        ("^", Relation::SameMajor),
        ("~", Relation::SameMinor),
    ];

    /// The relation a rule calls so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, relation)| *relation)
    }

    /// The relation of a number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .get(usize::from(number))
            .map(|(_, relation)| *relation)
    }

    /// What a rule calls it.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.get(self as usize).map_or("", |(name, _)| name)
    }

    fn holds(self, order: Ordering, same_major: bool, same_minor: bool) -> bool {
        match self {
            Relation::Equal => order.is_eq(),
            Relation::NotEqual => order.is_ne(),
            Relation::Less => order.is_lt(),
            Relation::LessOrEqual => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::GreaterOrEqual => order.is_ge(),
            Relation::SameMajor => same_major,
            Relation::SameMinor => same_major && same_minor,
        }
    }
}

/// Whether the versions stand so to each other; none where a side is no version.
pub(crate) fn compare(left: &[u8], relation: Relation, right: &[u8]) -> Option<bool> {
    if let Some(holds) = compare_plain(left, relation, right) {
        return Some(holds);
    }
    let (left, right) = (core::str::from_utf8(left), core::str::from_utf8(right));
    let (left, right) = (left.ok()?, right.ok()?);
    let (left, right) = (Version::parse(left)?, Version::parse(right)?);
    let same = |at: usize| left.numbers[at] == right.numbers[at];
    Some(relation.holds(left.order(&right), same(0), same(1)))
}

/// The same for versions as nearly all are; none where a side is another, or no version.
pub(crate) fn compare_plain(left: &[u8], relation: Relation, right: &[u8]) -> Option<bool> {
    let (a, b) = (plain(left)?, plain(right)?);
    Some(relation.holds(a.cmp(&b), a[0] == b[0], a[1] == b[1]))
}

/// The numbers of a version as nearly all are: three numbers of up to nine digits, nothing else.
fn plain(text: &[u8]) -> Option<[u32; 3]> {
    let mut numbers = [0_u32; 3];
    let mut rest = text;
    for (place, number) in numbers.iter_mut().enumerate() {
        let mut digits = 0;
        while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
            // A leading zero makes it no version, a tenth digit needs more room: the long way tells.
            if digits == 9 || (digits == 1 && *number == 0) {
                return None;
            }
            *number = *number * 10 + u32::from(digit - b'0');
            digits += 1;
            rest = after;
        }
        let ends = match place {
            2 => rest.is_empty(),
            _ => {
                let dot = rest.first() == Some(&b'.');
                rest = rest.get(1..).unwrap_or_default();
                dot
            }
        };
        if digits == 0 || !ends {
            return None;
        }
    }
    Some(numbers)
}

struct Version<'a> {
    /// Major, minor and patch, without leading zeros.
    numbers: [&'a str; 3],
    /// What follows `-`.
    pre: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (text, build) = split(text, '+');
        let (core, pre) = split(text, '-');
        let mut parts = core.split('.');
        let mut numbers = ["0"; 3];
        let mut given = 0;
        for (place, part) in numbers.iter_mut().zip(&mut parts) {
            *place = part;
            given += 1;
        }
        let whole = given == 3 || (pre.is_none() && build.is_none());
        let sound = whole
            && parts.next().is_none()
            && numbers.iter().all(|number| is_number(number))
            && pre.is_none_or(|pre| {
                pre.split('.')
                    .all(|part| is_identifier(part) && !has_leading_zero(part))
            })
            && build.is_none_or(|build| build.split('.').all(is_identifier));
        sound.then_some(Self { numbers, pre })
    }

    fn order(&self, other: &Self) -> Ordering {
        let numbers = self.numbers.iter().zip(&other.numbers);
        let order = numbers
            .map(|(a, b)| by_number(a, b))
            .find(|order| order.is_ne());
        order.unwrap_or_else(|| match (self.pre, other.pre) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => pre_release(a, b),
        })
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && is_digits(text)
}

fn is_number(text: &str) -> bool {
    is_digits(text) && !has_leading_zero(text)
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn by_number(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Identifier by identifier: numbers before words, the shorter list first.
fn pre_release(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (is_digits(a), is_digits(b)) {
                (true, true) => by_number(a, b),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare() {
        let cases = [
            ("1.0.0", "=", "1.0.0", Some(true)),
            ("v1.0.0", "=", "V1.0", Some(true)),
            ("1", "=", "1.0.0", Some(true)),
            ("1.0.0+a", "=", "1.0.0+b", Some(true)),
            ("1.0.0", "!=", "1.0.1", Some(true)),
            ("1.10.0", ">", "1.9.9", Some(true)),
            ("1.0.0-alpha", "<", "1.0.0", Some(true)),
            ("1.0.0-alpha.9", "<", "1.0.0-alpha.10", Some(true)),
            ("1.0.0-alpha.1", "<", "1.0.0-alpha.beta", Some(true)),
            ("1.0.0-alpha", "<", "1.0.0-alpha.1", Some(true)),
            ("1.0.0", "^", "1.5.0", Some(true)),
            ("2.0.0", "^", "1.5.0", Some(false)),
            ("1.5.9", "~", "1.5.0", Some(true)),
            ("1.6.0", "~", "1.5.0", Some(false)),
            ("99999999999999999999.0.0", ">", "9.0.0", Some(true)),
            ("1.2-beta", "=", "1.2.0", None),
            ("2.0.0.0", "=", "2.0.0", None),
            ("01.0.0", "=", "1.0.0", None),
            (" 1.0.0", "=", "1.0.0", None),
            ("", "=", "1.0.0", None),
            ("1.0.0-", "=", "1.0.0", None),
            ("999999999.0.0", "<", "1000000000.0.0", Some(true)),
            ("10.0.0", ">", "9.999999999.0", Some(true)),
            ("00.0.0", "=", "0.0.0", None),
            ("1.0.", "=", "1.0.0", None),
        ];
        assert_eq!(Relation::named("=="), None);
        for (left, operator, right, expected) in cases {
            assert_eq!(
                compare(
                    left.as_bytes(),
                    Relation::named(operator).unwrap(),
                    right.as_bytes()
                ),
                expected,
                "{left} {operator} {right}"
            );
        }
    }
}
