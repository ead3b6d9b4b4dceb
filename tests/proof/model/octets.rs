//! Messages as octets: what the hosts of the models put on the wire and take off it.

use ikev2_redirect::Target;
use ikev2_redirect::wire::{
    ExchangeType, Flags, Header, InitNotifies, InitRedirect, Nonce, PayloadType, Redirect, Spi,
};

/// A message in a buffer of its own, so that no model allocates while it explores.
pub(crate) struct Octets {
    buffer: [u8; Self::CAPACITY],
    length: usize,
}

impl Octets {
    const CAPACITY: usize = 512;

    /// An IKE_SA_INIT request with the SA, KE and Ni that a real one has.
    pub(crate) fn init_request(spi: Spi, nonce: &[u8], notifies: &InitNotifies) -> Self {
        let mut chain = Self::new();
        chain.payload(PayloadType::KE, &[0; 40]);
        chain.payload(PayloadType::NONCE, &[0; 36]);
        let behind = if notifies.is_empty() { PayloadType::NONE } else { PayloadType::NOTIFY };
        chain.payload(behind, nonce);
        chain.append(|rest| notifies.encode(PayloadType::NONE, rest).expect("room"));
        let header = Header {
            initiator_spi: spi,
            responder_spi: Spi::ZERO,
            next_payload: PayloadType::SA,
            exchange: ExchangeType::IKE_SA_INIT,
            flags: Flags::INITIATOR,
            message_id: 0,
        };
        chain.under(header)
    }

    /// An IKE_SA_INIT response that accepts.
    pub(crate) fn init_response(spi: Spi) -> Self {
        let mut chain = Self::new();
        chain.payload(PayloadType::KE, &[0; 40]);
        chain.payload(PayloadType::NONCE, &[0; 36]);
        chain.payload(PayloadType::NONE, &[7; 32]);
        chain.under(init_response_header(spi, Spi([9; 8]), PayloadType::SA))
    }

    /// An IKE_SA_INIT response with a REDIRECT, made by whoever knows `nonce`.
    pub(crate) fn init_redirect(spi: Spi, target: Target<'_>, nonce: &[u8]) -> Self {
        let nonce = Nonce::new(nonce).expect("a legal nonce");
        let mut chain = Self::new();
        chain.append(|rest| {
            InitRedirect { target, nonce }.encode(PayloadType::NONE, rest).expect("room")
        });
        chain.under(init_response_header(spi, Spi::ZERO, PayloadType::NOTIFY))
    }

    /// A decrypted payload chain that begins with a Notify payload: a REDIRECT, perhaps with a
    /// DELETE of the IKE SA behind it.
    pub(crate) fn redirect(target: Target<'_>, deletes: bool) -> Self {
        let mut chain = Self::new();
        let behind = if deletes { PayloadType::DELETE } else { PayloadType::NONE };
        chain.append(|rest| Redirect { target }.encode(behind, rest).expect("room"));
        if deletes {
            chain.payload(PayloadType::NONE, &[1, 0, 0, 0]);
        }
        chain
    }

    fn new() -> Self {
        Self { buffer: [0; Self::CAPACITY], length: 0 }
    }

    fn payload(&mut self, next: PayloadType, body: &[u8]) {
        let length = body.len() + 4;
        self.append(|rest| {
            rest[..4].copy_from_slice(&[next.0, 0, (length >> 8) as u8, length as u8]);
            rest[4..length].copy_from_slice(body);
            length
        });
    }

    fn append(&mut self, write: impl FnOnce(&mut [u8]) -> usize) {
        self.length += write(&mut self.buffer[self.length..]);
    }

    fn under(self, header: Header) -> Self {
        let mut message = Self::new();
        message.append(|rest| header.encode(self.length as u32, rest).expect("room"));
        message.append(|rest| {
            rest[..self.length].copy_from_slice(&self);
            self.length
        });
        message
    }
}

impl std::ops::Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

fn init_response_header(spi: Spi, responder_spi: Spi, next_payload: PayloadType) -> Header {
    Header {
        initiator_spi: spi,
        responder_spi,
        next_payload,
        exchange: ExchangeType::IKE_SA_INIT,
        flags: Flags::RESPONSE,
        message_id: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ikev2_redirect::wire::{Contents, InitRequest, InitResponse};
    use std::net::Ipv4Addr;

    const TARGET: Target<'_> = Target::V4(Ipv4Addr::new(192, 0, 2, 2));
    const SPI: Spi = Spi([1; 8]);

    #[test]
    fn what_the_models_write_is_what_the_crate_reads() {
        let notifies = InitNotifies {
            redirect_supported: true,
            redirected_from: Some(Ipv4Addr::new(192, 0, 2, 1).into()),
        };
        let request = Octets::init_request(SPI, &[5; 16], &notifies);
        let request = InitRequest::parse(&request).expect("a request");
        assert_eq!(request.redirected_from, Some(Ok(Ipv4Addr::new(192, 0, 2, 1).into())));
        assert_eq!(request.nonce.octets(), [5; 16]);

        let response = Octets::init_response(SPI);
        let response = InitResponse::parse(&response).expect("a response");
        assert!(response.accepts && response.redirect.is_none());

        let response = Octets::init_redirect(SPI, TARGET, &[5; 16]);
        let response = InitResponse::parse(&response).expect("a response");
        let redirect = response.redirect.expect("a redirect").expect("a good one");
        assert_eq!((redirect.target, redirect.nonce.octets()), (TARGET, [5; 16].as_slice()));

        let chain = Octets::redirect(TARGET, true);
        let contents = Contents::parse(PayloadType::NOTIFY, &chain).expect("a chain");
        assert!(contents.deletes_ike_sa);
        assert_eq!(contents.redirect, Some(Ok(Redirect { target: TARGET })));
    }
}
