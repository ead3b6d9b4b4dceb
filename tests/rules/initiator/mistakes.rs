//! What the host tells cannot be: its own mistake, and nothing changes.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Config, Event};
use ikev2_redirect::wire::Contents;
use ikev2_redirect::{Misuse, Reason};

use super::support::*;

#[test]
fn a_response_without_a_request_is_the_hosts_mistake_and_shifts_nothing() {
    // F18: 'first' is still to come.
    let mut machine = authenticating();
    let response = auth_response(PeerAuth::Absent, Contents::default());
    assert_eq!(tell(&mut machine, response), [misused(&machine, Misuse::RequestMissing)]);
    let actions = round(&mut machine, NOTHING, VERIFIED, with_auth(redirect_to(2)));
    assert_eq!(actions, [vet_2(&machine)]);
}

#[test]
fn a_request_before_the_response_to_the_last_is_the_hosts_mistake() {
    let mut machine = authenticating();
    let request = Event::AuthRequestSent { sent: NOTHING };
    assert!(tell(&mut machine, request).is_empty());
    assert_eq!(tell(&mut machine, request), [misused(&machine, Misuse::RequestRepeated)]);
}

#[test]
fn an_auth_payload_that_is_not_there_cannot_be_verified_nor_one_that_is_be_absent() {
    // F18
    let cases = [(VERIFIED, redirect_to(2)), (PeerAuth::Absent, with_auth(redirect_to(2)))];
    for (peer, contents) in cases {
        let mut machine = authenticating();
        feed(&mut machine, [Event::AuthRequestSent { sent: AUTH }]);
        let actions = unchanged_by(&machine, auth_response(peer, contents));
        assert_eq!(actions, [misused(&machine, Misuse::AuthContradiction)]);
    }
}

#[test]
fn a_forgotten_request_shows_as_the_hosts_mistake_at_once() {
    // F23: the peer did nothing wrong.
    let mut machine = authenticating();
    let verified = with_auth(Contents { sa: true, ..Contents::default() });
    let actions = tell(&mut machine, auth_response(VERIFIED, verified));
    assert_eq!(actions, [misused(&machine, Misuse::RequestMissing)]);
    let actions = tell(&mut machine, Event::Established);
    assert_eq!(actions, [misused(&machine, Misuse::PhaseIncomplete)]);
}

#[test]
fn keys_come_once() {
    let mut machine = authenticating();
    assert_eq!(tell(&mut machine, KEYS), [misused(&machine, Misuse::OutOfTurn)]);
}

#[test]
fn after_the_last_response_there_is_no_further_request() {
    let mut machine = through_auth(connecting(Config::default()));
    let actions = tell(&mut machine, Event::AuthRequestSent { sent: AUTH });
    assert_eq!(actions, [misused(&machine, Misuse::OutOfTurn)]);
}

#[test]
fn what_is_not_whole_is_neither_rekeyed_nor_moved() {
    for mut machine in [connecting(Config::default()), authenticating()] {
        for event in [Event::Rekeyed, Event::GatewayMoved { to: gw(9) }] {
            assert_eq!(tell(&mut machine, event), [misused(&machine, Misuse::OutOfTurn)]);
        }
    }
}

#[test]
fn a_gateway_cannot_move_to_what_is_no_gateways_address() {
    let mut machine = established(Config::default());
    let actions = tell(&mut machine, Event::GatewayMoved { to: "224.0.0.1".parse().unwrap() });
    assert_eq!(actions, [misused(&machine, Misuse::UnusableAddress)]);
    assert_eq!(machine.gateway(), Some(gw(1)));
}

#[test]
fn a_response_that_the_network_delivers_late_is_nobodys_mistake() {
    let mut machine = authenticating();
    let actions = tell(&mut machine, init_redirect(2));
    assert_eq!(actions, [ignored(&machine, Reason::OutOfTurn)]);
}
