//! A small document and its two writers, Markdown and HTML.
//!
//! Invariants: nothing a plan says becomes markup in either: text is escaped where it is written, and what is invisible or
//! would turn the line around is shown as `�`; there are no links and no scripts. Not here: what the documents say (`plan::runbook`, `incident::postmortem`).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Display, Write as _};

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Code(String),
    Strong(String),
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line(Vec<Piece>);

impl Line {
    pub(crate) fn text(text: impl Display) -> Self {
        Self::default().then(text)
    }

    pub(crate) fn then(mut self, text: impl Display) -> Self {
        self.0.push(Piece::Text(visible(text)));
        self
    }

    pub(crate) fn code(mut self, code: impl Display) -> Self {
        self.0.push(Piece::Code(visible(code)));
        self
    }

    pub(crate) fn strong(mut self, text: impl Display) -> Self {
        self.0.push(Piece::Strong(visible(text)));
        self
    }

    /// Names in code, between commas.
    pub(crate) fn codes<T: Display>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        for (number, name) in names.into_iter().enumerate() {
            if number > 0 {
                self = self.then(", ");
            }
            self = self.code(name);
        }
        self
    }
}

/// One line, in which everything is seen.
fn visible(text: impl Display) -> String {
    let mut line = String::new();
    // Writing to a String cannot fail.
    let _ = write!(line, "{text}");
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    line.chars().map(shown).collect()
}

/// A block of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Heading(u8, Line),
    Text(Line),
    List(Vec<Line>),
    Table(&'static [&'static str], Vec<Vec<Line>>),
    Commands(Vec<String>),
}

