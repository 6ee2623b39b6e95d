//! The root `index.html` as the app's asset list, in Trunk's syntax.
//!
//! `<link data-trunk rel="rust|css|icon|copy-file" href="…">` names an asset; the built page has none of them but the
//! tags a browser needs. Invariant: no inline script, so that the page lives under a strict Content-Security-Policy.

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
        let mut rest = html;
        while let Some(start) = rest.find("<link data-trunk") {
            let (before, tag) = rest.split_at(start);
            let end = tag
                .find('>')
                .ok_or_else(|| Failure::Html("a `<link data-trunk` is not closed".into()))?;
            let (tag, after) = tag.split_at(end + 1);
            pieces.push((before, Some(asset(tag)?)));
            rest = after;
        }
        pieces.push((rest, None));
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

fn asset(tag: &str) -> Result<Asset, Failure> {
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

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag.get(start..)?;
    value.get(..value.find('"')?).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><link data-trunk rel=\"css\" href=\"a.css\"><link data-trunk rel=\"rust\" href=\"web/Cargo.toml\" data-wasm-opt=\"z\"></head>";

    #[test]
    fn assets_are_listed_and_replaced() {
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
        assert_eq!(html, "<head><css><app></head>");
    }

    #[test]
    fn what_cannot_be_built_is_refused() {
        for bad in [
            "<link data-trunk rel=\"sass\" href=\"a\">",
            "<link data-trunk rel=\"css\">",
            "<link data-trunk",
        ] {
            assert!(Page::parse(bad).is_err(), "{bad}");
        }
    }
}
