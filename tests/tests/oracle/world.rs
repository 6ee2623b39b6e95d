//! Makes workspaces from chance, through what anybody can call: plans are applied, parts observed, flags moved.

use flaghoist_core::artefact::{Health, Observation, VersionReport};
use flaghoist_core::bundle::{Bundle, lower};
use flaghoist_core::exposure::Exposure;
use flaghoist_core::name::{EnvironmentName, FlagKey};
use flaghoist_core::plan;
use flaghoist_core::release::{Actor, Command, Stamp, decide};
use flaghoist_core::time::Timestamp;
use flaghoist_core::workspace::Workspace;
use flaghoist_tests::random::Random;

/// The parts that plans pin; a plan pins one version of each.
const PARTS: [&str; 4] = ["prompt:p", "tool:t", "retrieval_index:i", "model:m"];
const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "2026-05-20"];

/// A ledger in memory: what the server does, without a server.
pub struct World {
    pub workspace: Workspace,
}

pub fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

impl World {
    /// A world with some releases, most of their parts deployed and most of their flags moved.
    pub fn of(random: &mut Random) -> Self {
        let workspace = Workspace::new("ledger-1".parse().unwrap());
        let mut world = Self { workspace };
        let environment = production();
        world.act(&Command::DeclareEnvironment {
            environment,
            population: None,
        });
        for release in 0..random.below(3) + 1 {
            world.apply(&plan_text(release, random));
        }
        for part in PARTS {
            for version in VERSIONS.into_iter().chain(["0.9.0"]) {
                if random.chance(80) {
                    let is_live = version == "0.9.0" || random.chance(10);
                    world.observe(part, version, random.chance(90), is_live);
                }
            }
        }
        for flag in world.flags() {
            match random.below(10) {
                0 => {}
                1 => drop(world.contain(&flag)),
                2 => drop(world.raise(&flag, 10_000)),
                _ => drop(world.raise(&flag, random.below(10_001) as u16)),
            }
        }
        world
    }

    /// Carries a command out; whether it was.
    pub fn act(&mut self, command: &Command) -> bool {
        let stamp = Stamp {
            now: Timestamp::from_millis(1_780_000_000_000),
            actor: Actor::Person("asha".parse().unwrap()),
            reason: Some("a test".into()),
            request: None,
        };
        let decided = decide(&self.workspace, command, &stamp);
        if let Ok(events) = &decided {
            self.workspace.apply_events(events, &stamp);
        }
        decided.is_ok()
    }

    /// A plan may be refused, as where two releases pin one part differently.
    fn apply(&mut self, text: &str) {
        let plan = Box::new(plan::parse(text).unwrap());
        let (environment, source) = (Some(production()), text.into());
        self.act(&Command::ApplyPlan {
            environment,
            plan,
            source,
        });
    }

    fn observe(&mut self, part: &str, version: &str, is_healthy: bool, live: bool) {
        let health = if is_healthy {
            Health::Healthy
        } else {
            Health::Unhealthy
        };
        let version = VersionReport {
            version: version.parse().unwrap(),
            health,
            digest: None,
        };
        let (environment, artefact) = (production(), part.parse().unwrap());
        let observation = Observation::Deployed { version, live };
        assert!(self.act(&Command::Observe {
            environment,
            artefact,
            report: observation.into()
        }));
    }

    /// The flags of all features.
    pub fn flags(&self) -> Vec<FlagKey> {
        let environment = self.workspace.environment(&production()).unwrap();
        environment.flags.keys().cloned().collect()
    }

    /// Opens a flag further; whether that was let.
    pub fn raise(&mut self, flag: &FlagKey, basis_points: u16) -> bool {
        let known = self.workspace.environment(&production()).unwrap();
        let epoch = known.flags.get(flag).unwrap().epoch;
        let to = Exposure::from_basis_points(basis_points).unwrap();
        self.act(&Command::Raise {
            environment: production(),
            flag: flag.clone(),
            to,
            epoch,
            skip: false,
            emergency: None,
        })
    }

    /// Takes a flag to 0 and latches it.
    pub fn contain(&mut self, flag: &FlagKey) -> bool {
        self.act(&Command::Contain {
            environment: production(),
            flag: flag.clone(),
        })
    }

    /// What edges load.
    pub fn bundle(&self) -> Bundle {
        lower(&self.workspace, &production()).unwrap()
    }
}

/// A plan with one to three features over some of the parts.
fn plan_text(release: usize, random: &mut Random) -> String {
    let mut text = format!("release: r{release}\n");
    if random.chance(50) {
        text += &format!("cohort: cohort_{}\n", random.below(3));
    }
    text += "features:\n";
    let version = VERSIONS[random.below(VERSIONS.len())];
    for feature in 0..random.below(3) + 1 {
        text += &format!("  f{feature}:\n    flag: flag_{release}_{feature}\n");
        if random.chance(50) {
            text += &format!(
                "    rollout:\n      canary_percentage: {}\n",
                random.below(101)
            );
        }
        if random.chance(20) {
            text += "    preview: { keys: [user-1, user-2, \"\\u00fc\"] }\n";
        }
        text += "    dependencies:\n";
        if feature > 0 && random.chance(40) {
            // What it rests on may rest on another itself.
            let beneath = random.below(feature);
            text += &format!("      - flag: flag_{release}_{beneath}\n");
        }
        let first = random.below(PARTS.len());
        for part in PARTS
            .iter()
            .cycle()
            .skip(first)
            .take(random.below(PARTS.len()) + 1)
        {
            let (kind, name) = part.split_once(':').unwrap();
            text += &format!("      - {kind}: {name}@{version}\n");
            if random.chance(25) {
                text += "        optional: true\n        evidence: https://ci.example/run/1\n";
            }
        }
    }
    text
}
