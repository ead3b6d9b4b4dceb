//! Redirects of established sessions.

use ikev2_redirect::wire::ExchangeType;

use super::super::stage::Stage;
use super::super::world::{Fault, Role, World};
use super::cast::{A, B, Login, client_and_two_gateways, serve};
use super::ending::{ends_at, expect, is, is_delete, position, settle};

pub(super) fn maintenance(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let cast = client_and_two_gateways(Login::SharedKey, serve(A))?;
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    world.deliver()?;
    world.remark(&format!("{A} is to go down for maintenance"))?;
    world.redirect_all(A, B)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    let made = position(&world, |sent| sent.from == B && is(sent, ExchangeType::IKE_AUTH));
    let broke = position(&world, |sent| sent.to == A && is_delete(sent));
    expect(made.is_some() && made < broke, "the old IKE SA goes after the new one is up")?;
    Ok(format!("connected to {B}; the client was never without an IKE SA"))
}

pub(super) fn target_down(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let mut cast = client_and_two_gateways(Login::SharedKey, serve(A))?;
    cast[2] = ("gw-b", B, Role::Silent);
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    world.deliver()?;
    world.remark(&format!("{A} is to go down, and {B} is down already"))?;
    world.redirect_all(A, B)?;
    let before_grace_is_over = world.now().after(20_000);
    world.settle(before_grace_is_over)?;
    expect(world.client().connected_to() == Some(A), "the client stays with the old gateway")?;
    expect(world.client().sa_count() == 1, "one IKE SA is left")?;
    Ok(format!("still connected to {A}"))
}
