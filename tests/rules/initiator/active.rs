//! A redirect in the middle of a session.

use ikev2_redirect::Reason;
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Provenance};
use ikev2_redirect::wire::Contents;

use super::support::*;

const SESSION: Provenance = Provenance::Informational;

#[test]
fn a_request_is_acknowledged_before_anything_else() {
    // R1-2, R5-4, F24: over the IKE SA that it came over.
    let mut machine = established(Config::default());
    let actions = tell(&mut machine, informational(redirect_to(2)));
    assert_eq!(actions, [acknowledge(&machine), vet(&machine, 2, SESSION)]);
}

#[test]
fn a_refused_target_is_acknowledged_and_the_session_goes_on() {
    let machine = established(Config::default());
    let actions = unchanged_by(&machine, informational(redirect_to(1)));
    assert_eq!(actions, [acknowledge(&machine), refused(&machine, Reason::SelfRedirect)]);
}

#[test]
fn a_malformed_redirect_is_acknowledged_and_the_session_goes_on() {
    // R5-3, X10
    let machine = established(Config::default());
    let reason = Reason::UnexpectedNonce;
    let contents = Contents { redirect: Some(Err(reason)), ..Contents::default() };
    let actions = unchanged_by(&machine, informational(contents));
    assert_eq!(actions, [acknowledge(&machine), refused(&machine, reason)]);
}

#[test]
fn a_retransmission_is_acknowledged_again_and_nothing_more() {
    let machine = established(Config::default());
    let again = Event::InformationalReceived { contents: redirect_to(2), repeated: true };
    let reason = Reason::RepeatedRequest;
    let actions = unchanged_by(&machine, again);
    assert_eq!(actions, [acknowledge(&machine), ignored(&machine, reason)]);
}

#[test]
fn with_redirects_off_the_request_is_acknowledged_and_the_session_goes_on() {
    let machine = established(redirects_off());
    let actions = unchanged_by(&machine, informational(redirect_to(2)));
    assert_eq!(actions, [acknowledge(&machine), ignored(&machine, Reason::RedirectsOff)]);
}

#[test]
fn a_second_redirect_while_the_host_is_asked_is_acknowledged_and_ignored_with_its_reason() {
    // F03, R5-4: one question at a time.
    let machine = asked_in_session(Config::default());
    let actions = unchanged_by(&machine, informational(redirect_to(3)));
    assert_eq!(actions, [acknowledge(&machine), ignored(&machine, Reason::QuestionOpen)]);
}

#[test]
fn a_request_without_redirect_is_passed_on() {
    let machine = established(Config::default());
    let actions = unchanged_by(&machine, informational(Contents::default()));
    assert_eq!(actions, [pass_on(&machine)]);
}

#[test]
fn a_delete_without_redirect_ends_the_session() {
    let mut machine = established(Config::default());
    let passed_on = pass_on(&machine);
    let actions = tell(&mut machine, informational(and_delete(Contents::default())));
    assert_eq!(actions, [passed_on, failed(Reason::SaLost)]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_refusal_keeps_the_session() {
    let mut machine = asked_in_session(Config::default());
    assert_eq!(refuse(&mut machine), [refused(&machine, Reason::PolicyRefused)]);
    assert_eq!((machine.phase(), machine.question()), (Phase::Up, None));
}

#[test]
fn a_verdict_that_takes_too_long_keeps_the_session() {
    let mut machine = asked_in_session(Config::default());
    let (question, due) = (question(&machine), machine.next_deadline().unwrap().at);
    let actions = machine.timeout(due);
    let expected = [Action::AbandonVet { question }, refused(&machine, Reason::VetTimeout)];
    assert_eq!(actions, expected);
    assert_eq!((machine.phase(), machine.question()), (Phase::Up, None));
}

#[test]
fn with_a_delete_in_the_same_message_the_client_follows_without_one_of_its_own() {
    let mut machine = established(Config::default());
    feed(&mut machine, [informational(and_delete(redirect_to(2)))]);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected(1, 2, SESSION), start(&machine, 2, Some(1))]);
    assert_eq!(machine.kept(), None);
}

