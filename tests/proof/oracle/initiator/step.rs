//! What the random host and its gateways do, in a form that shrinks.
//!
//! A step names its IKE SA and its question by what they are to the client, not by their numbers,
//! so that it keeps its sense when the steps before it are taken away.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Event, QuestionId, Refusal, SaId, SentInit};
use ikev2_redirect::wire::{
    Contents, InitRedirect, InitResponse, Nonce, NotifyType, Redirect, Spi,
};
use ikev2_redirect::{Fqdn, Reason, Target};

use super::forward;
use super::log::{Input, Log};
use crate::auth::payloads;

/// Time passes, then something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) pause: Pause,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pause {
    Millis(u32),
    /// Until so long before the open question expires.
    UntilExpiryBut(u32),
    /// Until the oldest redirect leaves the window.
    UntilRoom,
    /// The clock goes back by a millisecond.
    Back,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// The next thing in the life of a connection, with some choice.
    Forward {
        dice: u64,
        redirect: Option<Offer>,
    },
    Connect(usize),
    /// Permit what was asked for, or this address if a name was.
    PermitAsked(usize),
    Permit(Which, usize),
    Refuse(Which, Refusal),
    Retry(usize),
    Renew(usize),
    Close,
    Timeout,
    TimeoutAtNever,
    InitResponse {
        of: Which,
        redirect: Option<Offer>,
        form: Form,
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
        extra: Extra,
    },
    Informational {
        of: Which,
        redirect: Option<Offer>,
        deletes: bool,
        repeated: bool,
    },
    /// Any event without a message.
    Plain {
        of: Which,
        event: Event<'static, 'static>,
    },
    Moved {
        of: Which,
        to: usize,
    },
}

/// Which IKE SA an event is about, or which question a verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Which {
    Current,
    Kept,
    /// The one of the open question.
    Asked,
    /// The last that is gone.
    Gone,
    /// One that never was.
    Never,
}

/// The REDIRECT of a gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Offer {
    To(usize),
    /// To the address that the request was sent to.
    ToItself,
    ToName,
    Malformed(Reason),
}

/// What an IKE_SA_INIT response is like, but for its REDIRECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Form {
    pub(super) nonce: Ni,
    pub(super) fits: bool,
    pub(super) zero_spi: bool,
    pub(super) accepts: bool,
    pub(super) resumption: bool,
}

impl Form {
    pub(super) const REDIRECT: Form =
        Form { nonce: Ni::Right, fits: true, zero_spi: true, accepts: false, resumption: false };
}

/// The nonce of a REDIRECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ni {
    Right,
    /// As long, with another last octet.
    Altered,
    Shortened,
    Extended,
}

/// What an IKE_AUTH response may carry beside what the phase is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extra {
    /// An AUTH payload is there although the host says otherwise, or the other way round.
    pub(super) contradicts: bool,
    pub(super) fatal: bool,
    pub(super) deletes: bool,
}

impl Extra {
    pub(super) const NONE: Extra = Extra { contradicts: false, fatal: false, deletes: false };
}

const NONCE: [u8; 33] = [7; 33];
const ALTERED: [u8; 32] = {
    let mut octets = [7; 32];
    octets[31] = 8;
    octets
};
const SENT: SentInit<'static> = SentInit { spi: Spi([1; 8]), nonce: NONCE.split_at(32).0 };

/// Usable gateways first, then what never is or only by opt-in.
pub(super) const ADDRESSES: [&str; 36] = [
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
    "::1",
    "240.0.0.1",
    "::192.0.2.1",
    "100::1",
    "0.1.2.3",
    "239.255.255.250",
    // On either side of a border.
    "0.255.255.255",
    "1.0.0.0",
    "126.255.255.255",
    "127.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.254.255.255",
    "169.255.0.0",
    "223.255.255.255",
    "239.255.255.255",
    "255.255.255.254",
    "::2",
    "::1:0:0",
    "::1:0:0:0",
    "100:0:0:1::",
    "febf:ffff::1",
    "fec0::1",
];
pub(super) const USABLE: usize = 4;

pub(super) fn address(index: usize) -> IpAddr {
    ADDRESSES[index % ADDRESSES.len()].parse().expect("an address")
}

impl Pause {
    pub(super) fn after(self, log: &Log, now: u64) -> u64 {
        match self {
            Pause::Millis(millis) => now.saturating_add(u64::from(millis)).min(u64::MAX - 1),
            Pause::UntilRoom => {
                let period = u64::from(log.config.loop_detect_period);
                log.window(now)
                    .first()
                    .map_or(now, |oldest| now.max(oldest.saturating_add(period).min(u64::MAX - 1)))
            }
            Pause::Back => now.saturating_sub(1),
            Pause::UntilExpiryBut(early) => {
                let expiry = log.question().and_then(|question| log.expiry(&question));
                expiry.map_or(now, |expiry| now.max(expiry.saturating_sub(u64::from(early))))
            }
        }
    }
}

