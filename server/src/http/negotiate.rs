//! What a request accepts, and what it has already.

use axum::http::{HeaderMap, header};
use flaghoist_core::ruleset::IMAGE_TYPE;

/// Whether `If-None-Match` names any of these entity tags (RFC 9110 §13.1.2: compared weakly).
pub fn has_already(headers: &HeaderMap, etags: &[String]) -> bool {
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim())
        .map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
        .any(|tag| tag == "*" || etags.iter().any(|etag| etag == tag))
}

/// Whether the request asks for an image of a format: by name, never by a wildcard, as what reads any type reads JSON.
pub fn accepts_image(headers: &HeaderMap, format: u16) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|kind| kind.eq_ignore_ascii_case(IMAGE_TYPE));
            named
                && parts.all(|parameter| match parameter.split_once('=') {
                    Some(("format", wanted)) => wanted.trim().parse() == Ok(format),
                    Some(("q", weight)) => {
                        weight.trim().parse().is_ok_and(|weight: f32| weight > 0.0)
                    }
                    _ => true,
                })
        })
}

/// The content codings among brotli and gzip that the request accepts, best first (RFC 9110 §12.5.3).
pub fn accepted_encodings(headers: &HeaderMap) -> Vec<&'static str> {
    let accepted = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let weights: Vec<(String, f32)> = accepted
        .flat_map(|value| value.split(','))
        .map(|item| {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .and_then(|q| q.trim().parse().ok())
                .unwrap_or(1.0);
            (name.trim().to_ascii_lowercase(), weight)
        })
        .collect();
    let weight = |name: &str| {
        let named = weights.iter().find(|(known, _)| known == name);
        named
            .or_else(|| weights.iter().find(|(known, _)| known == "*"))
            .map_or(0.0, |(_, weight)| *weight)
    };
    let mut found: Vec<(&'static str, f32)> =
        ["br", "gzip"].map(|name| (name, weight(name))).to_vec();
    found.retain(|(_, weight)| *weight > 0.0);
    // Stable: at equal weights brotli stays first, being smaller.
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.into_iter().map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn encodings_are_taken_by_weight() {
        let cases: [(&str, &[&str]); 8] = [
            ("br, gzip", &["br", "gzip"]),
            ("gzip, deflate", &["gzip"]),
            ("gzip;q=1.0, br;q=0.5", &["gzip", "br"]),
            ("br;q=0, gzip", &["gzip"]),
            ("*", &["br", "gzip"]),
            ("identity", &[]),
            ("", &[]),
            ("GZIP; q=0.3 , *;q=0", &["gzip"]),
        ];
        for (value, expected) in cases {
            assert_eq!(
                accepted_encodings(&headers(header::ACCEPT_ENCODING, value)),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn an_image_is_asked_for_by_name_and_format() {
        for (value, expected) in [
            ("application/vnd.flaghoist.image;format=2", true),
            (
                "application/json, application/vnd.flaghoist.image; format=2;q=0.5",
                true,
            ),
            ("application/vnd.flaghoist.image", true),
            ("application/vnd.flaghoist.image;format=1", false),
            ("application/vnd.flaghoist.image;format=x", false),
            ("application/vnd.flaghoist.image;q=0", false),
            ("*/*", false),
            ("application/json, application/yaml", false),
        ] {
            let headers = headers(header::ACCEPT, value);
            assert_eq!(accepts_image(&headers, 2), expected, "{value}");
        }
    }

    #[test]
    fn tags_are_compared_weakly() {
        let etags = ["\"a\"".to_string(), "\"a-br\"".to_string()];
        for (value, known) in [
            ("\"a\"", true),
            ("W/\"a-br\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            assert_eq!(
                has_already(&headers(header::IF_NONE_MATCH, value), &etags),
                known,
                "{value}"
            );
        }
    }
}
