//! What edges say they serve: a side table in memory, of which the ledger hears only when all of them have caught up.
//!
//! Invariants: bounded; an edge that was not heard of for its lease is forgotten, since what it serves is stale by then and it
//! says so itself. Not here: what waits for acknowledgements (`core::release`).

use flaghoist_core::name::{EnvironmentName, Revision};
use flaghoist_core::release::{EDGE_LEASE, Serving};
use flaghoist_core::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Most edges kept of one environment: each takes some hundred bytes. One more is answered and not counted.
const EDGES_MAX: usize = 100_000;

/// What edges serve.
pub struct Edges {
    heard: Mutex<BTreeMap<EnvironmentName, BTreeMap<String, Heard>>>,
    news: watch::Sender<()>,
}

#[derive(Debug, Clone, Copy)]
struct Heard {
    revision: Revision,
    at: Timestamp,
}

impl Edges {
    /// Nothing heard yet.
    pub fn new() -> Self {
        Self {
            heard: Mutex::default(),
            news: watch::Sender::new(()),
        }
    }

    /// Tells whenever an edge serves something else than before.
    pub fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// An edge tells what it serves.
    pub fn hear(
        &self,
        environment: &EnvironmentName,
        edge: String,
        revision: Revision,
        now: Timestamp,
    ) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let edges = heard.entry(environment.clone()).or_default();
        if edges.len() >= EDGES_MAX && !edges.contains_key(&edge) {
            edges.retain(|_, edge| lives(edge, now));
            if edges.len() >= EDGES_MAX {
                return;
            }
        }
        let before = edges.insert(edge, Heard { revision, at: now });
        drop(heard);
        if before.is_none_or(|before| before.revision != revision) {
            self.news.send_replace(());
        }
    }

    /// How many edges that were heard of lately serve which revision, oldest first.
    pub fn serving(&self, environment: &EnvironmentName, now: Timestamp) -> Vec<Serving> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts: BTreeMap<Revision, u32> = BTreeMap::new();
        for edge in heard
            .get(environment)
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            if lives(edge, now) {
                let count = counts.entry(edge.revision).or_default();
                *count = count.saturating_add(1);
            }
        }
        let serving = counts.into_iter();
        serving
            .map(|(revision, edges)| Serving { revision, edges })
            .collect()
    }
}

fn lives(edge: &Heard, now: Timestamp) -> bool {
    now < edge.at + EDGE_LEASE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_counts_until_its_lease_ends() {
        let edges = Edges::new();
        let production: EnvironmentName = "production".parse().unwrap();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        edges.hear(&production, "a".into(), Revision::new(3), at(0));
        edges.hear(&production, "b".into(), Revision::new(5), at(30));
        let counted = |now| -> Vec<(u64, u32)> {
            let serving = edges.serving(&production, at(now));
            serving
                .iter()
                .map(|one| (one.revision.get(), one.edges))
                .collect()
        };
        assert_eq!(counted(59), [(3, 1), (5, 1)]);
        assert_eq!(counted(60), [(5, 1)]);
        edges.hear(&production, "a".into(), Revision::new(5), at(61));
        assert_eq!(counted(62), [(5, 2)]);
        assert!(edges.serving(&"staging".parse().unwrap(), at(0)).is_empty());
    }
}
