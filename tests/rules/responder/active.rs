//! A redirect in the middle of a session.

use ikev2_redirect::responder::{Action, Awaits, Client, Config, Event, Phase, Responder};
use ikev2_redirect::wire::{Contents, InitRequest, Nonce, Spi};
use ikev2_redirect::{Instant, Reason};

use super::support::*;

const FAILED: Action = Action::Failed { reason: Reason::NoAnswer };

fn due(session: &Responder) -> u64 {
    session.next_deadline().unwrap().at.as_millis()
}

#[test]
fn a_session_is_redirected_by_one_request() {
    // R1-2, R5-1, R5-2
    let mut session = established(Config::default());
    assert_eq!(redirect_now(&mut session), [SEND]);
    assert_eq!(session.target(), Some(TARGET));
}

#[test]
fn without_an_acknowledgement_the_same_octets_are_sent_again_at_doubling_pauses() {
    // R5-5, D5-2
    let mut session = redirecting(by_machine(100, 7));
    let mut now = NOW.as_millis();
    for pause in [100, 200, 400, 800, 1_600, 1_600, 1_600] {
        assert_eq!(due(&session), now + pause);
        now += pause;
        assert_eq!(session.timeout(at(now)), [Action::Retransmit]);
    }
    assert_eq!(session.timeout(at(now + 1_600)), [Action::DropSa, FAILED]);
    assert_eq!(session.phase(), Phase::Closed);
}

#[test]
fn by_default_a_client_that_never_answers_is_given_up_after_318_seconds() {
    let mut session = redirecting(Config::default());
    let mut retransmissions = 0;
    while session.phase() == Phase::Redirecting {
        let due = at(due(&session));
        let actions = session.timeout(due);
        if actions == [Action::Retransmit] {
            retransmissions += 1;
        } else {
            assert_eq!((retransmissions, due), (12, NOW.after(318_000)));
            assert_eq!(actions, [Action::DropSa, FAILED]);
        }
    }
}

#[test]
fn a_second_time_out_sends_nothing() {
    let mut session = redirecting(by_machine(100, 3));
    let now = NOW.after(100);
    assert_eq!(session.timeout(now), [Action::Retransmit]);
    assert!(session.timeout(now).is_empty());
}

#[test]
fn an_acknowledgement_stops_the_retransmission_and_starts_the_grace() {
    // R5-5, R5-9, D5-1
    let session = leaving(Config::default());
    let deadline = session.next_deadline().unwrap();
    assert_eq!((deadline.at, deadline.reason), (NOW.after(30_000), Awaits::Departure));
}

#[test]
fn a_second_acknowledgement_changes_nothing() {
    let mut session = leaving(Config::default());
    let before = session;
    let late = session.handle(NOW.after(1_000), Event::Acknowledged);
    assert_eq!(late, ignored(Reason::OutOfTurn));
    assert_eq!(session, before);
}

#[test]
fn the_gateway_deletes_nothing_before_the_grace_is_over() {
    // R5-8, R5-9
    let mut session = leaving(Config::default());
    assert!(session.timeout(NOW.after(29_999)).is_empty());
    assert_eq!(session.timeout(NOW.after(30_000)), [Action::DeleteSa]);
    assert_eq!(session.phase(), Phase::Closed);
}

#[test]
fn the_grace_can_be_set_from_nothing_to_the_largest() {
    // R5-10
    for grace in [0, 1, u32::MAX] {
        let session = leaving(Config { grace, ..Config::default() });
        assert_eq!(due(&session), NOW.as_millis() + u64::from(grace));
    }
}

#[test]
fn a_grace_beyond_the_end_of_time_never_ends() {
    let config = Config { grace: u32::MAX, ..Config::default() };
    let mut session = redirecting(config);
    let _ = session.handle(at(u64::MAX - 1), Event::Acknowledged);
    assert_eq!(session.next_deadline(), None);
    // F22: not even then.
    assert!(session.timeout(Instant::NEVER).is_empty());
    assert_eq!(session.phase(), Phase::Leaving);
}

