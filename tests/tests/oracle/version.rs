//! `sem_ver` of the naive evaluator: versions taken apart into numbers and identifiers, and compared as such.

/// What `left operator right` says; none where a side is no version or the operator is unknown.
pub fn compare(left: &str, operator: &str, right: &str) -> Option<bool> {
    let (left, right) = (parse(left)?, parse(right)?);
    let order = left.cmp(&right);
    let [same_major, same_minor] = [0, 1].map(|at| left.0[at] == right.0[at]);
    Some(match operator {
        "=" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "^" => same_major,
        "~" => same_major && same_minor,
        _ => return None,
    })
}

/// Major, minor and patch, then what a pre-release sorts by.
type Version = ([u128; 3], Pre);

/// A pre-release sorts before the release.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    Of(Vec<Identifier>),
    Release,
}

/// Numbers sort before words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u128),
    Word(String),
}

fn parse(text: &str) -> Option<Version> {
    let text = text
        .strip_prefix('v')
        .or(text.strip_prefix('V'))
        .unwrap_or(text);
    let (text, build) = text
        .split_once('+')
        .map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, pre) = text
        .split_once('-')
        .map_or((text, None), |(core, pre)| (core, Some(pre)));
    let parts: Vec<u128> = core.split('.').map(number).collect::<Option<_>>()?;
    let is_short = parts.len() < 3;
    if parts.len() > 3 || (is_short && (pre.is_some() || build.is_some())) {
        return None;
    }
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    if let Some(build) = build {
        build.split('.').all(is_word).then_some(())?;
    }
    let pre = match pre {
        Some(pre) => Pre::Of(pre.split('.').map(identifier).collect::<Option<_>>()?),
        None => Pre::Release,
    };
    Some(([part(0), part(1), part(2)], pre))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A number without leading zeros.
fn number(text: &str) -> Option<u128> {
    let digits = text.chars().all(|c| c.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}

fn identifier(text: &str) -> Option<Identifier> {
    match text.chars().all(|c| c.is_ascii_digit()) {
        true => number(text).map(Identifier::Number),
        false => is_word(text).then(|| Identifier::Word(text.into())),
    }
}
