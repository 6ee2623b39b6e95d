//! Signing in and out of the admin app.

use super::answer::Json;
use super::body::{self, SMALL_MAX};
use super::caller::{COOKIE, session_token};
use super::problem::Failure;
use crate::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use flaghoist_core::api::{Session, SignIn};

pub async fn sign_in(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Failure> {
    let request: SignIn = body::json(body, SMALL_MAX).await?;
    let (session, token) = shared
        .access
        .sign_in(&request.user, &request.password)
        .await?;
    let cookie = format!(
        "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{}",
        secure(&headers)
    );
    let answer = Session {
        user: session.user,
        expires: session.expires,
    };
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(answer)))
}

pub async fn current(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<Json<Option<Session>>, Failure> {
    let Some(token) = session_token(&headers) else {
        return Ok(Json(None));
    };
    let session = shared.access.session(token).await?;
    Ok(Json(session.map(|session| Session {
        user: session.user,
        expires: session.expires,
    })))
}

pub async fn sign_out(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    if let Some(token) = session_token(&headers) {
        shared.access.sign_out(token).await?;
    }
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, gone)]),
    ))
}

/// Browsers keep a cookie from plain http, except on this very machine, where there is no wire to listen on.
fn secure(headers: &HeaderMap) -> &'static str {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        ""
    } else {
        "; Secure"
    }
}