#[test]
fn a_redirect_without_a_deadline_does_not_fail_at_the_end_of_time() {
    // F22
    let mut session = established(by_machine(100, 3));
    let _ = session.redirect(at(u64::MAX - 1), TARGET).unwrap();
    assert_eq!(session.next_deadline(), None);
    assert!(session.timeout(Instant::NEVER).is_empty());
    assert_eq!(session.phase(), Phase::Redirecting);
}

#[test]
fn a_client_that_deletes_first_has_left() {
    for event in [Event::Deleted, informational(delete())] {
        let mut session = leaving(Config::default());
        let actions = session.handle(NOW, event);
        assert_eq!(actions.iter().last(), Some(Action::ClientLeft));
        assert_eq!((session.phase(), session.next_deadline()), (Phase::Closed, None));
    }
}

#[test]
fn a_delete_of_a_client_that_nobody_redirected_is_no_success() {
    let mut session = established(Config::default());
    assert_eq!(session.handle(NOW, informational(delete())), [Action::PassOn]);
    assert_eq!(session.phase(), Phase::Closed);
}

#[test]
fn a_host_that_gives_up_ends_the_session() {
    let mut session = redirecting(by_host());
    assert_eq!(session.handle(NOW, Event::NoAnswer), [Action::DropSa, FAILED]);
}

#[test]
fn a_rekeyed_session_can_still_be_redirected() {
    // R8-2, D3-1
    let mut session = established(Config::default());
    feed(&mut session, [Event::Rekeyed]);
    assert_eq!(redirect_now(&mut session), [SEND]);
}

#[test]
fn a_redirect_of_the_client_is_acknowledged_and_ignored() {
    // R8-2: strongSwan follows it.
    for session in [established(Config::default()), leaving(Config::default())] {
        let mut next = session;
        let actions = next.handle(NOW, informational(redirect()));
        let ignored = Action::Ignored { reason: Reason::WrongDirection };
        assert_eq!(actions, [Action::Acknowledge, ignored]);
        assert_eq!(next, session);
    }
}

#[test]
fn a_redirect_of_the_client_beside_a_delete_ends_the_session() {
    let mut session = established(Config::default());
    let contents = Contents { deletes_ike_sa: true, ..redirect() };
    let _ = session.handle(NOW, informational(contents));
    assert_eq!(session.phase(), Phase::Closed);
}

#[test]
fn beside_a_delete_a_fatal_notification_says_nothing_more() {
    let contents = Contents { deletes_ike_sa: true, ..fatal() };
    let mut session = leaving(Config::default());
    let actions = session.handle(NOW, informational(contents));
    assert_eq!(actions, [Action::PassOn, Action::ClientLeft]);
}

#[test]
fn a_request_that_says_everything_at_once_is_answered_in_full() {
    let contents = Contents { fatal_error: fatal().fatal_error, ..redirect() };
    let mut session = redirecting(Config::default());
    let actions = session.handle(NOW, informational(contents));
    let ignored = Action::Ignored { reason: Reason::WrongDirection };
    let failed = Action::Failed { reason: Reason::FatalNotification };
    assert_eq!(actions, [Action::Acknowledge, ignored, Action::DropSa, failed]);
}

#[test]
fn what_a_request_says_of_support_is_remembered() {
    // D3-1, D3-7
    let request = InitRequest {
        length: 240,
        initiator_spi: Spi([1; 8]),
        nonce: Nonce::new(&[7; 16]).unwrap(),
        redirect_supported: false,
        redirected_from: Some(Ok("192.0.2.1".parse().unwrap())),
        cookie: None,
        resumption: false,
    };
    assert!(Client::of(&request).supports_redirect);
    assert!(!Client::of(&request).multiple_auth_offered, "that is in the response");
    let request = InitRequest { redirected_from: Some(Err(Reason::GatewayType)), ..request };
    assert!(!Client::of(&request).supports_redirect);
}