pub(crate) fn markdown(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        let text = match block {
            Block::Heading(level, line) => {
                format!(
                    "{} {}",
                    "#".repeat(usize::from(*level)),
                    line_markdown(line)
                )
            }
            Block::Text(line) => line_markdown(line),
            Block::List(lines) => {
                let lines: Vec<String> = lines
                    .iter()
                    .map(|line| format!("- {}", line_markdown(line)))
                    .collect();
                lines.join("\n")
            }
            Block::Table(head, rows) => table_markdown(head, rows),
            Block::Commands(lines) => format!("```sh\n{}\n```", lines.join("\n")),
        };
        out += &text;
        out += "\n\n";
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn table_markdown(head: &[&str], rows: &[Vec<Line>]) -> String {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = Vec::from([
        row(head.iter().map(|cell| String::from(*cell)).collect()),
        row(head.iter().map(|_| String::from("---")).collect()),
    ]);
    lines.extend(
        rows.iter()
            .map(|cells| row(cells.iter().map(line_markdown).collect())),
    );
    lines.join("\n")
}

fn line_markdown(line: &Line) -> String {
    let mut out = String::new();
    for piece in &line.0 {
        match piece {
            // A backtick would end the code, a bar the cell of a table.
            Piece::Code(code) if !code.contains(['`', '|', '\\']) && !code.is_empty() => {
                let _ = write!(out, "`{code}`");
            }
            Piece::Text(text) | Piece::Code(text) => escape_markdown(text, &mut out),
            Piece::Strong(text) => {
                out += "**";
                escape_markdown(text, &mut out);
                out += "**";
            }
        }
    }
    out.trim().into()
}

/// Escapes what CommonMark or its usual extensions could read as markup.
fn escape_markdown(text: &str, out: &mut String) {
    let starts_line = out.is_empty();
    let text = if starts_line { text.trim_start() } else { text };
    // `1.` and `- ` make lists, but only where a line begins.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    for (at, c) in text.char_indices() {
        let opens_list = starts_line
            && ((at == 0 && matches!(c, '-' | '+' | '='))
                || (at == digits && matches!(c, '.' | ')')));
        if opens_list
            || matches!(
                c,
                '\\' | '`'
                    | '*'
                    | '_'
                    | '{'
                    | '}'
                    | '['
                    | ']'
                    | '<'
                    | '>'
                    | '#'
                    | '|'
                    | '&'
                    | '~'
                    | '!'
                    | '$'
            )
        {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The page's style; it prints in black on white, a step never torn apart.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}\
h1,h2,h3{line-height:1.25;break-after:avoid}h2{margin-top:2.5rem;border-bottom:1px solid #bbb}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}\
tr,pre,li{break-inside:avoid}code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}\
pre{background:#f3f3f3;border:1px solid #ccc;padding:.6rem;white-space:pre-wrap}\
@media print{body{margin:0;max-width:none;font-size:11pt}pre{background:none}}";

pub(crate) fn html(title: &str, blocks: &[Block]) -> String {
    let mut out =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    let _ = write!(
        out,
        "<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escape_html(&visible(title))
    );
    for block in blocks {
        match block {
            Block::Heading(level, line) => {
                let _ = write!(out, "<h{level}>{}</h{level}>", line_html(line));
            }
            Block::Text(line) => {
                let _ = write!(out, "<p>{}</p>", line_html(line));
            }
            Block::List(lines) => {
                out += "<ul>";
                for line in lines {
                    let _ = write!(out, "<li>{}</li>", line_html(line));
                }
                out += "</ul>";
            }
            Block::Table(head, rows) => {
                let cells = |tag: &str, cells: Vec<String>| -> String {
                    let cells = cells.iter().map(|cell| format!("<{tag}>{cell}</{tag}>"));
                    format!("<tr>{}</tr>\n", cells.collect::<String>())
                };
                out += "<table>\n<thead>";
                out += &cells("th", head.iter().map(|cell| escape_html(cell)).collect());
                out += "</thead>\n<tbody>\n";
                for row in rows {
                    out += &cells("td", row.iter().map(line_html).collect());
                }
                out += "</tbody>\n</table>";
            }
            Block::Commands(lines) => {
                let _ = write!(
                    out,
                    "<pre><code>{}</code></pre>",
                    escape_html(&lines.join("\n"))
                );
            }
        }
        out.push('\n');
    }
    out += "</body>\n</html>\n";
    out
}

fn line_html(line: &Line) -> String {
    let pieces = line.0.iter().map(|piece| match piece {
        Piece::Text(text) => escape_html(text),
        Piece::Code(code) => format!("<code>{}</code>", escape_html(code)),
        Piece::Strong(text) => format!("<strong>{}</strong>", escape_html(text)),
    });
    pieces.collect()
}

fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, markdown_text, html_text) in [
            (
                "<script>x</script>",
                "\\<script\\>x\\</script\\>",
                "&lt;script&gt;x&lt;/script&gt;",
            ),
            ("a | b", "a \\| b", "a | b"),
            (
                "[x](javascript:y) *z*",
                "\\[x\\](javascript:y) \\*z\\*",
                "[x](javascript:y) *z*",
            ),
            ("- item", "\\- item", "- item"),
            ("12. item 3.4", "12\\. item 3.4", "12. item 3.4"),
            ("# head\n# next", "\\# head \\# next", "# head # next"),
            (
                "&amp; \"q\" 'r'",
                "\\&amp; \"q\" 'r'",
                "&amp;amp; &quot;q&quot; &#39;r&#39;",
            ),
            (
                "\u{202e}evil\u{7}\u{200b}",
                "\u{fffd}evil\u{fffd}\u{fffd}",
                "\u{fffd}evil\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(line_markdown(&Line::text(text)), markdown_text);
            assert_eq!(line_html(&Line::text(text)), html_text);
        }
        // Not code where it could end the code.
        assert_eq!(line_markdown(&Line::default().code("a`b")), "a\\`b");
        assert_eq!(
            line_markdown(&Line::default().code("tool:t@1")),
            "`tool:t@1`"
        );
        assert!(
            html("</title><script>", &[]).contains("<title>&lt;/title&gt;&lt;script&gt;</title>")
        );
    }
}
