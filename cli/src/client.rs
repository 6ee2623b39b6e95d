//! Calls the server through `core::api`.

use crate::arguments::{Connection, Target};
use crate::error::Failure;
use flaghoist_core::api::{DRY_RUN_HEADER, Endpoint, GetWorkspace, Method, Problem};
use flaghoist_core::name::EnvironmentName;
use flaghoist_core::workspace::{Environment, Workspace};
use std::time::Duration;

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A connection to one server.
pub struct Client {
    agent: ureq::Agent,
    server: String,
    token: Option<String>,
    /// Nothing is changed; answers tell what would be.
    dry_run: bool,
}

impl Client {
    /// To the server that a target names.
    pub fn at(target: &Target) -> Self {
        Self {
            dry_run: target.dry_run,
            ..Self::new(target.connection.clone())
        }
    }

    /// To the server and with the key that the call names.
    pub fn new(connection: Connection) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_MAX));
        let server = connection.server.trim_end_matches('/').to_string();
        Self {
            agent: config.build().into(),
            server,
            token: connection.token,
            dry_run: false,
        }
    }

    /// Calls an operation.
    pub fn call<E: Endpoint>(
        &self,
        arguments: &[&str],
        body: &E::Request,
    ) -> Result<E::Response, Failure> {
        let url = format!("{}{}", self.server, E::path(arguments));
        let text = self.send::<E>(&url, body)?;
        // Operations that answer nothing answer no body.
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).map_err(|error| self.strange(&error.to_string()))
    }

    /// Reads with a query.
    pub fn page<E: Endpoint<Request = ()>>(&self, query: &str) -> Result<E::Response, Failure> {
        let url = format!("{}{}?{query}", self.server, E::path(&[]));
        let text = self.send::<E>(&url, &())?;
        serde_json::from_str(&text).map_err(|error| self.strange(&error.to_string()))
    }

    /// The state now.
    pub fn workspace(&self) -> Result<Workspace, Failure> {
        self.call::<GetWorkspace>(&[], &())
    }

    /// The state of one environment now.
    pub fn state(&self, name: &EnvironmentName) -> Result<Environment, Failure> {
        let workspace = self.workspace()?;
        let known = workspace.environment(name).cloned();
        known.ok_or_else(|| Failure::Usage(format!("there is no environment `{name}`")))
    }

    /// The environment a call means: the one it names, or the only one there is.
    pub fn environment(&self, named: Option<EnvironmentName>) -> Result<EnvironmentName, Failure> {
        match named {
            Some(name) => Ok(name),
            None => only_environment(&self.workspace()?),
        }
    }

    fn send<E: Endpoint>(&self, url: &str, body: &E::Request) -> Result<String, Failure> {
        let method = match E::METHOD {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.dry_run {
            request = request.header(DRY_RUN_HEADER, "true");
        }
        let strange = |error: ureq::http::Error| Failure::Usage(format!("{url}: {error}"));
        let answer = if matches!(E::METHOD, Method::Get | Method::Delete) {
            self.agent.run(request.body(()).map_err(strange)?)
        } else {
            let body =
                serde_json::to_string(body).map_err(|error| self.strange(&error.to_string()))?;
            self.agent.run(
                request
                    .header("content-type", "application/json")
                    .body(body)
                    .map_err(strange)?,
            )
        };
        let mut answer = answer.map_err(|error| self.strange(&error.to_string()))?;
        let status = answer.status();
        let reader = answer.body_mut().with_config().limit(512 * 1024 * 1024);
        let text = reader
            .read_to_string()
            .map_err(|error| self.strange(&error.to_string()))?;
        if status.is_success() {
            return Ok(text);
        }
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => Err(Failure::Refused(Box::new(problem))),
            Err(_) => {
                Err(self.strange(&format!("it answered {status}, and not as Flaghoist does")))
            }
        }
    }

    fn strange(&self, problem: &str) -> Failure {
        Failure::Unreachable {
            server: self.server.clone(),
            problem: problem.into(),
        }
    }
}

/// The only environment of a workspace.
pub fn only_environment(workspace: &Workspace) -> Result<EnvironmentName, Failure> {
    let mut names = workspace.environments().keys();
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(only.clone()),
        _ => {
            let names: Vec<&str> = workspace
                .environments()
                .keys()
                .map(EnvironmentName::as_str)
                .collect();
            Err(Failure::Usage(format!(
                "name the environment with --env: {}",
                names.join(", ")
            )))
        }
    }
}
