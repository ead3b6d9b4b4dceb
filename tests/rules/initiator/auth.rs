//! IKE_AUTH.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Provenance, SaId};
use ikev2_redirect::wire::Contents;

use super::support::*;

/// The gateway proves who it is and asks for EAP.
fn eap_begins(machine: &mut Initiator) {
    let _ = round(machine, NOTHING, VERIFIED, with_auth(EAP_REQUEST));
}

/// The same without AUTH: it will only prove itself through EAP (RFC 5998).
fn eap_only_begins(machine: &mut Initiator) {
    let _ = round(machine, NOTHING, PeerAuth::Absent, EAP_REQUEST);
}

#[test]
fn the_only_response_may_redirect() {
    // R1-1, R6-13
    let mut machine = authenticating();
    let actions = round(&mut machine, AUTH, VERIFIED, with_auth(redirect_to(2)));
    assert_eq!(actions, [vet_2(&machine)]);
}

#[test]
fn a_complete_sa_is_deleted_when_the_redirect_is_followed() {
    // R6-2, D6-1
    let mut machine = asked_in_auth();
    let left = sa(&machine);
    let actions = permit(&mut machine, 2);
    let expected = [redirected(1, 2, Provenance::Auth), delete(left), start(&machine, 2, Some(1))];
    assert_eq!(actions, expected);
}

#[test]
fn an_unfinished_eap_is_dropped_without_a_delete() {
    // R6-12: strongSwan fails here.
    let mut machine = authenticating();
    let actions = round(&mut machine, NOTHING, VERIFIED, with_auth(redirect_to(2)));
    assert_eq!(actions, [vet_2(&machine)]);
    let left = sa(&machine);
    let actions = permit(&mut machine, 2);
    assert_eq!(
        actions,
        [redirected(1, 2, Provenance::Auth), drop_sa(left), start(&machine, 2, Some(1))]
    );
}

#[test]
fn the_last_response_of_eap_may_redirect() {
    // R6-5, R6-13: after any number of round trips.
    for trips in 0..4 {
        let mut machine = authenticating();
        eap_begins(&mut machine);
        for _ in 0..trips {
            assert_eq!(
                round(&mut machine, EAP, PeerAuth::Absent, EAP_REQUEST),
                [pass_on(&machine)]
            );
        }
        let contents = with_auth(redirect_to(2));
        let actions = round(&mut machine, AUTH, VERIFIED, contents);
        assert_eq!(actions, [vet_2(&machine)], "{trips} round trips");
    }
}

#[test]
fn a_redirect_in_the_middle_of_eap_is_ignored_and_not_remembered() {
    // R6-14: strongSwan acts on it.
    let mut machine = authenticating();
    eap_begins(&mut machine);
    let contents = Contents { eap: true, ..redirect_to(2) };
    let reason = Reason::IntermediateResponse;
    let actions = round(&mut machine, EAP, PeerAuth::Absent, contents);
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);

    let verified = with_auth(Contents::default());
    assert_eq!(round(&mut machine, AUTH, VERIFIED, verified), [pass_on(&machine)]);
    feed(&mut machine, [Event::Established]);
    assert_eq!((machine.phase(), machine.gateway()), (Phase::Up, Some(gw(1))));
}

#[test]
fn a_redirect_of_a_gateway_that_proved_nothing_is_not_acted_on() {
    // R6-4
    let mut machine = authenticating();
    let actions = round(&mut machine, AUTH, PeerAuth::Absent, redirect_to(2));
    let reason = Reason::GatewayUnverified;
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
    assert_eq!((machine.phase(), machine.question()), (Phase::Auth, None));
}

