//! The words of a story, and what each does. A word that is not known ends the test.
//!
//! `WHO apply PLAN` · `WHO deploy PIN [live] [digest D]` · `WHO report PIN unhealthy` · `WHO withdraw PIN` · `WHO fail PIN [WHY]` · `WHO raise FLAG PERCENT
//! [at EPOCH] [skip] [emergency LINK]` · `WHO lower FLAG PERCENT` · `WHO contain FLAG` · `WHO clear FLAG` · `WHO sign RELEASE TEAM` ·
//! `WHO approve FLAG STEP TEAM` · `WHO record RELEASE GATE [for PIN] OUTCOME [users N] [with PIN …]` · `WHO accept RELEASE GATE [for
//! PIN]` · `WHO retry RELEASE PIN` · `WHO pause|resume|abort|complete|release-rollback RELEASE` · `WHO route RELEASE PIN PERCENT` · `WHO close-route RELEASE PIN
//! PERCENT` · `WHO roll-back RELEASE PIN …` · `WHO freeze [until TIME]` · `WHO lift` · `edges serve REVISION|all` · `wait SPAN` ·
//! `status` · `parts RELEASE` · `waits` · `users FLAG` · `ask KEY NAME` · `explain KEY NAME`. A reason follows ` because `.

use crate::world::{Told, World, production};
use flaghoist_core::artefact::{Health, Observation, Pin, Report, VersionReport};
use flaghoist_core::bundle::lower;
use flaghoist_core::calendar::Freeze;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Bucketing, Details, Unobserved, compile, evaluate, explain};
use flaghoist_core::gate::{Evidence, GateName, Outcome, Verdict};
use flaghoist_core::name::{FlagKey, ReleaseName, Revision};
use flaghoist_core::plan;
use flaghoist_core::release::{Act, Actor, Command, Next, Refusal, change_state, release_state};
use flaghoist_core::value::Value;
use std::collections::BTreeSet;
use std::fs;

/// Does what a line says; what came of it, line by line.
pub fn perform(world: &mut World, line: &str) -> Vec<String> {
    let (line, reason) = match line.split_once(" because ") {
        Some((line, reason)) => (line, Some(reason.to_string())),
        None => (line, None),
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["wait", span] => {
            let told = world.wait(span.parse().unwrap());
            outcome(Ok(told), "nothing happens")
        }
        ["status"] => status(world),
        ["waits"] => waits(world),
        ["parts", release] => parts(world, release),
        ["users", flag] => vec![users(world, flag)],
        ["explain", key, name] => explained(world, key, name),
        ["ask", key, name] => vec![ask(world, key, name)],
        ["edges", "serve", revision] => {
            let revision = match *revision {
                "all" => world.state().bundle_revision,
                number => number.parse().unwrap(),
            };
            let command = Command::Acknowledge {
                environment: production(),
                revision,
                edges: 3,
            };
            outcome(world.act(Actor::System, None, &command), "known already")
        }
        [who, word, rest @ ..] => {
            let actor = Actor::Person(who.parse().unwrap());
            match command(world, word, rest, reason.as_deref()) {
                Ok(command) => outcome(world.act(actor, reason, &command), "so already"),
                Err(problems) => problems,
            }
        }
        _ => panic!("what does `{line}` mean?"),
    }
}

fn outcome(result: Result<Vec<Told>, Vec<Refusal>>, nothing: &str) -> Vec<String> {
    match result {
        Ok(told) if told.is_empty() => vec![nothing.to_string()],
        Ok(told) => told.iter().map(ToString::to_string).collect(),
        Err(refusals) => refusals
            .iter()
            .map(|refusal| format!("refused: {refusal}; {}", refusal.fix()))
            .collect(),
    }
}

