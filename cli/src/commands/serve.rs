//! Serving until somebody says stop.

use super::access::{given, make_password};
use super::example;
use crate::arguments::Serve;
use crate::error::Failure;
use crate::output::print;
use flaghoist_server::{Config, Server};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

pub fn run(serve: Serve) -> Result<ExitCode, Failure> {
    let filter =
        EnvFilter::try_from_env("FLAGHOIST_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::Server(error.to_string()))?;
    runtime.block_on(start(serve))?;
    Ok(ExitCode::SUCCESS)
}

async fn start(serve: Serve) -> Result<(), Failure> {
    let failed = |error: flaghoist_server::ServeError| Failure::Server(error.to_string());
    let config = Config {
        listen: serve.listen,
        database: serve.database.clone(),
        web: serve.web.clone(),
    };
    let server = Server::bind(&config).await.map_err(failed)?;
    let address = format!("http://{}", server.address().map_err(failed)?);
    let sign_in = first_user(&server, &serve).await?;
    let hints = if serve.example {
        Some(example::load(&server, &serve.user, &address).await?)
    } else {
        None
    };
    print(&format!("listening on {address}"))?;
    print(&sign_in)?;
    if let Some(hints) = hints {
        print(&hints)?;
    }
    server.run(stopped()).await.map_err(failed)
}

/// Makes the first user where there is none; what to say about signing in.
async fn first_user(server: &Server, serve: &Serve) -> Result<String, Failure> {
    let failed = |error: flaghoist_server::access::AccessError| Failure::Usage(error.to_string());
    let user = &serve.user;
    let given = given(&serve.password)?;
    let is_first = !server.access().has_users().await.map_err(failed)?;
    let (password, made) = match (given, is_first) {
        (Some(password), _) => (password, false),
        (None, true) => (make_password()?, true),
        (None, false) => {
            return Ok(format!(
                "sign in as before; `flaghoist user add {user} --database {}` gives a new password",
                serve.database.display()
            ));
        }
    };
    if is_first {
        let access = server.access();
        access.put_user(user, &password).await.map_err(failed)?;
    }
    // A password that the operator chose stays out of logs; the example's is for whoever tries it.
    Ok(if made || serve.example {
        format!("sign in as {user} with the password {password}")
    } else {
        format!("sign in as {user}")
    })
}

/// Done when the process is asked to stop.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
