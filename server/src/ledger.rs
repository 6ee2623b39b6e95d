//! The ledger at work: decide, append, apply, publish, one command at a time.
//!
//! Invariants: a command is answered only after its entry is on disk and folded; the state readers see is always the
//! fold of a prefix of the ledger; a command once begun runs to its end even if its caller hangs up. Lower and contain go
//! before whatever waits, and are appended at whatever revision is next; everything else at the revision it was decided
//! on, and decided again when another writer was faster.

use crate::store::{Append, Store, StoreError};
use flaghoist_core::name::Revision;
use flaghoist_core::release::{Command, Entry, Event, FORMAT, Refusal, Stamp, decide};
use flaghoist_core::workspace::Workspace;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::time::timeout;

/// Entries read at a time while folding.
const PAGE: u32 = 1000;
/// How long a command may take; a store that hangs must not hang its callers.
const COMMAND_MAX: Duration = Duration::from_secs(5);
/// How long contain and lower may take before they say that the store is down (DESIGN §2.4: within a second).
const CONTAIN_MAX: Duration = Duration::from_millis(950);
/// How often a decision is made anew when other writers are faster, before that is an error.
const ATTEMPTS_MAX: usize = 16;

/// What a command did.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The ledger's revision after it.
    pub revision: Revision,
    /// What was appended.
    pub events: Vec<Event>,
}

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Core said no.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// The idempotency key was used for something else.
    #[error("the idempotency key was used for another request")]
    RequestReused,
    /// The store did not answer in time; whether it took the entry will show.
    #[error("the store did not answer in time")]
    Overdue,
    /// Other writers were faster every time.
    #[error("the ledger moves too fast")]
    Contended,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The ledger: its store, its fold, and word of what is new.
pub struct Ledger {
    store: Arc<dyn Store>,
    state: RwLock<Arc<Workspace>>,
    /// Held from decision to fold: one command at a time.
    turn: Mutex<()>,
    /// How many commands that must not wait are waiting: the others let them pass.
    urgent: AtomicUsize,
    head: watch::Sender<Revision>,
}

impl Ledger {
    /// Folds everything in the store.
    pub async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let workspace = Workspace::new(store.ledger_id().await?);
        let ledger = Self {
            store,
            state: RwLock::new(Arc::new(workspace)),
            turn: Mutex::new(()),
            urgent: AtomicUsize::new(0),
            head: watch::Sender::new(Revision::ZERO),
        };
        ledger.catch_up().await?;
        Ok(ledger)
    }

    /// The state now.
    pub fn workspace(&self) -> Arc<Workspace> {
        // A poisoned lock holds a whole state all the same: entries are folded under it one at a time.
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Tells whenever there are new entries.
    pub fn head(&self) -> watch::Receiver<Revision> {
        self.head.subscribe()
    }

    /// Entries after a revision, oldest first.
    pub async fn entries(&self, since: Revision, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.store.entries(since, limit).await
    }

    /// Carries out a command. `fingerprint` says what the stamp's request id was sent for.
    pub async fn decide(
        self: &Arc<Self>,
        command: Command,
        stamp: Stamp,
        fingerprint: Option<String>,
    ) -> Result<Decision, CommandError> {
        let unstoppable = command.only_lowers();
        let limit = if unstoppable {
            CONTAIN_MAX
        } else {
            COMMAND_MAX
        };
        let ledger = self.clone();
        // A task of its own: a caller that hangs up cannot stop it between append and fold.
        let work = tokio::spawn(async move {
            let _turn = ledger.take_turn(unstoppable).await;
            ledger
                .carry_out(&command, &stamp, fingerprint.as_deref(), unstoppable)
                .await
        });
        match timeout(limit, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(CommandError::Overdue),
        }
    }

    /// Lets go of the store.
    pub async fn close(&self) {
        let _turn = self.turn.lock().await;
        self.store.close().await;
    }

    /// Waits for the turn. The lock is first come, first served; who is in no hurry goes back to its end while somebody is.
    async fn take_turn(&self, unstoppable: bool) -> MutexGuard<'_, ()> {
        if unstoppable {
            self.urgent.fetch_add(1, Ordering::SeqCst);
            let turn = self.turn.lock().await;
            self.urgent.fetch_sub(1, Ordering::SeqCst);
            return turn;
        }
        loop {
            let turn = self.turn.lock().await;
            if self.urgent.load(Ordering::SeqCst) == 0 {
                return turn;
            }
            drop(turn);
            tokio::task::yield_now().await;
        }
    }

    async fn carry_out(
        &self,
        command: &Command,
        stamp: &Stamp,
        fingerprint: Option<&str>,
        unstoppable: bool,
    ) -> Result<Decision, CommandError> {
        for _ in 0..ATTEMPTS_MAX {
            // Looked at each time: another server may carry the same request out meanwhile.
            if let Some(done) = self.carried(stamp, fingerprint).await? {
                return Ok(done);
            }
            let workspace = self.workspace();
            let decided = decide(&workspace, command, stamp);
            if decided.as_ref().map_or(true, Vec::is_empty) {
                // Nobody is refused, or told that it is so already, by a state that others have left behind.
                self.catch_up().await?;
                if self.workspace().revision() != workspace.revision() {
                    continue;
                }
            }
            let events = decided.map_err(CommandError::Refused)?;
            if events.is_empty() {
                return Ok(Decision {
                    revision: workspace.revision(),
                    events,
                });
            }
            let entry = entry(workspace.revision().next(), stamp, events);
            // Not held while folding, so that the fold need not copy the state.
            drop(workspace);
            if unstoppable {
                let Some(revision) = self.store.append_next(&entry, fingerprint).await? else {
                    continue;
                };
                if revision == entry.revision {
                    self.fold([&entry]);
                } else {
                    self.catch_up().await?;
                }
                return Ok(Decision {
                    revision,
                    events: entry.events,
                });
            }
            match self.store.append(&entry, fingerprint).await? {
                Append::Done => {
                    self.fold([&entry]);
                    return Ok(Decision {
                        revision: entry.revision,
                        events: entry.events,
                    });
                }
                Append::Conflict => self.catch_up().await?,
            }
        }
        Err(CommandError::Contended)
    }

    /// What a request did when it was carried out before.
    async fn carried(
        &self,
        stamp: &Stamp,
        fingerprint: Option<&str>,
    ) -> Result<Option<Decision>, CommandError> {
        let Some(request) = &stamp.request else {
            return Ok(None);
        };
        let Some(carried) = self.store.carried(request).await? else {
            return Ok(None);
        };
        if Some(carried.fingerprint.as_str()) != fingerprint {
            return Err(CommandError::RequestReused);
        }
        Ok(Some(Decision {
            revision: carried.entry.revision,
            events: carried.entry.events,
        }))
    }

    /// Folds what others appended.
    async fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let since = self.workspace().revision();
            let entries = self.store.entries(since, PAGE).await?;
            if entries.is_empty() {
                return Ok(());
            }
            self.fold(&entries);
        }
    }

    fn fold<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>) {
        let revision = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let workspace = Arc::make_mut(&mut state);
            entries.into_iter().for_each(|entry| workspace.apply(entry));
            workspace.revision()
        };
        self.head.send_replace(revision);
    }
}

