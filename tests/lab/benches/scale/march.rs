//! All sessions go through the same four events; nothing but the machines is timed.

use std::fs;
use std::hint::black_box;

use ikev2_redirect::Instant;
use ikev2_redirect::responder::{Client, Config, Event, Responder, TargetId};

use super::common::measure::Stopwatch;

/// In which order the sessions are visited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they lie in memory.
    Ascending,
    /// As events come: no session has to do with the one before.
    Shuffled,
}

/// At least so many events, however few sessions there are.
const EVENTS: usize = 4_000_000;
const EVENTS_PER_SESSION: usize = 4;

pub(crate) fn established() -> Responder {
    let client = Client { supports_redirect: true, multiple_auth_offered: false };
    Responder::established(Config::default(), client)
}

/// Nanoseconds per event, the best of three.
pub(crate) fn time(sessions: usize, order: Order) -> f64 {
    let order = visits(sessions, order);
    let rounds = (EVENTS / EVENTS_PER_SESSION).div_ceil(sessions);
    let mut all = vec![established(); sessions];
    let mut once = || {
        let watch = Stopwatch::start();
        for _ in 0..rounds {
            march(&mut all, &order);
        }
        watch.nanos() / (rounds * sessions * EVENTS_PER_SESSION) as f64
    };
    (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
}

/// From the start: redirect, send again, acknowledged, left.
fn march(all: &mut [Responder], order: &[u32]) {
    let at = Instant::from_millis;
    for visit in order {
        let session = &mut all[*visit as usize];
        *session = established();
        black_box(&session.redirect(at(0), TargetId(*visit)));
    }
    for visit in order {
        black_box(&all[*visit as usize].timeout(at(10_000)));
    }
    for (now, event) in [(at(10_050), Event::Acknowledged), (at(11_000), Event::Deleted)] {
        for visit in order {
            black_box(&all[*visit as usize].handle(now, event));
        }
    }
}

fn visits(sessions: usize, order: Order) -> Vec<u32> {
    let mut visits: Vec<u32> = (0..sessions as u32).collect();
    if order == Order::Shuffled {
        let mut random = Random(7);
        for place in (1..visits.len()).rev() {
            visits.swap(place, random.next() as usize % (place + 1));
        }
    }
    visits
}

/// What a session takes of the machine's memory; only Linux tells, and only large numbers show.
pub(crate) fn resident_octets(sessions: usize) -> Option<f64> {
    if sessions < 100_000 {
        return None;
    }
    let before = resident()?;
    let all = black_box(vec![established(); sessions]);
    let after = resident()?;
    drop(all);
    Some(after.checked_sub(before)? as f64 / sessions as f64)
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// Numbers without a pattern, the same in every run (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
