//! The refund example: a release that waits for its parts, so that a newcomer has something to do.

use crate::error::Failure;
use flaghoist_core::api::{CreateKey, KeyKind};
use flaghoist_core::artefact::{Health, Observation, Pin, VersionReport};
use flaghoist_core::name::{EnvironmentName, PrincipalName};
use flaghoist_core::plan;
use flaghoist_core::release::{Actor, Command};
use flaghoist_server::Server;

const PLAN: &str = include_str!("../../../examples/refund_explanation/plan.yaml");
/// What users have today, before the release.
const LIVE: [&str; 3] = [
    "prompt:explain_refund@0.9.4",
    "retrieval_index:refund_policies@2026-04-02",
    "eval_set:refund_flow@2",
];
const POPULATION: u64 = 40_000;
/// The name of the key that the hints use; made anew at each start, since a token is told once.
const KEY: &str = "example";

/// Loads the example where it is not loaded yet; three things to try.
pub async fn load(server: &Server, user: &PrincipalName, address: &str) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Server(format!("the example does not load: {error}"))
    };
    let environment: EnvironmentName = "production".parse()?;
    let plan = plan::parse(PLAN).map_err(|diagnostics| Failure::Document {
        file: "the example's plan".into(),
        diagnostics,
    })?;
    if !server.knows_release(&environment, &plan.release) {
        let population = Some(POPULATION);
        let mut commands = vec![Command::DeclareEnvironment {
            environment: environment.clone(),
            population,
        }];
        for pin in LIVE {
            let pin: Pin = pin.parse()?;
            let version = VersionReport {
                version: pin.version().clone(),
                health: Health::Healthy,
                digest: None,
            };
            let observation = Observation::Deployed {
                version,
                live: true,
            };
            let artefact = pin.artefact().clone();
            commands.push(Command::Observe {
                environment: environment.clone(),
                artefact,
                report: observation.into(),
            });
        }
        commands.push(Command::ApplyPlan {
            environment: None,
            plan: Box::new(plan),
            source: PLAN.into(),
        });
        for command in commands {
            let done = server.command(command, Actor::Person(user.clone())).await;
            done.map_err(|error| failed(&error))?;
        }
    }
    let name: PrincipalName = KEY.parse()?;
    server
        .access()
        .delete_key(&name)
        .await
        .map_err(|error| failed(&error))?;
    let request = CreateKey {
        name,
        kind: KeyKind::Admin,
        environment: None,
    };
    let key = server
        .access()
        .create_key(request, user)
        .await
        .map_err(|error| failed(&error))?;
    Ok(hints(address, &key.token))
}

fn hints(address: &str, token: &str) -> String {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "flaghoist".into());
    format!(
        "
three things to try:

1. Open {address} and look at the release: its flag is closed, armed at 5 %, and waits for three parts.

2. Report the parts, in another terminal, and watch the page: the last report opens the flag.
     export FLAGHOIST_SERVER={address} FLAGHOIST_TOKEN={token}
     {program} observe tool:lookup_refund_eligibility@1.0.0
     {program} observe retrieval_index:refund_policies@2026-05-20
     {program} observe prompt:explain_refund@1.0.0

3. Push it to 25 % on the page, ask which prompt a user gets, and press Contain.
     curl -s {address}/ofrep/v1/evaluate/flags/prompt:explain_refund \\
       -H \"Authorization: Bearer $FLAGHOIST_TOKEN\" -d '{{\"context\":{{\"targetingKey\":\"user-1\"}}}}'

Ctrl-C stops."
    )
}
