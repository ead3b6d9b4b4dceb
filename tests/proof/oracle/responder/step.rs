//! One thing that the random host and its client do, in a form that shrinks.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Event, TargetId};
use ikev2_redirect::wire::{Contents, NotifyType, Redirect};
use quickcheck::{Arbitrary, Gen};

use super::rules::Input;
use crate::auth::payloads;
use crate::sample::{arbitrary_content, arbitrary_fatal, below, once_in, pick};

/// Time passes, then something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) wait: Wait,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wait {
    /// So long.
    Millis(u64),
    /// Until the deadline, or a millisecond less.
    Deadline { short: u64 },
    /// The clock goes back by so much.
    Back(u64),
}

impl Wait {
    pub(crate) fn until(self, now: u64, deadline: Option<u64>) -> u64 {
        match self {
            Wait::Millis(millis) => now.saturating_add(millis),
            Wait::Deadline { short } => deadline.map_or(now, |at| now.max(at.max(short) - short)),
            Wait::Back(millis) => now.saturating_sub(millis),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Redirect(u32),
    /// At this time, counted from now: later, now or earlier.
    RedirectIn(u32, i64),
    /// At the time that never comes.
    RedirectNever(u32),
    Cancel,
    AuthRequest(Request),
    AuthResponse {
        sent: AuthMessage,
    },
    Acknowledged,
    NoAnswer,
    Informational {
        redirect: Offer,
        deletes: bool,
        fatal: Option<NotifyType>,
        /// What means nothing there.
        carries: AuthMessage,
        sa: bool,
    },
    MisplacedRedirect,
    Deleted,
    Rekeyed,
    Timeout,
    /// The host goes over to another clock, which shows so much more.
    OtherClock(u64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) peer: PeerAuth,
    pub(crate) carries: AuthMessage,
    /// An AUTH payload is there, whatever the host says that it found.
    pub(crate) auth: bool,
    pub(crate) redirect: Offer,
    pub(crate) fatal: Option<NotifyType>,
    pub(crate) sa: bool,
}

impl Request {
    /// A request that the host tells of as it is.
    pub(crate) fn true_to(carries: AuthMessage) -> Request {
        let peer = if carries.auth { PeerAuth::Verified } else { PeerAuth::Absent };
        Request { peer, carries, auth: carries.auth, redirect: None, fatal: None, sa: true }
    }

    fn contents(&self) -> Contents<'static> {
        Contents {
            redirect: self.redirect,
            auth: self.auth,
            fatal_error: self.fatal,
            sa: self.sa,
            ..payloads(self.carries)
        }
    }
}

impl What {
    pub(crate) fn input(&self, now: u64) -> Input {
        let event = match *self {
            What::Redirect(target) => return Input::Redirect(TargetId(target)),
            What::RedirectIn(target, later) => {
                return Input::RedirectAt(TargetId(target), now.saturating_add_signed(later));
            }
            What::RedirectNever(target) => return Input::RedirectAt(TargetId(target), u64::MAX),
            What::Cancel => return Input::Cancel,
            What::Timeout => return Input::Timeout,
            // At the end of time there is no other clock.
            What::OtherClock(by) => {
                return Input::OtherClock(by.min((u64::MAX - 1) - now.min(u64::MAX - 1)));
            }
            What::AuthRequest(request) => {
                let contents = request.contents();
                Event::AuthRequestReceived { peer: request.peer, contents }
            }
            What::AuthResponse { sent } => Event::AuthResponseSent { sent },
            What::Acknowledged => Event::Acknowledged,
            What::NoAnswer => Event::NoAnswer,
            What::Informational { redirect, deletes, fatal, carries, sa } => {
                let contents = Contents {
                    redirect,
                    deletes_ike_sa: deletes,
                    fatal_error: fatal,
                    sa,
                    ..payloads(carries)
                };
                Event::InformationalReceived { contents }
            }
            What::MisplacedRedirect => Event::MisplacedRedirect,
            What::Deleted => Event::Deleted,
            What::Rekeyed => Event::Rekeyed,
        };
        Input::Event(event)
    }
}

/// The REDIRECT of a client, which is never acted on.
pub(crate) type Offer = Option<Result<Redirect<'static>, Reason>>;

/// Good or bad.
pub(crate) fn arbitrary_offer(g: &mut Gen) -> Offer {
    let target = std::net::Ipv4Addr::new(192, 0, 2, 9).into();
    Some(pick(g, &[Ok(Redirect { target }), Err(Reason::GatewayLength)]))
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        Step { wait: arbitrary_wait(g), what: arbitrary_what(g) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let Step { wait, what } = *self;
        let none = Wait::Millis(0);
        Box::new((wait != none).then_some(Step { wait: none, what }).into_iter())
    }
}

pub(crate) fn arbitrary_wait(g: &mut Gen) -> Wait {
    const MILLIS: [u64; 10] = [0, 0, 0, 1, 99, 100, 101, 1_600, 1 << 33, u64::MAX];
    match below(g, 24) {
        0..=4 => Wait::Deadline { short: 0 },
        5 | 6 => Wait::Deadline { short: 1 },
        // The end of time is the end of the run.
        7 => Wait::Millis(pick(g, &MILLIS)),
        8 => Wait::Back(pick(g, &[1, 1, 100, 1 << 33])),
        _ => Wait::Millis(pick(g, &MILLIS[..8])),
    }
}

fn arbitrary_what(g: &mut Gen) -> What {
    let target = u32::arbitrary(g);
    match below(g, 14) {
        0 => What::Redirect(target),
        1 => What::RedirectIn(target, pick(g, &[-100, -1, 0, 1, 100, 10_000])),
        2 if once_in(g, 4) => What::RedirectNever(target),
        2 | 3 => What::Cancel,
        4 => What::AuthRequest(arbitrary_request(g)),
        5 => What::AuthResponse { sent: arbitrary_content(g) },
        6 => What::Acknowledged,
        7 if once_in(g, 4) => What::NoAnswer,
        8 => What::Informational {
            redirect: arbitrary_offer(g).filter(|_| bool::arbitrary(g)),
            deletes: once_in(g, 12),
            fatal: once_in(g, 12).then(|| arbitrary_fatal(g)),
            carries: arbitrary_content(g),
            sa: bool::arbitrary(g),
        },
        9 => What::MisplacedRedirect,
        10 if once_in(g, 6) => What::Deleted,
        10 if once_in(g, 2) => What::OtherClock(pick(g, &[1, 100, 1 << 40])),
        11 => What::Rekeyed,
        _ => What::Timeout,
    }
}

fn arbitrary_request(g: &mut Gen) -> Request {
    let peer = pick(g, &[PeerAuth::Absent, PeerAuth::Verified, PeerAuth::Failed]);
    let honest = match peer {
        PeerAuth::Absent => false,
        PeerAuth::Verified => true,
        PeerAuth::Failed => bool::arbitrary(g),
    };
    Request {
        peer,
        carries: arbitrary_content(g),
        auth: honest != once_in(g, 6),
        redirect: arbitrary_offer(g).filter(|_| once_in(g, 4)),
        fatal: once_in(g, 12).then(|| arbitrary_fatal(g)),
        sa: bool::arbitrary(g),
    }
}
