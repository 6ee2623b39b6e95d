//! Flaghoist's server: it gives core's pure functions a clock, a store and a network.
//!
//! A request is authenticated (`access`), becomes a command, is decided by core, appended to the store and only then
//! applied, published and answered (`ledger`). Invariants: what is acknowledged is on disk; only `store` knows SQL, only
//! `http` knows status codes. Not here: rules about releases, which are core's.

pub mod access;
mod app;
mod bundles;
mod clock;
mod controller;
mod edges;
mod http;
mod ledger;
mod random;
mod reports;
pub mod store;
mod ticket;

use access::Access;
use app::App;
use bundles::Bundles;
use edges::Edges;
use flaghoist_core::name::{EnvironmentName, ReleaseName};
use flaghoist_core::release::{Actor, Command, Stamp};
pub use ledger::CommandError;
use ledger::Ledger;
use reports::Reports;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::{SqliteStore, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long requests under way may take once the server stops.
const SHUTDOWN_MAX: Duration = Duration::from_secs(10);

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The SQLite file; made where there is none.
    pub database: PathBuf,
    /// The folder of the built admin app; without it the embedded one, where there is one.
    pub web: Option<PathBuf>,
}

/// Why a server did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// As configured.
        listen: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The network, later.
    #[error("serving failed: {0}")]
    Serve(#[from] std::io::Error),
}

/// Everything a request may need.
#[derive(Clone)]
struct Shared {
    ledger: Arc<Ledger>,
    access: Arc<Access>,
    bundles: Arc<Bundles>,
    edges: Arc<Edges>,
    reports: Arc<Reports>,
    app: Arc<App>,
    /// True once the server stops: streams end.
    closing: watch::Receiver<bool>,
}

/// A server that listens and does not yet answer.
pub struct Server {
    listener: TcpListener,
    shared: Shared,
    close: watch::Sender<bool>,
}

impl Server {
    /// Opens the store, folds its ledger and listens.
    ///
    /// # Errors
    /// A store that cannot be read whole, or an address that is taken.
    pub async fn bind(config: &Config) -> Result<Self, ServeError> {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&config.database).await?);
        let ledger = Arc::new(Ledger::open(store.clone()).await?);
        declare_first_environment(&ledger).await?;
        let listen = |source| ServeError::Listen {
            listen: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let (close, closing) = watch::channel(false);
        let shared = Shared {
            bundles: Arc::new(Bundles::new(ledger.clone())),
            edges: Arc::new(Edges::new()),
            reports: Arc::new(Reports::new(clock::now())),
            access: Arc::new(Access::new(store)),
            app: Arc::new(App::new(config.web.clone())),
            ledger,
            closing,
        };
        Ok(Self {
            listener,
            shared,
            close,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn address(&self) -> Result<SocketAddr, ServeError> {
        Ok(self.listener.local_addr()?)
    }

    /// Who may do what here.
    pub fn access(&self) -> &Access {
        &self.shared.access
    }

    /// Whether a release is known in an environment.
    pub fn knows_release(&self, environment: &EnvironmentName, release: &ReleaseName) -> bool {
        let workspace = self.shared.ledger.workspace();
        workspace
            .environment(environment)
            .is_some_and(|state| state.releases.contains_key(release))
    }

    /// Carries out a command before the first request does.
    ///
    /// # Errors
    /// What core refuses, or the store's failure.
    pub async fn command(&self, command: Command, actor: Actor) -> Result<(), CommandError> {
        let stamp = Stamp {
            now: clock::now(),
            actor,
            reason: None,
            request: None,
        };
        self.shared
            .ledger
            .decide(command, stamp, None)
            .await
            .map(drop)
    }

    /// Answers until `stop` is done; then finishes what is under way and closes the store.
    ///
    /// # Errors
    /// When the network fails.
    pub async fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let Self {
            listener,
            shared,
            close,
        } = self;
        let ledger = shared.ledger.clone();
        let mut closing = shared.closing.clone();
        let controller = tokio::spawn(controller::run(
            ledger.clone(),
            shared.edges.clone(),
            shared.reports.clone(),
            shared.closing.clone(),
        ));
        let router = http::router(shared);
        let stopping = async move {
            stop.await;
            let _ = close.send(true);
        };
        let serving = axum::serve(listener, router).with_graceful_shutdown(stopping);
        let overdue = async move {
            let _ = closing.wait_for(|closing| *closing).await;
            tokio::time::sleep(SHUTDOWN_MAX).await;
        };
        tokio::select! {
            result = serving => result?,
            () = overdue => tracing::warn!("requests were still under way when the server stopped"),
        }
        // It ends with `closing`; a network that failed has not told it.
        controller.abort();
        ledger.close().await;
        Ok(())
    }
}

/// A new ledger has one environment, so that a first plan needs no ceremony.
async fn declare_first_environment(ledger: &Arc<Ledger>) -> Result<(), ServeError> {
    if !ledger.workspace().environments().is_empty() {
        return Ok(());
    }
    let Ok(environment) = "production".parse::<EnvironmentName>() else {
        return Ok(());
    };
    let stamp = Stamp {
        now: clock::now(),
        actor: Actor::System,
        reason: None,
        request: None,
    };
    let command = Command::DeclareEnvironment {
        environment,
        population: None,
    };
    match ledger.decide(command, stamp, None).await {
        Err(CommandError::Store(error)) => Err(error.into()),
        // Another server on the same store was faster, or it is there now: both are what was wanted.
        _ => Ok(()),
    }
}