fn entry(revision: Revision, stamp: &Stamp, events: Vec<Event>) -> Entry {
    Entry {
        format: FORMAT,
        revision,
        at: stamp.now,
        actor: stamp.actor.clone(),
        reason: stamp.reason.clone(),
        request: stamp.request.clone(),
        events,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SqliteStore;
    use flaghoist_core::artefact::{Health, Observation, VersionReport};
    use flaghoist_core::name::EnvironmentName;
    use flaghoist_core::plan;
    use flaghoist_core::release::Actor;
    use flaghoist_core::time::Timestamp;

    const CHAPTER: &str = include_str!("../../examples/refund_explanation/chapter.yaml");

    fn stamp() -> Stamp {
        let (now, actor) = (
            Timestamp::from_millis(0),
            Actor::Person("asha".parse().unwrap()),
        );
        Stamp {
            now,
            actor,
            reason: None,
            request: None,
        }
    }

    #[tokio::test]
    async fn contain_overtakes_what_waits() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("flaghoist.db"))
            .await
            .unwrap();
        let ledger = Arc::new(Ledger::open(Arc::new(store)).await.unwrap());
        let environment: EnvironmentName = "production".parse().unwrap();
        let declare = Command::DeclareEnvironment {
            environment: environment.clone(),
            population: None,
        };
        ledger.decide(declare, stamp(), None).await.unwrap();
        let plan = Box::new(plan::parse(CHAPTER).unwrap());
        let apply = Command::ApplyPlan {
            environment: None,
            plan,
            source: CHAPTER.into(),
        };
        ledger.decide(apply, stamp(), None).await.unwrap();

        let report = |number: u32| Command::Observe {
            environment: environment.clone(),
            artefact: "tool:another".parse().unwrap(),
            report: Observation::Deployed {
                version: VersionReport {
                    version: format!("1.{number}").parse().unwrap(),
                    health: Health::Healthy,
                    digest: None,
                },
                live: false,
            }
            .into(),
        };
        let waiting: Vec<_> = (0..200)
            .map(|number| {
                let (ledger, command) = (ledger.clone(), report(number));
                tokio::spawn(async move { ledger.decide(command, stamp(), None).await })
            })
            .collect();
        // Until the first is through, so that the others stand in line.
        while ledger.workspace().revision().get() < 3 {
            tokio::task::yield_now().await;
        }
        let flag = "refund_explanation_v1".parse().unwrap();
        let contain = Command::Contain {
            environment: environment.clone(),
            flag,
        };
        let contained = ledger.decide(contain, stamp(), None).await.unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        assert_eq!(ledger.workspace().revision().get(), 203);
        let revision = contained.revision.get();
        assert!(revision < 50, "contain waited for {revision} others");
    }

    #[tokio::test]
    async fn a_server_that_has_not_heard_yet_refuses_nothing_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flaghoist.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).await.unwrap());
        let first = Arc::new(Ledger::open(store.clone()).await.unwrap());
        let second = Arc::new(Ledger::open(store).await.unwrap());
        let environment: EnvironmentName = "production".parse().unwrap();
        let declare = Command::DeclareEnvironment {
            environment: environment.clone(),
            population: None,
        };
        first.decide(declare, stamp(), None).await.unwrap();
        let apply = Command::ApplyPlan {
            environment: None,
            plan: Box::new(plan::parse(CHAPTER).unwrap()),
            source: CHAPTER.into(),
        };
        first.decide(apply, stamp(), None).await.unwrap();
        let contain = Command::Contain {
            environment,
            flag: "refund_explanation_v1".parse().unwrap(),
        };
        assert_eq!(second.workspace().revision().get(), 0);
        let contained = second.decide(contain.clone(), stamp(), None).await.unwrap();
        assert_eq!(contained.events.len(), 1);
        // What somebody else cleared meanwhile is not "so already" to who has not heard of it.
        let clear = Command::ClearLatch {
            environment: "production".parse().unwrap(),
            flag: "refund_explanation_v1".parse().unwrap(),
        };
        let why = Stamp {
            reason: Some("looked at".into()),
            ..stamp()
        };
        first.decide(clear, why, None).await.unwrap();
        let again = second.decide(contain, stamp(), None).await.unwrap();
        assert_eq!(again.events.len(), 1);
    }
}
