//! Each pair of state and event: the next state and the actions.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Phase, Provenance, Refusal, Slot,
};
use ikev2_redirect::wire::Contents;
use ikev2_redirect::{Misuse, Reason};

use super::support::*;

const A: Slot = Slot::A;

/// Every kind of event, in the form that does most.
fn every_event() -> [(&'static str, Event<'static>); 11] {
    let verified = with_auth(Contents { sa: true, ..Contents::default() });
    [
        ("InitResponse", init_redirect(3)),
        ("InitCompleted", Event::InitCompleted { slot: A, multiple_auth_offered: false }),
        ("AuthRequest", Event::AuthRequest { slot: A, sent: AUTH }),
        ("AuthResponse", auth_response(A, PeerAuth::Verified, verified)),
        ("Established", Event::Established { slot: A }),
        ("AttemptFailed", Event::AttemptFailed { slot: A }),
        ("Informational", informational(A, redirect_to(3))),
        ("MisplacedRedirect", Event::MisplacedRedirect { slot: A }),
        ("SaDeleted", Event::SaDeleted { slot: A }),
        ("Rekeyed", Event::Rekeyed { slot: A }),
        ("Timeout", Event::Timeout),
    ]
}

/// What a row of the table looks like from outside.
fn row(machine: &Initiator, event: Event<'static>) -> (Phase, Vec<Action<'static>>) {
    let mut next = *machine;
    let actions = next.handle(NOW, event);
    (next.phase(), actions.into_iter().collect())
}

#[test]
fn each_state_answers_each_event() {
    use Phase::*;
    let ignored = |reason| vec![Action::Ignored { reason }];
    let failed = |reason| vec![Action::Failed { reason }];
    let vet = |provenance| Action::Vet { target: gw(3).into(), provenance };
    let acknowledge = Action::Acknowledge { slot: A };
    for (phase, machine) in every_phase() {
        for (name, event) in every_event() {
            let expected = match (phase, name) {
                (Idle, "Timeout") => (Idle, vec![]),
                (Idle, "MisplacedRedirect") => (Idle, ignored(Reason::MisplacedRedirect)),
                (Idle, _) => (Idle, ignored(Reason::UnknownSa)),

                (_, "MisplacedRedirect") => (phase, ignored(Reason::MisplacedRedirect)),
                (_, "Timeout") => (phase, vec![]),

                (Connecting, "InitResponse") => (VettingInit, vec![vet(Provenance::Init)]),
                (Connecting, "InitCompleted") => (Authenticating, vec![]),
                (Connecting, "AttemptFailed") => (Idle, failed(Reason::AttemptFailed)),

                (VettingInit, "InitResponse") => (VettingInit, ignored(Reason::QuestionOpen)),
                (VettingInit, "InitCompleted") => (Authenticating, vec![Action::AbandonVet]),
                (VettingInit, "AttemptFailed") => (VettingInit, vec![]),

                (Authenticating, "AuthRequest") => (Authenticating, vec![]),
                (Authenticating, "AuthResponse") => (Authenticating, vec![Action::PassOn]),
                (Authenticating, "Established") => (Authenticating, ignored(Reason::OutOfTurn)),
                (Authenticating, "AttemptFailed") => (Idle, failed(Reason::AttemptFailed)),
                (Authenticating, "SaDeleted") => (Idle, failed(Reason::SaLost)),

                (VettingAuth, "AuthRequest" | "AuthResponse" | "Established" | "AttemptFailed") => {
                    (VettingAuth, ignored(Reason::QuestionOpen))
                }
                (VettingAuth | VettingActive, "Informational") => {
                    let reason = Reason::QuestionOpen;
                    (phase, vec![acknowledge, Action::Ignored { reason }])
                }
                (VettingAuth, "SaDeleted") => (VettingAuth, vec![]),

                (Established, "Informational") => {
                    (VettingActive, vec![acknowledge, vet(Provenance::Informational)])
                }
                (Established, "AttemptFailed") => {
                    let failed = Action::Failed { reason: Reason::AttemptFailed };
                    (Idle, vec![Action::DeleteSa { slot: A }, failed])
                }
                (VettingActive, "AttemptFailed") => {
                    (VettingActive, vec![Action::DeleteSa { slot: A }])
                }
                (Established | VettingActive, "Established") => (phase, vec![]),
                (Established, "SaDeleted") => (Idle, failed(Reason::SaLost)),
                (Established | VettingActive, "Rekeyed") => (phase, vec![]),
                (VettingActive, "SaDeleted") => (VettingActive, vec![]),

                (_, _) => (phase, ignored(Reason::OutOfTurn)),
            };
            assert_eq!(row(&machine, event), expected, "{name} in {phase:?}");
        }
    }
}