#[test]
fn a_redirect_beside_a_wrong_auth_ends_the_attempt() {
    // R6-4, F15: by an action of its own, since the host may tell the gateway.
    let mut machine = authenticating();
    let left = sa(&machine);
    let actions = round(&mut machine, AUTH, PeerAuth::Failed, with_auth(redirect_to(2)));
    assert_eq!(actions, [Action::RejectSa { sa: left }, failed(Reason::GatewayAuthFailed)]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn in_eap_only_the_first_response_proves_nothing() {
    // R6-11
    let mut machine = authenticating();
    let actions = round(&mut machine, NOTHING, PeerAuth::Absent, redirect_to(2));
    let reason = Reason::GatewayUnverified;
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
}

#[test]
fn in_eap_only_the_last_response_may_redirect() {
    let mut machine = authenticating();
    eap_only_begins(&mut machine);
    let actions = round(&mut machine, AUTH, VERIFIED, with_auth(redirect_to(2)));
    assert_eq!(actions, [vet_2(&machine)]);
}

#[test]
fn the_auth_that_ends_eap_has_to_be_answered_by_one() {
    // R6-7: proven by certificate at first, but not by the key of EAP.
    let mut machine = authenticating();
    eap_begins(&mut machine);
    let actions = round(&mut machine, AUTH, PeerAuth::Absent, redirect_to(2));
    let reason = Reason::GatewayUnverified;
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
}

#[test]
fn ike_intermediate_before_ike_auth_does_not_count() {
    // RFC 9242: responses of IKE_AUTH are counted, not message ids. The machine is not told of
    // an IKE_INTERMEDIATE exchange, and a REDIRECT in one means nothing.
    let mut machine = authenticating();
    let actions = tell(&mut machine, Event::MisplacedRedirect);
    assert_eq!(actions, [ignored(&machine, Reason::MisplacedRedirect)]);
    let contents = with_auth(redirect_to(2));
    assert_eq!(round(&mut machine, AUTH, VERIFIED, contents), [vet_2(&machine)]);
}

/// A refusal of a REDIRECT in IKE_AUTH that has made the IKE SA `left`.
fn left_for(left: SaId, reason: Reason) -> [Action<'static>; 3] {
    let refused = Action::Refused { sa: left, reason };
    [refused, delete(left), failed(reason)]
}

#[test]
fn a_refused_redirect_leaves_the_gateway_and_says_why() {
    let mut machine = asked_in_auth();
    let left = sa(&machine);
    assert_eq!(refuse(&mut machine), left_for(left, Reason::PolicyRefused));
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_malformed_redirect_of_a_verified_gateway_is_refused_with_its_reason() {
    // R7.2-12, X10: a nonce where none may stand.
    let mut machine = authenticating();
    let left = sa(&machine);
    let reason = Reason::UnexpectedNonce;
    let contents = Contents { redirect: Some(Err(reason)), ..with_auth(Contents::default()) };
    assert_eq!(round(&mut machine, AUTH, VERIFIED, contents), left_for(left, reason));
}

#[test]
fn a_verdict_that_takes_too_long_leaves_the_gateway() {
    let mut machine = asked_in_auth();
    let (left, question) = (sa(&machine), question(&machine));
    let due = machine.next_deadline().unwrap().at;
    let [refused, delete, failed] = left_for(left, Reason::VetTimeout);
    let expected = [Action::AbandonVet { question }, refused, delete, failed];
    assert_eq!(machine.timeout(due), expected);
}

#[test]
fn an_sa_that_the_gateway_deleted_meanwhile_is_not_deleted_again() {
    let mut machine = asked_in_auth();
    feed(&mut machine, [Event::Deleted]);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected(1, 2, Provenance::Auth), start(&machine, 2, Some(1))]);
}

#[test]
fn a_refused_redirect_beside_a_delete_is_not_answered_by_another() {
    let mut machine = authenticating();
    let left = sa(&machine);
    let contents = and_delete(with_auth(redirect_to(1)));
    let actions = round(&mut machine, AUTH, VERIFIED, contents);
    let reason = Reason::SelfRedirect;
    assert_eq!(actions, [Action::Refused { sa: left, reason }, failed(reason)]);
}

#[test]
fn a_delete_in_an_unfinished_phase_ends_the_attempt() {
    let mut machine = authenticating();
    let contents = and_delete(EAP_REQUEST);
    let passed_on = pass_on(&machine);
    let actions = round(&mut machine, NOTHING, PeerAuth::Absent, contents);
    assert_eq!(actions, [passed_on, failed(Reason::SaLost)]);
}

#[test]
fn with_redirects_off_the_phase_goes_on() {
    let mut machine = in_auth(connecting(redirects_off()));
    let contents = Contents { sa: true, ..with_auth(redirect_to(2)) };
    let actions = round(&mut machine, AUTH, VERIFIED, contents);
    let reason = Reason::RedirectsOff;
    assert_eq!(actions, [ignored(&machine, reason), pass_on(&machine)]);
    feed(&mut machine, [Event::Established]);
    assert_eq!(machine.phase(), Phase::Up);
}

#[test]
fn a_redirect_right_behind_the_last_response_is_not_lost() {
    // R1-2, R5-4: the host is still busy with the CHILD SA.
    let mut machine = through_auth(connecting(Config::default()));
    let actions = tell(&mut machine, informational(redirect_to(2)));
    assert_eq!(actions, [acknowledge(&machine), vet(&machine, 2, Provenance::Informational)]);
    assert!(tell(&mut machine, Event::Established).is_empty());
    assert_eq!(refuse(&mut machine), [refused(&machine, Reason::PolicyRefused)]);
    assert_eq!(machine.phase(), Phase::Up);
}

#[test]
fn a_refused_redirect_right_behind_the_last_response_leaves_the_phase_as_it_was() {
    let machine = through_auth(connecting(Config::default()));
    let actions = unchanged_by(&machine, informational(redirect_to(1)));
    assert_eq!(actions, [acknowledge(&machine), refused(&machine, Reason::SelfRedirect)]);
}

#[test]
fn a_whole_sa_without_a_child_is_deleted_when_the_host_gives_up() {
    let mut machine = through_auth(connecting(Config::default()));
    let left = sa(&machine);
    assert_eq!(tell(&mut machine, Event::GivenUp), [delete(left), failed(Reason::AttemptFailed)]);
}

#[test]
fn a_delete_over_a_complete_but_unannounced_sa_is_heard() {
    let mut machine = through_auth(connecting(Config::default()));
    let passed_on = pass_on(&machine);
    let actions = tell(&mut machine, informational(and_delete(Contents::default())));
    assert_eq!(actions, [passed_on, failed(Reason::SaLost)]);
}

#[test]
fn over_an_unfinished_sa_a_redirect_is_acknowledged_and_ignored() {
    let machine = authenticating();
    let actions = unchanged_by(&machine, informational(redirect_to(3)));
    assert_eq!(actions, [acknowledge(&machine), ignored(&machine, Reason::PhaseIncomplete)]);
}

#[test]
fn while_the_host_is_asked_the_phase_goes_on() {
    // A fact is taken whether a question is open or not.
    let mut machine = authenticating();
    let _ = round(&mut machine, NOTHING, VERIFIED, with_auth(redirect_to(2)));
    let asked = machine.question();
    let verified = with_auth(Contents::default());
    assert_eq!(round(&mut machine, AUTH, VERIFIED, verified), [pass_on(&machine)]);
    assert!(tell(&mut machine, Event::Established).is_empty());
    assert_eq!((machine.phase(), machine.question()), (Phase::Up, asked));
}

#[test]
fn an_sa_that_is_up_by_then_outlives_the_refusal() {
    let mut machine = asked_in_auth();
    feed(&mut machine, [Event::Established]);
    assert_eq!(refuse(&mut machine), [refused(&machine, Reason::PolicyRefused)]);
    assert_eq!(machine.phase(), Phase::Up);
}
