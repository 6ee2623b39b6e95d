//! `to_yaml`: a plan as the one YAML text that says it: what `flaghoist export` prints, and what two plans can be compared in.
//!
//! Invariants: reading the text gives the same plan, and equal plans have equal texts; only what is set is written, in the order
//! of DESIGN §5. Not here: comments and the order of a file that a person wrote, which a plan does not keep; how YAML is laid
//! out (`yaml`).

mod yaml;

use super::words::Words;
use super::{
    Announce, Bake, Canary, Change, Dependency, Feature, Gate, KindRank, LocalTime, Measure,
    Metric, OnInconclusive, Plan, Promotion, Rollback, RouteCanary, Step, Strategy, Team, Window,
};
use crate::artefact::Pin;
use crate::exposure::Exposure;
use crate::name::FlagKey;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use core::fmt::Display;
use yaml::{Item, Map};

/// The canonical YAML of a plan.
pub fn to_yaml(plan: &Plan) -> String {
    let Plan {
        release,
        title,
        environment,
        strategy,
        coupling,
        cohort,
        teams,
        kinds,
        features,
        changes,
        canary,
        schedule,
        bake,
        windows,
        announce,
    } = plan;
    let mut map = Map::block();
    // The chapter's short form has no name of its own.
    let first = features.keys().next().map(|name| name.as_str());
    if !plan.is_bare() || first != Some(release.as_str()) {
        map.text("release", release);
    }
    map.text_of("title", title.as_ref());
    map.text_of("environment", environment.as_ref());
    map.choice("strategy", *strategy, Strategy::default());
    map.text_of("coupling", coupling.as_ref());
    map.text_of("cohort", cohort.as_ref());
    map.named("teams", teams.iter().map(|(name, of)| (name, team(of))));
    map.named("kinds", kinds.iter().map(|(name, of)| (name, rank(*of))));
    map.named(
        "features",
        features.iter().map(|(name, of)| (name, feature(of))),
    );
    map.list(
        "changes",
        changes.iter().map(|(pin, of)| Item::Map(change(pin, of))),
    );
    map.map_of("canary", canary.as_ref().map(steps_and_metrics));
    map.map_of("schedule", times(schedule));
    map.map_of("bake", bake.as_ref().map(watching));
    map.list("windows", windows.iter().map(window));
    map.map_of("announce", announce.as_ref().map(told));
    map.to_text()
}

/// An exposure as the number people write.
fn percent(exposure: Exposure) -> Item {
    let text = exposure.to_string();
    Item::Plain(text.trim_end_matches([' ', '%']).into())
}

fn percentages(exposures: &[Exposure]) -> impl Iterator<Item = Item> {
    exposures.iter().copied().map(percent)
}

fn texts<'a>(
    values: impl IntoIterator<Item = &'a (impl Display + 'a)>,
) -> impl Iterator<Item = Item> {
    values
        .into_iter()
        .map(|value| Item::Text(value.to_string()))
}

fn team(team: &Team) -> Map {
    let Team { contact, approvers } = team;
    let mut map = Map::flow();
    map.text_of("contact", contact.as_ref());
    map.list("approvers", texts(approvers));
    map
}

fn rank(rank: KindRank) -> Map {
    let KindRank { after } = rank;
    let mut map = Map::flow();
    map.plain("after", after.word());
    map
}

/// A map that begins with its pin: `prompt: explain_refund@1.0.0`.
fn pinned(pin: &Pin) -> Map {
    let artefact = pin.artefact();
    let mut map = Map::block();
    let version = format!("{}@{}", artefact.name(), pin.version());
    map.text(&artefact.kind().to_string(), &version);
    map
}

fn feature(feature: &Feature) -> Map {
    let Feature {
        flag,
        owner,
        expires,
        client,
        canary,
        dependencies,
        prerequisites,
        preview,
    } = feature;
    let mut map = Map::block();
    map.text("flag", flag);
    map.text_of("owner", owner.as_ref());
    if let Some(day) = expires {
        map.plain("expires", day);
    }
    map.choice("client", *client, false);
    map.map_of(
        "rollout",
        canary.map(|exposure| {
            let mut rollout = Map::block();
            rollout.push("canary_percentage", percent(exposure));
            rollout
        }),
    );
    let parts = dependencies.iter().map(|(pin, need)| dependency(pin, need));
    map.list(
        "dependencies",
        parts.chain(prerequisites.iter().map(flag_of)),
    );
    if !preview.is_empty() {
        let mut keys = Map::flow();
        keys.list("keys", texts(preview));
        map.push("preview", Item::Map(keys));
    }
    map
}

fn dependency(pin: &Pin, need: &Dependency) -> Item {
    let Dependency { optional, evidence } = need;
    let mut map = pinned(pin);
    map.choice("optional", *optional, false);
    map.text_of("evidence", evidence.as_ref());
    Item::Map(map)
}

fn flag_of(flag: &FlagKey) -> Item {
    let mut map = Map::block();
    map.text("flag", flag);
    Item::Map(map)
}

