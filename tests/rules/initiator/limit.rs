//! The loop limit.

use ikev2_redirect::initiator::{Action, Config, Event, Initiator, LoopLimit, Phase, Slot};
use ikev2_redirect::{Instant, Misuse, Reason};

use super::support::*;

const LIMIT_REACHED: Action<'static> = Action::Refused { reason: Reason::LimitReached };

/// Two gateways that send the client to each other: how often it goes.
fn follows_in_a_loop(config: Config) -> usize {
    let mut machine = connecting(config);
    for follows in 0..100 {
        let target = if follows % 2 == 0 { 2 } else { 1 };
        if machine.handle(NOW, init_redirect(target)) == [LIMIT_REACHED] {
            return follows;
        }
        let _ = permit(&mut machine, target);
    }
    panic!("the loop never ended")
}

/// Whether a redirect at `now` is followed; if so, follows it.
fn follow(machine: &mut Initiator, now: Instant, target: u8) -> bool {
    if machine.handle(now, init_redirect(target)) == [LIMIT_REACHED] {
        return false;
    }
    assert_eq!(machine.permit(now, gw(target)).unwrap().len(), 2);
    true
}

#[test]
fn a_loop_ends_after_five_redirects_by_default() {
    // R9-4, D7-1, D7-2
    assert_eq!(follows_in_a_loop(Config::default()), 5);
}

#[test]
fn the_limit_can_be_set() {
    // R9-5, D7-4
    for max_redirects in 1..=8 {
        let config = Config { max_redirects, ..Config::default() };
        assert_eq!(follows_in_a_loop(config), usize::from(max_redirects));
    }
}

#[test]
fn a_limit_that_cannot_be_remembered_is_refused() {
    let config = Config { max_redirects: 9, ..Config::default() };
    assert_eq!(Initiator::new(config), Err(Misuse::LimitTooLarge));
    assert_eq!(LoopLimit::CAPACITY, 8);
}

#[test]
fn a_limit_without_a_period_is_refused_unless_redirects_are_off() {
    // R9-4: no redirect would ever stand in the window.
    let config = Config { loop_detect_period: 0, ..Config::default() };
    assert_eq!(Initiator::new(config), Err(Misuse::PeriodMissing));
    assert!(Initiator::new(Config { max_redirects: 0, ..config }).is_ok());
}

#[test]
fn the_period_is_five_minutes_by_default_and_ends_exactly_then() {
    // D7-3
    let mut machine = connecting(Config { max_redirects: 1, ..Config::default() });
    assert!(follow(&mut machine, at(1_000), 2));
    assert!(!follow(&mut machine, at(300_999), 3));
    assert!(follow(&mut machine, at(301_000), 3));
}

#[test]
fn the_period_can_be_set() {
    let config = Config { max_redirects: 1, loop_detect_period: 10, ..Config::default() };
    let mut machine = connecting(config);
    assert!(follow(&mut machine, at(0), 2));
    assert!(!follow(&mut machine, at(9), 3));
    assert!(follow(&mut machine, at(10), 3));
}

#[test]
fn the_window_slides() {
    // libreswan has no window at all. Nor is it a counter that is set back: what left the window makes room for one, not for all.
    let config = Config { max_redirects: 2, loop_detect_period: 100, ..Config::default() };
    let mut machine = connecting(config);
    assert!(follow(&mut machine, at(0), 2));
    assert!(follow(&mut machine, at(60), 3));
    assert!(follow(&mut machine, at(100), 2));
    assert!(!follow(&mut machine, at(120), 3));
    assert!(follow(&mut machine, at(160), 3));
}

#[test]
fn a_refused_redirect_is_not_counted() {
    let mut machine = vetting_init();
    let _ = refuse(&mut machine);
    assert_eq!(machine.loop_limit().followed(NOW), 0);
}

#[test]
fn the_record_survives_success_and_counts_every_phase() {
    // IKE_SA_INIT, then INFORMATIONAL.
    let mut machine = vetting_init();
    let _ = permit(&mut machine, 2);
    let mut machine = through_auth(machine, Slot::A);
    feed(&mut machine, [Event::Established { slot: Slot::A }]);
    assert_eq!(machine.loop_limit().followed(NOW), 1);
    feed(&mut machine, [informational(Slot::A, redirect_to(3))]);
    let _ = permit(&mut machine, 3);
    assert_eq!(machine.loop_limit().followed(NOW), 2);
}

#[test]
fn the_record_survives_a_new_connection() {
    let mut machine = vetting_init();
    let _ = permit(&mut machine, 2);
    let _ = machine.close(NOW).unwrap();
    let _ = machine.connect(NOW, gw(1)).unwrap();
    assert_eq!(machine.loop_limit().followed(NOW), 1);
}

#[test]
fn at_the_limit_a_session_goes_on() {
    let mut machine = connecting(Config { max_redirects: 1, ..Config::default() });
    assert!(follow(&mut machine, NOW, 2));
    let mut machine = through_auth(machine, Slot::A);
    feed(&mut machine, [Event::Established { slot: Slot::A }]);
    let actions = machine.handle(NOW, informational(Slot::A, redirect_to(3)));
    assert_eq!(actions, [Action::Acknowledge { slot: Slot::A }, LIMIT_REACHED]);
    assert_eq!(machine.phase(), Phase::Established);
}

#[test]
fn another_clock_changes_no_distance() {
    let config = Config { max_redirects: 1, loop_detect_period: 100, ..Config::default() };
    let mut machine = connecting(config);
    assert!(follow(&mut machine, at(1_000), 2));
    machine.rebase(at(1_050), at(507));
    assert!(!follow(&mut machine, at(556), 3));
    assert!(follow(&mut machine, at(557), 3));
}

#[test]
fn another_clock_moves_the_deadline_of_a_question() {
    let mut machine = vetting_init();
    machine.rebase(NOW, at(0));
    assert_eq!(machine.next_deadline().unwrap().at, at(10_000));
}