fn command(
    world: &World,
    word: &str,
    rest: &[&str],
    reason: Option<&str>,
) -> Result<Command, Vec<String>> {
    let environment = production();
    Ok(match (word, rest) {
        ("apply", [file]) => return apply(file),
        ("deploy" | "report" | "withdraw" | "fail", [pin, rest @ ..]) => observe(word, pin, rest),
        ("raise", [flag, to, rest @ ..]) => raise(world, flag, to, rest),
        ("lower", [flag, to]) => Command::Lower {
            environment,
            flag: flag.parse().unwrap(),
            to: to.parse().unwrap(),
        },
        ("contain", [flag]) => Command::Contain {
            environment,
            flag: flag.parse().unwrap(),
        },
        ("clear", [flag]) => Command::ClearLatch {
            environment,
            flag: flag.parse().unwrap(),
        },
        ("freeze", rest) => Command::Freeze {
            environment,
            freeze: Freeze {
                from: world.now,
                until: match rest {
                    ["until", time] => Some(time.parse().unwrap()),
                    _ => None,
                },
                reason: reason.unwrap_or("unsaid").parse().unwrap(),
            },
        },
        ("lift", []) => Command::LiftFreeze {
            environment,
            freeze: *world.state().freezes.keys().next_back().unwrap(),
        },
        ("approve", [flag, step, team]) => {
            let key: FlagKey = flag.parse().unwrap();
            let known = &world.state().flags[&key];
            let release = known.release.clone();
            let act = Act::Approve {
                plan: world.state().releases[&release].hash.clone(),
                flag: key,
                step: step.parse().unwrap(),
                epoch: known.epoch,
                team: team.parse().unwrap(),
            };
            Command::Release {
                environment,
                release,
                act,
            }
        }
        (word, [release, rest @ ..]) => {
            let release: ReleaseName = release.parse().unwrap();
            Command::Release {
                environment,
                act: act(world, &release, word, rest),
                release,
            }
        }
        _ => panic!("what does `{word} {rest:?}` mean?"),
    })
}

fn apply(file: &str) -> Result<Command, Vec<String>> {
    let path = crate::folder().join("plans").join(file);
    let source = fs::read_to_string(path).unwrap();
    let plan = plan::parse(&source).map_err(|found| {
        found
            .iter()
            .map(|found| format!("{file}:{found}"))
            .collect::<Vec<_>>()
    })?;
    Ok(Command::ApplyPlan {
        environment: None,
        plan: Box::new(plan),
        source,
    })
}

fn observe(word: &str, pin: &str, rest: &[&str]) -> Command {
    let pin: Pin = pin.parse().unwrap();
    let after = |name: &str| rest.iter().skip_while(|word| **word != name).nth(1);
    let digest = after("digest");
    let observation = match word {
        "withdraw" => Observation::Withdrawn {
            version: pin.version().clone(),
        },
        "fail" => Observation::Failed {
            version: pin.version().clone(),
            why: Some(rest.join(" ")).filter(|why| !why.is_empty()),
        },
        _ => Observation::Deployed {
            version: VersionReport {
                version: pin.version().clone(),
                health: if rest.contains(&"unhealthy") {
                    Health::Unhealthy
                } else {
                    Health::Healthy
                },
                digest: digest.map(|digest| digest.parse().unwrap()),
            },
            live: rest.contains(&"live"),
        },
    };
    Command::Observe {
        environment: production(),
        artefact: pin.artefact().clone(),
        report: Report {
            observation,
            seen: after("seen").map(|time| time.parse().unwrap()),
            again_within: after("again-within").map(|span| span.parse().unwrap()),
        },
    }
}

fn raise(world: &World, flag: &str, to: &str, rest: &[&str]) -> Command {
    let flag: FlagKey = flag.parse().unwrap();
    let epoch = world
        .state()
        .flags
        .get(&flag)
        .map_or(Revision::ZERO, |flag| flag.epoch);
    let after = |name: &str| rest.iter().skip_while(|word| **word != name).nth(1);
    Command::Raise {
        environment: production(),
        to: to.parse().unwrap(),
        epoch: after("at").map_or(epoch, |epoch| epoch.parse().unwrap()),
        skip: rest.contains(&"skip"),
        emergency: after("emergency").map(ToString::to_string),
        flag,
    }
}