#[test]
fn an_ignored_event_changes_nothing_in_any_state() {
    for (phase, machine) in every_phase() {
        for (name, event) in every_event() {
            let mut next = machine;
            let actions = next.handle(NOW, event);
            if actions.iter().all(|action| matches!(action, Action::Ignored { .. })) {
                let silent = actions.is_empty();
                assert!(silent || next == machine, "{name} in {phase:?}");
            }
        }
    }
}

#[test]
fn an_event_about_a_strange_sa_changes_nothing_in_any_state() {
    for (phase, machine) in every_phase() {
        for event in [Event::SaDeleted { slot: Slot::B }, Event::AttemptFailed { slot: Slot::B }] {
            let mut next = machine;
            assert_eq!(next.handle(NOW, event), ignored(Reason::UnknownSa), "in {phase:?}");
            assert_eq!(next, machine, "in {phase:?}");
        }
    }
}

#[test]
fn a_refused_command_changes_nothing_in_any_state() {
    use Phase::*;
    for (phase, machine) in every_phase() {
        let mut next = machine;
        let vetting = matches!(phase, VettingInit | VettingAuth | VettingActive);
        if phase == Idle {
            assert_eq!(next.close(NOW), Err(Misuse::NotConnected));
        } else {
            assert_eq!(next.connect(NOW, gw(9)), Err(Misuse::AlreadyConnected), "in {phase:?}");
        }
        if !vetting {
            assert_eq!(next.permit(NOW, gw(9)), Err(Misuse::UnknownQuestion), "in {phase:?}");
            let refused = next.refuse(NOW, Refusal::Policy);
            assert_eq!(refused, Err(Misuse::UnknownQuestion), "in {phase:?}");
        }
        assert_eq!(next, machine, "in {phase:?}");
    }
}

#[test]
fn connect_refuses_what_can_be_no_gateway() {
    let mut machine = client(Config::default());
    for address in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:192.0.2.1"]
    {
        let refused = machine.connect(NOW, address.parse().unwrap());
        assert_eq!(refused, Err(Misuse::UnusableAddress), "{address}");
    }
    assert_eq!(machine, client(Config::default()));
}

#[test]
fn close_ends_what_there_is_in_each_state() {
    use Phase::*;
    for (phase, mut machine) in every_phase() {
        let expected = match phase {
            Idle => continue,
            Connecting | Authenticating => vec![Action::DropSa { slot: A }],
            VettingInit => vec![Action::AbandonVet, Action::DropSa { slot: A }],
            VettingAuth | VettingActive => vec![Action::AbandonVet, Action::DeleteSa { slot: A }],
            Established => vec![Action::DeleteSa { slot: A }],
        };
        let actions: Vec<_> = machine.close(NOW).unwrap().into_iter().collect();
        assert_eq!(actions, expected, "in {phase:?}");
        assert_eq!(machine.phase(), Idle);
    }
}

#[test]
fn close_deletes_an_sa_that_is_complete_but_not_announced_as_established() {
    let mut machine = through_auth(connecting(Config::default()), A);
    assert_eq!(machine.close(NOW).unwrap(), [Action::DeleteSa { slot: A }]);
}

#[test]
fn only_an_open_question_has_a_deadline() {
    for (phase, machine) in every_phase() {
        let vetting =
            matches!(phase, Phase::VettingInit | Phase::VettingAuth | Phase::VettingActive);
        let deadline = machine.next_deadline().map(|deadline| deadline.at);
        assert_eq!(deadline, vetting.then_some(NOW.after(10_000)), "in {phase:?}");
    }
}
