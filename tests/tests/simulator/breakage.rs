//! Deliberate breakages of the rules: each takes one away, to see that the simulator notices.
//!
//! A guard is taken away by carrying out what only it refused; what folds is broken by folding another entry than the ledger's.
//! Invariant: without a breakage this is core's own `decide`, and the entry as it is.

use flaghoist_core::exposure::Exposure;
use flaghoist_core::release::guard::next_step;
use flaghoist_core::release::{Act, Command, Entry, Event, Fact, Refusal, Stamp, Unmet, decide};
use flaghoist_core::workspace::Workspace;

/// A rule that is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// G1: raises although a part is missing.
    Ready,
    /// G1: raises on what nobody has reported in time.
    Stale,
    /// G2: raises a contained flag.
    Latch,
    /// G3: raises on what somebody saw earlier.
    Epoch,
    /// G4: leaves out steps.
    Step,
    /// G5: goes on without evidence.
    Gates,
    /// G6: goes on too early.
    Time,
    /// G8: goes on without approval.
    Approval,
    /// G9: goes on in a freeze and out of hours.
    Hours,
    /// G10: goes on without signatures.
    Signatures,
    /// G11: goes on beside another release with the same part.
    Shared,
    /// G12: goes on before the edges have acknowledged.
    Edges,
    /// Ships again what was found faulty.
    Faulty,
    /// A lost part leaves the flag open.
    Drift,
    /// A failing critical metric leaves the flag open.
    Critical,
    /// A rollback leaves the flags open.
    RollbackFirst,
    /// A rollback goes foundations first.
    RollbackOrder,
    /// A rollback is done before it is observed.
    RollbackDone,
    /// A release is done before it has baked.
    Bake,
    /// Lowering sets what it should cap.
    Cap,
    /// Two releases pin two versions.
    Conflict,
    /// Raises of itself what a person lowered.
    Reraise,
}

impl Breakage {
    pub const ALL: [Self; 22] = [
        Self::Ready,
        Self::Stale,
        Self::Latch,
        Self::Epoch,
        Self::Step,
        Self::Gates,
        Self::Time,
        Self::Approval,
        Self::Hours,
        Self::Signatures,
        Self::Shared,
        Self::Edges,
        Self::Faulty,
        Self::Drift,
        Self::Critical,
        Self::RollbackFirst,
        Self::RollbackOrder,
        Self::RollbackDone,
        Self::Bake,
        Self::Cap,
        Self::Conflict,
        Self::Reraise,
    ];

    /// `decide`, without this rule.
    pub fn decide(
        broken: Option<Self>,
        workspace: &Workspace,
        command: &Command,
        stamp: &Stamp,
    ) -> Result<Vec<Event>, Vec<Refusal>> {
        let decided = decide(workspace, command, stamp);
        let Some(broken) = broken else {
            return decided;
        };
        match decided {
            Ok(events) => Ok(broken.leave_out(events)),
            Err(refusals) if refusals.iter().all(|refusal| broken.ignores(refusal)) => {
                forced(workspace, command).ok_or(refusals)
            }
            Err(refusals) => Err(refusals),
        }
    }

    /// What the fold sees of an entry.
    pub fn store(broken: Option<Self>, entry: &Entry) -> Entry {
        let mut entry = entry.clone();
        if broken == Some(Self::Cap) {
            for event in &mut entry.events {
                if let Event::Lowered {
                    environment,
                    flag,
                    from,
                    to,
                } = event.clone()
                {
                    *event = Event::Raised {
                        environment,
                        flag,
                        from,
                        to,
                        on_behalf_of: None,
                        emergency: None,
                        skipped: false,
                    };
                }
            }
        }
        entry
    }

    /// What the controller proposes besides.
    pub fn propose(broken: Option<Self>, workspace: &Workspace) -> Vec<Command> {
        if broken != Some(Self::Reraise) {
            return Vec::new();
        }
        let environments = workspace.environments().iter();
        let flags = environments.flat_map(|(environment, state)| {
            let lowered = state.flags.iter().filter(|(_, flag)| flag.lowered);
            lowered.filter_map(move |(key, flag)| {
                let plan = &state.releases.get(&flag.release)?.plan;
                Some(Command::Promote {
                    environment: environment.clone(),
                    flag: key.clone(),
                    to: next_step(plan, flag),
                    epoch: flag.epoch,
                })
            })
        });
        flags.collect()
    }

