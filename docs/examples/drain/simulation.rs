//! Many sessions, and one wheel of what happens when: a slot for each tenth of a second.

use std::mem::{size_of, take};

use ikev2_redirect::responder::{Action, Client, Config, Event, Phase, Responder, TargetId};
use ikev2_redirect::wire::Contents;
use ikev2_redirect::{Actions, Instant, Reason};

/// How the redirects are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    AtOnce,
    /// Evenly over so many seconds.
    Over(u32),
}

/// What came of it. Rates are per second, times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// The most clients that came to one target within one second.
    pub(crate) peak_arrivals: u64,
    pub(crate) peak_sent: u64,
    pub(crate) repeated: u64,
    pub(crate) left: u64,
    pub(crate) deleted: u64,
    pub(crate) lost: u64,
    pub(crate) half_gone: u64,
    pub(crate) all_gone: u64,
    /// How often a session was told of something.
    pub(crate) events: u64,
}

impl Report {
    /// How many sessions came to an end.
    pub(crate) fn ended(&self) -> u32 {
        (self.left + self.deleted + self.lost) as u32
    }
}

/// Something that happens to a session.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Timer,
    Acknowledgement,
    Farewell,
}

/// To which session, what.
type Entry = (u32, Happening);

/// Octets of an entry in the wheel.
pub(crate) const ENTRY: usize = size_of::<Entry>();

/// Milliseconds of a slot of the wheel.
const SLOT: u64 = 100;

/// The gateway, its clients and the network between them.
#[derive(Debug)]
pub(crate) struct Simulation {
    sessions: Vec<Responder>,
    /// The client has got the REDIRECT.
    told: Vec<bool>,
    targets: u32,
    wheel: Vec<Vec<Entry>>,
    /// By second, for each target.
    arrivals: Vec<Vec<u64>>,
    sent: Vec<u64>,
    report: Report,
}

impl Simulation {
    pub(crate) fn new(sessions: u32, targets: u32) -> Self {
        let client = Client { supports_redirect: true, multiple_auth_offered: false };
        let count = sessions as usize;
        Simulation {
            sessions: vec![Responder::established(Config::default(), client); count],
            told: vec![false; count],
            targets,
            wheel: Vec::new(),
            arrivals: vec![Vec::new(); targets as usize],
            sent: Vec::new(),
            report: Report::default(),
        }
    }

    /// Moves everybody.
    pub(crate) fn run(mut self, pace: Pace) -> Report {
        for session in 0..self.sessions.len() as u32 {
            self.order(session, pace);
        }
        let mut slot = 0;
        while slot < self.wheel.len() {
            for (session, what) in take(&mut self.wheel[slot]) {
                self.happen(slot as u64 * SLOT, session, what);
            }
            // What happens at once has been put into this very slot.
            if self.wheel[slot].is_empty() {
                slot += 1;
            }
        }
        self.report.peak_sent = self.sent.iter().copied().max().unwrap_or_default();
        let busiest = self.arrivals.iter().flatten().copied().max();
        self.report.peak_arrivals = busiest.unwrap_or_default();
        self.report
    }

    /// The operator's order for one session.
    fn order(&mut self, session: u32, pace: Pace) {
        // The choice is the host's; a real one might look at the load of the targets.
        let target = TargetId(session % self.targets);
        let now = Instant::from_millis(0);
        let count = self.sessions.len() as u64;
        let machine = &mut self.sessions[session as usize];
        let actions = match pace {
            Pace::AtOnce => machine.redirect(now, target),
            Pace::Over(seconds) => {
                let at = u64::from(session) * u64::from(seconds) * 1000 / count;
                machine.redirect_at(now, target, Instant::from_millis(at))
            }
        };
        self.carry_out(0, session, actions.expect("every session is established"));
    }

    fn happen(&mut self, at: u64, session: u32, what: Happening) {
        self.report.events += 1;
        let machine = &mut self.sessions[session as usize];
        let was_over = machine.phase() == Phase::Closed;
        let now = Instant::from_millis(at);
        let actions = match what {
            Happening::Timer => machine.timeout(now),
            // The machine takes one acknowledgement; those of retransmissions come late.
            Happening::Acknowledgement => machine.handle(now, Event::Acknowledged),
            Happening::Farewell => machine.handle(now, farewell()),
        };
        self.carry_out(at, session, actions);
        if !was_over && self.sessions[session as usize].phase() == Phase::Closed {
            self.note_end(at);
        }
    }

