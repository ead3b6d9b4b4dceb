//! Redirects in IKE_AUTH.

use super::super::stage::Stage;
use super::super::world::{Fault, World};
use super::cast::{A, B, CLIENT, Login, client_and_two_gateways, redirect};
use super::ending::{deletes, ends_at, expect, settle};
use crate::host::When;

pub(super) fn after_eap(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let policy = redirect(A, When::MidEap, B);
    let mut world = World::new(stage, client_and_two_gateways(Login::Eap, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(deletes(&world, CLIENT, A), "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; the whole IKE SA with {A} was deleted"))
}

pub(super) fn claimed(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let policy = redirect(A, When::Claimed, B);
    let mut world = World::new(stage, client_and_two_gateways(Login::Eap, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(!deletes(&world, CLIENT, A), "there is nothing to delete")?;
    Ok(format!("connected to {B}; nothing was left at {A} to delete"))
}

pub(super) fn two_authentications(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let policy = redirect(A, When::Last, B);
    let mut world = World::new(stage, client_and_two_gateways(Login::DeviceThenUser, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(deletes(&world, CLIENT, A), "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; only the last of four responses redirected"))
}
