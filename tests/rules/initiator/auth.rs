//! IKE_AUTH.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Provenance, Slot};
use ikev2_redirect::wire::Contents;

use super::support::*;

const A: Slot = Slot::A;
const VET: Action<'static> = Action::Vet {
    target: ikev2_redirect::Target::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)),
    provenance: Provenance::Auth,
};
const EAP_REQUEST: Contents<'static> = Contents {
    redirect: None,
    auth: false,
    eap: true,
    sa: false,
    another_auth_follows: false,
    multiple_auth_supported: false,
    deletes_ike_sa: false,
    fatal_error: None,
};

fn authenticating() -> Initiator {
    in_auth(connecting(Config::default()), A)
}

/// Sends a request and takes the response to it.
fn round(
    machine: &mut Initiator,
    sent: AuthMessage,
    peer: PeerAuth,
    contents: Contents<'static>,
) -> Vec<Action<'static>> {
    assert!(machine.handle(NOW, Event::AuthRequest { slot: A, sent }).is_empty());
    machine.handle(NOW, auth_response(A, peer, contents)).into_iter().collect()
}

/// The gateway proves who it is and asks for EAP.
fn eap_begins(machine: &mut Initiator) {
    let _ = round(machine, EMPTY, PeerAuth::Verified, with_auth(EAP_REQUEST));
}

/// The same without AUTH: it will only prove itself through EAP (RFC 5998).
fn eap_only_begins(machine: &mut Initiator) {
    let _ = round(machine, EMPTY, PeerAuth::Absent, EAP_REQUEST);
}

#[test]
fn the_only_response_may_redirect() {
    // R1-1, R6-13
    let mut machine = authenticating();
    let actions = round(&mut machine, AUTH, PeerAuth::Verified, with_auth(redirect_to(2)));
    assert_eq!(actions, [VET]);
}

#[test]
fn a_complete_sa_is_deleted_when_the_redirect_is_followed() {
    // R6-2, D6-1
    let mut machine = vetting_auth();
    let redirected = Action::Redirected { from: gw(1), to: gw(2), provenance: Provenance::Auth };
    let expected = [Action::DeleteSa { slot: A }, redirected, start(A, 2, Some(1))];
    assert_eq!(permit(&mut machine, 2), expected);
}

#[test]
fn an_unfinished_eap_is_dropped_without_a_delete() {
    // R6-12: strongSwan fails here.
    let mut machine = authenticating();
    let actions = round(&mut machine, EMPTY, PeerAuth::Verified, with_auth(redirect_to(2)));
    assert_eq!(actions, [VET]);
    let redirected = Action::Redirected { from: gw(1), to: gw(2), provenance: Provenance::Auth };
    let expected = [Action::DropSa { slot: A }, redirected, start(A, 2, Some(1))];
    assert_eq!(permit(&mut machine, 2), expected);
}

#[test]
fn the_last_response_of_eap_may_redirect() {
    // R6-5, R6-13: after any number of round trips.
    for trips in 0..4 {
        let mut machine = authenticating();
        eap_begins(&mut machine);
        for _ in 0..trips {
            assert_eq!(round(&mut machine, EAP, PeerAuth::Absent, EAP_REQUEST), [Action::PassOn]);
        }
        let contents = with_auth(redirect_to(2));
        let actions = round(&mut machine, AUTH, PeerAuth::Verified, contents);
        assert_eq!(actions, [VET], "{trips} round trips");
    }
}

#[test]
fn a_redirect_in_the_middle_of_eap_is_ignored_and_not_remembered() {
    // R6-14: strongSwan acts on it.
    let mut machine = authenticating();
    eap_begins(&mut machine);
    let contents = Contents { eap: true, ..redirect_to(2) };
    let ignored = Action::Ignored { reason: Reason::IntermediateResponse };
    let actions = round(&mut machine, EAP, PeerAuth::Absent, contents);
    assert_eq!(actions, [ignored, Action::PassOn]);

    let verified = with_auth(Contents::default());
    assert_eq!(round(&mut machine, AUTH, PeerAuth::Verified, verified), [Action::PassOn]);
    feed(&mut machine, [Event::Established { slot: A }]);
    assert_eq!((machine.phase(), machine.gateway()), (Phase::Established, Some(gw(1))));
}

