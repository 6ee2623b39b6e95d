//! Just enough reading of Rust text for the tidy rules: what is code, and where functions begin and end.
//!
//! Not a parser: it sees comments, literals, words and brackets, which is all the rules ask about.

/// The text with comments and the insides of literals blanked; every line and column stays where it is.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        match end {
            Some(end) => {
                let blank = |c: &char| if *c == '\n' { '\n' } else { ' ' };
                out.extend(chars[at..end].iter().map(blank));
                at = end;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// The end of the comment or literal that begins here, if one does.
fn literal_end(chars: &[char], at: usize) -> Option<usize> {
    let next = |offset: usize| chars.get(at + offset).copied();
    let word_before = at > 0 && is_word(chars[at - 1]);
    match chars[at] {
        '/' if next(1) == Some('/') => Some(find(chars, at, |rest| rest[0] == '\n')),
        '/' if next(1) == Some('*') => Some(block_comment_end(chars, at)),
        '"' => Some(string_end(chars, at + 1)),
        'r' | 'b' | 'c' if !word_before => raw_string_end(chars, at),
        // A lifetime has no closing quote where a character has one.
        '\'' if next(1) == Some('\\') => Some(find(chars, at + 3, |rest| rest[0] == '\'') + 1),
        '\'' if next(2) == Some('\'') => Some(at + 3),
        _ => None,
    }
}

fn find(chars: &[char], from: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len())
        .find(|at| is_end(&chars[*at..]))
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start + 2, 1);
    while at < chars.len() && depth > 0 {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (at, depth) = (at + 2, depth + 1),
            ('*', Some('/')) => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`; a plain `b"…"` is seen at its quote.
fn raw_string_end(chars: &[char], start: usize) -> Option<usize> {
    let raw = start + usize::from(chars[start] != 'r');
    if chars.get(raw) != Some(&'r') {
        return None;
    }
    let hashes = chars[raw + 1..].iter().take_while(|c| **c == '#').count();
    let open = raw + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |rest: &[char]| {
        rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|c| *c == '#')
    };
    Some((find(chars, open + 1, closes) + 1 + hashes).min(chars.len()))
}

/// Whether a character may be in an identifier.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Byte offsets of a whole word.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let (before, after) = (&code[..*at], &code[at + word.len()..]);
            !before.ends_with(is_word) && !after.starts_with(is_word)
        })
}

/// The line of a byte offset, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its first line, from 1.
    pub line: usize,
    /// Lines from its signature to its closing brace.
    pub lines: usize,
    /// Whether it is a Leptos component.
    pub component: bool,
}

/// Every function with a body in blanked code.
pub fn functions(code: &str) -> Vec<Function> {
    words(code, "fn")
        .filter_map(|start| {
            let rest = &code[start + 2..];
            let name: String = rest
                .trim_start()
                .chars()
                .take_while(|c| is_word(*c))
                .collect();
            let end = start + body_end(&code[start..])?;
            // A function type has no name; a required method has no body.
            (!name.is_empty()).then(|| Function {
                name,
                line: line_of(code, start),
                lines: 1 + code[start..end].matches('\n').count(),
                component: attributes(&code[..start]).contains("#[component"),
            })
        })
        .collect()
}

/// The attributes and words directly before a function.
fn attributes(before: &str) -> &str {
    let start = before.rfind(['}', ';', '{']).map_or(0, |at| at + 1);
    &before[start..]
}

/// Where the body that follows a signature ends; none where a `;` comes first.
fn body_end(code: &str) -> Option<usize> {
    let mut round = 0_i32;
    let mut curly = 0_i32;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly == 0 && round == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        if curly < 0 || round < 0 {
            return None;
        }
    }
    None
}

/// The text before an inline test module; all of it where there is none.
pub fn without_tests(code: &str) -> &str {
    let end = code
        .match_indices("#[cfg(test)]")
        .find(|(at, found)| code[at + found.len()..].trim_start().starts_with("mod "))
        .map_or(code.len(), |(at, _)| at);
    &code[..end]
}
