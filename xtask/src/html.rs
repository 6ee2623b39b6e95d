//! The root `index.html` as the app's asset list, in Trunk's syntax.
//!
//! `<link data-trunk rel="rust|css|icon|copy-file" href="…">` names an asset; the built page has the tags a
//! browser needs in its place. Invariant: nothing inline (script, style, handler), so that the page lives under a
//! strict Content-Security-Policy. Not here: the rest of Trunk's syntax; what is not known is refused by name.

use crate::error::Failure;

/// What the page asks to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asset {
    /// The app itself: a crate's `Cargo.toml`.
    Rust(String),
    /// A style sheet.
    Css(String),
    /// The page's icon.
    Icon(String),
    /// A file that is served under its own name.
    CopyFile(String),
}

/// The page, cut at its asset links: text, asset, text, …, text.
#[derive(Debug)]
pub struct Page<'a> {
    pieces: Vec<(&'a str, Option<Asset>)>,
}

impl<'a> Page<'a> {
    /// Reads a page.
    pub fn parse(html: &'a str) -> Result<Self, Failure> {
        let mut pieces = Vec::new();
        let (mut text_start, mut at) = (0, 0);
        while let Some(start) = find_from(html, at, '<') {
            if html.get(start..).unwrap_or_default().starts_with("<!--") {
                at = end_of(html, start, "-->")?;
                continue;
            }
            at = end_of(html, start, ">")?;
            let tag = html.get(start..at).unwrap_or_default();
            if let Some(problem) = inline(tag) {
                return Err(Failure::Html(format!(
                    "{tag}: {problem} is refused by the Content-Security-Policy; put it into a file"
                )));
            }
            if tag
                .split_ascii_whitespace()
                .any(|word| word.trim_end_matches(['>', '/']) == "data-trunk")
            {
                let text = html.get(text_start..start).unwrap_or_default();
                pieces.push((text, Some(asset(tag)?)));
                text_start = at;
            }
        }
        pieces.push((html.get(text_start..).unwrap_or_default(), None));
        Ok(Self { pieces })
    }

    /// Every asset, in order.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.pieces.iter().filter_map(|(_, asset)| asset.as_ref())
    }

    /// The page with each asset replaced by what a browser needs for it.
    pub fn render(&self, tag: impl Fn(&Asset) -> String) -> String {
        self.pieces
            .iter()
            .map(|(text, asset)| format!("{text}{}", asset.as_ref().map(&tag).unwrap_or_default()))
            .collect()
    }
}

fn find_from(html: &str, at: usize, what: char) -> Option<usize> {
    html.get(at..)?.find(what).map(|offset| at + offset)
}

fn end_of(html: &str, start: usize, end: &str) -> Result<usize, Failure> {
    let rest = html.get(start..).unwrap_or_default();
    rest.find(end)
        .map(|offset| start + offset + end.len())
        .ok_or_else(|| {
            let line = 1 + html.get(..start).unwrap_or_default().matches('\n').count();
            Failure::Html(format!("line {line}: what starts here has no `{end}`"))
        })
}

fn asset(tag: &str) -> Result<Asset, Failure> {
    if !tag.starts_with("<link ") {
        return Err(Failure::Html(format!("{tag}: only a link can be built")));
    }
    let href = attribute(tag, "href").ok_or_else(|| Failure::Html(format!("{tag} has no href")))?;
    match attribute(tag, "rel").as_deref() {
        Some("rust") => Ok(Asset::Rust(href)),
        Some("css") => Ok(Asset::Css(href)),
        Some("icon") => Ok(Asset::Icon(href)),
        Some("copy-file") => Ok(Asset::CopyFile(href)),
        _ => Err(Failure::Html(format!(
            "{tag}: rel must be rust, css, icon or copy-file"
        ))),
    }
}

/// What in a tag a strict policy refuses.
fn inline(tag: &str) -> Option<&'static str> {
    if tag.starts_with("<script") && attribute(tag, "src").is_none() {
        return Some("an inline script");
    }
    if tag.starts_with("<style") || attribute(tag, "style").is_some() {
        return Some("an inline style");
    }
    tag.split_ascii_whitespace()
        .skip(1)
        .any(|word| word.starts_with("on") && word.contains('='))
        .then_some("an inline handler")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let needle = format!("{name}=\"");
    let start = tag.match_indices(&needle).map(|(at, _)| at).find(|at| {
        tag.get(..*at)
            .is_some_and(|before| before.ends_with(char::is_whitespace))
    })?;
    let value = tag.get(start + needle.len()..)?;
    value.get(..value.find('"')?).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><!-- <link data-trunk rel=\"sass\" href=\"no\"> -->\
        <link data-trunk rel=\"css\" href=\"a.css\"><meta charset=\"utf-8\">\
        <link rel=\"rust\"\n href=\"web/Cargo.toml\" data-wasm-opt=\"z\" data-trunk />\
        <link rel=\"canonical\" href=\"/\"><script src=\"/x.js\"></script></head>";

    #[test]
    fn assets_are_listed_and_replaced_and_the_rest_stays() {
        let page = Page::parse(PAGE).unwrap();
        let assets: Vec<&Asset> = page.assets().collect();
        assert_eq!(
            assets,
            [
                &Asset::Css("a.css".into()),
                &Asset::Rust("web/Cargo.toml".into())
            ]
        );
        let html = page.render(|asset| match asset {
            Asset::Css(_) => "<css>".into(),
            _ => "<app>".into(),
        });
        assert_eq!(
            html,
            "<head><!-- <link data-trunk rel=\"sass\" href=\"no\"> --><css><meta charset=\"utf-8\"><app>\
             <link rel=\"canonical\" href=\"/\"><script src=\"/x.js\"></script></head>"
        );
    }

    #[test]
    fn a_page_without_assets_stays_as_it_is() {
        for html in ["", "text", "<p>a &lt; b</p>"] {
            let page = Page::parse(html).unwrap();
            assert_eq!(page.assets().count(), 0);
            assert_eq!(page.render(|_| String::new()), html);
        }
    }

    #[test]
    fn every_kind_of_asset_is_known() {
        for (rel, asset) in [
            ("rust", Asset::Rust("x".into())),
            ("css", Asset::Css("x".into())),
            ("icon", Asset::Icon("x".into())),
            ("copy-file", Asset::CopyFile("x".into())),
        ] {
            let html = format!("<link data-trunk rel=\"{rel}\" href=\"x\">");
            let page = Page::parse(&html).unwrap();
            assert_eq!(page.assets().collect::<Vec<_>>(), [&asset], "{rel}");
        }
    }

    #[test]
    fn what_cannot_be_built_or_served_is_refused_with_its_reason() {
        for (bad, reason) in [
            ("<link data-trunk rel=\"sass\" href=\"a\">", "rel must be"),
            ("<link data-trunk rel=\"css\">", "no href"),
            ("<link data-trunk rel=\"css\" data-href=\"a\">", "no href"),
            ("<p>\n<link data-trunk", "line 2"),
            ("<!-- open", "`-->`"),
            ("<script data-trunk src=\"a.js\"></script>", "only a link"),
            ("<script>alert(1)</script>", "inline script"),
            ("<style>p{}</style>", "inline style"),
            ("<p style=\"color:red\">", "inline style"),
            ("<body onload=\"x()\">", "inline handler"),
        ] {
            let failure = Page::parse(bad).unwrap_err().to_string();
            assert!(failure.contains(reason), "{bad}: {failure}");
        }
    }
}
