//! What the random host and its gateways do, in a form that shrinks.
//!
//! A step names its IKE SA by what it is to the client, not by its slot, so that it keeps its
//! sense when the steps before it are taken away.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Action, Event, Refusal, SentInit, Slot};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, Redirect, Spi};
use ikev2_redirect::{Fqdn, Reason, Target};
use quickcheck::{Arbitrary, Gen};

use super::log::{Input, Log};
use crate::sample::{arbitrary_content, below, once_in, pick};

/// Time passes, then something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) pause: u64,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Connect(usize),
    /// Permit what was asked for, or this address if a name was.
    PermitAsked(usize),
    Permit(usize),
    Refuse(Refusal),
    Close,
    InitResponse {
        of: Which,
        redirect: Option<Offer>,
        nonce: Ni,
        fits: bool,
        zero_spi: bool,
    },
    InitCompleted {
        of: Which,
        multiple_auth_offered: bool,
    },
    AuthRequest {
        of: Which,
        sent: AuthMessage,
    },
    AuthResponse {
        of: Which,
        peer: PeerAuth,
        carries: AuthMessage,
        redirect: Option<Offer>,
    },
    Established {
        of: Which,
    },
    AttemptFailed {
        of: Which,
    },
    Informational {
        of: Which,
        redirect: Option<Offer>,
        deletes: bool,
        repeated: bool,
    },
    MisplacedRedirect {
        of: Which,
    },
    SaDeleted {
        of: Which,
    },
    Rekeyed {
        of: Which,
    },
    Timeout,
}

/// Which IKE SA an event is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Which {
    Current,
    Kept,
    /// The slot that is not the current one's.
    Other,
}

/// The REDIRECT of a gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Offer {
    To(usize),
    /// To the address that the request was sent to.
    ToItself,
    ToName,
    Malformed(Reason),
}

/// The nonce of a REDIRECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ni {
    Right,
    /// As long, with another last octet.
    Altered,
    Shortened,
    Extended,
}

const NONCE: [u8; 33] = [7; 33];
const ALTERED: [u8; 32] = {
    let mut octets = [7; 32];
    octets[31] = 8;
    octets
};
const SENT: SentInit<'static> = SentInit { spi: Spi([1; 8]), nonce: NONCE.split_at(32).0 };

/// Usable gateways first, then what never is or only by opt-in.
const ADDRESSES: [&str; 13] = [
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.3",
    "2001:db8::4",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "::ffff:192.0.2.1",
    "127.0.0.1",
    "169.254.1.1",
    "fe80::1",
];
const USABLE: usize = 4;

pub(crate) fn address(index: usize) -> IpAddr {
    ADDRESSES[index % ADDRESSES.len()].parse().expect("an address")
}

impl Step {
    /// What the step is, after what has happened so far.
    pub(crate) fn input(&self, log: &Log) -> Input {
        match self.what {
            What::Connect(to) => Input::Connect(address(to)),
            What::PermitAsked(name) => Input::Permit(asked(log).unwrap_or(address(name))),
            What::Permit(to) => Input::Permit(address(to)),
            What::Refuse(refusal) => Input::Refuse(refusal),
            What::Close => Input::Close,
            _ => Input::Event(self.event(log)),
        }
    }

    fn event(&self, log: &Log) -> Event<'static> {
        match self.what {
            What::InitResponse { of, redirect, nonce, fits, zero_spi } => {
                let slot = of.slot(log);
                Event::InitResponse {
                    slot,
                    sent: SENT,
                    response: init_response(log, slot, redirect, nonce, fits, zero_spi),
                }
            }
            What::InitCompleted { of, multiple_auth_offered } => {
                Event::InitCompleted { slot: of.slot(log), multiple_auth_offered }
            }
            What::AuthRequest { of, sent } => Event::AuthRequest { slot: of.slot(log), sent },
            What::AuthResponse { of, peer, carries, redirect } => {
                let slot = of.slot(log);
                let contents = Contents {
                    redirect: offered(log, slot, redirect),
                    auth: peer != PeerAuth::Absent,
                    eap: carries.eap,
                    another_auth_follows: carries.another_auth_follows,
                    ..Contents::default()
                };
                Event::AuthResponse { slot, peer, contents }
            }
            What::Established { of } => Event::Established { slot: of.slot(log) },
            What::AttemptFailed { of } => Event::AttemptFailed { slot: of.slot(log) },
            What::Informational { of, redirect, deletes, repeated } => {
                let slot = of.slot(log);
                let redirect = offered(log, slot, redirect);
                let contents =
                    Contents { redirect, deletes_ike_sa: deletes, ..Contents::default() };
                Event::Informational { slot, contents, repeated }
            }
            What::MisplacedRedirect { of } => Event::MisplacedRedirect { slot: of.slot(log) },
            What::SaDeleted { of } => Event::SaDeleted { slot: of.slot(log) },
            What::Rekeyed { of } => Event::Rekeyed { slot: of.slot(log) },
            What::Timeout
            | What::Connect(_)
            | What::PermitAsked(_)
            | What::Permit(_)
            | What::Refuse(_)
            | What::Close => Event::Timeout,
        }
    }
}

impl Which {
    fn slot(self, log: &Log) -> Slot {
        let current = log.current().unwrap_or(Slot::A);
        match self {
            Which::Current => current,
            Which::Kept => log.kept().unwrap_or(current),
            Which::Other => current.other(),
        }
    }
}

