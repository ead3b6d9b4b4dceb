//! What the bounds leave out: the reduced search against the plain one, and larger bounds against
//! smaller ones.

use crate::alone::client::ClientAlone;
use crate::alone::gateway::GatewayAlone;
use crate::checker::{Bounds, Kinds, Model, Report, explore};
use crate::fleet::{Flaw, Fleet};
use crate::suite;
use crate::worlds;

/// Explores `model` once with gateways told apart by the order in which they come up, and once as
/// they are.
fn agree<R: Model, P: Model>(reduced: &R, plain: &P) -> (Report, Report) {
    let reduced = explore(reduced, Bounds::NONE);
    let plain = explore(plain, Bounds { plain: true, ..Bounds::NONE });
    reduced.assert_unbroken();
    plain.assert_unbroken();
    assert!(reduced.complete && plain.complete);
    assert!(plain.states > reduced.states, "nothing is reduced:\n{reduced}\n{plain}");
    assert_eq!(plain.orbits, reduced.states, "\n{reduced}\n{plain}");
    assert_eq!((plain.kinds.len(), plain.rows), (reduced.kinds.len(), reduced.rows));
    assert_eq!((&plain.kinds, &plain.surprises), (&reduced.kinds, &reduced.surprises));
    (reduced, plain)
}

#[test]
fn the_reduced_search_of_a_client_finds_what_the_plain_one_finds() {
    if suite::is_small() {
        return; // A first look is not meant to get this far.
    }
    let small =
        ClientAlone { configs: worlds::clients(1, 1)[..1].to_vec(), ..worlds::client_alone() };
    let small = ClientAlone { scripts: worlds::scripts()[..1].to_vec(), gateways: 3, ..small };
    let all = ClientAlone { every_gateway: true, ..small.clone() };
    let (reduced, plain) = agree(&small, &all);
    assert!(plain.states > 3 * reduced.states);
}

#[test]
fn the_reduced_search_of_a_fleet_finds_what_the_plain_one_finds() {
    if suite::is_small() {
        return; // A first look is not meant to get this far.
    }
    let fleet = || Fleet { redirects: 1, ..worlds::three_gateways() };
    let (_, _) = agree(&fleet(), &fleet());
}

/// Larger bounds bring no step of a kind that the smaller ones do not have.
fn no_new_kind<M: Model>(smaller: &Report, larger: &M) {
    let bounds = Bounds { kinds: Some(&smaller.kinds), ..Bounds::NONE };
    let report = explore(larger, bounds);
    report.assert_unbroken();
    assert!(report.complete);
    let (found, known) = (report.kinds.len(), smaller.kinds.len());
    assert_eq!(found, known, "{}: the smaller bounds have kinds of their own", report.name);
}

fn client() -> ClientAlone {
    let configs = worlds::clients(2, 2)[..1].to_vec();
    ClientAlone {
        configs,
        scripts: worlds::scripts()[..1].to_vec(),
        gateways: 4,
        ..worlds::client_alone()
    }
}

#[test]
fn larger_bounds_bring_no_new_kind_of_step_of_the_client() {
    if suite::is_small() {
        return; // A first look is not meant to get this far.
    }
    let smaller = explore(&client(), Bounds::NONE);
    let first = |limit, period| worlds::clients(limit, period)[..1].to_vec();
    for larger in [
        ClientAlone { title: "one more gateway", gateways: client().gateways + 1, ..client() },
        ClientAlone { title: "one more tick", configs: first(2, 3), ..client() },
        ClientAlone { title: "one more redirect in the window", configs: first(3, 2), ..client() },
    ] {
        no_new_kind(&smaller, &larger);
    }
}

#[test]
fn longer_times_and_more_tries_bring_no_new_kind_of_step_of_the_gateway() {
    if suite::is_small() {
        return; // A first look is not meant to get this far.
    }
    let smaller = explore(&worlds::gateway_alone(), Bounds::NONE);
    let larger = worlds::gateway_alone();
    let larger =
        GatewayAlone { configs: worlds::gateways(3, 3), ahead: larger.ahead + 1, ..larger };
    no_new_kind(&smaller, &GatewayAlone { targets: larger.targets + 1, ..larger });
}

/// Both machines alone have met every kind of step that a fleet has: what a fleet adds is which of
/// them come together.
pub(crate) fn no_kind_but(alone: &[&Report], found: &Report, fleet: &Fleet) {
    let mut known = Kinds::default();
    alone.iter().for_each(|alone| known.extend(&alone.kinds));
    if !suite::is_small() && !found.kinds.is_subset(&known) {
        explore(fleet, Bounds { kinds: Some(&known), ..Bounds::NONE }).assert_unbroken();
    }
}

fn broken_by(flaw: Flaw) -> &'static str {
    let flawed = Fleet { flaw: Some(flaw), redirects: 1, ..worlds::two_gateways() };
    explore(&flawed, Bounds::NONE).failure.expect("it shows").property
}

#[test]
fn a_delete_that_never_arrives_is_noticed() {
    assert_eq!(broken_by(Flaw::LostDeletes), "both ends agree which IKE SAs live");
}

const LIVE: &str =
    "whatever happens, both ends agree in the end: a working IKE SA or a reported reason";

#[test]
fn a_gateway_that_waits_for_ever_is_noticed() {
    assert_eq!(broken_by(Flaw::LazyGateway), LIVE);
}

#[test]
fn a_client_that_waits_for_ever_is_noticed() {
    assert_eq!(broken_by(Flaw::PatientClient), LIVE);
}
