//! One IKE SA: its keys, its two windows of one message each.

mod departed;
mod handshake;
mod rekey;

use std::collections::VecDeque;

use ikev2_redirect::Instant;
use ikev2_redirect::wire::{ExchangeType, Flags, Header, PayloadType, Spi};

use crate::crypto::{Keys, aes_cbc_decrypt, aes_cbc_encrypt, hex, prf, random};
use crate::flight::{Due, Flight, Patience};
use crate::message::{Chain, with_header};
use crate::net::Path;

pub(crate) use departed::Departed;
pub(crate) use handshake::{Handshake, KeyExchange};
pub(crate) use rekey::{answer_rekey, ask_rekey, finish_rekey};

const IV: usize = 16;
const ICV: usize = 16;
const GENERIC_HEADER: usize = 4;

/// The decrypted content of a protected message.
pub(crate) struct Opened {
    pub(crate) header: Header,
    pub(crate) first: PayloadType,
    pub(crate) chain: Vec<u8>,
}

/// What a protected message is to its SA.
pub(crate) enum Incoming {
    Request(Opened),
    /// A retransmission of the last request; its response is kept.
    Repeated(Opened),
    Response(Opened),
    /// Not authentic, or not the message whose turn it is.
    Dropped(&'static str),
}

pub(crate) struct IkeSa {
    pub(crate) spi_i: Spi,
    pub(crate) spi_r: Spi,
    /// Whether this end is the original initiator of *this* IKE SA. A rekey
    /// may turn that around; who may redirect whom does not change with it.
    initiated: bool,
    pub(crate) keys: Keys,
    pub(crate) path: Path,
    patience: Patience,
    next_request: u32,
    in_flight: Option<Flight>,
    waiting: VecDeque<(ExchangeType, Chain)>,
    /// Our half of a rekey that waits for the peer's.
    rekeying: Option<KeyExchange>,
    expected_request: u32,
    last_response: Vec<u8>,
}

impl IkeSa {
    /// `spoken` is the number of requests that the IKE SA has seen in the clear
    /// from its initiator: one, or none after a rekey.
    pub(crate) fn new(
        [spi_i, spi_r]: [Spi; 2],
        initiated: bool,
        keys: Keys,
        path: Path,
        patience: Patience,
        spoken: u32,
    ) -> Self {
        Self {
            spi_i,
            spi_r,
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

    pub(crate) fn is_named_by(&self, header: &Header) -> bool {
        header.initiator_spi == self.spi_i && header.responder_spi == self.spi_r
    }

    /// Prepares a request and says what to send now: nothing, while another waits for its answer.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        exchange: ExchangeType,
        chain: &Chain,
    ) -> Option<Vec<u8>> {
        let patience = self.patience;
        self.prepare(exchange, chain, |message| Flight::new(message, now, patience))
    }

    /// A request whose retransmission is somebody else's business, unless it has to wait.
    pub(crate) fn request_untimed(
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

    pub(crate) fn in_flight(&self) -> Option<&[u8]> {
        self.in_flight.as_ref().map(|flight| &flight.message[..])
    }

    /// Whether a request of this exchange waits for its answer.
    pub(crate) fn asks(&self, exchange: ExchangeType) -> bool {
        let header = self.in_flight().and_then(|message| Header::parse(message).ok());
        header.is_some_and(|(header, _)| header.exchange == exchange)
    }

    /// The next request that had to wait, after a response has come.
    pub(crate) fn next_waiting(&mut self, now: Instant) -> Option<Vec<u8>> {
        let (exchange, chain) = self.waiting.pop_front()?;
        self.request(now, exchange, &chain)
    }

    /// Drops what was never sent.
    pub(crate) fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn forget_requests(&mut self) {
        self.in_flight = None;
        self.waiting.clear();
    }

    /// The response to the request taken last.
    pub(crate) fn respond(&mut self, exchange: ExchangeType, chain: &Chain) -> Vec<u8> {
        let message = self.seal(exchange, true, self.expected_request.wrapping_sub(1), chain);
        self.last_response.clone_from(&message);
        message
    }

    pub(crate) fn last_response(&self) -> &[u8] {
        &self.last_response
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.in_flight.as_ref().and_then(Flight::deadline)
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Due {
        self.in_flight.as_mut().map_or(Due::Nothing, |flight| flight.poll(now))
    }

    pub(crate) fn receive(&mut self, message: &[u8]) -> Incoming {
        let Some(opened) = self.open(message) else { return Incoming::Dropped("not-authentic") };
        let id = opened.header.message_id;
        if opened.header.flags.is_response() {
            if self.in_flight.is_none() || id != self.next_request {
                return Incoming::Dropped("late-response");
            }
            self.in_flight = None;
            self.next_request += 1;
            Incoming::Response(opened)
        } else if id == self.expected_request {
            self.expected_request += 1;
            self.last_response.clear();
            Incoming::Request(opened)
        } else if id.wrapping_add(1) == self.expected_request {
            Incoming::Repeated(opened)
        } else {
            Incoming::Dropped("message-id")
        }
    }

    fn seal(&self, exchange: ExchangeType, response: bool, id: u32, chain: &Chain) -> Vec<u8> {
        let role = if self.initiated { Flags::INITIATOR.0 } else { 0 };
        let direction = if response { Flags::RESPONSE.0 } else { 0 };
        let header = Header {
            initiator_spi: self.spi_i,
            responder_spi: self.spi_r,
            next_payload: PayloadType::SK,
            exchange,
            flags: Flags(role | direction),
            message_id: id,
        };
        let sender = self.sender(self.initiated);
        let iv = random::<IV>();
        let cipher = aes_cbc_encrypt(&self.keys.encryption[sender], &iv, &padded(chain.encode()));
        let length = ((GENERIC_HEADER + IV + cipher.len() + ICV) as u16).to_be_bytes();
        let generic = [chain.first().0, 0, length[0], length[1]];
        let body = [&generic[..], &iv, &cipher, &[0; ICV]].concat();
        let mut message = with_header(&header, &body);
        let end = message.len() - ICV;
        let tag = prf(&self.keys.integrity[sender], &[&message[..end]]);
        message[end..].copy_from_slice(&tag[..ICV]);
        message
    }

    fn open(&self, message: &[u8]) -> Option<Opened> {
        let (header, body) = Header::parse(message).ok()?;
        if header.next_payload != PayloadType::SK || header.flags.from_initiator() == self.initiated
        {
            return None;
        }
        let sender = self.sender(!self.initiated);
        let (signed, tag) = message.split_at_checked(message.len().checked_sub(ICV)?)?;
        if prf(&self.keys.integrity[sender], &[signed])[..ICV] != *tag {
            return None;
        }
        let sealed = body.get(..body.len().checked_sub(ICV)?)?;
        let (generic, rest) = sealed.split_at_checked(GENERIC_HEADER)?;
        let (iv, cipher) = rest.split_first_chunk::<IV>()?;
        let mut chain = aes_cbc_decrypt(&self.keys.encryption[sender], iv, cipher)?;
        let padding = usize::from(*chain.last()?) + 1;
        chain.truncate(chain.len().checked_sub(padding)?);
        Some(Opened { header, first: PayloadType(generic[0]), chain })
    }

    /// The index of a sender's keys.
    fn sender(&self, initiator: bool) -> usize {
        usize::from(!initiator)
    }

    /// This SA's line for Wireshark's `ikev2_decryption_table`.
    pub(crate) fn wireshark_line(&self) -> String {
        let Keys { encryption: [ei, er], integrity: [ai, ar], .. } = &self.keys;
        format!(
            "{},{},{},{},\"AES-CBC-{} [RFC3602]\",{},{},\"HMAC_SHA2_256_128 [RFC4868]\"",
            self.spi_i,
            self.spi_r,
            hex(ei),
            hex(er),
            ei.len() * 8,
            hex(ai),
            hex(ar)
        )
    }
}

/// Pads to whole AES blocks; the last octet counts the others.
fn padded(mut plain: Vec<u8>) -> Vec<u8> {
    let padding = 15 - plain.len() % 16;
    plain.resize(plain.len() + padding, 0);
    plain.push(padding as u8);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::KeyInputs;

    const NOW: Instant = Instant::from_millis(0);
    const ASKED: ExchangeType = ExchangeType::INFORMATIONAL;

    /// Both ends of one IKE SA.
    fn ends() -> [IkeSa; 2] {
        let spis = [Spi([1; 8]), Spi([2; 8])];
        let keys = Keys::derive(&KeyInputs {
            shared_secret: &[3; 32],
            nonce_i: &[4; 32],
            nonce_r: &[5; 32],
            spi_i: &spis[0].0,
            spi_r: &spis[1].0,
            rekeyed: None,
            aes: 16,
        });
        let end = "127.0.0.1:500".parse().expect("an address");
        let path = Path { local: end, remote: end };
        let patience = Patience { retries: 1, first_ms: 100 };
        [true, false].map(|initiated| IkeSa::new(spis, initiated, keys.clone(), path, patience, 1))
    }

    fn ask(end: &mut IkeSa) -> Option<Vec<u8>> {
        end.request(NOW, ASKED, &Chain::new().with(PayloadType::NONCE, &[7; 16]))
    }

    #[test]
    fn a_request_arrives_and_its_response_makes_room_for_the_next() {
        let [mut ours, mut theirs] = ends();
        let request = ask(&mut ours).expect("nothing is in flight");
        assert!(ask(&mut ours).is_none());
        let Incoming::Request(opened) = theirs.receive(&request) else { panic!("a request") };
        assert_eq!(opened.chain[4..], [7; 16]);
        let response = theirs.respond(ASKED, &Chain::new());
        assert!(matches!(ours.receive(&response), Incoming::Response(_)));
        assert!(matches!(ours.receive(&response), Incoming::Dropped("late-response")));
        let next = ours.next_waiting(NOW).expect("it has waited");
        assert!(matches!(theirs.receive(&next), Incoming::Request(_)));
        assert!(matches!(theirs.receive(&request), Incoming::Dropped("message-id")));
    }

    #[test]
    fn a_repeated_request_is_known_by_its_id() {
        let [mut ours, mut theirs] = ends();
        let request = ask(&mut theirs).expect("nothing is in flight");
        assert!(matches!(ours.receive(&request), Incoming::Request(_)));
        assert!(ours.last_response().is_empty());
        let response = ours.respond(ASKED, &Chain::new());
        assert!(matches!(ours.receive(&request), Incoming::Repeated(_)));
        assert_eq!(ours.last_response(), response);
    }

    #[test]
    fn a_changed_or_reflected_message_is_not_authentic() {
        let [mut ours, mut theirs] = ends();
        let request = ask(&mut ours).expect("nothing is in flight");
        for at in 0..request.len() {
            let mut changed = request.clone();
            changed[at] ^= 0x80;
            assert!(matches!(theirs.receive(&changed), Incoming::Dropped("not-authentic")));
        }
        assert!(matches!(ours.receive(&request), Incoming::Dropped("not-authentic")));
        assert!(matches!(theirs.receive(&request[..30]), Incoming::Dropped("not-authentic")));
    }
}