#[test]
fn a_delete_that_comes_while_the_host_is_asked_is_not_answered_by_another() {
    for delete in [Event::Deleted, informational(and_delete(Contents::default()))] {
        let mut machine = asked_in_session(Config::default());
        feed(&mut machine, [delete]);
        let actions = permit(&mut machine, 2);
        assert_eq!(actions, [redirected(1, 2, SESSION), start(&machine, 2, Some(1))]);
        assert_eq!(machine.kept(), None);
    }
}

#[test]
fn a_refusal_after_a_delete_ends_the_connection() {
    let mut machine = established(Config::default());
    let gone = sa(&machine);
    feed(&mut machine, [informational(and_delete(redirect_to(2)))]);
    let reason = Reason::PolicyRefused;
    let expected = [Action::Refused { sa: gone, reason }, failed(reason)];
    assert_eq!(refuse(&mut machine), expected);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_refused_target_beside_a_delete_ends_the_connection() {
    let mut machine = established(Config::default());
    let first = [acknowledge(&machine), refused(&machine, Reason::SelfRedirect)];
    let actions = tell(&mut machine, informational(and_delete(redirect_to(1))));
    assert_eq!(actions, [first[0], first[1], failed(Reason::SaLost)]);
}

#[test]
fn a_rekey_by_either_side_changes_nothing() {
    // R8-2: roles are those of the first IKE SA.
    for machine in [established(Config::default()), asked_in_session(Config::default())] {
        assert!(unchanged_by(&machine, Event::Rekeyed).is_empty());
    }
}

#[test]
fn a_redirect_anywhere_else_changes_nothing() {
    // R1-1, R5-6, R7.2-1: CREATE_CHILD_SA, an INFORMATIONAL response, a message in clear.
    let machine = established(Config::default());
    let actions = unchanged_by(&machine, Event::MisplacedRedirect);
    assert_eq!(actions, [ignored(&machine, Reason::MisplacedRedirect)]);
}

#[test]
fn a_session_that_was_saved_is_redirected_like_any_other() {
    // F12
    let mut machine = Initiator::established(Config::default(), gw(1)).unwrap();
    assert_eq!((machine.phase(), machine.gateway()), (Phase::Up, Some(gw(1))));
    let old = sa(&machine);
    feed(&mut machine, [informational(redirect_to(2))]);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected(1, 2, SESSION), start(&machine, 2, Some(1))]);
    assert_eq!(machine.kept(), Some(old));
    assert_ne!(sa(&machine), old);
}

#[test]
fn after_the_gateway_has_moved_redirected_from_names_its_new_address() {
    // F10, also when the host was asked before it moved.
    for asked_first in [false, true] {
        let mut machine = established(Config::default());
        let moved = Event::GatewayMoved { to: gw(9) };
        let redirect = informational(redirect_to(2));
        feed(&mut machine, if asked_first { [redirect, moved] } else { [moved, redirect] });
        let actions = permit(&mut machine, 2);
        assert_eq!(actions, [redirected(9, 2, SESSION), start(&machine, 2, Some(9))]);
    }
}

#[test]
fn a_redirect_to_where_the_gateway_is_now_is_one_to_itself() {
    // F10
    let mut machine = established(Config::default());
    feed(&mut machine, [Event::GatewayMoved { to: gw(9) }]);
    let actions = tell(&mut machine, informational(redirect_to(9)));
    assert_eq!(actions, [acknowledge(&machine), refused(&machine, Reason::SelfRedirect)]);
}

#[test]
fn a_redirect_back_to_where_the_gateway_was_is_none_to_itself() {
    // F10
    let mut machine = established(Config::default());
    feed(&mut machine, [Event::GatewayMoved { to: gw(9) }]);
    let actions = tell(&mut machine, informational(redirect_to(1)));
    assert_eq!(actions, [acknowledge(&machine), vet(&machine, 1, SESSION)]);
}
