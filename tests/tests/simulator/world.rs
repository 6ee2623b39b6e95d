//! A simulated world: one ledger, servers that fold it at their own pace and die at the worst moment, a network that loses, delays,
//! doubles and turns round reports, edges that load what a server has.
//!
//! The servers' protocol is the one of `server/src/ledger.rs`: decide on what is folded, append at the expected revision, decide
//! anew on a conflict; what lowers is appended whatever happened meanwhile; a request that was carried out is not carried out
//! again. Every entry is checked before it is folded (`checks`). Invariant: a world is a function of its seed and its steps.

use crate::breakage::Breakage;
use crate::checks::{self, Asked};
use crate::plans::ARTEFACTS;
use crate::shadow::{Flag, Shadow};
use crate::step::{Deployment, EDGES, Fate, Journey, REPLICAS, Step};
use crate::story::told;
use flaghoist_core::artefact::{ArtefactId, Digest, Health, Observation, Report, VersionReport};
use flaghoist_core::name::{EnvironmentName, FlagKey, PrincipalName, Revision};
use flaghoist_core::release::{
    Actor, Command, EDGE_LEASE, Entry, Event, FORMAT, Facts, Refusal, RequestId, Serving, Stamp,
    advance,
};
use flaghoist_core::time::{Span, Timestamp};
use flaghoist_core::workspace::{Environment, Workspace};
use std::collections::BTreeMap;

/// Tuesday, 2 June 2026, 09:00 in UTC.
const MORNING: &str = "2026-06-02T09:00:00Z";
/// How often a conflict is decided anew.
const ATTEMPTS: usize = 20;

pub struct World {
    pub seed: u64,
    pub now: Timestamp,
    pub entries: Vec<Entry>,
    pub servers: Vec<Server>,
    pub shadow: Shadow,
    /// The fold of everything.
    pub whole: Workspace,
    pub breakage: Option<Breakage>,
    pub story: Vec<String>,
    pub tally: BTreeMap<&'static str, usize>,
    truth: BTreeMap<usize, Truth>,
    network: Vec<Message>,
    edges: [Revision; EDGES],
    steps: usize,
    requests: u64,
    carried: BTreeMap<RequestId, usize>,
}

pub struct Server {
    pub workspace: Workspace,
    facts: Facts,
    /// How wrong its clock is, in milliseconds.
    skew: i64,
    edges: BTreeMap<usize, (Revision, Timestamp)>,
}

/// What is really deployed of an artefact.
#[derive(Default)]
struct Truth {
    versions: BTreeMap<usize, (Health, u32)>,
    live: Option<usize>,
}

struct Message {
    due: usize,
    to: usize,
    artefact: usize,
    report: Report,
}

/// What a request came to.
pub type Answer = Result<Vec<Event>, Vec<Refusal>>;
/// What is wrong with a world.
pub type Wrong = String;

impl World {
    pub fn new(seed: u64, breakage: Option<Breakage>) -> Result<Self, Wrong> {
        let now: Timestamp = MORNING.parse().unwrap();
        let empty = Workspace::new("simulated".parse().unwrap());
        let server = |index: usize| Server {
            workspace: empty.clone(),
            facts: Facts::none(now),
            skew: [0, 1500, -2500][index],
            edges: BTreeMap::new(),
        };
        let mut world = Self {
            seed,
            now,
            entries: Vec::new(),
            servers: (0..REPLICAS).map(server).collect(),
            shadow: Shadow::default(),
            whole: empty.clone(),
            breakage,
            story: Vec::new(),
            tally: BTreeMap::new(),
            truth: BTreeMap::new(),
            network: Vec::new(),
            edges: [Revision::ZERO; EDGES],
            steps: 0,
            requests: 0,
            carried: BTreeMap::new(),
        };
        let declare = Command::DeclareEnvironment {
            environment: production(),
            population: Some(100_000),
        };
        let stamp = world.stamp(0, Actor::System, None);
        let declared = world.carry_out(0, &declare, &stamp, Fate::Well, Asked::default())?;
        assert!(declared.is_ok(), "an environment is declared");
        Ok(world)
    }

    pub fn environment(&self) -> &Environment {
        self.whole.environment(&production()).unwrap()
    }

