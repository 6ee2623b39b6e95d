//! Who calls, and what each kind of caller may.
//!
//! | caller | commands and state | whole bundle, evaluation of all flags | flags marked for clients |
//! |---|---|---|---|
//! | person (session cookie) | yes | yes | yes |
//! | admin key | yes, for its owner | yes | yes |
//! | server evaluation key | no | its environment | its environment |
//! | browser evaluation key | no | no | its environment |
//!
//! A stream ticket stands for its key, in its environment, at OFREP's event stream and nowhere else.

use super::problem::Failure;
use crate::bundles::Projection;
use crate::ticket::Ticket;
use crate::{Shared, access, clock};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flaghoist_core::api::{Endpoint, KeyInfo, KeyKind, PostSession};
use flaghoist_core::name::{EnvironmentName, PrincipalName};
use flaghoist_core::release::Actor;
use std::fmt;

/// The cookie that holds a session's token.
pub const COOKIE: &str = "flaghoist_session";
/// Names the environment where the caller's key does not.
const ENVIRONMENT_HEADER: &str = "flaghoist-environment";

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A signed-in person.
    Person(PrincipalName),
    /// A program.
    Key(KeyInfo),
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        Self::of(&parts.headers, shared).await
    }
}

impl Caller {
    /// Who sends these headers.
    pub async fn of(headers: &HeaderMap, shared: &Shared) -> Result<Self, Failure> {
        if let Some(token) = key_token(headers) {
            let key = shared.access.key(token).await?;
            return key
                .map(Caller::Key)
                .ok_or_else(|| Failure::unauthorized("this API key is not known"));
        }
        let Some(token) = session_token(headers) else {
            return Err(Failure::unauthorized("this takes a sign-in or an API key"));
        };
        match shared.access.session(token).await? {
            Some(session) => Ok(Caller::Person(session.user)),
            // The browser forgets a cookie that is good for nothing.
            None => Err(Failure::unauthorized("the session has ended").with_header(
                header::SET_COOKIE,
                format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"),
            )),
        }
    }
}

/// A caller who may command and see everything.
#[derive(Debug, Clone)]
pub struct Admin(pub Actor);

impl FromRequestParts<Shared> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        match Caller::from_request_parts(parts, shared).await? {
            Caller::Person(name) => Ok(Self(Actor::Person(name))),
            Caller::Key(KeyInfo {
                kind: KeyKind::Admin,
                name,
                owner,
                ..
            }) => Ok(Self(Actor::Key { name, owner })),
            Caller::Key(key) => Err(Failure::forbidden(
                format!("the key `{}` is for evaluation", key.name),
                "use a key of kind admin, or sign in",
            )),
        }
    }
}

/// A caller who may evaluate flags: all of them, or those marked for clients; in one environment, or in any.
#[derive(Debug, Clone)]
pub struct Evaluator {
    /// The only environment it may ask about; `None` is any.
    only: Option<EnvironmentName>,
    /// The environment its request names.
    asked: Option<EnvironmentName>,
    /// Which flags it sees.
    pub projection: Projection,
    /// What its stream tickets are made with; `None` for a person.
    pub key: Option<TicketKey>,
}

/// An API key as far as tickets know it.
#[derive(Clone)]
pub struct TicketKey {
    /// Its name.
    pub name: PrincipalName,
    /// The hash of its token.
    pub hash: String,
}

/// As far as logs may show it.
impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketKey({})", self.name)
    }
}

impl FromRequestParts<Shared> for Evaluator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        let asked = parts
            .headers
            .get(ENVIRONMENT_HEADER)
            .and_then(|value| value.to_str().ok());
        let asked = asked.map(str::parse).transpose()?;
        let caller = match Caller::from_request_parts(parts, shared).await? {
            Caller::Key(key) => {
                let hash = access::hash(key_token(&parts.headers).unwrap_or_default());
                Self::of_key(key, hash)
            }
            Caller::Person(_) => Self {
                only: None,
                asked: None,
                projection: Projection::Whole,
                key: None,
            },
        };
        Ok(Self { asked, ..caller })
    }
}

impl Evaluator {
    fn of_key(key: KeyInfo, hash: String) -> Self {
        let projection = match key.kind {
            KeyKind::BrowserEvaluation => Projection::Client,
            KeyKind::Admin | KeyKind::ServerEvaluation => Projection::Whole,
        };
        Self {
            only: key.environment,
            asked: None,
            projection,
            key: Some(TicketKey {
                name: key.name,
                hash,
            }),
        }
    }

    /// Whom a stream's ticket is for: its key must be good still.
    pub async fn of_ticket(ticket: &Ticket, shared: &Shared) -> Result<Self, Failure> {
        let key = shared.access.ticket_key(ticket).await?;
        let key = key.filter(|_| ticket.is_good_at(clock::now()));
        let Some(key) = key else {
            return Err(Failure::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "this stream's ticket is good no more",
                "ask for all flags again: the answer brings a new one",
            ));
        };
        Ok(Self {
            asked: Some(ticket.environment().clone()),
            key: None,
            ..Self::of_key(key, String::new())
        })
    }

    /// Refuses an environment that is not the caller's.
    pub fn allow(&self, environment: &EnvironmentName) -> Result<(), Failure> {
        match &self.only {
            Some(only) if only != environment => Err(Failure::forbidden(
                format!("this key is for {only}, not for {environment}"),
                format!("ask for {only}, or use a key of {environment}"),
            )),
            _ => Ok(()),
        }
    }

    /// The environment of a request whose address names none: the key's, the header's, or the only one there is.
    pub fn environment(&self, shared: &Shared) -> Result<EnvironmentName, Failure> {
        if let Some(name) = self.only.clone().or_else(|| self.asked.clone()) {
            self.allow(&name)?;
            return Ok(name);
        }
        let workspace = shared.ledger.workspace();
        let mut names = workspace.environments().keys();
        match (names.next(), names.next()) {
            (Some(only), None) => Ok(only.clone()),
            _ => Err(Failure::not_found(
                "the request does not say for which environment it is",
                "use an evaluation key, or send the header Flaghoist-Environment",
            )),
        }
    }
}

/// Refuses requests that another site's page sends with the browser's cookie, or to get one. `SameSite=Strict` keeps the
/// cookie from them already; this holds where a browser or a subdomain does not, and keeps a page from signing its
/// visitor in as somebody else.
pub async fn refuse_foreign_pages(
    State(_): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    let cookie = session_token(headers).is_some() || request.uri().path() == PostSession::PATH;
    let by_cookie = key_token(headers).is_none() && cookie;
    if !safe && by_cookie && is_foreign(headers) {
        let failure =
            Failure::forbidden("another site's page sent this", "use Flaghoist's own page");
        return failure.into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").map(|(_, rest)| rest) != Some(host),
        // Not a browser: it would have said where it comes from.
        _ => false,
    }
}

fn key_token(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    // RFC 9110 §11.1: the scheme's letters may be of either case.
    let bearer = bearer
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    bearer.or_else(|| {
        headers
            .get("x-api-key")
            .and_then(|value| value.to_str().ok())
    })
}

/// The session's token among the request's cookies.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}
