//! How to tell whether a scene ended as it should.

use std::net::IpAddr;

use ikev2_redirect::wire::{Contents, ExchangeType, Header, InitRequest};

use super::super::describe::opened;
use super::super::world::{Fault, Sent, World};

/// Lets everything happen; no scene is longer than an hour of its time.
pub(super) fn settle(world: &mut World<'_, '_>) -> Result<(), Fault> {
    world.settle(world.now().after(3_600_000))
}

pub(super) fn ends_at(
    world: &World<'_, '_>,
    gateway: IpAddr,
    redirects: usize,
) -> Result<(), Fault> {
    let client = world.client();
    expect(client.connected_to() == Some(gateway), "the client is connected where it should be")?;
    expect(client.redirects(world.now()) == redirects, "the redirects are counted")?;
    expect(client.sa_count() == 1, "the client has one IKE SA")?;
    expect(world.gateway(gateway).session_count() == 1, "the gateway has one IKE SA")
}

pub(super) fn expect(holds: bool, what: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}").into()) }
}

/// The REDIRECTED_FROM in the first request to a gateway.
pub(super) fn redirected_from(world: &World<'_, '_>, gateway: IpAddr) -> Option<IpAddr> {
    let first = world.sent().iter().find(|sent| sent.to == gateway)?;
    InitRequest::parse(&first.octets).ok()?.redirected_from?.ok()
}

pub(super) fn deletes(world: &World<'_, '_>, from: IpAddr, to: IpAddr) -> bool {
    world.sent().iter().any(|sent| sent.from == from && sent.to == to && is_delete(sent))
}

pub(super) fn is_delete(sent: &Sent) -> bool {
    let Ok((header, _)) = Header::parse(&sent.octets) else { return false };
    let Some((first, chain)) = opened(&header, &sent.octets) else { return false };
    Contents::parse(first, &chain).is_ok_and(|contents| contents.deletes_ike_sa)
}

pub(super) fn is(sent: &Sent, exchange: ExchangeType) -> bool {
    Header::parse(&sent.octets).is_ok_and(|(header, _)| header.exchange == exchange)
}

pub(super) fn position(world: &World<'_, '_>, found: impl Fn(&Sent) -> bool) -> Option<usize> {
    world.sent().iter().position(found)
}