fn act(world: &World, release: &ReleaseName, word: &str, rest: &[&str]) -> Act {
    let pins = |words: &[&str]| -> BTreeSet<Pin> {
        words.iter().map(|pin| pin.parse().unwrap()).collect()
    };
    match (word, rest) {
        ("sign", [team]) => Act::SignOff {
            plan: world.state().releases[release].hash.clone(),
            team: team.parse().unwrap(),
        },
        ("pause", []) => Act::Pause,
        ("resume", []) => Act::Resume,
        ("retry", [part]) => Act::Retry {
            part: part.parse().unwrap(),
        },
        ("abort", []) => Act::Abort,
        ("complete", []) => Act::Complete,
        ("release-rollback", []) => Act::ReleaseRollback,
        ("roll-back", parts) => Act::RollBack { parts: pins(parts) },
        ("route", [part, to]) => Act::RaiseRoute {
            part: part.parse().unwrap(),
            to: to.parse().unwrap(),
        },
        ("close-route", [part, to]) => Act::LowerRoute {
            part: part.parse().unwrap(),
            to: to.parse().unwrap(),
        },
        ("record", [gate, rest @ ..]) => Act::Record {
            evidence: Box::new(evidence(world, release, gate, rest)),
        },
        ("accept", [gate, rest @ ..]) => Act::Accept {
            gate: gate_name(gate),
            part: rest.get(1).map(|pin| pin.parse().unwrap()),
        },
        _ => panic!("what does `{word} {rest:?}` mean?"),
    }
}

/// In a story a metric's name has dashes for spaces.
fn gate_name(text: &str) -> GateName {
    let text = if text.starts_with("metric:") {
        text.replace('-', " ")
    } else {
        text.to_string()
    };
    text.parse().unwrap()
}

/// `PASS`, `19/20`, `tests 12 0`, `schema yes`, `age 3h`, `said 90/100`.
fn evidence(world: &World, release: &ReleaseName, gate: &str, rest: &[&str]) -> Evidence {
    let after = |name: &str| rest.iter().skip_while(|word| **word != name).nth(1);
    let gate = gate_name(gate);
    let part: Option<Pin> = after("for").map(|pin| pin.parse().unwrap());
    let ratio = |text: &str| -> (u64, u64) {
        let (part, of) = text.split_once('/').unwrap();
        (part.parse().unwrap(), of.parse().unwrap())
    };
    let outcome = match (&gate, after("is").copied()) {
        (_, Some("PASS")) => Outcome::Verdict {
            verdict: Verdict::Pass,
        },
        (_, Some("FAIL")) => Outcome::Verdict {
            verdict: Verdict::Fail,
        },
        (_, Some("INCONCLUSIVE")) => Outcome::Verdict {
            verdict: Verdict::Inconclusive,
        },
        (_, Some("ERROR")) => Outcome::Verdict {
            verdict: Verdict::Error,
        },
        (GateName::EvalSet(pin), Some(numbers)) => {
            let (passed, cases) = ratio(numbers);
            Outcome::Eval {
                eval_set: pin.clone(),
                passed,
                cases,
                errors: 0,
            }
        }
        (GateName::Tests(_), Some(numbers)) => {
            let (passed, all) = ratio(numbers);
            Outcome::Tests {
                passed,
                failed: all - passed,
                skipped: 0,
                errors: 0,
            }
        }
        (GateName::SchemaCheck(_), Some(fits)) => Outcome::Schema {
            compatible: fits == "fits",
        },
        (GateName::Freshness, Some(age)) => Outcome::Freshness {
            age: age.parse().unwrap(),
        },
        (GateName::Feedback, Some(numbers)) => {
            let (positive, units) = ratio(numbers);
            Outcome::Feedback { positive, units }
        }
        other => panic!("what does {other:?} mean?"),
    };
    let given: Vec<Pin> = rest
        .iter()
        .skip_while(|word| **word != "with")
        .skip(1)
        .map(|pin| pin.parse().unwrap())
        .collect();
    let known = world.state().releases.get(release);
    let pins = match known.filter(|_| given.is_empty()) {
        Some(known) => known.plan.pins().into_iter().cloned().collect(),
        None => given,
    };
    Evidence {
        gate,
        part,
        pins: pins.into_iter().map(|pin| (pin, None)).collect(),
        outcome,
        ran_at: world.now,
        users: after("users").map(|users| users.parse().unwrap()),
        link: None,
        summary: None,
    }
}

