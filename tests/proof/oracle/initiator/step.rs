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
    /// Until so long before the oldest redirect leaves the window.
    UntilRoomBut(u32),
    /// The clock goes back by so much.
    Back(u64),
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
        beside: Beside,
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
    /// Octets of the Ni that the client sent.
    pub(super) length: usize,
    pub(super) nonce: Ni,
    /// Which octet of the client's SPI is another one, if one is.
    pub(super) wrong_spi: Option<usize>,
    /// Which octet of the gateway's SPI is not zero, if one is.
    pub(super) odd_spi: Option<usize>,
    pub(super) accepts: bool,
    pub(super) resumption: bool,
    /// The gateway offers several authentications.
    pub(super) several: bool,
}

impl Form {
    pub(super) const REDIRECT: Form = Form {
        length: 32,
        nonce: Ni::Right,
        wrong_spi: None,
        odd_spi: None,
        accepts: false,
        resumption: false,
        several: false,
    };
}

/// The nonce of a REDIRECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ni {
    Right,
    /// As long, with another octet in this place, counted round and round.
    Altered(usize),
    Shortened,
    Extended,
}

/// What an IKE_AUTH response may carry beside what the phase is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extra {
    /// An AUTH payload is there although the host says otherwise, or the other way round.
    pub(super) contradicts: bool,
    pub(super) fatal: Option<NotifyType>,
    pub(super) deletes: bool,
    pub(super) sa: bool,
}

impl Extra {
    pub(super) const NONE: Extra =
        Extra { contradicts: false, fatal: None, deletes: false, sa: false };
}

/// What an INFORMATIONAL request may carry beside a REDIRECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beside {
    pub(super) deletes: bool,
    /// What means nothing there.
    pub(super) carries: AuthMessage,
    pub(super) fatal: Option<NotifyType>,
    pub(super) sa: bool,
}

impl Beside {
    pub(super) const NOTHING: Beside =
        Beside { deletes: false, carries: AuthMessage::NOTHING, fatal: None, sa: false };
}

const LONGEST: usize = Nonce::MAX_LEN;
const SPI: Spi = Spi([1; 8]);
const NONCE: [u8; LONGEST] = [7; LONGEST];
/// The nonce with another octet in each place.
static ALTERED: [[u8; LONGEST]; LONGEST] = {
    let mut all = [NONCE; LONGEST];
    let mut place = 0;
    while place < LONGEST {
        all[place][place] = 8;
        place += 1;
    }
    all
};

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
            Pause::UntilRoomBut(early) => {
                let period = u64::from(log.config.loop_detect_period);
                let leaves = |at: &u64| at.saturating_add(period).min(u64::MAX - 1);
                let oldest = log.window(now).first().map(leaves);
                oldest.map_or(now, |at| now.max(at.saturating_sub(u64::from(early))))
            }
            Pause::Back(millis) => now.saturating_sub(millis),
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
            What::Informational { of, redirect, beside, repeated } => {
                informational(log, of.sa(log), redirect, beside, repeated)
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
    let length = form.length;
    let octets: &'static [u8] = match form.nonce {
        Ni::Right => &NONCE[..length],
        Ni::Altered(place) => &ALTERED[place % length][..length],
        Ni::Shortened => &NONCE[..length - 1],
        Ni::Extended => &NONCE[..length + 1],
    };
    let nonce = Nonce::new(octets).expect("a legal length");
    let redirect = offered(log, sa, redirect)
        .map(|offer| offer.map(|Redirect { target }| InitRedirect { target, nonce }));
    let with = |Spi(mut octets): Spi, place: Option<usize>| {
        place.into_iter().for_each(|place| octets[place] = 9);
        Spi(octets)
    };
    let response = InitResponse {
        initiator_spi: with(SPI, form.wrong_spi),
        responder_spi: with(Spi::ZERO, form.odd_spi),
        redirect,
        accepts: form.accepts,
        multiple_auth_supported: form.several,
        resumption: form.resumption,
    };
    let sent = SentInit { spi: SPI, nonce: &NONCE[..length] };
    Input::Event(sa, Event::InitResponseReceived { sent, response })
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
        fatal_error: extra.fatal,
        sa: extra.sa,
        ..payloads(carries)
    };
    Input::Event(sa, Event::AuthResponseReceived { peer, contents })
}

pub(super) fn informational(
    log: &Log,
    sa: SaId,
    redirect: Option<Offer>,
    beside: Beside,
    repeated: bool,
) -> Input {
    let contents = Contents {
        redirect: offered(log, sa, redirect),
        deletes_ike_sa: beside.deletes,
        fatal_error: beside.fatal,
        sa: beside.sa,
        ..payloads(beside.carries)
    };
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
