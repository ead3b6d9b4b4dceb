//! A verdict is one on the question that it names.

use ikev2_redirect::initiator::{Action, Config, Event, Phase, QuestionId, Refusal};
use ikev2_redirect::{Misuse, Reason};

use super::support::*;

#[test]
fn a_late_verdict_is_not_taken_for_one_on_the_next_question() {
    // F07, as it was found: the first target is permitted after it was too late.
    let mut machine = asked_in_init();
    let first = question(&machine);
    let due = machine.next_deadline().unwrap().at;
    let _ = machine.timeout(due);
    feed(&mut machine, [init_redirect(66)]);
    let before = machine;
    assert_eq!(machine.permit(NOW, first, gw(2)), Err(Misuse::UnknownQuestion));
    assert_eq!(machine.refuse(NOW, first, Refusal::Policy), Err(Misuse::UnknownQuestion));
    assert_eq!(machine, before);
}

#[test]
fn a_literal_target_can_only_be_permitted_as_itself() {
    // F07
    for mut machine in [asked_in_init(), asked_in_auth(), asked_in_session(Config::default())] {
        let before = machine;
        let permitted = machine.permit(NOW, question(&machine), gw(3));
        assert_eq!(permitted, Err(Misuse::OtherAddress));
        assert_eq!(machine, before);
    }
}

#[test]
fn a_question_is_answered_once() {
    let mut machine = asked_in_session(Config::default());
    let asked = question(&machine);
    let _ = refuse(&mut machine);
    assert_eq!(machine.permit(NOW, asked, gw(2)), Err(Misuse::UnknownQuestion));
}

#[test]
fn an_open_question_stays_open_when_the_ike_sa_is_called_established() {
    let mut machine = through_auth(connecting(Config::default()));
    feed(&mut machine, [informational(redirect_to(2))]);
    let asked = machine.question();
    assert!(tell(&mut machine, Event::Established).is_empty());
    assert_eq!((machine.phase(), machine.question()), (Phase::Up, asked));
}

#[test]
fn a_target_to_which_the_gateway_has_moved_meanwhile_is_refused() {
    // F10
    let mut machine = asked_in_session(Config::default());
    feed(&mut machine, [Event::GatewayMoved { to: gw(2) }]);
    assert_eq!(permit(&mut machine, 2), [refused(&machine, Reason::SelfRedirect)]);
}

#[test]
fn the_question_about_a_former_session_leads_on_from_the_gateway_that_sent_it() {
    // Asked over the IKE SA with gateway 1, which has been renewed since at gateway 3.
    let mut machine = asked_in_session(Config::default());
    let _ = machine.renew(NOW, gw(3)).unwrap();
    let mut machine = up(machine);
    let (renewed, provenance) =
        (sa(&machine), ikev2_redirect::initiator::Provenance::Informational);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected(1, 2, provenance), start(&machine, 2, Some(1))]);
    assert_eq!(machine.kept(), Some(renewed));
}

#[test]
fn of_another_question_only_what_would_count_is_ignored() {
    // The host is asked about gateway 1's redirect while the attempt at gateway 3 is under way.
    let mut machine = asked_in_session(Config::default());
    let _ = machine.renew(NOW, gw(3)).unwrap();
    let actions = tell(&mut machine, init_redirect(2));
    assert_eq!(actions, [ignored(&machine, Reason::QuestionOpen)]);
    let forged = init_event(redirecting(gw(2).into(), &[8; 32]));
    assert_eq!(tell(&mut machine, forged), [ignored(&machine, Reason::NonceMismatch)]);
    assert_eq!(tell(&mut machine, init_event(PLAIN_RESPONSE)), [pass_on(&machine)]);
}

#[test]
fn only_an_open_question_has_a_deadline() {
    for (stage, machine) in every_stage() {
        let deadline = machine.next_deadline().map(|deadline| deadline.at);
        assert_eq!(deadline, machine.question().map(|_| NOW.after(10_000)), "{stage}");
    }
}

#[test]
fn the_verdict_of_a_question_without_time_is_due_at_once() {
    let mut machine = connecting(Config { vet_timeout: 0, ..Config::default() });
    feed(&mut machine, [init_redirect(2)]);
    let asked = question(&machine);
    let expected = [Action::AbandonVet { question: asked }, refused(&machine, Reason::VetTimeout)];
    assert_eq!(machine.timeout(NOW), expected);
}

#[test]
fn a_question_that_never_was_is_unknown_in_every_stage() {
    let stranger = QuestionId(77);
    for (stage, machine) in every_stage() {
        let mut next = machine;
        let permitted = next.permit(NOW, stranger, gw(2));
        assert_eq!(permitted, Err(Misuse::UnknownQuestion), "{stage}");
        assert_eq!(next, machine, "{stage}");
    }
}
