//! Failures as problem documents (RFC 9457).
//!
//! Invariant: what is internal is logged once, here, and never sent.

use crate::access::AccessError;
use crate::ledger::CommandError;
use crate::store::StoreError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flaghoist_core::api::{Problem, RefusalReport};
use flaghoist_core::diagnostic::Diagnostic;
use flaghoist_core::name::NameError;
use flaghoist_core::release::{Refusal, RefusalKind};

/// A failed request.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    problem: Box<Problem>,
    headers: Vec<(HeaderName, String)>,
}

impl Failure {
    /// A failure of a kind, with what is wrong and how to mend it.
    pub fn new(
        status: StatusCode,
        kind: &str,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let problem = Problem {
            kind: format!("urn:flaghoist:problem:{kind}"),
            title: status.canonical_reason().unwrap_or("Problem").into(),
            status: status.as_u16(),
            detail: detail.into(),
            fix: fix.into(),
            refusals: Vec::new(),
            diagnostics: Vec::new(),
        };
        Self {
            status,
            problem: Box::new(problem),
            headers: Vec::new(),
        }
    }

    /// Nobody, or somebody whose proof is not good any more.
    pub fn unauthorized(detail: &str) -> Self {
        let fix = "sign in, or send an API key as `Authorization: Bearer …`";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail, fix)
            .with_header(header::WWW_AUTHENTICATE, "Bearer".into())
    }

    /// Somebody, who may not.
    pub fn forbidden(detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail, fix)
    }

    /// Nothing is there.
    pub fn not_found(detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail, fix)
    }

    /// A document with errors.
    pub fn document(diagnostics: Vec<Diagnostic>) -> Self {
        Refusal::InvalidDocument { diagnostics }.into()
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; its log says why",
            "try again; if it stays so, tell the operator",
        )
    }

    fn unavailable(detail: &str) -> Self {
        let fix = "look at the state before trying again; the operator should look at the store";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail, fix)
            .with_header(header::RETRY_AFTER, "1".into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl From<Vec<Refusal>> for Failure {
    /// The most telling kind gives the status: what is wrong anywhere, what is not there, what moved, what is guarded.
    fn from(refusals: Vec<Refusal>) -> Self {
        let status = match refusals.iter().map(Refusal::kind).min() {
            Some(RefusalKind::NotFound) => StatusCode::NOT_FOUND,
            Some(RefusalKind::Conflict) => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let sentences: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let fixes: Vec<String> = refusals.iter().map(Refusal::fix).collect();
        let mut failure = Self::new(status, "refused", sentences.join("; "), fixes.join("; "));
        for refusal in refusals {
            if let Refusal::InvalidDocument { diagnostics } = &refusal {
                failure
                    .problem
                    .diagnostics
                    .extend(diagnostics.iter().cloned());
            }
            failure.problem.refusals.push(RefusalReport::from(refusal));
        }
        failure
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        vec![refusal].into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Taken(name) => Self::new(
                StatusCode::CONFLICT,
                "taken",
                format!("`{name}` is taken"),
                "use another name, or end that one first",
            ),
            StoreError::Database(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
                Self::unavailable("the store did not answer")
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusals) => refusals.into(),
            CommandError::RequestReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "this Idempotency-Key was sent with another request before",
                "use a new key for a new request",
            ),
            CommandError::Overdue | CommandError::Contended => {
                tracing::error!(%error, "a command was not carried out in time");
                Self::unavailable(
                    "the store did not answer in time; the command may or may not have been taken",
                )
            }
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        let fix = "mend it and send it again";
        match &error {
            AccessError::Wrong => Self::new(
                StatusCode::UNAUTHORIZED,
                "sign-in",
                error.to_string(),
                "try again, or ask an operator",
            ),
            AccessError::TooMany { retry_after } => {
                let fix = format!("wait {retry_after} seconds");
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "sign-in",
                    error.to_string(),
                    fix,
                )
                .with_header(header::RETRY_AFTER, retry_after.to_string())
            }
            AccessError::Busy => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "sign-in",
                error.to_string(),
                "try again in a few seconds",
            )
            .with_header(header::RETRY_AFTER, "5".into()),
            AccessError::PasswordLength | AccessError::KeyEnvironment => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                error.to_string(),
                fix,
            ),
            AccessError::Hash(_) | AccessError::Random(_) => Self::internal(&error),
            AccessError::Store(_) => match error {
                AccessError::Store(error) => error.into(),
                other => Self::internal(&other),
            },
        }
    }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "name",
            error.to_string(),
            "use a name like `production` or `refund_v1`",
        )
    }
}