    /// Lets one thing happen; what is wrong afterwards.
    pub fn run(&mut self, step: &Step) -> Result<(), Wrong> {
        self.steps += 1;
        match step {
            Step::Wait(seconds) => {
                self.now = self.now + Span::from_seconds(*seconds);
                self.tell(format!("wait {}", Span::from_seconds(*seconds)));
            }
            Step::Ask {
                replica,
                who,
                ask,
                fate,
            } => self.ask(*replica, *who, *ask, *fate)?,
            Step::Deploy {
                artefact,
                version,
                what,
                journey,
            } => self.deploy(*artefact, *version, *what, *journey),
            Step::Controller { replica } => self.control(*replica)?,
            Step::CatchUp { replica } => self.catch_up(*replica),
            Step::Crash { replica } => {
                self.tell(format!("# server {replica} starts anew"));
                self.crash(*replica);
            }
            Step::Load { edge, replica } => {
                let published = self.servers[*replica]
                    .workspace
                    .environment(&production())
                    .map_or(Revision::ZERO, |state| state.bundle_revision);
                // Whoever is asked, an edge never goes back.
                self.edges[*edge] = self.edges[*edge].max(published);
            }
            Step::Tell { edge, replica } => {
                let serves = self.edges[*edge];
                let now = self.now;
                let server = &mut self.servers[*replica];
                server.edges.insert(*edge, (serves, now));
            }
        }
        self.deliver()
    }

    pub fn stamp(&mut self, replica: usize, actor: Actor, reason: Option<String>) -> Stamp {
        self.requests += 1;
        Stamp {
            now: self.clock(replica),
            request: actor
                .person()
                .map(|_| RequestId::try_from(format!("request-{}", self.requests)).unwrap()),
            actor,
            reason,
        }
    }

    fn clock(&self, replica: usize) -> Timestamp {
        Timestamp::from_millis(self.now.as_millis() + self.servers[replica].skew)
    }

    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// A server carries out a command, as `server/src/ledger.rs` does.
    pub fn carry_out(
        &mut self,
        replica: usize,
        command: &Command,
        stamp: &Stamp,
        fate: Fate,
        asked: Asked,
    ) -> Result<Answer, Wrong> {
        for _ in 0..ATTEMPTS {
            let carried = stamp.request.as_ref().and_then(|id| self.carried.get(id));
            if let Some(index) = carried {
                return Ok(Ok(self.entries[*index].events.clone()));
            }
            let state = &self.servers[replica].workspace;
            let behind = (state.revision().get() as usize) < self.entries.len();
            let decided = Breakage::decide(self.breakage, state, command, stamp);
            let events = match decided {
                // Nobody is refused, or told that it is so already, for what a server has not heard yet.
                Err(_) if behind => {
                    self.catch_up(replica);
                    continue;
                }
                Ok(events) if events.is_empty() && behind => {
                    self.catch_up(replica);
                    continue;
                }
                Ok(events) if events.is_empty() => return Ok(Ok(events)),
                Ok(events) => events,
                Err(refusals) => return Ok(Err(refusals)),
            };
            if fate == Fate::DiesBefore {
                self.crash(replica);
                return self.carry_out((replica + 1) % REPLICAS, command, stamp, Fate::Well, asked);
            }
            if behind && !command.only_lowers() {
                self.catch_up(replica);
                continue;
            }
            let entry = Entry {
                format: FORMAT,
                revision: Revision::new(self.entries.len() as u64 + 1),
                at: stamp.now,
                actor: stamp.actor.clone(),
                reason: stamp.reason.clone(),
                request: stamp.request.clone(),
                events: events.clone(),
            };
            self.append(entry, asked)?;
            if fate == Fate::DiesAfter {
                self.crash(replica);
                let other = (replica + 1) % REPLICAS;
                let again = self.carry_out(other, command, stamp, Fate::Well, asked)?;
                if again != Ok(events) {
                    return Err("a request was carried out twice".into());
                }
                return Ok(again);
            }
            self.catch_up(replica);
            return Ok(Ok(events));
        }
        Err("a command was decided anew for ever".into())
    }

