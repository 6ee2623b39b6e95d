//! What people ask for, made a command by what the asked server shows them.
//!
//! Invariant: who is not there is asked nothing; a person who helps does what the refusals of the next raise tell them to. Not
//! here: what becomes of it (`world`).

use crate::checks::{self, Asked};
use crate::plans::{ARTEFACTS, PEOPLE, flag, release, text};
use crate::step::{Ask, Deployment, Fate, Found, Journey, Step, To};
use crate::story::words;
use crate::world::{World, Wrong, production};
use flaghoist_core::artefact::Pin;
use flaghoist_core::calendar::Freeze;
use flaghoist_core::exposure::Exposure;
use flaghoist_core::gate::{Bar, Evidence, GateName, Outcome, Verdict, bars};
use flaghoist_core::name::{FlagKey, PrincipalName, ReleaseName, Revision, TeamName};
use flaghoist_core::plan::{self, Plan};
use flaghoist_core::release::guard::next_step;
use flaghoist_core::release::{Act, Actor, Command, Refusal, Unmet};
use flaghoist_core::time::{Span, Timestamp};
use flaghoist_core::workspace::Environment;

impl World {
    pub fn ask(&mut self, replica: usize, who: usize, ask: Ask, fate: Fate) -> Result<(), Wrong> {
        if let Ask::Help { place, to } = ask {
            return self.help(replica, place, to);
        }
        let person: PrincipalName = PEOPLE[who].parse().unwrap();
        let Some((command, asked)) = self.command(replica, ask) else {
            return Ok(());
        };
        let reason = (!matches!(ask, Ask::Clear { reason: false, .. }))
            .then(|| "because of the simulation".to_string());
        let words = words(&command);
        self.tell(format!("{person} {words}"));
        self.carry(replica, person, reason, &command, asked, fate)
    }

    fn carry(
        &mut self,
        replica: usize,
        person: PrincipalName,
        reason: Option<String>,
        command: &Command,
        asked: Asked,
        fate: Fate,
    ) -> Result<(), Wrong> {
        let stamp = self.stamp(replica, Actor::Person(person), reason);
        let answer = self.carry_out(replica, command, &stamp, fate, asked)?;
        if fate == Fate::Twice {
            let again = self.carry_out(replica, command, &stamp, Fate::Well, asked)?;
            if matches!((&answer, &again), (Ok(first), Ok(second)) if first != second) {
                return Err("the same request came to something else".into());
            }
        }
        self.must_be_low(command, answer.is_ok())
    }

    /// I3: whatever else is so, what lowers is done when it is answered.
    fn must_be_low(&self, command: &Command, done: bool) -> Result<(), Wrong> {
        let (key, to) = match command {
            Command::Lower { flag, to, .. } => (flag, to.basis_points()),
            Command::Contain { flag, .. } => (flag, 0),
            _ => return Ok(()),
        };
        let known = self.environment().flags.get(key);
        if known.is_some() && !done {
            return Err(format!("I3: taking {key} to {to} was refused"));
        }
        let left = known.map(|flag| flag.exposure);
        checks::lowered(key, left, to).map_or(Ok(()), Err)
    }

    /// A person of good will raises, and does whatever the raise lacks.
    fn help(&mut self, replica: usize, place: usize, to: To) -> Result<(), Wrong> {
        for _ in 0..3 {
            let stale = false;
            let Some((raise, asked)) = self.command(replica, Ask::Raise { place, to, stale })
            else {
                let apply = Ask::Apply { place, edition: 0 };
                return self.ask(replica, 0, apply, Fate::Well);
            };
            let asha: PrincipalName = "asha".parse().unwrap();
            let words = words(&raise);
            self.tell(format!("asha {words}"));
            let reason = Some("it is time".to_string());
            let stamp = self.stamp(replica, Actor::Person(asha), reason);
            let answer = self.carry_out(replica, &raise, &stamp, Fate::Well, asked)?;
            let Some(refusal) = answer
                .err()
                .and_then(|refusals| refusals.into_iter().next())
            else {
                return Ok(());
            };
            self.mend(replica, place, refusal)?;
        }
        Ok(())
    }

