//! What the host orders: connect, renew, close.

use ikev2_redirect::Misuse;
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Moving, Phase};

use super::support::*;
use crate::compose::ip;
use crate::values::NO_HOSTS;

#[test]
fn connect_refuses_what_can_be_no_gateway() {
    // F22
    let mut machine = client(Config::default());
    for (address, _) in NO_HOSTS {
        let refused = machine.connect(NOW, ip(address));
        assert_eq!(refused, Err(Misuse::UnusableAddress), "{address}");
    }
    assert_eq!(machine, client(Config::default()));
}

#[test]
fn while_a_redirect_of_a_lost_gateway_is_asked_about_nobody_connects() {
    let mut machine = asked_and_given_up();
    let before = machine;
    assert_eq!(machine.connect(NOW, gw(9)), Err(Misuse::AlreadyConnected));
    assert_eq!(machine, before);
}

#[test]
fn a_saved_session_has_a_gateway_that_can_be() {
    // F12
    let refused = Initiator::established(Config::default(), "224.0.0.1".parse().unwrap());
    assert_eq!(refused, Err(Misuse::UnusableAddress));
}

#[test]
fn a_session_is_renewed_before_the_old_one_is_deleted() {
    // F11: for re-authentication; nobody sent the client, so there is no REDIRECTED_FROM.
    let mut machine = established(Config::default());
    let old = sa(&machine);
    let actions = machine.renew(NOW, gw(1)).unwrap();
    assert_eq!(actions, [start(&machine, 1, None)]);
    let mut machine = through_auth(machine);
    assert_eq!(tell(&mut machine, Event::Established), [delete(old)]);
}

#[test]
fn a_client_that_can_hold_one_ike_sa_deletes_the_old_one_before_it_renews() {
    // F11
    let config = Config { moving: Moving::BreakBeforeMake, ..Config::default() };
    let mut machine = established(config);
    let old = sa(&machine);
    let actions = machine.renew(NOW, gw(1)).unwrap();
    assert_eq!(actions, [delete(old), start(&machine, 1, None)]);
}

#[test]
fn a_renewed_session_forgets_who_sent_the_client_to_the_one_before() {
    // F11: its REDIRECTED_FROM is history.
    let mut machine = asked_in_init();
    let _ = permit(&mut machine, 2);
    let mut machine = up(machine);
    let actions = machine.renew(NOW, gw(2)).unwrap();
    assert_eq!(actions, [start(&machine, 2, None)]);
}

#[test]
fn only_what_is_up_is_renewed() {
    // F11
    for (stage, machine) in every_stage() {
        let mut next = machine;
        let renewed = next.renew(NOW, gw(9));
        if machine.phase() == Phase::Up {
            assert!(renewed.is_ok(), "{stage}");
        } else {
            assert_eq!(renewed, Err(Misuse::NotUp), "{stage}");
            assert_eq!(next, machine, "{stage}");
        }
    }
}

#[test]
fn close_leaves_everything_and_reports_no_failure_in_any_stage() {
    for (stage, mut machine) in every_stage() {
        let (current, kept, asked) = (machine.sa(), machine.kept(), machine.question());
        let whole = matches!(stage, "whole" | "asked in IKE_AUTH" | "moving, asked in IKE_AUTH")
            || machine.phase() == Phase::Up;
        let abandoned = asked.map(|question| Action::AbandonVet { question });
        let left =
            current.map(|sa| if whole { Action::DeleteSa { sa } } else { Action::DropSa { sa } });
        let deleted = kept.map(|sa| Action::DeleteSa { sa });
        let expected: Vec<_> = [abandoned, left, deleted].into_iter().flatten().collect();
        match machine.close(NOW) {
            Ok(actions) => assert_eq!(actions.into_iter().collect::<Vec<_>>(), expected, "{stage}"),
            Err(misuse) => assert_eq!((misuse, stage), (Misuse::NotConnected, "idle")),
        }
        assert_eq!((machine.phase(), machine.question()), (Phase::Idle, None), "{stage}");
        assert_eq!((machine.sa(), machine.kept()), (None, None), "{stage}");
    }
}
