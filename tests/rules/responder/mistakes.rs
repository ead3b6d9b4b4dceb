//! What a host tells that cannot be: it hears so, and nothing changes.

use ikev2_redirect::Misuse;
use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::responder::{Config, Event, Phase, Responder};
use ikev2_redirect::wire::Contents;

use super::support::*;

#[track_caller]
fn is_a_mistake(session: &Responder, event: Event<'static>, misuse: Misuse) {
    let mut next = *session;
    assert_eq!(next.handle(NOW, event), misused(misuse));
    assert_eq!(next, *session);
}

#[test]
fn a_response_before_any_request_does_not_make_the_first_an_intermediate_one() {
    // F18
    let mut session = session(opted_in());
    is_a_mistake(&session, sent(EAP), Misuse::RequestMissing);
    feed(&mut session, [sent(EAP), without_auth(false)]);
    assert_eq!(session.phase(), Phase::Deciding, "the first response may redirect");
}

#[test]
fn a_response_that_is_told_twice_counts_once() {
    // F18
    let mut session = session(Config::default());
    feed(&mut session, [without_auth(false), sent(AUTH_AND_EAP)]);
    is_a_mistake(&session, sent(AUTH), Misuse::RequestMissing);
    let mut planned = session;
    let _ = redirect_now(&mut planned);
    is_a_mistake(&planned, sent(AUTH), Misuse::RequestMissing);
}

#[test]
fn a_response_behind_the_end_of_ike_auth_is_a_mistake() {
    // The redirecting response is not to be told, either.
    let mut redirected = session(Config::default());
    feed(&mut redirected, [VERIFIED]);
    let _ = redirect_now(&mut redirected);
    for session in [established(Config::default()), redirected, redirecting(Config::default())] {
        is_a_mistake(&session, sent(AUTH), Misuse::RequestMissing);
    }
}

#[test]
fn a_forgotten_response_is_told_at_the_next_request() {
    // F23: it looked like a fault of the client.
    let mut passed_on = session(Config::default());
    feed(&mut passed_on, [without_auth(false)]);
    let mut asked = session(Config::default());
    feed(&mut asked, [VERIFIED]);
    let mut planned = session(Config::default());
    let _ = planned.redirect_at(NOW, TARGET, LATER).unwrap();
    feed(&mut planned, [VERIFIED]);
    for session in [passed_on, asked, planned] {
        is_a_mistake(&session, VERIFIED, Misuse::RequestRepeated);
        let failed =
            Event::AuthRequestReceived { peer: PeerAuth::Failed, contents: Contents::default() };
        is_a_mistake(&session, failed, Misuse::RequestRepeated);
    }
}

#[test]
fn an_auth_that_is_not_there_cannot_be_verified() {
    // F18
    let event =
        Event::AuthRequestReceived { peer: PeerAuth::Verified, contents: Contents::default() };
    for session in [session(Config::default()), planned()] {
        is_a_mistake(&session, event, Misuse::AuthContradiction);
    }
}

#[test]
fn an_auth_that_is_there_cannot_be_absent() {
    // F18
    let contents = Contents { auth: true, ..Contents::default() };
    let event = Event::AuthRequestReceived { peer: PeerAuth::Absent, contents };
    for session in [session(opted_in()), planned()] {
        is_a_mistake(&session, event, Misuse::AuthContradiction);
    }
}

fn planned() -> Responder {
    let mut session = session(opted_in());
    let _ = redirect_now(&mut session);
    session
}

#[test]
fn eap_fails_without_an_auth_payload_and_a_wrong_auth_has_one() {
    for auth in [false, true] {
        let contents = Contents { auth, ..Contents::default() };
        let event = Event::AuthRequestReceived { peer: PeerAuth::Failed, contents };
        let mut session = session(Config::default());
        feed(&mut session, [event]);
        assert_eq!(session.phase(), Phase::Closed);
    }
}