    fn append(&mut self, entry: Entry, asked: Asked) -> Result<(), Wrong> {
        // As it is stored: what does not survive the store is not in the state either.
        let stored = serde_json::to_string(&entry).unwrap();
        let entry: Entry = serde_json::from_str(&stored).map_err(|error| error.to_string())?;
        let before: Vec<(FlagKey, Flag)> = self.shadow.flags.clone().into_iter().collect();
        let bundle = self
            .whole
            .environment(&production())
            .map_or(Revision::ZERO, |state| state.bundle_revision);
        let mut rests = Vec::new();
        let mut wrong = Vec::new();
        for event in &entry.events {
            if let Event::Observed { artefact, .. } = event {
                rests = self.shadow.rests_on(artefact);
            }
            wrong.extend(checks::event(&self.shadow, &entry, event, asked, bundle));
            self.shadow.tell(event, &entry);
            *self.tally.entry(name_of(event)).or_default() += 1;
        }
        self.whole.apply(&Breakage::store(self.breakage, &entry));
        let bundle = self.environment().bundle_revision;
        self.shadow.acknowledge(&entry, bundle);
        wrong.extend(checks::state(
            &self.shadow,
            &entry,
            &before,
            &rests,
            self.environment(),
        ));
        if let Some(request) = &entry.request {
            self.carried.insert(request.clone(), self.entries.len());
        }
        let served = bundle == entry.revision;
        self.entries.push(entry);
        if served {
            wrong.extend(crate::served::check(&self.shadow, &self.whole, self.now));
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong.join("; ")),
        }
    }

    /// A server folds what it has not, entry by entry.
    pub fn catch_up(&mut self, replica: usize) {
        let server = &mut self.servers[replica];
        let known = server.workspace.revision().get() as usize;
        for entry in &self.entries[known..] {
            server
                .workspace
                .apply(&Breakage::store(self.breakage, entry));
        }
    }

    /// It forgets everything and reads the ledger anew.
    fn crash(&mut self, replica: usize) {
        let now = self.clock(replica);
        let server = &mut self.servers[replica];
        server.workspace = Workspace::new("simulated".parse().unwrap());
        server.facts = Facts::none(now);
        server.edges.clear();
        self.catch_up(replica);
    }

    /// The fold of the ledger is the state, on every server that has read it all.
    pub fn folds(&mut self) -> Result<(), Wrong> {
        for replica in 0..REPLICAS {
            self.catch_up(replica);
            if self.servers[replica].workspace != self.whole {
                return Err(format!("I14: server {replica} folded something else"));
            }
        }
        let kept = serde_json::to_string(&self.whole).unwrap();
        let kept: Workspace = serde_json::from_str(&kept).map_err(|error| error.to_string())?;
        if kept != self.whole {
            return Err("I14: the state does not survive being written down".into());
        }
        Ok(())
    }

    fn control(&mut self, replica: usize) -> Result<(), Wrong> {
        let now = self.clock(replica);
        let server = &mut self.servers[replica];
        let lives = |at: Timestamp| now < at + EDGE_LEASE;
        let mut serving: BTreeMap<Revision, u32> = BTreeMap::new();
        for (revision, at) in server.edges.values() {
            if lives(*at) {
                *serving.entry(*revision).or_default() += 1;
            }
        }
        let serving = serving
            .into_iter()
            .map(|(revision, edges)| Serving { revision, edges });
        server.facts.serving.insert(production(), serving.collect());
        let mut commands = advance(&server.workspace, &server.facts, now).commands;
        commands.extend(Breakage::propose(self.breakage, &server.workspace));
        for command in commands {
            let asked = Asked {
                epoch: match &command {
                    Command::Promote { epoch, .. } => Some(*epoch),
                    _ => None,
                },
            };
            let stamp = self.stamp(replica, Actor::System, None);
            let _refused_since = self.carry_out(replica, &command, &stamp, Fate::Well, asked)?;
        }
        Ok(())
    }

    fn deploy(&mut self, artefact: usize, version: usize, what: Deployment, journey: Journey) {
        let truth = self.truth.entry(artefact).or_default();
        let built = truth.versions.get(&version).map_or(1, |known| known.1);
        match what {
            Deployment::Deployed | Deployment::Live => {
                truth.versions.insert(version, (Health::Healthy, built));
                if what == Deployment::Live {
                    truth.live = Some(version);
                }
            }
            Deployment::Broken => {
                truth.versions.insert(version, (Health::Unhealthy, built));
            }
            Deployment::Rebuilt => {
                let rebuilt = (Health::Healthy, built + 1);
                truth.versions.insert(version, rebuilt);
            }
            Deployment::Withdrawn => {
                truth.versions.remove(&version);
            }
            Deployment::Failed | Deployment::Full | Deployment::Heartbeat => {}
        }
        truth.live = truth.live.filter(|live| truth.versions.contains_key(live));
        let observation = truth.seen(version, what);
        let again_within = (what == Deployment::Heartbeat).then_some(Span::from_seconds(1800));
        // Connectors have clocks of their own.
        let seen = Timestamp::from_millis(self.now.as_millis() - 40_000 * artefact as i64);
        let report = Report {
            observation,
            seen: Some(Timestamp::from_millis(seen.as_millis() + self.steps as i64)),
            again_within,
        };
        let Some(delay) = journey.delay else {
            return self.tell(format!(
                "# lost: {what:?} {}@{version}",
                ARTEFACTS[artefact]
            ));
        };
        let copies = [usize::from(delay), usize::from(delay) + 3];
        for due in &copies[..1 + usize::from(journey.twice)] {
            self.network.push(Message {
                due: self.steps + due,
                to: journey.replica,
                artefact,
                report: report.clone(),
            });
        }
    }

    fn deliver(&mut self) -> Result<(), Wrong> {
        let now = self.steps;
        let (due, later) = std::mem::take(&mut self.network)
            .into_iter()
            .partition(|message| message.due <= now);
        self.network = later;
        let due: Vec<Message> = due;
        for message in due {
            let Message {
                to,
                artefact,
                report,
                ..
            } = message;
            let artefact: ArtefactId = ARTEFACTS[artefact].parse().unwrap();
            let name = connector(&artefact);
            self.tell(format!("{name} {}", told(&artefact, &report)));
            let actor = Actor::Key {
                name,
                owner: "dev".parse().unwrap(),
            };
            let stamp = self.stamp(to, actor, None);
            let command = Command::Observe {
                environment: production(),
                artefact: artefact.clone(),
                report,
            };
            let answer = self.carry_out(to, &command, &stamp, Fate::Well, Asked::default())?;
            if answer.is_ok() {
                let at = self.clock(to);
                let heard = &mut self.servers[to].facts.heard;
                heard.insert((production(), artefact), at);
            }
        }
        Ok(())
    }
}

