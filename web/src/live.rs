//! The state as it is now: read once, then folded entry by entry as the ledger grows.
//!
//! Invariants: an entry is folded exactly once and in order; a gap is mended by reading the state anew; what is shown
//! stays when the server is away, and says how old it is.

use crate::api::{self, Trouble};
use flaghoist_core::api::{Endpoint, GetLedger, GetLedgerStream, GetSession, GetWorkspace};
use flaghoist_core::name::Revision;
use flaghoist_core::release::Entry;
use flaghoist_core::workspace::Workspace;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_net::eventsource::State;
use gloo_net::eventsource::futures::EventSource;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Entries kept for timelines.
const ENTRIES_KEPT: u64 = 500;
/// How soon a lost connection is tried again, in milliseconds.
const RETRY_MILLIS: u32 = 1_000;
/// How often the connection is looked at, in milliseconds.
const WATCH_MILLIS: u32 = 500;
/// How many looks a first connection may take: five seconds.
const CONNECTING_MAX: u32 = 10;
/// How often "3 min ago" is said anew, in milliseconds.
const TICK_MILLIS: u32 = 10_000;

/// How the app is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The first state is on its way.
    Loading,
    /// What is shown is what the server knows.
    Live,
    /// The connection is lost; what is shown is as old as it says.
    Lost,
    /// Nobody is signed in.
    SignedOut,
}

/// What every screen shows.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// The state, once it is there.
    pub workspace: RwSignal<Option<Workspace>>,
    /// The last entries, oldest first.
    pub entries: RwSignal<Vec<Entry>>,
    /// Who is signed in.
    pub user: RwSignal<String>,
    /// How the app is connected.
    pub link: RwSignal<Link>,
    /// When the state last came or changed, in milliseconds since 1970.
    pub updated: RwSignal<f64>,
    /// Now, ticking slowly, in milliseconds since 1970.
    pub now: RwSignal<f64>,
}

impl Live {
    /// Not connected yet.
    pub fn new() -> Self {
        let now = js_sys::Date::now();
        Self {
            workspace: RwSignal::new(None),
            entries: RwSignal::new(Vec::new()),
            user: RwSignal::new(String::new()),
            link: RwSignal::new(Link::Loading),
            updated: RwSignal::new(now),
            now: RwSignal::new(now),
        }
    }

    /// Connects, and stays connected until nobody is signed in.
    pub fn start(self) {
        self.link.set(Link::Loading);
        spawn_local(async move {
            loop {
                match self.follow().await {
                    Err(Trouble::SignedOut(_)) => return self.sign_out(),
                    Ok(()) | Err(_) if self.is_signed_out() => return,
                    Ok(()) | Err(_) => self.link.set(Link::Lost),
                }
                TimeoutFuture::new(RETRY_MILLIS).await;
            }
        });
    }

    /// Shows nothing any more.
    pub fn sign_out(self) {
        self.user.set(String::new());
        self.workspace.set(None);
        self.entries.set(Vec::new());
        self.link.set(Link::SignedOut);
    }

    fn is_signed_out(self) -> bool {
        self.link.get_untracked() == Link::SignedOut
    }

    /// Lets the clock of the page tick.
    pub fn tick(self) {
        spawn_local(async move {
            loop {
                TimeoutFuture::new(TICK_MILLIS).await;
                self.now.set(js_sys::Date::now());
            }
        });
    }

    /// Reads the state and folds what follows; returns when the connection is lost or an entry is missing.
    async fn follow(self) -> Result<(), Trouble> {
        // Asked first: nobody being signed in is an answer there, not an error on the browser's console.
        let Some(session) = api::call::<GetSession>(&[], None).await? else {
            self.sign_out();
            return Ok(());
        };
        self.user.set(session.user.to_string());
        let workspace = api::call::<GetWorkspace>(&[], None).await?;
        let revision = workspace.revision();
        let since = revision.get().saturating_sub(ENTRIES_KEPT);
        let page = api::read::<GetLedger>(&format!("since={since}&limit={ENTRIES_KEPT}")).await?;
        let mut entries = page.entries;
        entries.retain(|entry| entry.revision <= revision);
        self.entries.set(entries);
        self.workspace.set(Some(workspace));
        self.seen();
        self.link.set(Link::Live);

        let url = format!("{}?since={revision}", GetLedgerStream::path(&[]));
        let strange = |error: &dyn std::fmt::Display| Trouble::Network(error.to_string());
        let mut source = EventSource::new(&url).map_err(|error| strange(&error))?;
        let mut news = source.subscribe("entry").map_err(|error| strange(&error))?;
        let mut patience = CONNECTING_MAX;
        while !self.is_signed_out() {
            match select(news.next(), TimeoutFuture::new(WATCH_MILLIS)).await {
                Either::Left((Some(message), _)) => {
                    let (_, message) = message.map_err(|error| strange(&error))?;
                    let text = message.data().as_string().unwrap_or_default();
                    let entry: Entry =
                        serde_json::from_str(&text).map_err(|error| strange(&error))?;
                    if !self.fold(entry) {
                        return Ok(());
                    }
                }
                Either::Left((None, _)) => return Ok(()),
                // The browser reconnects by itself and tells nobody: a page must not look live meanwhile.
                Either::Right(_) => match source.state() {
                    // Once it was open, connecting again means that it was lost.
                    State::Open => patience = 0,
                    State::Connecting if patience > 0 => patience -= 1,
                    State::Connecting | State::Closed => return Ok(()),
                },
            }
        }
        Ok(())
    }

    /// Folds an entry; false where one before it is missing.
    fn fold(self, entry: Entry) -> bool {
        let known = self
            .workspace
            .with_untracked(|state| state.as_ref().map(Workspace::revision));
        let known = known.unwrap_or(Revision::ZERO);
        if entry.revision <= known {
            return true;
        }
        if entry.revision != known.next() {
            return false;
        }
        self.workspace.update(|state| {
            if let Some(state) = state {
                state.apply(&entry);
            }
        });
        self.entries.update(|entries| {
            entries.push(entry);
            let surplus = entries.len().saturating_sub(ENTRIES_KEPT as usize);
            entries.drain(..surplus);
        });
        self.seen();
        true
    }

    fn seen(self) {
        let now = js_sys::Date::now();
        self.updated.set(now);
        self.now.set(now);
    }
}
