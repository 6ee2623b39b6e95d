//! The admin app over HTTP: hashed files kept for ever, the page for every other address, a strict policy on all.

use super::negotiate::accepted_encodings;
use super::problem::Failure;
use crate::Shared;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Only our own files, WebAssembly but no eval, nothing inline, no frame around us.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const PAGE: &str = "index.html";
const NO_APP: &str = "<!doctype html><html lang=en><title>Flaghoist</title><h1>Flaghoist answers</h1>\
    <p>The admin app is not here: build it with <code>cargo xtask web</code> and start the server with \
    <code>--web target/dist/web</code>.</p></html>";

/// A file of the app, its page for addresses the app itself routes, or a problem.
pub async fn page_or_asset(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let path = uri.path().trim_start_matches('/');
    let nothing = || {
        Failure::not_found(
            format!("there is nothing at /{path}"),
            "look at the address again",
        )
    };
    if !matches!(method, Method::GET | Method::HEAD)
        || path.starts_with("api/")
        || path.starts_with("ofrep/")
    {
        return Err(nothing());
    }
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'))
        && !path.contains('/');
    let name = if is_file { path } else { PAGE };
    let accepted = accepted_encodings(&headers);
    let (bytes, encoding) = match shared.app.file(name, &accepted).await {
        Some(file) => (file.bytes, file.encoding),
        None if name == PAGE => (NO_APP.as_bytes().into(), None),
        None => return Err(nothing()),
    };
    let mut response = (StatusCode::OK, bytes).into_response();
    let set = response.headers_mut();
    let mut put =
        |name: HeaderName, value: &'static str| set.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, content_type(name));
    put(header::VARY, "Accept-Encoding");
    put(
        header::CACHE_CONTROL,
        if name == PAGE {
            "no-cache"
        } else {
            "public, max-age=31536000, immutable"
        },
    );
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::REFERRER_POLICY, "no-referrer");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if let Some(encoding) = encoding {
        put(header::CONTENT_ENCODING, encoding);
    }
    Ok(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
