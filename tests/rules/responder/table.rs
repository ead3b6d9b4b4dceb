//! Each pair of state and event: the next state and the actions.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::responder::{Action, Awaits, Config, Event, Phase, Responder, Stage};
use ikev2_redirect::{Instant, Misuse, Reason};

use super::support::*;

/// Every kind of event, in the form that does most.
fn every_event() -> [(&'static str, Event<'static>); 10] {
    [
        ("AuthRequestReceived", VERIFIED),
        ("AuthRequestReceived, wrong AUTH", {
            Event::AuthRequestReceived { peer: PeerAuth::Failed, contents: redirect() }
        }),
        ("AuthResponseSent", sent(AUTH)),
        ("Acknowledged", Event::Acknowledged),
        ("NoAnswer", Event::NoAnswer),
        ("InformationalReceived", informational(redirect())),
        ("InformationalReceived, fatal", informational(fatal())),
        ("MisplacedRedirect", Event::MisplacedRedirect),
        ("Deleted", Event::Deleted),
        ("Rekeyed", Event::Rekeyed),
    ]
}

/// Where `session` goes, and what it says.
fn expected(session: &Responder, phase: Phase, name: &str) -> (Phase, Vec<Action>) {
    use Phase::*;
    let stays = |action| (phase, vec![action]);
    let ignored = |reason| Action::Ignored { reason };
    let misused = |misuse| Action::Misused { misuse };
    let failed = |reason| [Action::DropSa, Action::Failed { reason }].to_vec();
    let respond = Action::RespondRedirect { target: TARGET, with_identity: true, with_auth: true };
    // It waits for its time, or only for a response that may carry it.
    let waits = session.target().is_some();
    let later = *session == every_phase()[2].1;
    match (phase, name) {
        (_, "MisplacedRedirect") => stays(ignored(Reason::WrongDirection)),
        (Closed, _) => stays(ignored(Reason::UnknownSa)),

        (Authenticating, "AuthRequestReceived") if later => stays(Action::PassOn),
        (Authenticating, "AuthRequestReceived") if waits => (Leaving, vec![respond]),
        (Authenticating, "AuthRequestReceived") => {
            (Deciding, vec![Action::Decide { stage: Stage::Complete }])
        }
        (Authenticating, "AuthRequestReceived, wrong AUTH") => {
            (Closed, [vec![Action::PassOn], failed(Reason::ClientAuthFailed)].concat())
        }
        (Deciding, "AuthRequestReceived" | "AuthRequestReceived, wrong AUTH") => {
            stays(misused(Misuse::RequestRepeated))
        }
        (Deciding, "AuthResponseSent") => (Established, vec![]),
        (_, "AuthRequestReceived" | "AuthRequestReceived, wrong AUTH") => {
            stays(ignored(Reason::OutOfTurn))
        }
        (_, "AuthResponseSent") => stays(misused(Misuse::RequestMissing)),

        (Redirecting, "Acknowledged") => (Leaving, vec![]),
        // F23: what was never sent is neither acknowledged nor given up.
        (Redirecting, "NoAnswer") => (Closed, failed(Reason::NoAnswer)),
        (Leaving, "Acknowledged" | "NoAnswer") => stays(ignored(Reason::OutOfTurn)),
        (_, "Acknowledged" | "NoAnswer") => stays(misused(Misuse::OutOfTurn)),

        // F23: who is not up may have forgotten to tell of the last response.
        (Redirecting, "Rekeyed") => stays(SEND),
        (Authenticating | Deciding, "Rekeyed") => stays(misused(Misuse::OutOfTurn)),
        (_, "Rekeyed") => (phase, vec![]),

        (_, "InformationalReceived") => {
            (phase, vec![Action::Acknowledge, ignored(Reason::WrongDirection)])
        }
        // RFC 7296, 2.21.2: no DELETE; most of all when the client finds our only AUTH wrong.
        (_, "InformationalReceived, fatal") => {
            (Closed, [vec![Action::PassOn], failed(Reason::FatalNotification)].concat())
        }
        (Redirecting | Leaving, "Deleted") => (Closed, vec![Action::ClientLeft]),
        (_, "Deleted") => (Closed, vec![]),
        (_, name) => panic!("{name} is not known"),
    }
}

#[test]
fn each_state_answers_each_event() {
    for (phase, session) in every_phase() {
        for (name, event) in every_event() {
            let mut next = session;
            let actions: Vec<_> = next.handle(NOW, event).into_iter().collect();
            let expected = expected(&session, phase, name);
            assert_eq!((next.phase(), actions), expected, "{name} in {phase:?}");
        }
    }
}

