//! CORS for evaluation surfaces: any page may evaluate with its key; cookies are never part of it.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets pages of any origin call evaluation surfaces, and answers their preflights. Everything else stays closed.
pub async fn allow_any_origin(request: Request, next: Next) -> Response {
    if !is_evaluation(request.uri().path()) {
        return next.run(request).await;
    }
    let preflight = *request.method() == Method::OPTIONS;
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    allow(response.headers_mut(), preflight);
    response
}

/// OFREP, and the bundle with what is below it.
fn is_evaluation(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let bundle = [Some("api"), Some("v1"), Some("environments")];
    match segments.next() {
        Some("ofrep") => true,
        first => {
            [first, segments.next(), segments.next()] == bundle && segments.nth(1) == Some("bundle")
        }
    }
}

fn allow(headers: &mut HeaderMap, preflight: bool) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    // Without this, scripts cannot read the tag they must send back.
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Retry-After"),
    );
    if preflight {
        let allowed = "Authorization, X-API-Key, If-None-Match, Content-Type, \
            Flaghoist-Environment, Flaghoist-Edge, Last-Event-ID";
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(allowed),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, OPTIONS"),
        );
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::is_evaluation;

    #[test]
    fn only_evaluation_is_open_to_other_pages() {
        for open in [
            "/ofrep/v1/evaluate/flags",
            "/ofrep/v1/stream",
            "/api/v1/environments/a/bundle",
            "/api/v1/environments/a/bundle/client",
        ] {
            assert!(is_evaluation(open), "{open}");
        }
        for closed in [
            "/api/v1/workspace",
            "/api/v1/environments/a/flags/bundle/raise",
            "/",
            "/api/v1/bundle",
            "/api/v1/environments/bundle",
        ] {
            assert!(!is_evaluation(closed), "{closed}");
        }
    }
}
