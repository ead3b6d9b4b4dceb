//! Builds messages, opens SK payloads.

use ikev2_redirect::wire::{
    Contents, ExchangeType, Flags, Header, InitNotifies, NotifyType, PayloadType, Redirect, Spi,
};
use ikev2_redirect::{Reason, Target};

/// Octets of the generic payload header.
const GENERIC_LEN: usize = 4;

/// A chain of payloads that is being written.
#[derive(Debug)]
pub(crate) struct Chain {
    first: PayloadType,
    octets: Vec<u8>,
    /// Where the latest payload begins, with the type of the one that follows it.
    latest: Option<usize>,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Chain { first: PayloadType::NONE, octets: Vec::new(), latest: None }
    }

    /// Appends a payload.
    pub(crate) fn push(&mut self, kind: PayloadType, body: &[u8]) {
        self.begin(kind);
        self.octets.extend_from_slice(&[PayloadType::NONE.0, 0]);
        self.octets.extend_from_slice(&length_field(GENERIC_LEN + body.len()));
        self.octets.extend_from_slice(body);
    }

    /// Appends a Notify payload without data.
    pub(crate) fn push_notify(&mut self, kind: NotifyType) {
        let [high, low] = kind.0.to_be_bytes();
        self.push(PayloadType::NOTIFY, &[0, 0, high, low]);
    }

    /// Appends a REDIRECT without a nonce.
    pub(crate) fn push_redirect(&mut self, target: Target<'_>) {
        let redirect = Redirect { target };
        let start = self.begin(PayloadType::NOTIFY);
        self.octets.resize(start + redirect.encoded_len(), 0);
        let room = &mut self.octets[start..];
        redirect.encode(PayloadType::NONE, room).expect("the length is the encoder's own");
    }

    /// Appends the notifications that the client machine asks for. Nothing may follow them.
    pub(crate) fn end_with(mut self, notifies: &InitNotifies) -> Self {
        if !notifies.is_empty() {
            let start = self.begin(PayloadType::NOTIFY);
            self.octets.resize(start + InitNotifies::MAX_LEN, 0);
            let room = &mut self.octets[start..];
            let written = notifies.encode(PayloadType::NONE, room).expect("MAX_LEN is enough");
            self.octets.truncate(start + written);
        }
        self
    }

    /// The chain inside an SK payload. **Nothing is encrypted**: this is what SK looks like with
    /// a cipher that does nothing (ENCR_NULL) and without an integrity check.
    pub(crate) fn sealed(self) -> Self {
        let mut octets = vec![self.first.0, 0, 0, 0];
        octets.extend_from_slice(&self.octets);
        let padding = BLOCK - 1 - self.octets.len() % BLOCK;
        octets.resize(octets.len() + padding, 0);
        octets.push(padding as u8);
        let length = length_field(octets.len());
        octets[2..GENERIC_LEN].copy_from_slice(&length);
        Chain { first: PayloadType::SK, octets, latest: None }
    }

    /// The whole message; the header knows all but the payloads.
    pub(crate) fn message(self, head: Head) -> Vec<u8> {
        let header = Header {
            initiator_spi: head.initiator_spi,
            responder_spi: head.responder_spi,
            next_payload: self.first,
            exchange: head.exchange,
            flags: head.flags,
            message_id: head.message_id,
        };
        let mut message = vec![0; Header::LEN];
        header.encode(self.octets.len() as u32, &mut message).expect("room for a header");
        message.extend_from_slice(&self.octets);
        message
    }

    /// Tells the latest payload what follows it; returns where the next one begins.
    fn begin(&mut self, kind: PayloadType) -> usize {
        match self.latest {
            Some(latest) => self.octets[latest] = kind.0,
            None => self.first = kind,
        }
        let start = self.octets.len();
        self.latest = Some(start);
        start
    }
}

/// A [`Header`] without what follows from the payloads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) initiator_spi: Spi,
    pub(crate) responder_spi: Spi,
    pub(crate) exchange: ExchangeType,
    pub(crate) flags: Flags,
    pub(crate) message_id: u32,
}

impl Head {
    /// The header of the answer that `flags` says who sends.
    pub(crate) fn answering(request: &Header, sender: Flags) -> Self {
        Head {
            initiator_spi: request.initiator_spi,
            responder_spi: request.responder_spi,
            exchange: request.exchange,
            flags: Flags(sender.0 | Flags::RESPONSE.0),
            message_id: request.message_id,
        }
    }
}

/// No flag at all: a request of the gateway.
pub(crate) const GATEWAY: Flags = Flags(0);

/// "Decrypts" a protected message: the type of the first payload, and the chain.
pub(crate) fn open<'a>(
    header: &Header,
    payloads: &'a [u8],
) -> Result<(PayloadType, &'a [u8]), Reason> {
    if header.next_payload != PayloadType::SK {
        return Err(Reason::MissingPayload);
    }
    let (&[first, _, l0, l1], body) =
        payloads.split_first_chunk::<GENERIC_LEN>().ok_or(Reason::Truncated)?;
    if usize::from(u16::from_be_bytes([l0, l1])) != payloads.len() {
        return Err(Reason::TrailingOctets);
    }
    let (&padding, padded) = body.split_last().ok_or(Reason::Truncated)?;
    let length = padded.len().checked_sub(usize::from(padding)).ok_or(Reason::Truncated)?;
    Ok((PayloadType(first), &padded[..length]))
}

/// What the machines need to know of a protected message.
pub(crate) fn contents<'a>(header: &Header, payloads: &'a [u8]) -> Result<Contents<'a>, Reason> {
    let (first, chain) = open(header, payloads)?;
    Contents::parse(first, chain)
}

/// What is encrypted fills whole blocks, with its padding and the length of that.
const BLOCK: usize = 16;

fn length_field(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("no payload of the examples is that long").to_be_bytes()
}
