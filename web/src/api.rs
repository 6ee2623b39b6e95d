//! Calls the server through `core::api`.

use flaghoist_core::api::{Endpoint, Method, Problem};
use flaghoist_core::value::Value;
use gloo_net::http::{Request, RequestBuilder};
use serde::de::DeserializeOwned;
use std::fmt;

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// Nobody is signed in, or not any more.
    SignedOut(Box<Problem>),
    /// The server says no.
    Problem(Box<Problem>),
    /// The server cannot be reached, or answers strangely.
    Network(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::SignedOut(problem) | Trouble::Problem(problem) => f.write_str(&problem.detail),
            Trouble::Network(problem) => write!(f, "The server does not answer: {problem}"),
        }
    }
}

/// Calls an operation; `body` is what it takes, where it takes anything.
pub async fn call<E: Endpoint>(
    arguments: &[&str],
    body: Option<&E::Request>,
) -> Result<E::Response, Trouble> {
    call_with::<E>(&E::path(arguments), body).await
}

/// Calls an operation whose answer is only shown: the type's own reader would weigh more than the screen.
pub async fn call_to_show<E: Endpoint>(
    arguments: &[&str],
    body: &E::Request,
) -> Result<Value, Trouble> {
    send::<E, Value>(&E::path(arguments), Some(body)).await
}

/// Reads with a query.
pub async fn read<E: Endpoint>(query: &str) -> Result<E::Response, Trouble> {
    call_with::<E>(&format!("{}?{query}", E::path(&[])), None).await
}

async fn call_with<E: Endpoint>(
    url: &str,
    body: Option<&E::Request>,
) -> Result<E::Response, Trouble> {
    send::<E, E::Response>(url, body).await
}

async fn send<E: Endpoint, R: DeserializeOwned>(
    url: &str,
    body: Option<&E::Request>,
) -> Result<R, Trouble> {
    let strange = |error: &dyn fmt::Display| Trouble::Network(error.to_string());
    let request: RequestBuilder = match E::METHOD {
        Method::Get => Request::get(url),
        Method::Post => Request::post(url),
        Method::Put => Request::put(url),
        Method::Delete => Request::delete(url),
    };
    let response = match body {
        Some(body) => {
            let text = serde_json::to_string(body).map_err(|error| strange(&error))?;
            let request = request
                .header("content-type", "application/json")
                .body(text);
            request.map_err(|error| strange(&error))?.send().await
        }
        None => request.send().await,
    };
    let response = response.map_err(|error| strange(&error))?;
    let text = response.text().await.map_err(|error| strange(&error))?;
    if response.ok() {
        let text = if text.is_empty() { "null" } else { &text };
        return serde_json::from_str(text).map_err(|error| strange(&error));
    }
    let problem: Box<Problem> = serde_json::from_str(&text).map_err(|error| strange(&error))?;
    Err(if problem.status == 401 {
        Trouble::SignedOut(problem)
    } else {
        Trouble::Problem(problem)
    })
}
