//! IKE_AUTH with more than one authentication (RFC 4739), and phases that the gateway ends.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Config, Event, Initiator};
use ikev2_redirect::wire::{Contents, NotifyType};

use super::support::*;

const MORE: AuthMessage = AuthMessage {
    auth: true,
    eap: false,
    another_auth_follows: true,
    multiple_auth_supported: true,
};

fn with_multiple_auth() -> Initiator {
    let mut machine = connecting(Config::default());
    feed(&mut machine, [Event::InitCompleted { multiple_auth_offered: true }]);
    machine
}

#[test]
fn the_last_response_of_several_authentications_needs_no_auth_of_its_own() {
    // RFC 4739 example 3: verified is progress, not a field of the message.
    let mut machine = with_multiple_auth();
    let verified = with_auth(Contents::default());
    assert_eq!(round(&mut machine, MORE, VERIFIED, verified), [pass_on(&machine)]);
    assert_eq!(round(&mut machine, AUTH, PeerAuth::Absent, redirect_to(2)), [vet_2(&machine)]);
    let left = sa(&machine);
    assert!(permit(&mut machine, 2).iter().any(|action| action == delete(left)));
}

#[test]
fn a_first_response_before_further_authentications_leaves_an_unfinished_sa() {
    let mut machine = with_multiple_auth();
    let actions = round(&mut machine, MORE, VERIFIED, with_auth(redirect_to(2)));
    assert_eq!(actions, [vet_2(&machine)]);
    let left = sa(&machine);
    assert!(permit(&mut machine, 2).iter().any(|action| action == drop_sa(left)));
}

#[test]
fn between_two_authentications_a_redirect_is_ignored() {
    // RFC 4739 example 1, message 10.
    let mut machine = with_multiple_auth();
    let offered = AuthMessage { multiple_auth_supported: true, ..NOTHING };
    let _ = round(&mut machine, offered, VERIFIED, with_auth(EAP_REQUEST));
    let actions = round(&mut machine, MORE, VERIFIED, with_auth(redirect_to(2)));
    let reason = Reason::IntermediateResponse;
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
}

#[test]
fn a_gateway_that_announces_another_authentication_is_not_at_the_last_response() {
    // RFC 4739 example 4.
    let mut machine = with_multiple_auth();
    let supported = AuthMessage { multiple_auth_supported: true, ..AUTH };
    let more = Contents { another_auth_follows: true, ..with_auth(Contents::default()) };
    assert_eq!(round(&mut machine, supported, VERIFIED, more), [pass_on(&machine)]);
    let again = Contents { another_auth_follows: true, ..with_auth(redirect_to(2)) };
    let reason = Reason::IntermediateResponse;
    let actions = round(&mut machine, NOTHING, VERIFIED, again);
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
    let actions = round(&mut machine, NOTHING, VERIFIED, with_auth(redirect_to(2)));
    assert_eq!(actions, [vet_2(&machine)]);
}

#[test]
fn a_gateway_that_does_not_keep_its_word_to_authenticate_again_is_unverified() {
    let mut machine = with_multiple_auth();
    let supported = AuthMessage { multiple_auth_supported: true, ..AUTH };
    let more = Contents { another_auth_follows: true, ..with_auth(Contents::default()) };
    let _ = round(&mut machine, supported, VERIFIED, more);
    let actions = round(&mut machine, NOTHING, PeerAuth::Absent, redirect_to(2));
    let reason = Reason::GatewayUnverified;
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
}

#[test]
fn without_the_gateways_offer_another_auth_follows_means_nothing() {
    let mut machine = authenticating();
    let _ = round(&mut machine, MORE, VERIFIED, with_auth(redirect_to(2)));
    let left = sa(&machine);
    assert!(permit(&mut machine, 2).iter().any(|action| action == delete(left)));
}

/// The gateway's last response says that the phase has failed, whatever else it carries.
const FATAL: [NotifyType; 3] = [
    NotifyType::AUTHENTICATION_FAILED,
    NotifyType::INVALID_SYNTAX,
    NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
];

#[test]
fn a_phase_that_failed_is_not_complete() {
    // F04: the second AUTH of the client is answered by AUTHENTICATION_FAILED alone. Nothing was
    // ever made that could be deleted.
    for fatal in FATAL {
        let mut machine = with_multiple_auth();
        let _ = round(&mut machine, MORE, VERIFIED, with_auth(Contents::default()));
        let failure = Contents { fatal_error: Some(fatal), ..Contents::default() };
        let actions = round(&mut machine, AUTH, PeerAuth::Absent, failure);
        assert_eq!(actions, [pass_on(&machine)]);
        assert_eq!(tell(&mut machine, Event::GivenUp), [failed(Reason::AttemptFailed)]);
    }
}

#[test]
fn a_redirect_beside_the_failure_of_the_phase_redirects_nobody() {
    // F04
    for fatal in FATAL {
        let mut machine = authenticating();
        let contents = Contents { fatal_error: Some(fatal), ..with_auth(redirect_to(2)) };
        let actions = round(&mut machine, AUTH, VERIFIED, contents);
        let reason = Reason::FatalNotification;
        assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
    }
}
