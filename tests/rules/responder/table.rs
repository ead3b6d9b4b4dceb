//! Each pair of state and event: the next state and the actions.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::responder::{Action, Config, Event, Phase, Responder, Stage};
use ikev2_redirect::{Instant, Misuse, Reason};

use super::support::*;

/// Every kind of event, in the form that does most.
fn every_event() -> [(&'static str, Event<'static>); 10] {
    [
        ("AuthRequest", VERIFIED),
        ("AuthRequest, wrong AUTH", {
            Event::AuthRequest { peer: PeerAuth::Failed, contents: redirect() }
        }),
        ("AuthResponse", sent(AUTH)),
        ("Acknowledged", Event::Acknowledged),
        ("NoAnswer", Event::NoAnswer),
        ("Informational", Event::Informational { contents: redirect() }),
        ("MisplacedRedirect", Event::MisplacedRedirect),
        ("SaDeleted", Event::SaDeleted),
        ("Rekeyed", Event::Rekeyed),
        ("Timeout", Event::Timeout),
    ]
}

#[test]
fn each_state_answers_each_event() {
    use Phase::*;
    let ignored = |reason| vec![Action::Ignored { reason }];
    let failed = |reason| vec![Action::DropSa, Action::Failed { reason }];
    let send = vec![Action::SendRedirect { target: TARGET }];
    let respond =
        vec![Action::RespondRedirect { target: TARGET, with_identity: true, with_auth: true }];
    for (phase, session) in every_phase() {
        for (name, event) in every_event() {
            let planned = session.target().is_some();
            let expected = match (phase, name) {
                (Closed, "Timeout") => (Closed, vec![]),
                (Closed, "MisplacedRedirect") => (Closed, ignored(Reason::WrongDirection)),
                (Closed, _) => (Closed, ignored(Reason::UnknownSa)),

                (_, "MisplacedRedirect") => (phase, ignored(Reason::WrongDirection)),
                (_, "Timeout") => (phase, vec![]),

                (Authenticating, "AuthRequest") if planned => (Leaving, respond.clone()),
                (Authenticating, "AuthRequest") => {
                    (Deciding, vec![Action::Decide { stage: Stage::Complete }])
                }
                (Authenticating, "AuthRequest, wrong AUTH") => {
                    let reason = Reason::ClientAuthFailed;
                    (Closed, vec![Action::PassOn, Action::DropSa, Action::Failed { reason }])
                }
                (Authenticating, "AuthResponse") => (Authenticating, vec![]),
                (Deciding, "AuthResponse") => (Established, vec![]),
                (Authenticating | Deciding, "SaDeleted") => (Closed, vec![]),

                (_, "Informational") => {
                    let reason = Reason::WrongDirection;
                    (phase, vec![Action::Acknowledge, Action::Ignored { reason }])
                }
                (Established | Scheduled, "SaDeleted") => (Closed, vec![]),
                (Established | Scheduled | Leaving, "Rekeyed") => (phase, vec![]),

                (Redirecting, "Acknowledged") => (Leaving, vec![]),
                (Redirecting, "NoAnswer") => (Closed, failed(Reason::NoAnswer)),
                (Redirecting, "Rekeyed") => (Redirecting, send.clone()),
                (Redirecting | Leaving, "SaDeleted") => (Closed, vec![Action::ClientLeft]),

                (_, _) => (phase, ignored(Reason::OutOfTurn)),
            };
            let mut next = session;
            let actions: Vec<_> = next.handle(NOW, event).into_iter().collect();
            assert_eq!((next.phase(), actions), expected, "{name} in {phase:?}");
        }
    }
}

#[test]
fn an_ignored_event_changes_nothing_in_any_state() {
    for (phase, session) in every_phase() {
        for (name, event) in every_event() {
            let mut next = session;
            let actions = next.handle(NOW, event);
            let only_ignored =
                actions.iter().all(|action| matches!(action, Action::Ignored { .. }));
            if only_ignored && !actions.is_empty() {
                assert_eq!(next, session, "{name} in {phase:?}");
            }
        }
    }
}

#[test]
fn a_refused_command_changes_nothing_in_any_state() {
    use Phase::*;
    for (phase, session) in every_phase() {
        let planned = session.target().is_some();
        let (redirect, scheduled, cancelled) = match phase {
            Authenticating if !planned => {
                (Ok(()), Err(Misuse::NotEstablished), Err(Misuse::NothingToCancel))
            }
            Authenticating | Scheduled => {
                (Err(Misuse::AlreadyRedirecting), Err(Misuse::AlreadyRedirecting), Ok(()))
            }
            Deciding => (Ok(()), Err(Misuse::NotEstablished), Err(Misuse::NothingToCancel)),
            Established => (Ok(()), Ok(()), Err(Misuse::NothingToCancel)),
            Redirecting | Leaving => (
                Err(Misuse::AlreadyRedirecting),
                Err(Misuse::AlreadyRedirecting),
                Err(Misuse::NothingToCancel),
            ),
            Closed => (Err(Misuse::SaClosed), Err(Misuse::SaClosed), Err(Misuse::NothingToCancel)),
        };
        let mut tried = [session; 3];
        let [first, second, third] = &mut tried;
        let outcomes = [
            first.redirect(NOW, OTHER).map(drop),
            second.redirect_at(NOW, OTHER, at(2_000_000)).map(drop),
            third.cancel(NOW).map(drop),
        ];
        assert_eq!(outcomes, [redirect, scheduled, cancelled], "in {phase:?}");
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
            Phase::Scheduled => Some(at(1_060_000)),
            Phase::Redirecting => Some(NOW.after(2_000)),
            Phase::Leaving => Some(NOW.after(30_000)),
            Phase::Authenticating | Phase::Deciding | Phase::Established | Phase::Closed => None,
        };
        let deadline = session.next_deadline().map(|deadline| deadline.at);
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
