//! A redirect at a time of its own.

use ikev2_redirect::responder::{Action, Awaits, Config, Event, Phase, Responder, Stage, TargetId};
use ikev2_redirect::{Instant, Misuse};

use super::support::*;

const RESPOND: Action =
    Action::RespondRedirect { target: TARGET, with_identity: true, with_auth: true };

fn order(session: &mut Responder, at: Instant) -> Vec<Action> {
    session.redirect_at(NOW, TARGET, at).unwrap().into_iter().collect()
}

#[test]
fn a_scheduled_redirect_is_sent_at_its_time_and_not_before() {
    let mut session = established(Config::default());
    assert!(order(&mut session, NOW.after(500)).is_empty());
    assert_eq!(session.next_deadline().unwrap().reason, Awaits::Schedule);
    assert!(session.timeout(NOW.after(499)).is_empty());
    assert_eq!(session.timeout(NOW.after(500)), [SEND]);
}

#[test]
fn a_time_that_is_over_counts_as_now() {
    for time in [at(0), at(NOW.as_millis() - 1), NOW] {
        assert_eq!(order(&mut established(Config::default()), time), [SEND]);
        let mut deciding = session(Config::default());
        feed(&mut deciding, [VERIFIED]);
        assert_eq!(order(&mut deciding, time), [RESPOND]);
    }
}

#[test]
fn a_redirect_at_the_end_of_time_is_never_sent() {
    // F22
    let mut session = established(Config::default());
    assert!(order(&mut session, Instant::NEVER).is_empty());
    assert_eq!((session.phase(), session.next_deadline()), (Phase::Scheduled, None));
    assert!(session.timeout(Instant::NEVER).is_empty());
    assert_eq!(session.redirect_at(Instant::NEVER, TARGET, NOW), Err(Misuse::AlreadyRedirecting));
}

#[test]
fn a_scheduled_redirect_can_be_taken_back() {
    let mut session = established(Config::default());
    let before = session;
    order(&mut session, NOW.after(500));
    assert_eq!(session.target(), Some(TARGET));
    assert!(session.cancel(NOW).unwrap().is_empty());
    assert_eq!(session, before);
}

/// Sessions in every state of IKE_AUTH whose time has been set, and the events that complete it.
fn in_auth(config: Config) -> Vec<(Responder, Vec<Event<'static>>)> {
    let complete = vec![VERIFIED, sent(AUTH)];
    let mut between = session(config);
    feed(&mut between, [without_auth(false), sent(AUTH_AND_EAP)]);
    let mut asked_nobody = session(config);
    feed(&mut asked_nobody, [without_auth(false)]);
    let mut deciding = session(config);
    feed(&mut deciding, [VERIFIED]);
    vec![
        (session(config), complete.clone()),
        (between, complete.clone()),
        (asked_nobody, [vec![sent(EAP)], complete].concat()),
        (deciding, vec![sent(AUTH)]),
    ]
}

#[test]
fn a_time_set_during_ike_auth_is_kept_until_the_session_is_up() {
    // F17: a drain counted such a client as gone, and it stayed for ever.
    for (mut session, rest) in in_auth(Config::default()) {
        order(&mut session, LATER);
        assert_eq!((session.target(), session.next_deadline()), (Some(TARGET), None));
        for event in rest {
            let actions = session.handle(NOW, event);
            assert!(actions.iter().all(|action| action == Action::PassOn), "{actions:?}");
        }
        let deadline = session.next_deadline().unwrap();
        assert_eq!((session.phase(), deadline.at), (Phase::Scheduled, LATER));
        assert_eq!(session.timeout(LATER), [SEND]);
    }
}

#[test]
fn a_time_that_comes_before_the_session_is_up_redirects_at_the_next_legal_point() {
    // F17
    let mut session = session(Config::default());
    assert!(order(&mut session, NOW.after(500)).is_empty());
    assert_eq!(session.handle(NOW.after(499), without_auth(false)), [Action::PassOn]);
    let _ = session.handle(NOW.after(499), sent(AUTH_AND_EAP));
    assert!(session.timeout(NOW.after(500)).is_empty(), "in IKE_AUTH nothing is due");
    let respond = Action::RespondRedirect { target: TARGET, with_identity: false, with_auth: true };
    assert_eq!(session.handle(NOW.after(500), VERIFIED), [respond]);
}

#[test]
fn a_time_that_comes_between_the_last_request_and_its_response_redirects_the_session() {
    // F17: a decision is never lost.
    let mut session = session(Config::default());
    order(&mut session, NOW.after(500));
    assert_eq!(session.handle(NOW.after(499), VERIFIED), [Action::PassOn]);
    assert_eq!(session.handle(NOW.after(500), sent(AUTH)), [SEND]);
}

#[test]
fn a_time_to_come_answers_the_question_with_the_usual_response() {
    // F17
    let mut session = session(Config::default());
    assert_eq!(session.handle(NOW, VERIFIED), [Action::Decide { stage: Stage::Complete }]);
    assert_eq!(order(&mut session, LATER), [Action::PassOn]);
    assert_eq!((session.phase(), session.target()), (Phase::Authenticating, Some(TARGET)));
    assert_eq!(session.redirect(NOW, OTHER), Err(Misuse::AlreadyRedirecting));
}

#[test]
fn a_time_set_during_ike_auth_can_be_taken_back() {
    // F17
    let mut session = session(Config::default());
    let before = session;
    order(&mut session, LATER);
    assert!(session.cancel(NOW).unwrap().is_empty());
    assert_eq!(session, before);
    assert_eq!(session.handle(LATER, VERIFIED), [Action::Decide { stage: Stage::Complete }]);
}

#[test]
fn a_redirect_taken_back_behind_a_request_can_be_ordered_again() {
    let mut session = session(Config::default());
    order(&mut session, LATER);
    feed(&mut session, [VERIFIED]);
    let _ = session.cancel(NOW).unwrap();
    assert!(session.redirect(NOW, OTHER).unwrap().is_empty());
    assert_eq!(session.handle(NOW, sent(AUTH)), [Action::SendRedirect { target: OTHER }]);
}

#[test]
fn a_time_that_is_over_does_not_use_a_claimed_identity_without_opt_in() {
    // R6-8, R9-6
    let mut session = session(Config::default());
    order(&mut session, NOW);
    assert_eq!(session.handle(NOW, without_auth(false)), [Action::PassOn]);
}

#[test]
fn a_time_is_kept_over_every_round_of_a_multiple_authentication() {
    // F17
    let mut session = Responder::new(Config::default(), MULTIPLE);
    let _ = session.redirect_at(NOW, TargetId(9), LATER).unwrap();
    feed(&mut session, [first_of_several(), sent(AUTH), without_auth(false), sent(EAP)]);
    feed(&mut session, [VERIFIED, sent(AUTH)]);
    assert_eq!((session.phase(), session.target()), (Phase::Scheduled, Some(TargetId(9))));
}
