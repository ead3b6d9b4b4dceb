//! The loop limit.

use ikev2_redirect::initiator::{Config, Initiator, Moving, Phase};
use ikev2_redirect::{Instant, Misuse, Reason};

use super::support::*;

/// Whether a redirect at `now` is followed; if so, follows it.
fn follow(machine: &mut Initiator, now: Instant, target: u8) -> bool {
    let attempt = sa(machine);
    if machine.handle(now, attempt, init_redirect(target))
        == [refused(machine, Reason::LimitReached)]
    {
        return false;
    }
    machine.permit(now, question(machine), gw(target)).is_ok()
}

/// Two gateways that send the client to each other: how often it goes.
fn follows_in_a_loop(config: Config) -> usize {
    let mut machine = connecting(config);
    let targets = (0..100).map(|follows| if follows % 2 == 0 { 2 } else { 1 });
    targets.take_while(|&target| follow(&mut machine, NOW, target)).count()
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
    assert_eq!(Initiator::established(config, gw(1)), Err(Misuse::LimitTooLarge));
    assert_eq!(Config::LARGEST_LIMIT, 8);
}

#[test]
fn a_limit_without_a_period_is_refused_unless_redirects_are_off() {
    // R9-4: no redirect would ever stand in the window.
    let config = Config { loop_detect_period: 0, ..Config::default() };
    for max_redirects in 1..=Config::LARGEST_LIMIT {
        let config = Config { max_redirects, ..config };
        assert_eq!(Initiator::new(config), Err(Misuse::PeriodMissing));
        assert_eq!(Initiator::established(config, gw(1)), Err(Misuse::PeriodMissing));
        assert!(Initiator::new(Config { loop_detect_period: 1, ..config }).is_ok());
    }
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
    // libreswan has no window at all. Nor is it a counter that is set back: what left the window
    // makes room for one, not for all.
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
    let mut machine = asked_in_init();
    let _ = refuse(&mut machine);
    assert_eq!(machine.followed(NOW), 0);
}

#[test]
fn the_record_survives_success_and_counts_every_phase() {
    // IKE_SA_INIT, then INFORMATIONAL.
    let mut machine = asked_in_init();
    let _ = permit(&mut machine, 2);
    let mut machine = up(machine);
    assert_eq!(machine.followed(NOW), 1);
    feed(&mut machine, [informational(redirect_to(3))]);
    let _ = permit(&mut machine, 3);
    assert_eq!(machine.followed(NOW), 2);
}

#[test]
fn the_record_survives_a_new_connection() {
    let mut machine = asked_in_init();
    let _ = permit(&mut machine, 2);
    let _ = machine.close(NOW).unwrap();
    let _ = machine.connect(NOW, gw(1)).unwrap();
    assert_eq!(machine.followed(NOW), 1);
}

#[test]
fn at_the_limit_a_session_goes_on() {
    let mut machine = connecting(Config { max_redirects: 1, ..Config::default() });
    assert!(follow(&mut machine, NOW, 2));
    let mut machine = up(machine);
    let actions = tell(&mut machine, informational(redirect_to(3)));
    assert_eq!(actions, [acknowledge(&machine), refused(&machine, Reason::LimitReached)]);
    assert_eq!(machine.phase(), Phase::Up);
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
fn another_clock_moves_the_deadline_of_a_question_in_every_phase() {
    // H16
    let asked = [asked_in_init(), asked_in_auth(), asked_in_session(Config::default())];
    for mut machine in asked {
        machine.rebase(NOW, at(400_000));
        assert_eq!(machine.next_deadline().unwrap().at, at(410_000));
        assert!(machine.timeout(at(409_999)).is_empty());
        assert!(!machine.timeout(at(410_000)).is_empty());
    }
}

#[test]
fn a_redirect_without_a_deadline_is_not_refused_at_the_end_of_time() {
    // F22
    let mut machine = connecting(Config { vet_timeout: u32::MAX, ..Config::default() });
    let attempt = sa(&machine);
    let _ = machine.handle(at(u64::MAX - 1), attempt, init_redirect(2));
    assert_eq!(machine.next_deadline(), None);
    assert!(machine.timeout(Instant::NEVER).is_empty());
    assert!(machine.question().is_some());
}

#[test]
fn a_redirect_is_recorded_also_when_the_clock_went_back_since_the_question() {
    // F06: at the question the oldest of eight has just left the window; at the verdict it stands
    // in it again.
    let config = Config { max_redirects: 8, loop_detect_period: 100, ..Config::default() };
    let mut machine = connecting(config);
    for follows in 0..8 {
        assert!(follow(&mut machine, at(1_000 + follows), if follows % 2 == 0 { 2 } else { 1 }));
    }
    let attempt = sa(&machine);
    let _ = machine.handle(at(1_100), attempt, init_redirect(2));
    let _ = machine.permit(at(1_099), question(&machine), gw(2)).unwrap();
    assert_eq!(machine.followed(at(1_108)), 1);
}

#[test]
fn another_ike_sa_by_the_users_will_does_not_count() {
    // F11
    for moving in [Moving::MakeBeforeBreak, Moving::BreakBeforeMake] {
        let mut machine = established(Config { moving, ..Config::default() });
        let _ = machine.renew(NOW, gw(1)).unwrap();
        assert_eq!(machine.followed(NOW), 0);
    }
}