fn change(pin: &Pin, change: &Change) -> Map {
    let Change {
        owner,
        requires,
        accepts,
        stages,
        gates,
        deadline,
        canary,
        rollback,
    } = change;
    let mut map = pinned(pin);
    map.text_of("owner", owner.as_ref());
    map.list("requires", texts(requires));
    map.list("accepts", texts(accepts));
    map.list("stages", percentages(stages));
    map.list("gates", gates.iter().map(gate));
    map.plain_of("deadline", deadline.as_ref());
    match canary {
        Some(RouteCanary::WithFlag) => map.plain("canary", "with_flag"),
        Some(RouteCanary::Steps(steps)) => map.list("canary", percentages(steps)),
        None => {}
    }
    map.map_of(
        "rollback",
        rollback.as_ref().map(|back| way_back(pin, back)),
    );
    map
}

fn way_back(pin: &Pin, rollback: &Rollback) -> Map {
    let Rollback {
        to,
        disable,
        procedure,
        forward_only,
    } = rollback;
    let mut map = Map::flow();
    if let Some(version) = to {
        map.text("to", &format!("{}@{version}", pin.artefact().name()));
    }
    map.choice("disable", *disable, false);
    map.text_of("procedure", procedure.as_ref());
    map.choice("forward_only", *forward_only, false);
    map
}

fn gate(gate: &Gate) -> Item {
    let mut map = Map::flow();
    match gate {
        Gate::EvalSet {
            name,
            version,
            pass_rate,
        } => {
            map.text("eval_set", &format!("{name}@{version}"));
            map.text("pass_rate", pass_rate);
        }
        Gate::Tests { name } => map.text("tests", name),
        Gate::SchemaCheck { name } => map.text("schema_check", name),
        Gate::Freshness { age } => map.text("freshness", age),
        Gate::Feedback { positive, units } => {
            map.text("feedback", positive);
            map.plain("units", units);
        }
        Gate::Review { team } => map.text("review", team),
    }
    Item::Map(map)
}

fn steps_and_metrics(canary: &Canary) -> Map {
    let Canary {
        promote,
        steps,
        metrics,
        on_inconclusive,
    } = canary;
    let mut map = Map::block();
    map.choice("promote", *promote, Promotion::default());
    map.list("steps", steps.iter().map(step));
    map.list("metrics", metrics.iter().map(metric));
    map.choice(
        "on_inconclusive",
        *on_inconclusive,
        OnInconclusive::default(),
    );
    map
}

fn step(step: &Step) -> Item {
    let Step {
        exposure,
        at_least,
        units,
        gates,
        approve,
    } = step;
    let mut map = Map::flow();
    map.push("exposure", percent(*exposure));
    map.plain_of("at_least", at_least.as_ref());
    map.plain_of("units", units.as_ref());
    map.list("gates", gates.iter().map(gate));
    map.list("approve", texts(approve));
    Item::Map(map)
}

fn metric(metric: &Metric) -> Item {
    let Metric {
        name,
        component,
        role,
        measure,
    } = metric;
    let mut map = Map::block();
    map.text("name", name);
    map.text_of("component", component.as_ref());
    map.plain("role", role.word());
    match measure {
        Measure::Rate {
            events,
            units,
            worse,
            ratio,
        } => {
            let mut queries = Map::block();
            queries.text("events", events);
            queries.text("units", units);
            map.push("rate", Item::Map(queries));
            map.plain("worse", worse.word());
            map.plain("ratio", ratio);
        }
        Measure::Value { query, limit } => {
            map.text("value", query);
            map.text("limit", limit);
        }
        Measure::Score {
            source,
            worse,
            drop,
        } => {
            let mut score = Map::flow();
            score.text("source", source);
            score.plain("worse", worse.word());
            score.plain("drop", drop);
            map.push("score", Item::Map(score));
        }
    }
    Item::Map(map)
}

fn times(schedule: &BTreeMap<Exposure, LocalTime>) -> Option<Map> {
    let mut map = Map::flow();
    for (step, time) in schedule {
        let step = step.to_string();
        map.plain(step.trim_end_matches([' ', '%']), time);
    }
    (!schedule.is_empty()).then_some(map)
}

fn watching(bake: &Bake) -> Map {
    let Bake { lasts, holdback } = bake;
    let mut map = Map::flow();
    map.plain("for", lasts);
    if !holdback.is_zero() {
        map.push("holdback", percent(*holdback));
    }
    map
}

fn window(window: &Window) -> Item {
    let Window { allow, timezone } = window;
    let mut map = Map::flow();
    map.text("allow", allow);
    map.text("timezone", timezone);
    Item::Map(map)
}

fn told(announce: &Announce) -> Map {
    let Announce { channel, webhook } = announce;
    let mut map = Map::flow();
    map.text_of("channel", channel.as_ref());
    map.text_of("webhook", webhook.as_ref());
    map
}