    fn ignores(self, refusal: &Refusal) -> bool {
        match (self, refusal) {
            (Self::Ready, Refusal::NotReady { .. })
            | (Self::Latch, Refusal::Latched { .. })
            | (Self::Epoch, Refusal::EpochMoved { .. })
            | (Self::Conflict, Refusal::PinConflict { .. })
            | (Self::Faulty, Refusal::SameFault { .. })
            | (Self::Reraise, Refusal::PersonMissing) => true,
            (_, Refusal::Unmet(unmet)) => self.overlooks(unmet),
            _ => false,
        }
    }

    fn overlooks(self, unmet: &Unmet) -> bool {
        matches!(
            (self, unmet),
            (Self::Stale, Unmet::Stale { .. })
                | (Self::Step, Unmet::NotTheNextStep { .. })
                | (Self::Gates, Unmet::GateOpen { .. })
                | (
                    Self::Time,
                    Unmet::TooEarly { .. } | Unmet::TooFewUnits { .. }
                )
                | (Self::Approval, Unmet::Unapproved { .. })
                | (Self::Hours, Unmet::NotNow { .. })
                | (
                    Self::Signatures,
                    Unmet::Unsigned { .. } | Unmet::FourEyes { .. }
                )
                | (Self::Shared, Unmet::SharedPart { .. })
                | (Self::Edges, Unmet::NotAcknowledged { .. })
                | (Self::Faulty, Unmet::TakenBack { .. })
                | (Self::RollbackDone | Self::Bake, Unmet::NotDone { .. })
                | (Self::Bake, Unmet::Bakes { .. })
        )
    }

    fn leave_out(self, mut events: Vec<Event>) -> Vec<Event> {
        let caused = |event: &Event, by: fn(&Event) -> bool| {
            matches!(event, Event::Contained { .. }) && by(event)
        };
        use flaghoist_core::release::Cause;
        match self {
            Self::Drift => events.retain(|event| {
                !caused(event, |event| {
                    matches!(
                        event,
                        Event::Contained {
                            cause: Cause::Drift { .. },
                            ..
                        }
                    )
                })
            }),
            Self::Critical => events.retain(|event| {
                !caused(event, |event| {
                    matches!(
                        event,
                        Event::Contained {
                            cause: Cause::Gate { .. },
                            ..
                        }
                    )
                })
            }),
            Self::RollbackFirst => events.retain(|event| {
                !caused(event, |event| {
                    matches!(
                        event,
                        Event::Contained {
                            cause: Cause::Rollback { .. },
                            ..
                        }
                    )
                })
            }),
            Self::RollbackOrder => {
                for event in &mut events {
                    if let Event::Release {
                        fact: Fact::RollbackStarted { parts, .. },
                        ..
                    } = event
                    {
                        parts.reverse();
                    }
                }
            }
            _ => {}
        }
        events
    }
}

/// What a command does where nothing refuses it.
fn forced(workspace: &Workspace, command: &Command) -> Option<Vec<Event>> {
    let raised = |flag: &flaghoist_core::name::FlagKey, to: Exposure, environment| {
        let state = workspace.environment(environment)?;
        let known = state.flags.get(flag)?;
        let full = state.releases.get(&known.release)?.plan.full();
        let (from, to) = (known.exposure, to.min(full));
        (to > from).then(|| {
            vec![Event::Raised {
                environment: environment.clone(),
                flag: flag.clone(),
                from,
                to,
                on_behalf_of: None,
                emergency: None,
                skipped: false,
            }]
        })
    };
    match command {
        Command::Raise {
            environment,
            flag,
            to,
            ..
        } => raised(flag, *to, environment),
        Command::Promote {
            environment,
            flag,
            to,
            ..
        } => raised(flag, *to, environment),
        Command::ApplyPlan {
            environment: Some(environment),
            plan,
            source,
        } => Some(vec![Event::PlanApplied {
            environment: environment.clone(),
            plan: plan.clone(),
            hash: plan.hash(),
            parent: None,
            source: source.clone(),
        }]),
        Command::Release {
            environment,
            release,
            act,
        } => {
            let fact = match act {
                Act::FinishRollback => Fact::RollbackFinished,
                Act::Complete => Fact::Completed,
                _ => return None,
            };
            Some(vec![Event::Release {
                environment: environment.clone(),
                release: release.clone(),
                fact,
            }])
        }
        _ => None,
    }
}