    fn mend(&mut self, replica: usize, place: usize, refusal: Refusal) -> Result<(), Wrong> {
        let name: ReleaseName = release(place).parse().unwrap();
        let act = |act| Command::Release {
            environment: production(),
            release: name.clone(),
            act,
        };
        let (person, command) = match refusal {
            Refusal::NotReady { pins, .. } => {
                for problem in pins {
                    self.run_deploy(replica, &problem.pin, Deployment::Deployed)?;
                }
                return Ok(());
            }
            Refusal::Latched { flag, .. } => (
                "dev",
                Command::ClearLatch {
                    environment: production(),
                    flag,
                },
            ),
            Refusal::Unmet(Unmet::Unsigned { plan, teams }) => {
                let Some(team) = teams.first().cloned() else {
                    return Ok(());
                };
                (approver(&team), act(Act::SignOff { plan, team }))
            }
            // Who went too far goes one step.
            Refusal::Unmet(Unmet::NotTheNextStep { .. }) => {
                return self.help(replica, place, To::Next);
            }
            Refusal::Unmet(Unmet::Paused { .. }) => ("bala", act(Act::Resume)),
            Refusal::Unmet(Unmet::OutOfOrder { part }) => {
                return self.run_deploy(replica, &part, Deployment::Live);
            }
            Refusal::Unmet(Unmet::GateOpen { .. } | Unmet::TooFewUnits { .. }) => {
                return self.pass_everything(replica, place);
            }
            Refusal::Unmet(Unmet::Unapproved { flag, step, teams }) => {
                let (Some(team), Some(known)) =
                    (teams.first().cloned(), self.environment().flags.get(&flag))
                else {
                    return Ok(());
                };
                let Some(plan) = self.hash(&known.release) else {
                    return Ok(());
                };
                let epoch = known.epoch;
                let approve = Act::Approve {
                    plan,
                    flag,
                    step,
                    epoch,
                    team,
                };
                ("dev", act(approve))
            }
            _ => return Ok(()),
        };
        let words = words(&command);
        self.tell(format!("{person} {words}"));
        let reason = Some("seen to".to_string());
        let person = person.parse().unwrap();
        self.carry(
            replica,
            person,
            reason,
            &command,
            Asked::default(),
            Fate::Well,
        )
    }

    fn hash(&self, name: &ReleaseName) -> Option<plan::PlanHash> {
        let release = self.environment().releases.get(name);
        release.map(|release| release.hash.clone())
    }

    fn run_deploy(&mut self, replica: usize, pin: &Pin, what: Deployment) -> Result<(), Wrong> {
        let name = pin.artefact().to_string();
        let (Some(artefact), Ok(version)) = (
            ARTEFACTS.iter().position(|artefact| *artefact == name),
            pin.version().to_string().parse(),
        ) else {
            return Ok(());
        };
        self.run(&Step::Deploy {
            artefact,
            version,
            what,
            journey: Journey {
                delay: Some(0),
                twice: false,
                replica,
            },
        })
    }

    /// Every gate and metric of a release gets evidence that passes.
    fn pass_everything(&mut self, replica: usize, place: usize) -> Result<(), Wrong> {
        for bar in 0..12 {
            let record = Ask::Record {
                place,
                bar,
                outcome: Found::Pass,
            };
            let Some((command, asked)) = self.command(replica, record) else {
                break;
            };
            let words = words(&command);
            self.tell(format!("asha {words}"));
            self.carry(
                replica,
                "asha".parse().unwrap(),
                None,
                &command,
                asked,
                Fate::Well,
            )?;
        }
        Ok(())
    }

