//! A redirect in the middle of a session.

use ikev2_redirect::Reason;
use ikev2_redirect::initiator::{Action, Config, Event, Phase, Provenance, Slot};
use ikev2_redirect::wire::Contents;

use super::support::*;

const A: Slot = Slot::A;
const ACKNOWLEDGE: Action<'static> = Action::Acknowledge { slot: A };

fn and_delete(contents: Contents<'static>) -> Contents<'static> {
    Contents { deletes_ike_sa: true, ..contents }
}

#[test]
fn a_request_is_acknowledged_before_anything_else() {
    // R1-2, R5-4
    let mut machine = established(Config::default());
    let vet = Action::Vet { target: gw(2).into(), provenance: Provenance::Informational };
    assert_eq!(machine.handle(NOW, informational(A, redirect_to(2))), [ACKNOWLEDGE, vet]);
}

#[test]
fn a_refused_target_is_acknowledged_and_the_session_goes_on() {
    let mut machine = established(Config::default());
    let before = machine;
    let refused = Action::Refused { reason: Reason::SelfRedirect };
    assert_eq!(machine.handle(NOW, informational(A, redirect_to(1))), [ACKNOWLEDGE, refused]);
    assert_eq!(machine, before);
}

#[test]
fn a_malformed_redirect_is_acknowledged_and_the_session_goes_on() {
    // R5-3, X10
    let mut machine = established(Config::default());
    let before = machine;
    let reason = Reason::UnexpectedNonce;
    let contents = Contents { redirect: Some(Err(reason)), ..Contents::default() };
    let actions = machine.handle(NOW, informational(A, contents));
    assert_eq!(actions, [ACKNOWLEDGE, Action::Refused { reason }]);
    assert_eq!(machine, before);
}

#[test]
fn a_retransmission_is_acknowledged_again_and_nothing_more() {
    let mut machine = established(Config::default());
    let before = machine;
    let again = Event::Informational { slot: A, contents: redirect_to(2), repeated: true };
    let ignored = Action::Ignored { reason: Reason::RepeatedRequest };
    assert_eq!(machine.handle(NOW, again), [ACKNOWLEDGE, ignored]);
    assert_eq!(machine, before);
}

#[test]
fn with_redirects_off_the_request_is_acknowledged_and_the_session_goes_on() {
    let mut machine = established(redirects_off());
    let before = machine;
    let ignored = Action::Ignored { reason: Reason::RedirectsOff };
    assert_eq!(machine.handle(NOW, informational(A, redirect_to(2))), [ACKNOWLEDGE, ignored]);
    assert_eq!(machine, before);
}

#[test]
fn a_request_without_redirect_is_none_of_the_machines_business() {
    let mut machine = established(Config::default());
    let before = machine;
    let liveness = informational(A, Contents::default());
    assert_eq!(machine.handle(NOW, liveness), [Action::PassOn]);
    assert_eq!(machine, before);
}

#[test]
fn a_delete_without_redirect_ends_the_session() {
    let mut machine = established(Config::default());
    let lost = Action::Failed { reason: Reason::SaLost };
    let delete = informational(A, and_delete(Contents::default()));
    assert_eq!(machine.handle(NOW, delete), [Action::PassOn, lost]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_refusal_keeps_the_session() {
    let mut machine = vetting_active(Config::default());
    assert_eq!(refuse(&mut machine), [Action::Refused { reason: Reason::PolicyRefused }]);
    assert_eq!(machine, established(Config::default()));
}

#[test]
fn a_verdict_that_takes_too_long_keeps_the_session() {
    let mut machine = vetting_active(Config::default());
    let due = machine.next_deadline().unwrap().at;
    let refused = Action::Refused { reason: Reason::VetTimeout };
    assert_eq!(machine.handle(due, Event::Timeout), [Action::AbandonVet, refused]);
    assert_eq!(machine, established(Config::default()));
}

#[test]
fn with_a_delete_in_the_same_message_the_client_follows_without_one_of_its_own() {
    let mut machine = established(Config::default());
    feed(&mut machine, [informational(A, and_delete(redirect_to(2)))]);
    let provenance = Provenance::Informational;
    let redirected = Action::Redirected { from: gw(1), to: gw(2), provenance };
    assert_eq!(permit(&mut machine, 2), [redirected, start(A, 2, Some(1))]);
    assert_eq!(machine.kept(), None);
}

#[test]
fn a_delete_that_comes_during_vetting_is_not_answered_by_another() {
    for delete in [Event::SaDeleted { slot: A }, informational(A, and_delete(Contents::default()))]
    {
        let mut machine = vetting_active(Config::default());
        feed(&mut machine, [delete]);
        let actions = permit(&mut machine, 2);
        assert!(!actions.iter().any(|action| matches!(action, Action::DeleteSa { .. })));
        assert_eq!(machine.kept(), None);
    }
}

#[test]
fn a_refusal_after_a_delete_ends_the_connection() {
    let mut machine = established(Config::default());
    feed(&mut machine, [informational(A, and_delete(redirect_to(2)))]);
    let reason = Reason::PolicyRefused;
    assert_eq!(refuse(&mut machine), [Action::Refused { reason }, Action::Failed { reason }]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_refused_target_beside_a_delete_ends_the_connection() {
    let mut machine = established(Config::default());
    let actions = machine.handle(NOW, informational(A, and_delete(redirect_to(1))));
    let refused = Action::Refused { reason: Reason::SelfRedirect };
    let lost = Action::Failed { reason: Reason::SaLost };
    assert_eq!(actions, [ACKNOWLEDGE, refused, lost]);
}

#[test]
fn a_rekey_by_either_side_changes_nothing() {
    // R8-2: roles are those of the first IKE SA.
    for mut machine in [established(Config::default()), vetting_active(Config::default())] {
        let before = machine;
        assert!(machine.handle(NOW, Event::Rekeyed { slot: A }).is_empty());
        assert_eq!(machine, before);
    }
}

#[test]
fn a_redirect_anywhere_else_changes_nothing() {
    // R1-1, R5-6, R7.2-1: CREATE_CHILD_SA, an INFORMATIONAL response, a message in clear.
    let mut machine = established(Config::default());
    let before = machine;
    let actions = machine.handle(NOW, Event::MisplacedRedirect { slot: A });
    assert_eq!(actions, ignored(Reason::MisplacedRedirect));
    assert_eq!(machine, before);
}
