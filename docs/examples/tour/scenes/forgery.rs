//! Redirects that no gateway has sent.

use ikev2_redirect::wire::{ExchangeType, Flags, Header, InitRequest, Nonce};

use super::super::stage::Stage;
use super::super::world::{Fault, Role, World};
use super::cast::{A, ATTACKER, CLIENT, DOOR, Login, client, door, gateway, serve};
use super::ending::{ends_at, expect, settle};
use crate::host::message::in_clear;
use crate::host::payloads::Chain;

pub(super) fn forgeries(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let cast = vec![
        client(Login::SharedKey)?,
        ("attacker", ATTACKER, Role::Silent),
        door(A),
        gateway("gw-a", serve(A)),
    ];
    let mut world = World::new(stage, cast)?;
    world.connect(DOOR)?;
    world.remark("the attacker knows the SPI, but not the nonce")?;
    let forged = forged_answer(&world, &[0x66; 32])?;
    world.inject(ATTACKER, CLIENT, &forged)?;
    settle(&mut world)?;
    world.remark("the attacker has no keys")?;
    let forged = forged_request(&world)?;
    world.inject(ATTACKER, CLIENT, &forged)?;
    settle(&mut world)?;
    ends_at(&world, A, 1)?;
    expect(!world.sent().iter().any(|sent| sent.to == ATTACKER), "nobody talks to the attacker")?;
    Ok(format!("connected to {A}, where the real front door wanted it"))
}

/// The answer to the client's request as far as somebody can write it who has not seen its
/// nonce.
fn forged_answer(world: &World<'_, '_>, nonce: &[u8]) -> Result<Vec<u8>, Fault> {
    let latest = world.sent().last().ok_or("nothing was sent")?;
    let request = InitRequest::parse(&latest.octets)?;
    let guessed = InitRequest { nonce: Nonce::new(nonce)?, ..request };
    let mut octets = vec![0; guessed.redirect_len(ATTACKER.into())];
    guessed.write_redirect(ATTACKER.into(), &mut octets)?;
    Ok(octets)
}

/// An INFORMATIONAL request with a REDIRECT, in clear.
fn forged_request(world: &World<'_, '_>) -> Result<Vec<u8>, Fault> {
    let latest = world.sent().last().ok_or("nothing was sent")?;
    let (header, _) = Header::parse(&latest.octets)?;
    let spis = [header.initiator_spi, header.responder_spi];
    let chain = Chain::new().with_redirect(ATTACKER.into());
    Ok(in_clear(spis, ExchangeType::INFORMATIONAL, Flags(0), 0, &chain))
}