impl Step {
    /// What the step is, after what has happened so far.
    pub(super) fn input(&self, log: &Log) -> Input {
        match self.what {
            What::Forward { dice, redirect } => forward::next(log, dice, redirect),
            What::Connect(to) => Input::Connect(address(to)),
            What::PermitAsked(name) => permit_asked(log, address(name)),
            What::Permit(of, to) => Input::Permit(of.question(log), address(to)),
            What::Refuse(of, refusal) => Input::Refuse(of.question(log), refusal),
            What::Retry(to) => Input::Retry(address(to)),
            What::Renew(to) => Input::Renew(address(to)),
            What::Close => Input::Close,
            What::Timeout => Input::Timeout,
            What::TimeoutAtNever => Input::TimeoutAtNever,
            What::InitResponse { of, redirect, form } => {
                init_response(log, of.sa(log), redirect, form)
            }
            What::AuthRequest { of, sent } => {
                Input::Event(of.sa(log), Event::AuthRequestSent { sent })
            }
            What::AuthResponse { of, peer, carries, redirect, extra } => {
                auth_response(log, of.sa(log), peer, carries, redirect, extra)
            }
            What::Informational { of, redirect, deletes, repeated } => {
                informational(log, of.sa(log), redirect, deletes, repeated)
            }
            What::Plain { of, event } => Input::Event(of.sa(log), event),
            What::Moved { of, to } => {
                Input::Event(of.sa(log), Event::GatewayMoved { to: address(to) })
            }
        }
    }
}

impl Which {
    fn sa(self, log: &Log) -> SaId {
        let sa = match self {
            Which::Current => log.current(),
            Which::Kept => log.kept(),
            Which::Asked => log.question().map(|question| question.sa),
            Which::Gone => log.last_gone(),
            Which::Never => None,
        };
        sa.unwrap_or(SaId(0x8000_0000))
    }

    fn question(self, log: &Log) -> QuestionId {
        let question = match self {
            Which::Current | Which::Asked => log.question().map(|question| question.id),
            Which::Gone | Which::Kept => log.former_question(),
            Which::Never => None,
        };
        question.unwrap_or(QuestionId(0x8000_0000))
    }
}

/// Permits the target of the open question, or `name` if the target is a name.
pub(super) fn permit_asked(log: &Log, name: IpAddr) -> Input {
    match log.question() {
        Some(open) => Input::Permit(open.id, open.target.address().unwrap_or(name)),
        None => Input::Permit(QuestionId(0x8000_0000), name),
    }
}

pub(super) fn init_response(log: &Log, sa: SaId, redirect: Option<Offer>, form: Form) -> Input {
    let octets: &'static [u8] = match form.nonce {
        Ni::Right => &NONCE[..32],
        Ni::Altered => &ALTERED,
        Ni::Shortened => &NONCE[..31],
        Ni::Extended => &NONCE,
    };
    let nonce = Nonce::new(octets).expect("a legal length");
    let redirect = offered(log, sa, redirect)
        .map(|offer| offer.map(|Redirect { target }| InitRedirect { target, nonce }));
    let response = InitResponse {
        initiator_spi: if form.fits { SENT.spi } else { Spi([9; 8]) },
        responder_spi: if form.zero_spi { Spi::ZERO } else { Spi([2; 8]) },
        redirect,
        accepts: form.accepts,
        multiple_auth_supported: false,
        resumption: form.resumption,
    };
    Input::Event(sa, Event::InitResponseReceived { sent: SENT, response })
}

pub(super) fn auth_response(
    log: &Log,
    sa: SaId,
    peer: PeerAuth,
    carries: AuthMessage,
    redirect: Option<Offer>,
    extra: Extra,
) -> Input {
    let contents = Contents {
        redirect: offered(log, sa, redirect),
        auth: (peer != PeerAuth::Absent) != extra.contradicts,
        deletes_ike_sa: extra.deletes,
        fatal_error: extra.fatal.then_some(NotifyType::AUTHENTICATION_FAILED),
        ..payloads(carries)
    };
    Input::Event(sa, Event::AuthResponseReceived { peer, contents })
}

pub(super) fn informational(
    log: &Log,
    sa: SaId,
    redirect: Option<Offer>,
    deletes: bool,
    repeated: bool,
) -> Input {
    let redirect = offered(log, sa, redirect);
    let contents = Contents { redirect, deletes_ike_sa: deletes, ..Contents::default() };
    Input::Event(sa, Event::InformationalReceived { contents, repeated })
}

fn offered(log: &Log, sa: SaId, offer: Option<Offer>) -> Option<Result<Redirect<'static>, Reason>> {
    let target = match offer? {
        Offer::Malformed(reason) => return Some(Err(reason)),
        Offer::To(index) => Target::from(address(index)),
        Offer::ToItself => Target::from(log.gateway(sa).unwrap_or(address(0))),
        Offer::ToName => Target::Fqdn(Fqdn::new("gw.example.com").expect("a name")),
    };
    Some(Ok(Redirect { target }))
}
