//! A redirect in IKE_AUTH.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Action, Config, Event, Phase, Responder, Stage};
use ikev2_redirect::wire::Contents;

use super::support::*;

const DECIDE: Action = Action::Decide { stage: Stage::Complete };

fn respond(with_identity: bool, with_auth: bool) -> Action {
    Action::RespondRedirect { target: TARGET, with_identity, with_auth }
}

/// A session whose client goes through EAP and has made `trips` round trips.
fn in_eap(config: Config, trips: usize) -> Responder {
    let mut session = session(config);
    feed(&mut session, [without_auth(false), sent(AUTH_AND_EAP)]);
    for _ in 0..trips {
        feed(&mut session, [without_auth(true), sent(EAP)]);
    }
    session
}

#[test]
fn with_a_verified_client_the_host_is_asked() {
    // R6-1, R6-3
    assert_eq!(session(Config::default()).handle(NOW, VERIFIED), [DECIDE]);
}

#[test]
fn the_only_response_redirects_with_identity_and_auth_and_no_child() {
    // R6-1: the plan names what goes in; SA, TSi, TSr and CP are not among it.
    let mut session = session(Config::default());
    feed(&mut session, [VERIFIED]);
    assert_eq!(redirect_now(&mut session), [respond(true, true)]);
    assert_eq!(session.phase(), Phase::Leaving); // D6-1
}

#[test]
fn a_client_that_stays_after_a_redirect_in_ike_auth_is_deleted_after_the_grace() {
    let mut session = session(Config::default());
    feed(&mut session, [VERIFIED]);
    let _ = redirect_now(&mut session);
    let due = session.next_deadline().unwrap().at;
    assert_eq!(due, NOW.after(30_000));
    assert_eq!(session.timeout(due), [Action::DeleteSa]);
}

#[test]
fn a_client_with_a_wrong_auth_is_never_redirected() {
    // R6-3: not even if a redirect was decided.
    for auth in [true, false] {
        let mut session = session(opted_in());
        let _ = redirect_now(&mut session);
        let contents = Contents { auth, ..Contents::default() };
        let wrong = Event::AuthRequestReceived { peer: PeerAuth::Failed, contents };
        let failed = Action::Failed { reason: Reason::ClientAuthFailed };
        assert_eq!(session.handle(NOW, wrong), [Action::PassOn, Action::DropSa, failed]);
        assert_eq!(session.phase(), Phase::Closed);
    }
}

#[test]
fn about_a_claimed_identity_nobody_is_asked_by_default() {
    // R6-8, R9-6
    assert_eq!(session(Config::default()).handle(NOW, without_auth(false)), [Action::PassOn]);
}

#[test]
fn with_an_opt_in_the_host_is_asked_about_a_claimed_identity() {
    // R6-8
    let asked = Action::Decide { stage: Stage::Claimed };
    assert_eq!(session(opted_in()).handle(NOW, without_auth(false)), [asked]);
}

#[test]
fn a_redirect_on_a_claimed_identity_still_proves_the_gateway_and_leaves_no_sa() {
    // R6-10, R6-12
    let mut session = session(opted_in());
    feed(&mut session, [without_auth(false)]);
    assert_eq!(redirect_now(&mut session), [respond(true, true), Action::DropSa]);
    assert_eq!(session.phase(), Phase::Closed);
}

#[test]
fn in_the_middle_of_eap_nobody_is_asked() {
    // R6-6
    for trips in 0..4 {
        let mut session = in_eap(opted_in(), trips);
        let actions = session.handle(NOW, without_auth(true));
        assert_eq!(actions, [Action::PassOn], "{trips} round trips");
    }
}

#[test]
fn a_decision_in_the_middle_of_eap_waits_for_the_last_response() {
    // R6-5, R6-6
    for trips in 0..4 {
        let mut session = in_eap(Config::default(), 1);
        assert!(redirect_now(&mut session).is_empty());
        assert_eq!(session.target(), Some(TARGET));
        for _ in 0..trips {
            assert_eq!(session.handle(NOW, without_auth(true)), [Action::PassOn]);
            feed(&mut session, [sent(EAP)]);
        }
        assert_eq!(session.handle(NOW, VERIFIED), [respond(false, true)]);
    }
}

#[test]
fn a_decision_before_the_first_request_does_not_use_a_claimed_identity_without_opt_in() {
    let mut session = session(Config::default());
    let _ = redirect_now(&mut session);
    assert_eq!(session.handle(NOW, without_auth(false)), [Action::PassOn]);
    assert_eq!(session.target(), Some(TARGET));
}

