//! Requests that differ, and their answers.

#[path = "../../wire/vectors/mod.rs"]
mod vectors;

use ikev2_redirect::wire::{InitRequest, InitResponse};

/// Octets of a REDIRECT to an IPv4 address with the Ni of these requests.
pub(crate) const ANSWER_LEN: usize = 74;

/// What tells one request from another: it stands in the SPI and at the front of Ni.
pub(crate) type Number = u64;

/// Makes requests: what a strongSwan client sent, with another SPI and another Ni each time.
#[derive(Clone)]
pub(crate) struct Requests {
    message: Vec<u8>,
    nonce: usize,
}

impl Requests {
    /// Of a client that can be redirected.
    pub(crate) fn new() -> Self {
        let message = vectors::octets(vectors::STRONGSWAN, "request");
        let ni = InitRequest::parse(&message).expect("a captured request").nonce;
        let found = message.windows(ni.octets().len()).position(|part| part == ni.octets());
        Requests { nonce: found.expect("Ni is in the request"), message }
    }

    /// Of a client that cannot.
    pub(crate) fn without_support() -> Self {
        let mut requests = Requests::new();
        // REDIRECT_SUPPORTED is the last notification; another type in its place.
        if let Some(last) = requests.message.last_mut() {
            *last ^= 0x80;
        }
        requests
    }

    pub(crate) fn make(&mut self, number: Number) -> &[u8] {
        let octets = number.to_be_bytes();
        self.message[..8].copy_from_slice(&octets);
        self.message[self.nonce..self.nonce + 8].copy_from_slice(&octets);
        &self.message
    }

    /// The number of the request that `answer` belongs to, if it is a REDIRECT with its Ni.
    pub(crate) fn redirected(&self, answer: &[u8]) -> Option<Number> {
        let response = InitResponse::parse(answer).ok()?;
        let redirect = response.redirect?.ok()?;
        let (number, rest) = redirect.nonce.octets().split_first_chunk::<8>()?;
        let own_rest = self.message.get(self.nonce + 8..self.nonce + 32)?;
        (*number == response.initiator_spi.0 && rest == own_rest)
            .then_some(Number::from_be_bytes(*number))
    }

    /// The same of an echo.
    pub(crate) fn echoed(answer: &[u8]) -> Option<Number> {
        answer.first_chunk().copied().map(Number::from_be_bytes)
    }
}

/// Datagrams that no front door answers.
pub(crate) struct Garbage {
    noise: Vec<u8>,
    truncated: Vec<u8>,
    unsupporting: Requests,
}

impl Garbage {
    pub(crate) fn new() -> Self {
        let whole = vectors::octets(vectors::STRONGSWAN, "request");
        Garbage {
            noise: (0..whole.len()).map(|i| (i * 167 + 13) as u8).collect(),
            truncated: whole[..whole.len() / 2].to_vec(),
            unsupporting: Requests::without_support(),
        }
    }

    pub(crate) fn make(&mut self, number: Number) -> &[u8] {
        match number % 3 {
            0 => &self.noise,
            1 => &self.truncated,
            _ => self.unsupporting.make(number),
        }
    }
}