impl Truth {
    fn seen(&self, version: usize, what: Deployment) -> Observation {
        let report = |version: usize, state: &(Health, u32)| VersionReport {
            version: version.to_string().parse().unwrap(),
            health: state.0,
            digest: Some(format!("sha256:{}", state.1).parse::<Digest>().unwrap()),
        };
        let named = version.to_string().parse().unwrap();
        match (what, self.versions.get(&version)) {
            (Deployment::Failed, _) => Observation::Failed {
                version: named,
                why: Some("no room".into()),
            },
            (Deployment::Full, _) => Observation::Full {
                versions: self
                    .versions
                    .iter()
                    .map(|(version, state)| report(*version, state))
                    .collect(),
                live: self.live.map(|live| live.to_string().parse().unwrap()),
            },
            (_, Some(state)) => Observation::Deployed {
                version: report(version, state),
                live: self.live == Some(version),
            },
            (_, None) => Observation::Withdrawn { version: named },
        }
    }
}

fn connector(artefact: &ArtefactId) -> PrincipalName {
    format!("of-{}", artefact.name()).parse().unwrap()
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::PlanApplied { .. } => "plans",
        Event::Observed { .. } => "reports",
        Event::ObservationStale { .. } => "stale",
        Event::Raised { on_behalf_of, .. } if on_behalf_of.is_some() => "raised of itself",
        Event::Raised { .. } => "raised",
        Event::Lowered { .. } => "lowered",
        Event::Contained { .. } => "contained",
        Event::LatchCleared { .. } => "cleared",
        Event::EdgesAcknowledged { .. } => "acknowledged",
        Event::Release { fact, .. } => fact_name(fact),
        _ => "others",
    }
}

fn fact_name(fact: &flaghoist_core::release::Fact) -> &'static str {
    use flaghoist_core::release::Fact;
    match fact {
        Fact::Completed => "completed",
        Fact::RollbackStarted { .. } => "rollbacks",
        Fact::RollbackFinished => "rollbacks done",
        Fact::RouteRaised { .. } => "routes raised",
        Fact::Recorded { .. } => "evidence",
        Fact::Approved { .. } => "approvals",
        Fact::Accepted { .. } => "accepted",
        Fact::Retried { .. } => "retried",
        _ => "acts",
    }
}

pub fn production() -> EnvironmentName {
    "production".parse().unwrap()
}