#[test]
fn the_last_response_of_eap_carries_auth_but_no_identity() {
    // R6-7
    let mut session = in_eap(Config::default(), 2);
    assert_eq!(session.handle(NOW, VERIFIED), [DECIDE]);
    assert_eq!(redirect_now(&mut session), [respond(false, true)]);
}

#[test]
fn a_redirect_taken_back_in_the_middle_of_eap_is_not_sent() {
    let mut session = in_eap(Config::default(), 1);
    let _ = redirect_now(&mut session);
    let _ = session.cancel(NOW).unwrap();
    assert_eq!(session.handle(NOW, VERIFIED), [DECIDE]);
}

#[test]
fn a_decision_against_leads_to_a_session() {
    let mut session = session(Config::default());
    feed(&mut session, [VERIFIED, sent(AUTH)]);
    assert_eq!(session.phase(), Phase::Established);
}

#[test]
fn before_further_authentications_the_first_response_may_redirect() {
    let mut session = Responder::new(Config::default(), MULTIPLE);
    assert_eq!(session.handle(NOW, first_of_several()), [Action::Decide { stage: Stage::First }]);
    assert_eq!(redirect_now(&mut session), [respond(true, true), Action::DropSa]);
}

#[test]
fn the_last_of_several_authentications_needs_no_auth_of_the_gateway() {
    // RFC 4739 example 3.
    let mut session = Responder::new(Config::default(), MULTIPLE);
    feed(&mut session, [first_of_several(), sent(AUTH)]);
    assert_eq!(session.handle(NOW, VERIFIED), [DECIDE]);
    assert_eq!(redirect_now(&mut session), [respond(false, false)]);
    assert_eq!(session.phase(), Phase::Leaving);
}

#[test]
fn a_gateway_that_authenticates_again_redirects_with_its_second_identity() {
    // RFC 4739 example 4.
    let mut session = Responder::new(Config::default(), MULTIPLE);
    let contents = Contents { auth: true, multiple_auth_supported: true, ..Contents::default() };
    let request = Event::AuthRequestReceived { peer: PeerAuth::Verified, contents };
    let more = AuthMessage { another_auth_follows: true, ..AUTH };
    feed(&mut session, [request, sent(more)]);
    assert_eq!(session.phase(), Phase::Authenticating);
    assert_eq!(session.handle(NOW, without_auth(false)), [DECIDE]);
    assert_eq!(redirect_now(&mut session), [respond(true, true)]);
}

#[test]
fn an_identity_that_a_bare_first_response_gave_is_not_owed_again() {
    // H16: RFC 5998, and a first response with neither AUTH nor EAP.
    for (first, trips) in [(EAP, 0), (EAP, 1), (NOTHING, 0), (NOTHING, 1)] {
        let mut session = session(Config::default());
        feed(&mut session, [without_auth(false), sent(first)]);
        for _ in 0..trips {
            feed(&mut session, [without_auth(true), sent(EAP)]);
        }
        feed(&mut session, [VERIFIED]);
        assert_eq!(redirect_now(&mut session), [respond(false, true)], "after {first:?}");
    }
}

#[test]
fn a_redirect_in_an_ike_auth_request_is_ignored() {
    // R8-2
    let mut session = session(Config::default());
    let contents = Contents { auth: true, ..redirect() };
    let request = Event::AuthRequestReceived { peer: PeerAuth::Verified, contents };
    let ignored = Action::Ignored { reason: Reason::WrongDirection };
    assert_eq!(session.handle(NOW, request), [ignored, DECIDE]);
}

#[test]
fn a_client_that_gives_up_in_the_middle_is_answered_as_usual() {
    let mut session = session(Config::default());
    assert_eq!(session.handle(NOW, informational(Contents::default())), [Action::PassOn]);
    assert_eq!(session.handle(NOW, informational(delete())), [Action::PassOn]);
    assert_eq!(session.phase(), Phase::Closed);
}

#[test]
fn a_request_that_says_that_the_phase_has_failed_is_never_redirected() {
    // RFC 7296, 2.21.2
    let mut session = session(Config::default());
    let _ = redirect_now(&mut session);
    let contents = Contents { auth: true, ..fatal() };
    let request = Event::AuthRequestReceived { peer: PeerAuth::Verified, contents };
    let failed = Action::Failed { reason: Reason::FatalNotification };
    assert_eq!(session.handle(NOW, request), [Action::PassOn, Action::DropSa, failed]);
    assert_eq!(session.phase(), Phase::Closed);
}