/// The address that the open question is about.
fn asked(log: &Log) -> Option<IpAddr> {
    log.question()?;
    let asked = |action: &Action<'static>| match action {
        Action::Vet { target, .. } => Some(target.address()),
        _ => None,
    };
    log.entries.iter().rev().find_map(|entry| entry.output.iter().find_map(asked)).flatten()
}

fn init_response(
    log: &Log,
    slot: Slot,
    redirect: Option<Offer>,
    nonce: Ni,
    fits: bool,
    zero_spi: bool,
) -> InitResponse<'static> {
    let octets: &'static [u8] = match nonce {
        Ni::Right => &NONCE[..32],
        Ni::Altered => &ALTERED,
        Ni::Shortened => &NONCE[..31],
        Ni::Extended => &NONCE,
    };
    let nonce = Nonce::new(octets).expect("a legal length");
    let redirect = offered(log, slot, redirect)
        .map(|offer| offer.map(|Redirect { target }| InitRedirect { target, nonce }));
    InitResponse {
        initiator_spi: if fits { SENT.spi } else { Spi([9; 8]) },
        responder_spi: if zero_spi { Spi::ZERO } else { Spi([2; 8]) },
        redirect,
        accepts: redirect.is_none(),
        multiple_auth_supported: false,
        resumption: false,
    }
}

fn offered(
    log: &Log,
    slot: Slot,
    offer: Option<Offer>,
) -> Option<Result<Redirect<'static>, Reason>> {
    let target = match offer? {
        Offer::Malformed(reason) => return Some(Err(reason)),
        Offer::To(index) => Target::from(address(index)),
        Offer::ToItself => Target::from(log.gateway(slot).unwrap_or(address(0))),
        Offer::ToName => Target::Fqdn(Fqdn::new("gw.example.com").expect("a name")),
    };
    Some(Ok(Redirect { target }))
}

impl Arbitrary for Ni {
    fn arbitrary(g: &mut Gen) -> Self {
        pick(g, &[Ni::Right, Ni::Altered, Ni::Shortened, Ni::Extended])
    }
}

impl Arbitrary for Step {
    /// Any step at all; what makes sense is in the scripts.
    fn arbitrary(g: &mut Gen) -> Self {
        Step { pause: arbitrary_pause(g), what: arbitrary_what(g) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let Step { pause, what } = *self;
        let at_once = (pause > 0).then_some(Step { pause: 0, what });
        let simpler = simpler(what).map(|what| Step { pause, what });
        Box::new(at_once.into_iter().chain(simpler))
    }
}

fn simpler(what: What) -> Option<What> {
    let simpler = match what {
        What::Connect(_) => What::Connect(0),
        What::Permit(_) => What::Permit(1),
        What::PermitAsked(_) => What::PermitAsked(1),
        What::InitResponse { of, redirect: Some(_), nonce, fits, zero_spi: _ } => {
            What::InitResponse { of, redirect: Some(Offer::To(1)), nonce, fits, zero_spi: true }
        }
        What::AuthResponse { of, peer, carries, redirect: Some(_) } => {
            What::AuthResponse { of, peer, carries, redirect: Some(Offer::To(1)) }
        }
        What::Informational { of, redirect: Some(_), deletes: _, repeated: _ } => {
            let redirect = Some(Offer::To(1));
            What::Informational { of, redirect, deletes: false, repeated: false }
        }
        other => other,
    };
    (simpler != what).then_some(simpler)
}

pub(crate) fn arbitrary_pause(g: &mut Gen) -> u64 {
    if once_in(g, 2) {
        0
    } else {
        pick(g, &[1, 99, 100, 101, 899, 900, 999, 1_000, 1_001, 1 << 33])
    }
}

pub(crate) fn arbitrary_offer(g: &mut Gen) -> Offer {
    match below(g, 12) {
        0 => Offer::ToItself,
        1 => Offer::ToName,
        2 => Offer::To(usize::arbitrary(g)),
        3 => Offer::Malformed(pick(g, &[Reason::GatewayLength, Reason::ConflictingNotifies])),
        _ => Offer::To(below(g, USABLE)),
    }
}

fn arbitrary_what(g: &mut Gen) -> What {
    let of = pick(g, &[Which::Current, Which::Current, Which::Current, Which::Kept, Which::Other]);
    let redirect = if once_in(g, 3) { None } else { Some(arbitrary_offer(g)) };
    match below(g, 17) {
        0 => What::Connect(if once_in(g, 4) { usize::arbitrary(g) } else { below(g, USABLE) }),
        1 => What::PermitAsked(below(g, USABLE)),
        2 => What::Permit(usize::arbitrary(g)),
        3 => What::Refuse(pick(g, &[Refusal::Policy, Refusal::Unresolvable])),
        4 if once_in(g, 4) => What::Close,
        5 => What::InitResponse {
            of,
            redirect,
            nonce: Ni::arbitrary(g),
            fits: !once_in(g, 6),
            zero_spi: !once_in(g, 3),
        },
        6 => What::InitCompleted { of, multiple_auth_offered: bool::arbitrary(g) },
        7 => What::AuthRequest { of, sent: arbitrary_content(g) },
        8 => What::AuthResponse {
            of,
            peer: pick(g, &[PeerAuth::Absent, PeerAuth::Verified, PeerAuth::Failed]),
            carries: arbitrary_content(g),
            redirect,
        },
        9 => What::Established { of },
        10 => What::AttemptFailed { of },
        11 | 12 => {
            What::Informational { of, redirect, deletes: once_in(g, 4), repeated: once_in(g, 4) }
        }
        13 => What::MisplacedRedirect { of },
        14 => What::SaDeleted { of },
        15 => What::Rekeyed { of },
        _ => What::Timeout,
    }
}
