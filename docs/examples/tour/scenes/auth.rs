//! Redirects in IKE_AUTH.

use ikev2_redirect::responder::{self, Stage as AuthStage};

use super::super::stage::Stage;
use super::super::world::{Fault, World};
use super::cast::{A, B, CLIENT, client_and_two_gateways, gateway};
use super::ending::{deletes, ends_at, expect, settle};
use crate::peers::{Login, Moment, Policy};

pub(super) fn after_eap(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let policy = Policy::redirect(Moment::MidEap, B);
    let mut world = World::new(stage, client_and_two_gateways(Login::Eap, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(deletes(&world, CLIENT, A), "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; the whole IKE SA with {A} was deleted"))
}

pub(super) fn claimed(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let mut policy = Policy::redirect(Moment::At(AuthStage::Claimed), B);
    policy.sessions = responder::Config { redirect_unauthenticated: true, ..policy.sessions };
    let mut world = World::new(stage, client_and_two_gateways(Login::Eap, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(!deletes(&world, CLIENT, A), "there is nothing to delete")?;
    Ok(format!("connected to {B}; nothing was left at {A} to delete"))
}

pub(super) fn two_authentications(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let mut policy = Policy::redirect(Moment::At(AuthStage::Complete), B);
    policy.multiple_auth = true;
    let mut cast = client_and_two_gateways(Login::DeviceThenUser, policy)?;
    let next = Policy { multiple_auth: true, ..Policy::serve() };
    cast[2] = gateway("gw-b", B, next);
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(deletes(&world, CLIENT, A), "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; only the last of four responses redirected"))
}
