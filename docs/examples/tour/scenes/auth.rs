//! Redirects in IKE_AUTH.

use super::super::stage::Stage;
use super::super::world::{Fault, World};
use super::cast::{A, B, CLIENT, Login, client_and_two_gateways, redirect};
use super::ending::{deletes, ends_at, expect, settle};
use crate::host::When;

/// Connects to A, which redirects to B at that moment; says whether the client deletes its IKE SA.
fn leaves(stage: &mut Stage<'_>, login: Login, when: When) -> Result<bool, Fault> {
    let mut world = World::new(stage, client_and_two_gateways(login, redirect(A, when, B))?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    Ok(deletes(&world, CLIENT, A))
}

pub(super) fn after_eap(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let deleted = leaves(stage, Login::Eap, When::MidEap)?;
    expect(deleted, "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; the whole IKE SA with {A} was deleted"))
}

pub(super) fn claimed(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let deleted = leaves(stage, Login::Eap, When::Claimed)?;
    expect(!deleted, "there is nothing to delete")?;
    Ok(format!("connected to {B}; nothing was left at {A} to delete"))
}

pub(super) fn two_authentications(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let deleted = leaves(stage, Login::DeviceThenUser, When::Last)?;
    expect(deleted, "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; only the last of four responses redirected"))
}
