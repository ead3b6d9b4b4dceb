//! A client that was redirected is gone after a bounded time, whatever it does.

use ikev2_redirect::responder::{Action, Config, Event, Phase, Responder, Retransmission};

use super::support::*;

const PAUSES: [u32; 8] = [0, 1, 100, 2_000, 1 << 28, (1 << 28) + 1, u32::MAX / 16 + 1, u32::MAX];
const TRIES: [u8; 10] = [0, 1, 3, 4, 5, 12, 31, 32, 33, 255];
const GRACES: [u32; 3] = [0, 30_000, u32::MAX];

/// Every combination of extreme settings, and who retransmits.
fn settings() -> Vec<Config> {
    let by_host = PAUSES.map(|give_up_after| Retransmission::ByHost { give_up_after }).into_iter();
    let by_machine = PAUSES.into_iter().flat_map(|first_pause| {
        TRIES.map(|tries| Retransmission::ByMachine { first_pause, tries })
    });
    by_host
        .chain(by_machine)
        .flat_map(|retransmission| {
            GRACES.map(|grace| Config { grace, retransmission, ..Config::default() })
        })
        .collect()
}

/// Runs the host's timer and nothing else until the IKE SA is gone; `meddle` comes before each
/// time-out. Says how long that took.
fn stay(session: &mut Responder, mut meddle: impl FnMut(&mut Responder, u64)) -> u64 {
    let start = NOW.as_millis();
    for _ in 0..1_000 {
        let due = session.next_deadline().expect("it will be over").at;
        meddle(session, due.as_millis());
        let _ = session.timeout(due);
        if session.phase() == Phase::Closed {
            return due.as_millis() - start;
        }
    }
    panic!("it is there for ever");
}

fn rekey(session: &mut Responder, due: u64) {
    let now = due.saturating_sub(1).max(NOW.as_millis());
    assert!(session.handle(at(now), Event::Rekeyed).iter().all(|action| action == SEND));
}

#[test]
fn a_client_that_never_acknowledges_is_gone_in_time_however_often_it_rekeys() {
    // F16
    for config in settings() {
        let without = stay(&mut redirecting(config), |_, _| ());
        let with = stay(&mut redirecting(config), rekey);
        assert_eq!(without, with, "{config:?}");
        assert_eq!(with + u64::from(config.grace), config.longest_stay(), "{config:?}");
    }
}

#[test]
fn the_longest_stay_is_that_of_a_client_that_acknowledges_at_the_last_moment() {
    // F16
    for config in settings() {
        let give_up = NOW.as_millis() + stay(&mut redirecting(config), |_, _| ());
        let longest = stay(&mut redirecting(config), |session, due| {
            rekey(session, due);
            if due == give_up {
                let _ = session.handle(at(due), Event::Acknowledged);
            }
        });
        assert!(longest <= config.longest_stay(), "{config:?}");
        let (Retransmission::ByHost { give_up_after: first_pause }
        | Retransmission::ByMachine { first_pause, .. }) = config.retransmission;
        if first_pause > 0 {
            assert_eq!(longest, config.longest_stay(), "{config:?}");
        }
    }
}

#[test]
fn the_longest_stay_can_be_told_beforehand() {
    const LONGEST: u64 = by_machine_default().longest_stay();
    assert_eq!(LONGEST, 318_000 + 30_000);
    let by_host = Retransmission::ByHost { give_up_after: 165_000 };
    let config = Config { retransmission: by_host, grace: 0, ..Config::default() };
    assert_eq!(config.longest_stay(), 165_000);
}

const fn by_machine_default() -> Config {
    let retransmission = Retransmission::ByMachine { first_pause: 2_000, tries: 12 };
    Config { grace: 30_000, retransmission, redirect_unauthenticated: false }
}

#[test]
fn a_pause_is_right_however_often_the_request_was_sent_again() {
    // H15
    let mut session = redirecting(by_machine(100, 255));
    let mut now = NOW.as_millis();
    for repeats in 0..255 {
        let due = session.next_deadline().unwrap().at.as_millis();
        let pause = if repeats < 4 { 100 << repeats } else { 1_600 };
        assert_eq!(due - now, pause, "after {repeats} retransmissions");
        assert_eq!(session.timeout(at(due)), [Action::Retransmit]);
        now = due;
    }
    assert_eq!(session.timeout(at(now + 1_600)).iter().next(), Some(Action::DropSa));
}

#[test]
fn a_rekey_sends_the_redirect_over_the_new_sa_and_gives_no_more_time() {
    // F16, D3-1: support is not forgotten.
    for config in [by_machine(100, 3), by_host()] {
        let mut session = redirecting(config);
        let due = session.next_deadline();
        let before = session;
        assert_eq!(session.handle(NOW.after(50), Event::Rekeyed), [SEND]);
        assert_eq!((session.next_deadline(), session), (due, before));
    }
}

#[test]
fn a_rekey_gives_a_client_that_has_acknowledged_no_more_time_either() {
    // F16
    let mut session = leaving(Config::default());
    let due = session.next_deadline();
    feed(&mut session, [Event::Rekeyed, Event::Rekeyed]);
    assert_eq!(session.next_deadline(), due);
}

#[test]
fn an_acknowledgement_over_the_sa_that_was_replaced_counts() {
    let mut session = redirecting(Config::default());
    feed(&mut session, [Event::Rekeyed, Event::Acknowledged]);
    assert_eq!(session.phase(), Phase::Leaving);
}