fn status(world: &World) -> Vec<String> {
    let state = world.state();
    let mut lines = vec![format!("it is {}", world.now)];
    lines.extend(
        state
            .flags
            .iter()
            .map(|(key, flag)| format!("{key} {}", state.state_of(flag))),
    );
    for artefact in state
        .artefacts
        .iter()
        .filter_map(|(id, found)| Some((id, found.live()?)))
    {
        lines.push(format!("live: {}@{}", artefact.0, artefact.1));
    }
    lines
}

/// Where a release and each of its parts stand.
fn parts(world: &World, name: &str) -> Vec<String> {
    let (state, name) = (world.state(), name.parse().unwrap());
    let release = &state.releases[&name];
    let mut lines = vec![release_state(state, &name, release, world.now).to_string()];
    lines.extend(release.plan.changes.keys().map(|pin| {
        let stands = change_state(state, release, pin, world.now);
        format!("{pin}: {stands}")
    }));
    lines
}

fn waits(world: &World) -> Vec<String> {
    let found = world.advance();
    let mut lines = Vec::new();
    for wait in found.waits {
        let next = match &wait.next {
            Next::Raise { flag, to } => format!("{flag} to {to}"),
            Next::Ship { part } => format!("deployment of {part}"),
            Next::Clear { flag } => format!("{flag} to be cleared"),
            Next::RollBack(progress) => format!("rollback: {progress}"),
            Next::Complete => "completion".to_string(),
        };
        lines.push(format!("{}: {next}", wait.release));
        lines.extend(wait.missing.iter().map(|missing| format!("  {missing}")));
    }
    if lines.is_empty() {
        lines.push("nothing waits".into());
    }
    lines
}

/// How many of 10,000 users a flag admits, asked one by one of the bundle that edges load.
fn users(world: &World, flag: &str) -> String {
    let answers = answers(world, flag, (0..10_000).map(|user| format!("user-{user}")));
    let admitted = answers
        .iter()
        .filter(|details| details.value == Some(Value::Bool(true)));
    format!("{} of 10000", admitted.count())
}

fn ask(world: &World, key: &str, name: &str) -> String {
    let details = answers(world, name, [key.to_string()].into_iter()).remove(0);
    let cause = details
        .metadata
        .get("cause")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let variant = details.variant.unwrap_or_else(|| "nothing".into());
    format!("{variant} {cause}").trim_end().to_string()
}

/// The flags it rests on, and the share that decided.
fn explained(world: &World, key: &str, name: &str) -> Vec<String> {
    let (ruleset, _) = compile(&lower(&world.workspace, &production()).unwrap());
    let told = explain(&ruleset, name, &Context::for_key(key), world.now);
    let share = |found: Option<Bucketing>| {
        let found = found.map(|found| {
            format!(
                ", bucket {} in {} to {}",
                found.bucket, found.from, found.to
            )
        });
        found.unwrap_or_default()
    };
    let variant = told.details.variant.unwrap_or_else(|| "nothing".into());
    let mut lines = vec![format!("{variant}{}", share(told.bucketing))];
    lines.extend(told.prerequisites.into_iter().map(|beneath| {
        let met = if beneath.met {
            "lets through"
        } else {
            "does not let through"
        };
        let cause = beneath
            .cause
            .map(|cause| format!(", {cause}"))
            .unwrap_or_default();
        format!(
            "{} {met}{cause}{}",
            beneath.flag_key,
            share(beneath.bucketing)
        )
    }));
    lines
}

fn answers(world: &World, name: &str, keys: impl Iterator<Item = String>) -> Vec<Details> {
    let (ruleset, found) = compile(&lower(&world.workspace, &production()).unwrap());
    assert!(found.is_empty(), "{found:?}");
    keys.map(|key| {
        let context = Context::for_key(key);
        let resolution = evaluate(&ruleset, name, &context, world.now, &mut Unobserved);
        Details::new(&ruleset, name, &resolution)
    })
    .collect()
}
