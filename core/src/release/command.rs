//! What can be asked of the ledger, and who asks.

use super::act::Act;
use crate::artefact::{ArtefactId, Report};
use crate::calendar::Freeze;
use crate::exposure::Exposure;
use crate::flag::Definition;
use crate::name::{
    EnvironmentName, FlagKey, NameError, PrincipalName, ReleaseName, Revision, check,
};
use crate::plan::Plan;
use crate::time::Timestamp;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Who acts: a person, perhaps through an API key, or Flaghoist itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person, signed in.
    Person(PrincipalName),
    /// A program, by an API key.
    Key {
        /// The key's name.
        name: PrincipalName,
        /// The person who made the key and answers for it.
        owner: PrincipalName,
    },
    /// Flaghoist itself.
    System,
}

impl Actor {
    /// The person who answers for the act, where there is one.
    pub fn person(&self) -> Option<&PrincipalName> {
        match self {
            Actor::Person(name) | Actor::Key { owner: name, .. } => Some(name),
            Actor::System => None,
        }
    }

    /// The name that reports are kept under: the key's where a program reports, else the person's.
    pub fn source(&self) -> PrincipalName {
        match self {
            Actor::Key { name, .. } | Actor::Person(name) => name.clone(),
            Actor::System => PrincipalName::system(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(name) => write!(f, "{name}"),
            Actor::Key { name, owner } => write!(f, "{owner} (key {name})"),
            Actor::System => f.write_str("Flaghoist"),
        }
    }
}

/// The caller's own id of a request: sent again with the same id, a command is carried out once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(String);

impl TryFrom<String> for RequestId {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        check(&text, "an idempotency key", b":+/=")?;
        Ok(Self(text))
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> String {
        id.0
    }
}

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who, when and why: what every entry carries besides its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The server's time of the decision.
    pub now: Timestamp,
    /// Who commands.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The caller's id of the request.
    pub request: Option<RequestId>,
}

/// What can be asked. Every field has been parsed; what remains to check needs the workspace.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Makes an environment known, or tells how many users it has.
    DeclareEnvironment {
        /// Which.
        environment: EnvironmentName,
        /// About how many targeting keys it sees, for estimates shown to people.
        population: Option<u64>,
    },
    /// Takes up a plan, or a new version of one, and arms what it opens.
    ApplyPlan {
        /// Where, when the plan does not say.
        environment: Option<EnvironmentName>,
        /// The plan.
        plan: Box<Plan>,
        /// The file it was read from.
        source: String,
    },
    /// Reports what is deployed.
    Observe {
        /// Where.
        environment: EnvironmentName,
        /// What.
        artefact: ArtefactId,
        /// What was seen.
        report: Report,
    },
    /// A promised report has not come. Flaghoist's own.
    Silence {
        /// Where.
        environment: EnvironmentName,
        /// Of what.
        artefact: ArtefactId,
    },
    /// Opens a flag further.
    Raise {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// To what share.
        to: Exposure,
        /// The flag's epoch as the caller last saw it.
        epoch: Revision,
        /// Leave out steps: takes a reason.
        skip: bool,
        /// Do it outside of hours and in a freeze: takes a reason, and says where the follow-up is.
        emergency: Option<String>,
    },
    /// Fires an armed opening for which everything is there now. Flaghoist's own.
    Open {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
    },
    /// Takes a step because everything it needs is there, on the signers' behalf. Flaghoist's own.
    Promote {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// To what share.
        to: Exposure,
        /// The flag's epoch as decided on.
        epoch: Revision,
    },
    /// Asks something of a release as a whole.
    Release {
        /// Where.
        environment: EnvironmentName,
        /// Which release.
        release: ReleaseName,
        /// What.
        act: Act,
    },
    /// Nobody raises anything for a while.
    Freeze {
        /// Where.
        environment: EnvironmentName,
        /// From when till when.
        freeze: Freeze,
    },
    /// Ends a freeze before its time.
    LiftFreeze {
        /// Where.
        environment: EnvironmentName,
        /// The entry that declared it.
        freeze: Revision,
    },
    /// Every edge that reports serves a revision. Flaghoist's own.
    Acknowledge {
        /// Where.
        environment: EnvironmentName,
        /// The bundle revision.
        revision: Revision,
        /// How many edges report.
        edges: u32,
    },
    /// Closes a flag some way, or wholly.
    Lower {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
        /// To what share at the most.
        to: Exposure,
    },
    /// Takes a flag to 0 at once and latches it.
    Contain {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
    },
    /// Lifts the latch; the flag stays at 0.
    ClearLatch {
        /// Where.
        environment: EnvironmentName,
        /// Which flag.
        flag: FlagKey,
    },
    /// Writes a plain flag, which belongs to no plan.
    WriteFlag {
        /// Where.
        environment: EnvironmentName,
        /// Its key.
        flag: FlagKey,
        /// Its definition.
        definition: Box<Definition>,
        /// Whether browser evaluation keys may see it.
        client: bool,
    },
}

impl Command {
    /// Whether it only ever takes exposure away: such a command reads no guard, goes before all others and is appended
    /// whatever happened meanwhile.
    pub fn only_lowers(&self) -> bool {
        match self {
            Command::Lower { .. } | Command::Contain { .. } => true,
            Command::Release { act, .. } => act.only_lowers(),
            _ => false,
        }
    }
}
