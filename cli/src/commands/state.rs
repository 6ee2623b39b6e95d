//! Environments, plain flags, the ledger.

use super::{read, words};
use crate::arguments::{Connection, Flag};
use crate::client::Client;
use crate::error::Failure;
use crate::output::show;
use flaghoist_core::api::{
    DeclareEnvironment, EntryPage, GetLedger, PutEnvironment, PutFlag, WriteFlag,
};
use flaghoist_core::flag::Definition;
use flaghoist_core::name::{EnvironmentName, Revision};
use flaghoist_core::release::{Entry, Event};
use std::process::ExitCode;

pub fn declare_environment(
    json: bool,
    name: &EnvironmentName,
    population: Option<u64>,
    connection: Connection,
) -> Result<ExitCode, Failure> {
    let client = Client::new(connection);
    let decided =
        client.call::<PutEnvironment>(&[name.as_str()], &DeclareEnvironment { population })?;
    show(json, &decided, || words(&decided))
}

pub fn flag(json: bool, flag: Flag) -> Result<ExitCode, Failure> {
    let Flag::Set {
        key,
        definition: file,
        client: for_clients,
        target,
        reason,
    } = flag;
    let definition: Definition = serde_json::from_str(&read(&file)?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
    let client = Client::at(&target);
    let environment = client.environment(target.environment)?;
    let body = WriteFlag {
        definition,
        client: for_clients,
        reason,
    };
    let decided = client.call::<PutFlag>(&[environment.as_str(), key.as_str()], &body)?;
    show(json, &decided, || words(&decided))
}

pub fn ledger(json: bool, since: u64, connection: Connection) -> Result<ExitCode, Failure> {
    let client = Client::new(connection);
    let mut since = Revision::new(since);
    loop {
        let page: EntryPage = client.page::<GetLedger>(&format!("since={since}"))?;
        for entry in &page.entries {
            show(json, entry, || line(entry))?;
        }
        match page.entries.last() {
            Some(last) if last.revision < page.head => since = last.revision,
            _ => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// The whole ledger, oldest first.
pub fn entries(client: &Client) -> Result<Vec<Entry>, Failure> {
    let (mut all, mut since) = (Vec::new(), Revision::ZERO);
    loop {
        let page: EntryPage = client.page::<GetLedger>(&format!("since={since}"))?;
        let Some(last) = page.entries.last() else {
            return Ok(all);
        };
        since = last.revision;
        all.extend(page.entries);
        if since >= page.head {
            return Ok(all);
        }
    }
}

fn line(entry: &Entry) -> String {
    let events: Vec<String> = entry.events.iter().map(Event::describe).collect();
    let reason = entry
        .reason
        .as_ref()
        .map(|reason| format!(" (\"{reason}\")"))
        .unwrap_or_default();
    format!(
        "{:>6}  {}  {} {}{reason}",
        entry.revision.get(),
        entry.at,
        entry.actor,
        events.join("; ")
    )
}