    /// What an ask is, as the asked server shows the world.
    fn command(&self, replica: usize, ask: Ask) -> Option<(Command, Asked)> {
        let state = self.servers[replica].workspace.environment(&production())?;
        let plain = |command| Some((command, Asked::default()));
        let environment = production();
        match ask {
            Ask::Help { .. } => None,
            Ask::Apply { place, edition } => {
                let source = text(self.seed, place, edition);
                let plan = plan::parse(&source)
                    .unwrap_or_else(|found| panic!("a plan of the simulator: {found:?}\n{source}"));
                plain(Command::ApplyPlan {
                    environment: Some(environment),
                    plan: Box::new(plan),
                    source,
                })
            }
            Ask::Raise { place, to, stale } => raise(state, place, to, stale),
            Ask::Lower { place, to } => plain(Command::Lower {
                environment,
                flag: known(state, place)?,
                to: exposure(to),
            }),
            Ask::Contain { place } => plain(Command::Contain {
                environment,
                flag: known(state, place)?,
            }),
            Ask::Clear { place, .. } => plain(Command::ClearLatch {
                environment,
                flag: known(state, place)?,
            }),
            Ask::Freeze { hours } => plain(Command::Freeze {
                environment,
                freeze: Freeze {
                    from: self.now,
                    until: Some(self.now + Span::from_hours(hours)),
                    reason: "the simulation".parse().unwrap(),
                },
            }),
            Ask::Lift => plain(Command::LiftFreeze {
                environment,
                freeze: *state.freezes.keys().next()?,
            }),
            of_release => {
                let (place, act) = act(self.now, state, of_release)?;
                plain(Command::Release {
                    environment,
                    release: release(place).parse().unwrap(),
                    act,
                })
            }
        }
    }
}

fn known(state: &Environment, place: usize) -> Option<FlagKey> {
    let key: FlagKey = flag(place).parse().unwrap();
    state.flags.contains_key(&key).then_some(key)
}

fn exposure(basis_points: u16) -> Exposure {
    Exposure::from_basis_points(basis_points).unwrap()
}

fn raise(state: &Environment, place: usize, to: To, stale: bool) -> Option<(Command, Asked)> {
    let key = known(state, place)?;
    let flag = &state.flags[&key];
    let plan = &state.releases.get(&flag.release)?.plan;
    let next = next_step(plan, flag);
    let epoch = match stale {
        true => Revision::new(flag.epoch.get().saturating_sub(1)),
        false => flag.epoch,
    };
    let command = Command::Raise {
        environment: production(),
        flag: key,
        to: match to {
            To::Next | To::Emergency => next,
            To::Full | To::Skip => Exposure::FULL,
            To::Odd(to) => exposure(to),
        },
        epoch,
        skip: to == To::Skip,
        emergency: (to == To::Emergency).then(|| "https://issues.example/1".to_string()),
    };
    let asked = Asked { epoch: Some(epoch) };
    Some((command, asked))
}

