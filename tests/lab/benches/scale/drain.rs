//! The drain of a gateway: each session gets a time for its redirect, spread over ten minutes;
//! clients answer, lose a message now and then, leave, or never do. Time is simulated; the host
//! keeps what is to come in a wheel with a slot for each tenth of a second.

use std::mem;

use ikev2_redirect::Instant;
use ikev2_redirect::responder::{Action, Event, Responder, TargetId};

use super::common::measure::Stopwatch;
use super::march::{Random, established};

/// Over how many seconds the redirects are spread.
const SECONDS: u64 = 600;

/// Milliseconds of a slot of the wheel.
const SLOT: u64 = 100;

/// What came of it.
pub(crate) struct Outcome {
    /// Nanoseconds of real time per event, timers and actions included.
    pub(crate) time: f64,
    /// How many redirects went out in the busiest second.
    pub(crate) most_in_a_second: u32,
    /// How many clients never left and were deleted.
    pub(crate) deleted: usize,
}

/// At least so many sessions are moved, however few a gateway has.
const MOVES: usize = 100_000;

/// Moves all sessions of a gateway.
pub(crate) fn run(sessions: usize) -> Outcome {
    let (mut time, mut events) = (0.0, 0);
    let mut last = Drain::new(sessions);
    for _ in 0..MOVES.div_ceil(sessions) {
        last = Drain::new(sessions);
        let watch = Stopwatch::start();
        last.schedule();
        last.run();
        time += watch.nanos();
        events += last.events;
        assert_eq!(last.left + last.deleted, sessions, "a session was forgotten");
    }
    Outcome {
        time: time / events as f64,
        most_in_a_second: last.sent.iter().copied().max().unwrap_or_default(),
        deleted: last.deleted,
    }
}

/// What is to happen to a session.
#[derive(Clone, Copy)]
enum Due {
    Timer,
    Acknowledgement,
    Departure,
}

struct Drain {
    sessions: Vec<Responder>,
    wheel: Vec<Vec<(u32, Due)>>,
    random: Random,
    events: u64,
    sent: Vec<u32>,
    left: usize,
    deleted: usize,
}

impl Drain {
    fn new(sessions: usize) -> Self {
        Drain {
            sessions: vec![established(); sessions],
            wheel: vec![Vec::new(); (SECONDS * 1_000 / SLOT) as usize],
            random: Random(11),
            events: 0,
            sent: vec![0; SECONDS as usize + 2],
            left: 0,
            deleted: 0,
        }
    }

    /// Gives each session its time.
    fn schedule(&mut self) {
        let count = self.sessions.len() as u64;
        for number in 0..self.sessions.len() {
            let at = number as u64 * SECONDS * 1_000 / count;
            let target = TargetId(number as u32 % 3);
            let session = &mut self.sessions[number];
            let ordered =
                session.redirect_at(Instant::from_millis(0), target, Instant::from_millis(at));
            assert!(ordered.is_ok_and(|actions| actions.is_empty()));
            self.arm(number);
        }
    }

    fn run(&mut self) {
        let mut slot = 0;
        while slot < self.wheel.len() {
            if !self.wheel[slot].is_empty() {
                for (number, due) in mem::take(&mut self.wheel[slot]) {
                    self.happen(slot as u64 * SLOT, number as usize, due);
                }
            }
            slot += 1;
        }
    }

    fn happen(&mut self, now: u64, number: usize, due: Due) {
        let (session, at) = (&mut self.sessions[number], Instant::from_millis(now));
        let actions = match due {
            Due::Timer => session.timeout(at),
            Due::Acknowledgement => session.handle(at, Event::Acknowledged),
            Due::Departure => session.handle(at, Event::Deleted),
        };
        self.events += 1;
        for action in actions {
            self.carry_out(now, number, action);
        }
        self.arm(number);
    }

    fn carry_out(&mut self, now: u64, number: usize, action: Action) {
        match action {
            Action::SendRedirect { .. } => {
                self.sent[(now / 1_000) as usize] += 1;
                self.reach_client(now, number);
            }
            Action::Retransmit => self.reach_client(now, number),
            Action::ClientLeft => self.left += 1,
            Action::DeleteSa => self.deleted += 1,
            _ => {}
        }
    }

    /// One in 16 messages is lost; of the clients that it reaches, one in 64 never leaves.
    fn reach_client(&mut self, now: u64, number: usize) {
        let chance = self.random.next();
        if chance % 16 != 0 {
            self.plan(now + 50, number, Due::Acknowledgement);
            if chance / 16 % 64 != 0 {
                self.plan(now + 200 + chance / 1_024 % 2_000, number, Due::Departure);
            }
        }
    }

    /// A timer that is not stopped fires into a machine that no longer waits: harmless.
    fn arm(&mut self, number: usize) {
        if let Some(deadline) = self.sessions[number].next_deadline() {
            self.plan(deadline.at.as_millis(), number, Due::Timer);
        }
    }

    /// In the first slot that is not too early.
    fn plan(&mut self, at: u64, number: usize, due: Due) {
        let slot = at.div_ceil(SLOT) as usize;
        if slot >= self.wheel.len() {
            self.wheel.resize_with(slot + 1, Vec::new);
        }
        self.wheel[slot].push((number as u32, due));
    }
}
