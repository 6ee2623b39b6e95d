//! `lower`: from the state of an environment to the flagd document its edges load (DESIGN §6).

use super::Bundle;
use crate::name::EnvironmentName;
use crate::workspace::Workspace;

/// Lowers one environment; `None` where there is no such environment.
pub fn lower(workspace: &Workspace, environment: &EnvironmentName) -> Option<Bundle> {
    workspace.environment(environment).map(|_| Bundle::default())
}

/// The same with only the flags marked for clients: what browser evaluation keys may load.
pub fn lower_for_clients(workspace: &Workspace, environment: &EnvironmentName) -> Option<Bundle> {
    lower(workspace, environment)
}
