//! Redirects in IKE_SA_INIT.

use ikev2_redirect::Fqdn;

use super::super::stage::Stage;
use super::super::world::{Fault, World};
use super::cast::{A, B, C, DOOR, Login, client, door, gateway, redirect, serve};
use super::ending::{ends_at, expect, redirected_from, settle};
use crate::host::When;

pub(super) fn front_door(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let cast = vec![client(Login::SharedKey)?, door(A), gateway("gw-a", serve(A))];
    let mut world = World::new(stage, cast)?;
    world.connect(DOOR)?;
    settle(&mut world)?;
    ends_at(&world, A, 1)?;
    expect(world.gateway(DOOR).session_count() == 0, "the front door keeps no state")?;
    expect(redirected_from(&world, A) == Some(DOOR), "REDIRECTED_FROM names the address asked")?;
    Ok(format!("connected to {A} after one redirect; {DOOR} keeps no state"))
}

pub(super) fn chain(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let by_name = Fqdn::new("gw-b.example")?;
    let cast = vec![
        client(Login::SharedKey)?,
        door(A),
        gateway("gw-a", redirect(A, When::Init, by_name)),
        gateway("gw-b", serve(B)),
    ];
    let mut world = World::new(stage, cast)?;
    world.connect(DOOR)?;
    settle(&mut world)?;
    ends_at(&world, B, 2)?;
    expect(redirected_from(&world, B) == Some(A), "REDIRECTED_FROM names the last gateway")?;
    Ok(format!("connected to {B} after two redirects; it was told about {A}, not about {DOOR}"))
}

pub(super) fn circle(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let sends = |from, to| redirect(from, When::Init, to);
    let cast = vec![
        client(Login::SharedKey)?,
        gateway("gw-a", sends(A, B)),
        gateway("gw-b", sends(B, C)),
        gateway("gw-c", sends(C, A)),
    ];
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    settle(&mut world)?;
    expect(world.client().connected_to().is_none(), "the client ends without a gateway")?;
    let followed = world.client().redirects(world.now());
    expect(followed == 5, "five redirects are followed")?;
    Ok("five redirects followed, the sixth refused; the user is told".to_owned())
}
