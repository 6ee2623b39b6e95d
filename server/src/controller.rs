//! What happens of itself: openings that waited, promotions the plan makes automatic, completions, rollbacks observed done,
//! edges that have caught up, sources that fell silent.
//!
//! Invariants: it only proposes; each proposal is decided by core with every guard, like anybody's command; any replica may
//! run it, since the ledger's revision decides who was first. Not here: the rules (`core::release::advance`).

use crate::clock;
use crate::edges::Edges;
use crate::ledger::{CommandError, Ledger};
use crate::reports::Reports;
use flaghoist_core::release::{Actor, Facts, Stamp, advance};
use flaghoist_core::time::Timestamp;
use flaghoist_core::workspace::Workspace;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often it looks where nothing moves: leases of edges end without word.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How long it rests after a store's failure, so that it does not add to the trouble.
const REST: Duration = Duration::from_secs(1);

/// Runs until the server closes.
pub async fn run(
    ledger: Arc<Ledger>,
    edges: Arc<Edges>,
    reports: Arc<Reports>,
    mut closing: watch::Receiver<bool>,
) {
    let mut head = ledger.head();
    let mut news = edges.news();
    loop {
        head.mark_unchanged();
        news.mark_unchanged();
        let (again, failed) = look(&ledger, &edges, &reports).await;
        let pause = if failed {
            REST
        } else {
            until(again).min(LOOK_EVERY)
        };
        tokio::select! {
            _ = head.changed(), if !failed => {}
            _ = news.changed(), if !failed => {}
            () = tokio::time::sleep(pause) => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}

/// Proposes what there is to do now; when to look again, and whether the store failed.
async fn look(ledger: &Arc<Ledger>, edges: &Edges, reports: &Reports) -> (Option<Timestamp>, bool) {
    let now = clock::now();
    let workspace = ledger.workspace();
    let facts = gather(&workspace, edges, reports, now);
    let found = advance(&workspace, &facts, now);
    drop(workspace);
    let mut failed = false;
    for command in found.commands {
        let stamp = Stamp {
            now: clock::now(),
            actor: Actor::System,
            reason: None,
            request: None,
        };
        match ledger.decide(command, stamp, None).await {
            // Refused: something moved meanwhile, and the next look sees it.
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => {
                tracing::warn!(%error, "the controller could not act");
                failed = true;
            }
        }
    }
    (found.again, failed)
}

/// What is known besides the ledger.
pub fn gather(workspace: &Workspace, edges: &Edges, reports: &Reports, now: Timestamp) -> Facts {
    let environments = workspace.environments().keys();
    Facts {
        listening_since: reports.listening_since(),
        heard: reports.heard(),
        serving: environments
            .map(|name| (name.clone(), edges.serving(name, now)))
            .collect(),
    }
}

fn until(again: Option<Timestamp>) -> Duration {
    let Some(again) = again else {
        return LOOK_EVERY;
    };
    let millis = again.as_millis().saturating_sub(clock::now().as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