    fn carry_out(&mut self, now: u64, session: u32, actions: Actions<Action>) {
        for action in actions {
            match action {
                Action::SendRedirect { .. } => self.send(now, session),
                Action::Retransmit => {
                    self.report.repeated += 1;
                    self.send(now, session);
                }
                Action::ClientLeft => self.report.left += 1,
                Action::DeleteSa => self.report.deleted += 1,
                Action::Failed { reason: Reason::NoAnswer } => self.report.lost += 1,
                // A real host answers the DELETE, frees memory and writes its log here.
                Action::PassOn
                | Action::Acknowledge
                | Action::DropSa
                | Action::Ignored { .. }
                | Action::Failed { .. } => {}
                Action::Decide { .. } | Action::RespondRedirect { .. } => {
                    unreachable!("these belong to IKE_AUTH")
                }
                Action::Misused { misuse } => unreachable!("a fault of this example: {misuse}"),
            }
        }
        if let Some(deadline) = self.sessions[session as usize].next_deadline() {
            self.plan(deadline.at.as_millis(), session, Happening::Timer);
        }
    }

    /// The REDIRECT goes out; what the client does about it.
    fn send(&mut self, now: u64, session: u32) {
        count(&mut self.sent, now);
        let chance = Chance::of(session, now);
        if chance.client_is_dead() || chance.request_is_lost() {
            return;
        }
        let round_trip = chance.round_trip();
        if !self.told[session as usize] {
            self.told[session as usize] = true;
            let target = (session % self.targets) as usize;
            count(&mut self.arrivals[target], now + round_trip);
            if !chance.client_is_stubborn() {
                // Make before break: IKE_SA_INIT, IKE_AUTH, then the DELETE here.
                let farewell = now + 3 * round_trip;
                self.plan(farewell, session, Happening::Farewell);
            }
        }
        if !chance.answer_is_lost() {
            self.plan(now + round_trip, session, Happening::Acknowledgement);
        }
    }

    /// In the first slot that is not too early. A timer that is not stopped fires into a machine
    /// that no longer waits: harmless.
    fn plan(&mut self, at: u64, session: u32, what: Happening) {
        let slot = at.div_ceil(SLOT) as usize;
        if slot >= self.wheel.len() {
            self.wheel.resize_with(slot + 1, Vec::new);
        }
        self.wheel[slot].push((session, what));
    }

    fn note_end(&mut self, now: u64) {
        let ended = self.report.ended() as usize;
        if ended == self.sessions.len().div_ceil(2) {
            self.report.half_gone = now;
        }
        self.report.all_gone = now;
    }
}

/// A request that deletes the IKE SA.
fn farewell() -> Event<'static> {
    Event::InformationalReceived { contents: Contents { deletes_ike_sa: true, ..Contents::EMPTY } }
}

fn count(by_second: &mut Vec<u64>, millis: u64) {
    let second = (millis / 1000) as usize;
    if by_second.len() <= second {
        by_second.resize(second + 1, 0);
    }
    by_second[second] += 1;
}

/// What happens to a client and a message by chance: the same in every run.
struct Chance {
    of_client: u64,
    of_message: u64,
}

impl Chance {
    fn of(session: u32, now: u64) -> Self {
        let of_client = scramble(u64::from(session));
        Chance { of_client, of_message: scramble(of_client ^ now) }
    }

    /// One client in 500 is gone without a word.
    fn client_is_dead(&self) -> bool {
        self.of_client % 500 == 0
    }

    /// One in 200 stays until it is thrown out.
    fn client_is_stubborn(&self) -> bool {
        self.of_client % 200 == 1
    }

    /// 20 to 219 milliseconds.
    fn round_trip(&self) -> u64 {
        20 + (self.of_client >> 32) % 200
    }

    /// One message in 100 is lost.
    fn request_is_lost(&self) -> bool {
        self.of_message % 100 == 0
    }

    fn answer_is_lost(&self) -> bool {
        (self.of_message >> 32) % 100 == 0
    }
}

/// SplitMix64.
fn scramble(seed: u64) -> u64 {
    let state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
