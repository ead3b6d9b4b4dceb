//! One IKE SA: its keys, and its two windows of one message each.

use std::collections::VecDeque;

use ikev2_redirect::Instant;
use ikev2_redirect::wire::{Contents, ExchangeType, Flags, Header, PayloadType, Spi};

use super::crypto::Crypto;
use super::handshake::{KeyExchange, Keys};
use super::message::with_header;
use super::output::Path;
use super::payloads::{Chain, Parts};
use super::settings::Patience;

const GENERIC_HEADER: usize = 4;

/// The content of a protected message.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) header: Header,
    pub(super) first: PayloadType,
    pub(super) chain: Vec<u8>,
}

impl Opened {
    /// Its payloads, and what they say of redirects; nothing if they do not add up.
    pub(super) fn read(&self) -> Option<(Parts<'_>, Contents<'_>)> {
        let parts = Parts::parse(self.first, &self.chain).ok()?;
        Some((parts, Contents::parse(self.first, &self.chain).ok()?))
    }
}

/// What a protected message is to its IKE SA.
#[derive(Debug)]
pub(super) enum Incoming {
    Request(Opened),
    /// A retransmission of the latest request, which gets the response that was given.
    Repeated,
    Response(Opened),
    /// Not authentic, or not the message whose turn it is.
    Dropped(&'static str),
}

#[derive(Debug)]
pub(super) struct IkeSa {
    pub(super) crypto: &'static dyn Crypto,
    pub(super) spis: [Spi; 2],
    /// Whether this end is the original initiator of *this* IKE SA. A rekey may turn that around;
    /// who may redirect whom does not change with it.
    initiated: bool,
    pub(super) keys: Keys,
    pub(super) path: Path,
    pub(super) patience: Patience,
    next_request: u32,
    in_flight: Option<Flight>,
    waiting: VecDeque<(ExchangeType, Chain)>,
    /// Our half of a rekey that waits for the peer's.
    pub(super) rekeying: Option<KeyExchange>,
    expected_request: u32,
    last_response: Vec<u8>,
}

impl IkeSa {
    /// `spoken` is the number of requests that the IKE SA has seen in the clear from its
    /// initiator: one, or none after a rekey.
    pub(super) fn new(
        crypto: &'static dyn Crypto,
        spis: [Spi; 2],
        initiated: bool,
        keys: Keys,
        (path, patience): (Path, Patience),
        spoken: u32,
    ) -> Self {
        IkeSa {
            crypto,
            spis,
            initiated,
            keys,
            path,
            patience,
            next_request: if initiated { spoken } else { 0 },
            in_flight: None,
            waiting: VecDeque::new(),
            rekeying: None,
            expected_request: if initiated { 0 } else { spoken },
            last_response: Vec::new(),
        }
    }

    pub(super) fn is_named_by(&self, header: &Header) -> bool {
        [header.initiator_spi, header.responder_spi] == self.spis
    }

    /// Prepares a request and says what to send now: nothing, while another waits for its answer.
    pub(super) fn request(
        &mut self,
        now: Instant,
        exchange: ExchangeType,
        chain: &Chain,
    ) -> Option<Vec<u8>> {
        let patience = self.patience;
        self.prepare(exchange, chain, |message| Flight::new(message, now, patience))
    }

    /// A request that the caller sends again, not this IKE SA; unless it has to wait.
    pub(super) fn request_untimed(
        &mut self,
        exchange: ExchangeType,
        chain: &Chain,
    ) -> Option<Vec<u8>> {
        self.prepare(exchange, chain, Flight::untimed)
    }

    fn prepare(
        &mut self,
        exchange: ExchangeType,
        chain: &Chain,
        flight: impl FnOnce(Vec<u8>) -> Flight,
    ) -> Option<Vec<u8>> {
        if self.in_flight.is_some() {
            self.waiting.push_back((exchange, chain.clone()));
            return None;
        }
        let message = self.seal(exchange, false, self.next_request, chain);
        self.in_flight = Some(flight(message.clone()));
        Some(message)
    }

    /// The request that waits for its answer.
    pub(super) fn in_flight(&self) -> Option<&[u8]> {
        self.in_flight.as_ref().map(|flight| &flight.message[..])
    }

    /// Whether a request of this exchange waits for its answer.
    pub(super) fn asks(&self, exchange: ExchangeType) -> bool {
        let header = self.in_flight().and_then(|message| Header::parse(message).ok());
        header.is_some_and(|(header, _)| header.exchange == exchange)
    }

    /// The next request that had to wait, after a response has come.
    pub(super) fn next_waiting(&mut self, now: Instant) -> Option<Vec<u8>> {
        let (exchange, chain) = self.waiting.pop_front()?;
        self.request(now, exchange, &chain)
    }

    /// Drops what was never sent.
    pub(super) fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn forget_requests(&mut self) {
        self.in_flight = None;
        self.waiting.clear();
    }

    /// The response to the request taken last.
    pub(super) fn respond(&mut self, exchange: ExchangeType, chain: &Chain) -> Vec<u8> {
        let message = self.seal(exchange, true, self.expected_request.wrapping_sub(1), chain);
        self.last_response.clone_from(&message);
        message
    }

    pub(super) fn last_response(&self) -> &[u8] {
        &self.last_response
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.in_flight.as_ref().and_then(Flight::deadline)
    }

    pub(super) fn poll(&mut self, now: Instant) -> Due {
        self.in_flight.as_mut().map_or(Due::Nothing, |flight| flight.poll(now))
    }