#[test]
fn a_redirect_of_a_gateway_that_proved_nothing_is_not_acted_on() {
    // R6-4
    let mut machine = authenticating();
    let actions = round(&mut machine, AUTH, PeerAuth::Absent, redirect_to(2));
    let ignored = Action::Ignored { reason: Reason::GatewayUnverified };
    assert_eq!(actions, [ignored, Action::PassOn]);
    assert_eq!(machine.phase(), Phase::Authenticating);
}

#[test]
fn a_redirect_beside_a_wrong_auth_ends_the_attempt() {
    // R6-4
    let mut machine = authenticating();
    let actions = round(&mut machine, AUTH, PeerAuth::Failed, with_auth(redirect_to(2)));
    let failed = Action::Failed { reason: Reason::GatewayAuthFailed };
    assert_eq!(actions, [Action::DropSa { slot: A }, failed]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn in_eap_only_the_first_response_proves_nothing() {
    // R6-11
    let mut machine = authenticating();
    let actions = round(&mut machine, EMPTY, PeerAuth::Absent, redirect_to(2));
    let ignored = Action::Ignored { reason: Reason::GatewayUnverified };
    assert_eq!(actions, [ignored, Action::PassOn]);
}

#[test]
fn in_eap_only_the_last_response_may_redirect() {
    let mut machine = authenticating();
    eap_only_begins(&mut machine);
    let actions = round(&mut machine, AUTH, PeerAuth::Verified, with_auth(redirect_to(2)));
    assert_eq!(actions, [VET]);
}

#[test]
fn the_auth_that_ends_eap_has_to_be_answered_by_one() {
    // R6-7: proven by certificate at first, but not by the key of EAP.
    let mut machine = authenticating();
    eap_begins(&mut machine);
    let actions = round(&mut machine, AUTH, PeerAuth::Absent, redirect_to(2));
    let ignored = Action::Ignored { reason: Reason::GatewayUnverified };
    assert_eq!(actions, [ignored, Action::PassOn]);
}

const MORE: AuthMessage = AuthMessage {
    auth: true,
    eap: false,
    another_auth_follows: true,
    multiple_auth_supported: true,
};

fn with_multiple_auth() -> Initiator {
    let mut machine = connecting(Config::default());
    feed(&mut machine, [Event::InitCompleted { slot: A, multiple_auth_offered: true }]);
    machine
}

#[test]
fn ike_intermediate_before_ike_auth_does_not_count() {
    // RFC 9242: responses of IKE_AUTH are counted, not message ids. The machine is not told of
    // an IKE_INTERMEDIATE exchange, and a REDIRECT in one means nothing.
    let mut machine = authenticating();
    let misplaced = Event::MisplacedRedirect { slot: A };
    assert_eq!(machine.handle(NOW, misplaced), ignored(Reason::MisplacedRedirect));
    let contents = with_auth(redirect_to(2));
    assert_eq!(round(&mut machine, AUTH, PeerAuth::Verified, contents), [VET]);
}

#[test]
fn the_last_response_of_several_authentications_needs_no_auth_of_its_own() {
    // RFC 4739 example 3: verified is progress, not a field of the message.
    let mut machine = with_multiple_auth();
    let verified = with_auth(Contents::default());
    assert_eq!(round(&mut machine, MORE, PeerAuth::Verified, verified), [Action::PassOn]);
    assert_eq!(round(&mut machine, AUTH, PeerAuth::Absent, redirect_to(2)), [VET]);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions.iter().next(), Some(Action::DeleteSa { slot: A }));
}

#[test]
fn a_first_response_before_further_authentications_leaves_an_unfinished_sa() {
    let mut machine = with_multiple_auth();
    let actions = round(&mut machine, MORE, PeerAuth::Verified, with_auth(redirect_to(2)));
    assert_eq!(actions, [VET]);
    assert_eq!(permit(&mut machine, 2).iter().next(), Some(Action::DropSa { slot: A }));
}

#[test]
fn between_two_authentications_a_redirect_is_ignored() {
    // RFC 4739 example 1, message 10.
    let mut machine = with_multiple_auth();
    let offered = AuthMessage { multiple_auth_supported: true, ..EMPTY };
    let _ = round(&mut machine, offered, PeerAuth::Verified, with_auth(EAP_REQUEST));
    let actions = round(&mut machine, MORE, PeerAuth::Verified, with_auth(redirect_to(2)));
    let ignored = Action::Ignored { reason: Reason::IntermediateResponse };
    assert_eq!(actions, [ignored, Action::PassOn]);
}

#[test]
fn a_gateway_that_announces_another_authentication_is_not_at_the_last_response() {
    // RFC 4739 example 4.
    let mut machine = with_multiple_auth();
    let supported = AuthMessage { multiple_auth_supported: true, ..AUTH };
    let more = Contents { another_auth_follows: true, ..with_auth(Contents::default()) };
    assert_eq!(round(&mut machine, supported, PeerAuth::Verified, more), [Action::PassOn]);
    let again = Contents { another_auth_follows: true, ..with_auth(redirect_to(2)) };
    let ignored = Action::Ignored { reason: Reason::IntermediateResponse };
    let actions = round(&mut machine, EMPTY, PeerAuth::Verified, again);
    assert_eq!(actions, [ignored, Action::PassOn]);
    let actions = round(&mut machine, EMPTY, PeerAuth::Verified, with_auth(redirect_to(2)));
    assert_eq!(actions, [VET]);
}

#[test]
fn a_gateway_that_does_not_keep_its_word_to_authenticate_again_is_unverified() {
    let mut machine = with_multiple_auth();
    let supported = AuthMessage { multiple_auth_supported: true, ..AUTH };
    let more = Contents { another_auth_follows: true, ..with_auth(Contents::default()) };
    let _ = round(&mut machine, supported, PeerAuth::Verified, more);
    let actions = round(&mut machine, EMPTY, PeerAuth::Absent, redirect_to(2));
    let ignored = Action::Ignored { reason: Reason::GatewayUnverified };
    assert_eq!(actions, [ignored, Action::PassOn]);
}

#[test]
fn without_the_gateways_offer_another_auth_follows_means_nothing() {
    let mut machine = authenticating();
    let _ = round(&mut machine, MORE, PeerAuth::Verified, with_auth(redirect_to(2)));
    assert_eq!(permit(&mut machine, 2).iter().next(), Some(Action::DeleteSa { slot: A }));
}

#[test]
fn a_refused_redirect_leaves_the_gateway_and_says_why() {
    let mut machine = vetting_auth();
    let reason = Reason::PolicyRefused;
    let expected =
        [Action::Refused { reason }, Action::DeleteSa { slot: A }, Action::Failed { reason }];
    assert_eq!(refuse(&mut machine), expected);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_malformed_redirect_of_a_verified_gateway_is_refused_with_its_reason() {
    // R7.2-12, X10: a nonce where none may stand.
    let mut machine = authenticating();
    let reason = Reason::UnexpectedNonce;
    let contents = Contents { redirect: Some(Err(reason)), ..with_auth(Contents::default()) };
    let actions = round(&mut machine, AUTH, PeerAuth::Verified, contents);
    let expected =
        [Action::Refused { reason }, Action::DeleteSa { slot: A }, Action::Failed { reason }];
    assert_eq!(actions, expected);
}

#[test]
fn a_verdict_that_takes_too_long_leaves_the_gateway() {
    let mut machine = vetting_auth();
    let due = machine.next_deadline().unwrap().at;
    let reason = Reason::VetTimeout;
    let expected = [
        Action::AbandonVet,
        Action::Refused { reason },
        Action::DeleteSa { slot: A },
        Action::Failed { reason },
    ];
    assert_eq!(machine.handle(due, Event::Timeout), expected);
}

#[test]
fn an_sa_that_the_gateway_deleted_meanwhile_is_not_deleted_again() {
    let mut machine = vetting_auth();
    feed(&mut machine, [Event::SaDeleted { slot: A }]);
    let redirected = Action::Redirected { from: gw(1), to: gw(2), provenance: Provenance::Auth };
    assert_eq!(permit(&mut machine, 2), [redirected, start(A, 2, Some(1))]);
}

#[test]
fn with_redirects_off_the_phase_goes_on() {
    let mut machine = in_auth(connecting(redirects_off()), A);
    let contents = Contents { sa: true, ..with_auth(redirect_to(2)) };
    let actions = round(&mut machine, AUTH, PeerAuth::Verified, contents);
    let ignored = Action::Ignored { reason: Reason::RedirectsOff };
    assert_eq!(actions, [ignored, Action::PassOn]);
    feed(&mut machine, [Event::Established { slot: A }]);
    assert_eq!(machine.phase(), Phase::Established);
}

#[test]
fn a_redirect_right_behind_the_last_response_is_not_lost() {
    // R1-2, R5-4: the host is still busy with the CHILD SA.
    let mut machine = through_auth(connecting(Config::default()), A);
    let vet = Action::Vet { target: gw(2).into(), provenance: Provenance::Informational };
    let actions = machine.handle(NOW, informational(A, redirect_to(2)));
    assert_eq!(actions, [Action::Acknowledge { slot: A }, vet]);
    assert!(machine.handle(NOW, Event::Established { slot: A }).is_empty());
    assert_eq!(refuse(&mut machine), [Action::Refused { reason: Reason::PolicyRefused }]);
    assert_eq!(machine.phase(), Phase::Established);
    assert!(machine.handle(NOW, Event::Established { slot: A }).is_empty());
}

#[test]
fn a_refused_redirect_right_behind_the_last_response_leaves_the_phase_as_it_was() {
    let mut machine = through_auth(connecting(Config::default()), A);
    let before = machine;
    let refused = Action::Refused { reason: Reason::SelfRedirect };
    let actions = machine.handle(NOW, informational(A, redirect_to(1)));
    assert_eq!(actions, [Action::Acknowledge { slot: A }, refused]);
    assert_eq!(machine, before);
}

#[test]
fn a_whole_sa_without_a_child_is_deleted_when_the_host_gives_up() {
    let mut machine = through_auth(connecting(Config::default()), A);
    let failed = Action::Failed { reason: Reason::AttemptFailed };
    let actions = machine.handle(NOW, Event::AttemptFailed { slot: A });
    assert_eq!(actions, [Action::DeleteSa { slot: A }, failed]);
}

#[test]
fn a_delete_over_a_complete_but_unannounced_sa_is_heard() {
    let mut machine = through_auth(connecting(Config::default()), A);
    let delete = Contents { deletes_ike_sa: true, ..Contents::default() };
    let lost = Action::Failed { reason: Reason::SaLost };
    assert_eq!(machine.handle(NOW, informational(A, delete)), [Action::PassOn, lost]);
}

#[test]
fn an_unfinished_sa_acknowledges_nothing() {
    let mut machine = authenticating();
    let _ = round(&mut machine, EMPTY, PeerAuth::Verified, with_auth(redirect_to(2)));
    let before = machine;
    let actions = machine.handle(NOW, informational(A, redirect_to(3)));
    assert_eq!(actions, ignored(Reason::OutOfTurn));
    assert_eq!(machine, before);
}
