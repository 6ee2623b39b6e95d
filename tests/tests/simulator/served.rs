//! What users get of the bundle that a server publishes, against the rule of the share: I5 and I15.
//!
//! Invariant: the bucket is computed here, with a murmur3 of its own.

use crate::shadow::{Phase, Shadow};
use crate::world::production;
use flaghoist_core::bundle::lower;
use flaghoist_core::context::Context;
use flaghoist_core::evaluation::{Details, Unobserved, compile, evaluate};
use flaghoist_core::time::Timestamp;
use flaghoist_core::value::Value;
use flaghoist_core::workspace::Workspace;
use std::io::Cursor;

const USERS: usize = 12;

/// Everything that is wrong with what some users get.
pub fn check(shadow: &Shadow, workspace: &Workspace, now: Timestamp) -> Vec<String> {
    let Some(bundle) = lower(workspace, &production()) else {
        return vec!["there is no bundle".into()];
    };
    let (ruleset, diagnostics) = compile(&bundle);
    if !diagnostics.is_empty() {
        return vec![format!("the bundle does not compile: {diagnostics:?}")];
    }
    let answer = |name: &str, key: &str| {
        let context = Context::for_key(key.to_string());
        let resolution = evaluate(&ruleset, name, &context, now, &mut Unobserved);
        Details::new(&ruleset, name, &resolution).value
    };
    let mut wrong = Vec::new();
    for user in 0..USERS {
        let key = format!("user-{user}");
        for (flag, known) in &shadow.flags {
            let admitted = admits(shadow, flag, known.exposure, &key);
            let got = answer(flag.as_str(), &key);
            if got != Some(Value::Bool(admitted)) {
                wrong.push(format!("I5: {key} gets {got:?} of {flag}, not {admitted}"));
            }
        }
        wrong.extend(routes(shadow, &key, &answer));
    }
    wrong
}

fn admits(shadow: &Shadow, flag: &flaghoist_core::name::FlagKey, exposure: u16, key: &str) -> bool {
    let ready = shadow.required(flag).iter().all(|pin| shadow.works(pin));
    ready && !shadow.flags[flag].latched && bucket(flag.as_str(), key) < exposure
}

/// I15: whom no flag and no route admits gets what is live.
fn routes(shadow: &Shadow, key: &str, answer: &dyn Fn(&str, &str) -> Option<Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (artefact, live) in &shadow.live {
        let pinning = shadow.releases.values().filter(|release| {
            let mut pins = release.plan.pins().into_iter();
            release.phase != Phase::Completed && pins.any(|pin| pin.artefact() == artefact)
        });
        let mut admitted = false;
        for release in pinning {
            admitted |= release.routes.values().any(|share| *share > 0);
            for feature in release.plan.features.values() {
                let exposure = shadow.flags[&feature.flag].exposure;
                admitted |= admits(shadow, &feature.flag, exposure, key);
            }
        }
        let got = answer(&artefact.to_string(), key);
        // A route that no plan ever named is not in the bundle.
        if !admitted && got.is_some() && got != Some(Value::from(live.to_string().as_str())) {
            wrong.push(format!(
                "I15: {key} gets {got:?} of {artefact}, live is {live}"
            ));
        }
    }
    wrong
}

/// The share of ten thousand that a key falls in.
fn bucket(cohort: &str, key: &str) -> u16 {
    let text = format!("{cohort}{key}");
    let hash = murmur3::murmur3_32(&mut Cursor::new(text), 0).unwrap();
    ((u64::from(hash) * 10_000) >> 32) as u16
}