    pub(super) fn receive(&mut self, message: &[u8]) -> Incoming {
        let Some(opened) = self.open(message) else { return Incoming::Dropped("not authentic") };
        let id = opened.header.message_id;
        if opened.header.flags.is_response() {
            if self.in_flight.is_none() || id != self.next_request {
                return Incoming::Dropped("a late response");
            }
            self.in_flight = None;
            self.next_request += 1;
            Incoming::Response(opened)
        } else if id == self.expected_request {
            self.expected_request += 1;
            self.last_response.clear();
            Incoming::Request(opened)
        } else if id.wrapping_add(1) == self.expected_request {
            Incoming::Repeated
        } else {
            Incoming::Dropped("not the message whose turn it is")
        }
    }

    fn seal(&self, exchange: ExchangeType, response: bool, id: u32, chain: &Chain) -> Vec<u8> {
        let suite = self.crypto.suite();
        let role = if self.initiated { Flags::INITIATOR.0 } else { 0 };
        let direction = if response { Flags::RESPONSE.0 } else { 0 };
        let [initiator_spi, responder_spi] = self.spis;
        let header = Header {
            initiator_spi,
            responder_spi,
            next_payload: PayloadType::SK,
            exchange,
            flags: Flags(role | direction),
            message_id: id,
        };
        let sender = sender(self.initiated);
        let mut iv = vec![0; suite.iv];
        self.crypto.fill(&mut iv);
        let plain = padded(chain.octets(), suite.block);
        let cipher = self.crypto.encrypt(&self.keys.encryption[sender], &iv, &plain);
        let length = (GENERIC_HEADER + suite.iv + cipher.len() + suite.icv) as u16;
        let [high, low] = length.to_be_bytes();
        let generic = [chain.first().0, 0, high, low];
        let unsigned = [&generic[..], &iv, &cipher, &vec![0; suite.icv]].concat();
        let mut message = with_header(&header, &unsigned);
        let end = message.len() - suite.icv;
        let tag = self.crypto.prf(&self.keys.integrity[sender], &[&message[..end]]);
        message[end..].copy_from_slice(&tag[..suite.icv]);
        message
    }

    fn open(&self, message: &[u8]) -> Option<Opened> {
        let (header, _) = Header::parse(message).ok()?;
        let protected = header.next_payload == PayloadType::SK;
        if !protected || header.flags.from_initiator() == self.initiated {
            return None;
        }
        let sender = sender(!self.initiated);
        let icv = self.crypto.suite().icv;
        let (signed, tag) = message.split_at_checked(message.len().checked_sub(icv)?)?;
        if self.crypto.prf(&self.keys.integrity[sender], &[signed])[..icv] != *tag {
            return None;
        }
        let (first, chain) = unseal(self.crypto, &self.keys.encryption[sender], signed)?;
        Some(Opened { header, first, chain })
    }

    /// The IKE SA as a line of Wireshark's `ikev2_decryption_table`.
    pub(super) fn wireshark_line(&self) -> String {
        let Keys { encryption: [ei, er], integrity: [ai, ar], .. } = &self.keys;
        let [cipher, integrity] = self.crypto.suite().names;
        let cipher = match ei.len() * 8 {
            0 => cipher.to_owned(),
            bits => cipher.replacen(' ', &format!("-{bits} "), 1),
        };
        let [spi_i, spi_r] = self.spis;
        let [ei, er, ai, ar] = [ei, er, ai, ar].map(|key| hex(key));
        format!("{spi_i},{spi_r},{ei},{er},\"{cipher}\",{ai},{ar},\"{integrity}\"")
    }
}

/// A message that waits for its answer, and its retransmission.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) message: Vec<u8>,
    retries_left: u32,
    pause: u32,
    /// `None` if somebody else decides about retransmission.
    next: Option<Instant>,
}

impl Flight {
    pub(super) fn new(message: Vec<u8>, now: Instant, patience: Patience) -> Self {
        let next = Some(now.after(patience.first));
        Flight { message, retries_left: patience.retries, pause: patience.first, next }
    }

    /// Repeated only when told.
    pub(super) fn untimed(message: Vec<u8>) -> Self {
        Flight { message, retries_left: 0, pause: 0, next: None }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    pub(super) fn poll(&mut self, now: Instant) -> Due {
        if self.next.is_none_or(|at| now < at) {
            return Due::Nothing;
        }
        let Some(left) = self.retries_left.checked_sub(1) else { return Due::GiveUp };
        self.retries_left = left;
        self.pause = self.pause.saturating_mul(2);
        self.next = Some(now.after(self.pause));
        Due::Resend
    }
}

/// What to do about a message in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Resend,
    GiveUp,
}

/// The payloads in a protected message without its integrity check.
pub(crate) fn unseal(
    crypto: &dyn Crypto,
    key: &[u8],
    message: &[u8],
) -> Option<(PayloadType, Vec<u8>)> {
    let (generic, rest) = message.get(Header::LEN..)?.split_first_chunk::<GENERIC_HEADER>()?;
    let (iv, cipher) = rest.split_at_checked(crypto.suite().iv)?;
    let mut chain = crypto.decrypt(key, iv, cipher)?;
    let padding = usize::from(*chain.last()?) + 1;
    chain.truncate(chain.len().checked_sub(padding)?);
    Some((PayloadType(generic[0]), chain))
}

/// The index of a sender's keys.
fn sender(initiator: bool) -> usize {
    usize::from(!initiator)
}

/// Pads to whole blocks; the last octet counts the others.
fn padded(plain: &[u8], block: usize) -> Vec<u8> {
    let mut plain = plain.to_vec();
    let padding = block - 1 - plain.len() % block;
    plain.resize(plain.len() + padding, 0);
    plain.push(padding as u8);
    plain
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