fn act(now: Timestamp, state: &Environment, ask: Ask) -> Option<(usize, Act)> {
    let of = |place: usize| {
        let name: ReleaseName = release(place).parse().unwrap();
        state.releases.get(&name)
    };
    let part = |place: usize, part: usize| -> Option<Pin> {
        let plan = &of(place)?.plan;
        plan.changes
            .keys()
            .nth(part % plan.changes.len().max(1))
            .cloned()
    };
    Some(match ask {
        Ask::Sign { place, team } => {
            let team: TeamName = ["core", "data", "words"][team].parse().unwrap();
            let plan = of(place)?.hash.clone();
            (place, Act::SignOff { plan, team })
        }
        Ask::Approve { place } => {
            let key = known(state, place)?;
            let flag = &state.flags[&key];
            let release = of(place)?;
            let approve = Act::Approve {
                plan: release.hash.clone(),
                step: next_step(&release.plan, flag),
                epoch: flag.epoch,
                team: "core".parse().unwrap(),
                flag: key,
            };
            (place, approve)
        }
        Ask::Pause { place } => (place, Act::Pause),
        Ask::Resume { place } => (place, Act::Resume),
        Ask::Abort { place } => (place, Act::Abort),
        Ask::Complete { place } => (place, Act::Complete),
        Ask::RaiseRoute { place, part: index } => {
            let part = part(place, index)?;
            let release = of(place)?;
            let steps = release.plan.changes.get(&part)?.own_steps();
            let to = *steps.iter().find(|step| **step > release.route(&part))?;
            (place, Act::RaiseRoute { part, to })
        }
        Ask::LowerRoute { place, part: index } => {
            let (part, to) = (part(place, index)?, Exposure::ZERO);
            (place, Act::LowerRoute { part, to })
        }
        Ask::RollBack { place, part: index } => {
            let parts = [part(place, index)?].into();
            (place, Act::RollBack { parts })
        }
        Ask::ReleaseRollback { place } => (place, Act::ReleaseRollback),
        Ask::Retry { place, part: index } => {
            let part = part(place, index)?;
            (place, Act::Retry { part })
        }
        Ask::Record {
            place,
            bar,
            outcome,
        } => {
            let evidence = evidence(now, &of(place)?.plan, bar, outcome)?;
            let evidence = Box::new(evidence);
            (place, Act::Record { evidence })
        }
        Ask::Accept { place, bar } => {
            let (gate, part) = bar_of(&of(place)?.plan, bar)?;
            (place, Act::Accept { gate, part })
        }
        _ => return None,
    })
}

/// One of a plan's gates and metrics, and the part it is of.
fn bar_of(plan: &Plan, index: usize) -> Option<(GateName, Option<Pin>)> {
    let changes = plan.changes.iter();
    let of_changes = changes.flat_map(|(pin, change)| {
        let gates = change.gates.iter();
        gates.map(move |gate| (Bar::Gate(gate), Some(pin.clone())))
    });
    let of_steps = bars(plan, None).into_iter().map(|bar| (bar, None));
    let all: Vec<(Bar<'_>, Option<Pin>)> = of_changes.chain(of_steps).collect();
    // One more than there are, so that who goes through them all comes to an end.
    let (bar, part) = all.get(index)?;
    Some((bar.name().parse().unwrap(), part.clone()))
}

fn evidence(now: Timestamp, plan: &Plan, index: usize, found: Found) -> Option<Evidence> {
    let (gate, part) = bar_of(plan, index)?;
    let passed = match found {
        Found::Pass | Found::Old(_) => 97,
        Found::Unclear => 0,
        Found::Fail | Found::Broken => 50,
    };
    let verdict = match found {
        Found::Pass | Found::Old(_) => Verdict::Pass,
        Found::Fail => Verdict::Fail,
        Found::Unclear => Verdict::Inconclusive,
        Found::Broken => Verdict::Error,
    };
    let outcome = match &gate {
        GateName::EvalSet(eval_set) => Outcome::Eval {
            eval_set: eval_set.clone(),
            passed,
            cases: if found == Found::Unclear { 0 } else { 100 },
            errors: 0,
        },
        GateName::Tests(_) => Outcome::Tests {
            passed,
            failed: u64::from(passed == 50),
            skipped: 0,
            errors: 0,
        },
        GateName::SchemaCheck(_) => Outcome::Schema {
            compatible: passed != 50,
        },
        _ => Outcome::Verdict { verdict },
    };
    let ago = match found {
        Found::Old(minutes) => i64::from(minutes) * 60_000,
        _ => 0,
    };
    let pins = plan.pins().into_iter().cloned();
    Some(Evidence {
        gate,
        part,
        pins: pins.map(|pin| (pin, None)).collect(),
        outcome,
        ran_at: Timestamp::from_millis(now.as_millis() - ago),
        users: Some(if passed == 97 { 500 } else { 10 }),
        link: None,
        summary: None,
    })
}

fn approver(team: &TeamName) -> &'static str {
    match team.as_str() {
        "core" => "dev",
        "data" => "bala",
        _ => "chitra",
    }
}