#[test]
fn an_ignored_event_and_a_mistake_change_nothing_in_any_state() {
    for (phase, session) in every_phase() {
        for (name, event) in every_event() {
            let mut next = session;
            let actions = next.handle(NOW, event);
            let is_nothing =
                |action| matches!(action, Action::Ignored { .. } | Action::Misused { .. });
            if actions.iter().all(is_nothing) && !actions.is_empty() {
                assert_eq!(next, session, "{name} in {phase:?}");
            }
        }
    }
}

#[test]
fn a_time_out_that_nobody_waits_for_changes_nothing_in_any_state() {
    for (phase, session) in every_phase() {
        let mut next = session;
        assert!(next.timeout(NOW.after(1_999)).is_empty(), "in {phase:?}");
        assert_eq!(next, session, "in {phase:?}");
        if session.next_deadline().is_none() {
            assert!(next.timeout(Instant::NEVER).is_empty(), "in {phase:?}");
            assert_eq!(next, session, "in {phase:?}");
        }
    }
}

#[test]
fn a_refused_command_changes_nothing_in_any_state() {
    use Phase::*;
    for (phase, session) in every_phase() {
        let waits = session.target().is_some();
        let nothing_to_cancel = Err(Misuse::NothingToCancel);
        let (redirect, cancelled) = match phase {
            Authenticating | Scheduled if waits => (Err(Misuse::AlreadyRedirecting), Ok(())),
            Authenticating | Deciding | Established => (Ok(()), nothing_to_cancel),
            Scheduled | Redirecting | Leaving => {
                (Err(Misuse::AlreadyRedirecting), nothing_to_cancel)
            }
            Closed => (Err(Misuse::SaClosed), nothing_to_cancel),
        };
        let mut tried = [session; 3];
        let [first, second, third] = &mut tried;
        let outcomes = [
            first.redirect(NOW, OTHER).map(drop),
            second.redirect_at(NOW, OTHER, at(2_000_000)).map(drop),
            third.cancel(NOW).map(drop),
        ];
        assert_eq!(outcomes, [redirect, redirect, cancelled], "in {phase:?}");
        for (outcome, after) in outcomes.iter().zip(tried) {
            assert_eq!(outcome.is_err(), after == session, "in {phase:?}");
        }
    }
}

#[test]
fn a_client_without_support_is_never_redirected() {
    // R3-2, D3-1, D3-2: libreswan sends it all the same.
    let new = Responder::new(Config::default(), UNSUPPORTING);
    let up = Responder::established(Config::default(), UNSUPPORTING);
    for session in [new, up] {
        let mut next = session;
        assert_eq!(next.redirect(NOW, TARGET), Err(Misuse::ClientUnsupported));
        assert_eq!(next.redirect_at(NOW, TARGET, NOW), Err(Misuse::ClientUnsupported));
        assert_eq!(next, session);
    }
    assert!(!new.supports_redirect());
    assert!(session(Config::default()).supports_redirect());
}

#[test]
fn about_a_client_without_support_nobody_is_asked() {
    let mut session = Responder::new(opted_in(), UNSUPPORTING);
    assert_eq!(session.handle(NOW, without_auth(false)), [Action::PassOn]);
    let mut session = Responder::new(opted_in(), UNSUPPORTING);
    assert_eq!(session.handle(NOW, VERIFIED), [Action::PassOn]);
}

#[test]
fn only_a_waiting_session_has_a_deadline() {
    for (phase, session) in every_phase() {
        let expected = match phase {
            Phase::Scheduled => Some((LATER, Awaits::Schedule)),
            Phase::Redirecting => Some((NOW.after(2_000), Awaits::Acknowledgement)),
            Phase::Leaving => Some((NOW.after(30_000), Awaits::Departure)),
            Phase::Authenticating | Phase::Deciding | Phase::Established | Phase::Closed => None,
        };
        let deadline = session.next_deadline().map(|deadline| (deadline.at, deadline.reason));
        assert_eq!(deadline, expected, "in {phase:?}");
    }
}

#[test]
fn another_clock_moves_every_deadline() {
    for (phase, session) in every_phase() {
        let mut moved = session;
        moved.rebase(NOW, at(500));
        let distance = |session: Responder, now: Instant| {
            session.next_deadline().map(|deadline| deadline.at.as_millis() - now.as_millis())
        };
        assert_eq!(distance(moved, at(500)), distance(session, NOW), "in {phase:?}");
    }
}

#[test]
fn another_clock_moves_the_time_of_a_redirect_in_ike_auth() {
    let mut session = every_phase()[2].1;
    session.rebase(NOW, NOW.after(500));
    feed(&mut session, [VERIFIED, sent(AUTH)]);
    assert_eq!(session.next_deadline().map(|deadline| deadline.at), Some(LATER.after(500)));
}
