//! States in words, for the sequence charts.

use std::net::IpAddr;

use crate::truth::client::{Sa, Stage};
use crate::truth::gateway::Place;
use crate::watch::client::WatchedClient;
use crate::watch::gateway::WatchedGateway;

/// An address as the charts name it.
pub(crate) fn place(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) if address.octets()[..3] == [192, 0, 2] => {
            format!("gateway {}", address.octets()[3] - 1)
        }
        IpAddr::V4(address) if address.octets()[0] == 203 => "anycast".into(),
        other => other.to_string(),
    }
}

fn sa(sa: &Sa) -> String {
    let stage = match sa.stage {
        Stage::Init { .. } => "IKE_SA_INIT".into(),
        Stage::Auth { done, .. } => format!("IKE_AUTH, {done} exchanges over"),
        Stage::Stuck => "IKE_AUTH ended".into(),
        Stage::Whole => "complete".into(),
        Stage::Up => "up".into(),
    };
    format!("{}, {stage}", place(sa.gateway))
}

/// The client: what the host knows, and what the machine believes.
pub(crate) fn client(client: &WatchedClient) -> Vec<String> {
    let (host, machine) = (&client.host, &client.machine);
    let sas = host.sas.iter().flatten();
    let sas: Vec<String> =
        sas.map(|known| format!("IKE SA {} with {}", known.id.0, sa(known))).collect();
    let sas = if sas.is_empty() { "no IKE SA".into() } else { sas.join("; ") };
    let mut lines = vec![format!("host: {sas}")];
    let believed = match (machine.sa(), machine.gateway()) {
        (Some(id), Some(gateway)) => format!(", IKE SA {} with {}", id.0, place(gateway)),
        _ => String::new(),
    };
    let kept = machine.kept().map_or(String::new(), |id| format!(", keeps IKE SA {}", id.0));
    let asked = if machine.question().is_some() { ", asks" } else { "" };
    lines.push(format!("machine: {:?}{believed}{kept}{asked}", machine.phase()));
    lines
}

/// One IKE SA of a gateway.
pub(crate) fn gateway(gateway: &WatchedGateway) -> Vec<String> {
    let host = &gateway.host;
    let place = match host.place {
        Place::Auth { done, .. } => format!("IKE_AUTH, {done} exchanges over"),
        Place::Up => "up".into(),
        Place::Out { repeats, left, .. } => {
            format!("told, {repeats} repeats, {left} ticks left")
        }
        Place::Leaving { left } => format!("the client knows, {left} ticks left"),
        Place::Gone => "gone".into(),
    };
    vec![format!("host: {place}; machine: {:?}", gateway.machine.phase())]
}
