//! IKE messages put together octet by octet, right and wrong ones, without the crate's encoders.

// Not every test program uses every part.
#![allow(dead_code)]

pub(crate) const SA: u8 = 33;
pub(crate) const KE: u8 = 34;
pub(crate) const NONCE: u8 = 40;
pub(crate) const NOTIFY: u8 = 41;
pub(crate) const VENDOR_ID: u8 = 43;

pub(crate) const COOKIE: u16 = 16390;
pub(crate) const REDIRECT_SUPPORTED: u16 = 16406;
pub(crate) const REDIRECT: u16 = 16407;
pub(crate) const REDIRECTED_FROM: u16 = 16408;
pub(crate) const TICKET_NACK: u16 = 16412;
pub(crate) const TICKET_OPAQUE: u16 = 16413;

/// Ni of the requests made here.
pub(crate) const NI: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";

/// An address as people write it.
pub(crate) fn ip(text: &str) -> std::net::IpAddr {
    text.parse().unwrap()
}

/// A payload: its type, the octet with the critical bit, its body.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn part(kind: u8, body: &[u8]) -> Part {
    Part { kind, flags: 0, body: body.to_vec() }
}

pub(crate) fn notify(kind: u16, data: &[u8]) -> Part {
    notify_with_spi(kind, &[], data)
}

pub(crate) fn notify_with_spi(kind: u16, spi: &[u8], data: &[u8]) -> Part {
    let [high, low] = kind.to_be_bytes();
    part(NOTIFY, &[&[0, spi.len() as u8, high, low], spi, data].concat())
}

/// The data of a REDIRECTED_FROM, or the front of that of a REDIRECT.
pub(crate) fn identity(kind: u8, octets: &[u8]) -> Vec<u8> {
    [&[kind, octets.len() as u8], octets].concat()
}

/// A name that DNS could hold, of 1 to 254 octets.
pub(crate) fn name_of(length: usize) -> String {
    let labels = |length: usize| {
        (1..=length).map(|place| if place % 64 == 0 { '.' } else { 'g' }).collect::<String>()
    };
    if length == 254 { labels(253) + "." } else { labels(length) }
}

/// The octets of a chain of payloads.
pub(crate) fn chain(parts: &[Part]) -> Vec<u8> {
    let nexts = parts.iter().skip(1).map(|part| part.kind).chain([0]);
    let mut octets = Vec::new();
    for (part, next) in parts.iter().zip(nexts) {
        let [high, low] = (part.body.len() as u16 + 4).to_be_bytes();
        octets.extend([next, part.flags, high, low]);
        octets.extend(&part.body);
    }
    octets
}

/// An IKE message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) initiator_spi: [u8; 8],
    pub(crate) responder_spi: [u8; 8],
    pub(crate) version: u8,
    pub(crate) exchange: u8,
    pub(crate) flags: u8,
    pub(crate) message_id: u32,
    pub(crate) parts: Vec<Part>,
}

impl Message {
    /// An IKE_SA_INIT request of 200 octets or so, without any redirect notification.
    pub(crate) fn request() -> Self {
        Message {
            initiator_spi: [1, 2, 3, 4, 5, 6, 7, 8],
            responder_spi: [0; 8],
            version: 0x20,
            exchange: 34,
            flags: 0x08,
            message_id: 0,
            parts: vec![part(SA, &[0xaa; 44]), part(KE, &[0xbb; 68]), part(NONCE, &NI)],
        }
    }

    /// One that announces support.
    pub(crate) fn supporting() -> Self {
        Message::request().with(notify(REDIRECT_SUPPORTED, &[]))
    }

    /// An IKE_SESSION_RESUME request, without any redirect notification.
    pub(crate) fn resumption() -> Self {
        let parts = vec![part(NONCE, &NI), notify(TICKET_OPAQUE, &[0x7c; 200])];
        Message { exchange: 38, parts, ..Message::request() }
    }

    /// A response with nothing but these payloads.
    pub(crate) fn response(parts: Vec<Part>) -> Self {
        Message { flags: 0x20, parts, ..Message::request() }
    }

    pub(crate) fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    pub(crate) fn without(mut self, kind: u8) -> Self {
        self.parts.retain(|part| part.kind != kind);
        self
    }

    pub(crate) fn with_nonce(mut self, nonce: &[u8]) -> Self {
        for part in &mut self.parts {
            if part.kind == NONCE {
                part.body = nonce.to_vec();
            }
        }
        self
    }

    pub(crate) fn octets(&self) -> Vec<u8> {
        let payloads = chain(&self.parts);
        let first = self.parts.first().map_or(0, |part| part.kind);
        [
            &self.initiator_spi[..],
            &self.responder_spi,
            &[first, self.version, self.exchange, self.flags],
            &self.message_id.to_be_bytes(),
            &(payloads.len() as u32 + 28).to_be_bytes(),
            &payloads,
        ]
        .concat()
    }
}
