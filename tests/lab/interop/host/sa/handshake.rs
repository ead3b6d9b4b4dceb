//! What IKE_SA_INIT leaves behind for the AUTH payloads.

use ikev2_redirect::wire::Spi;

use crate::crypto::{Group, KeyInputs, KeyPair, Keys, auth_value, prf, random};
use crate::message::{Suite, key_exchange};

/// One end's fresh half of a key exchange: SPI, nonce and key pair.
pub(crate) struct KeyExchange {
    pub(crate) spi: Spi,
    pub(crate) nonce: [u8; 32],
    pub(crate) pair: KeyPair,
}

impl KeyExchange {
    pub(crate) fn fresh(group: Group) -> Self {
        Self { spi: Spi(random()), nonce: random(), pair: KeyPair::generate(group) }
    }

    /// The body of our KE payload.
    pub(crate) fn payload(&self) -> Vec<u8> {
        key_exchange(self.pair.group.number(), &self.pair.public)
    }

    /// The keys of the SA; `None` if the peer's public value is not one.
    pub(crate) fn keys(
        &self,
        suite: Suite,
        peer_public: &[u8],
        nonces: [&[u8]; 2],
        spis: [Spi; 2],
        rekeyed: Option<&[u8; 32]>,
    ) -> Option<Keys> {
        let shared_secret = self.pair.agree(peer_public)?;
        Some(Keys::derive(&KeyInputs {
            shared_secret: &shared_secret,
            nonce_i: nonces[0],
            nonce_r: nonces[1],
            spi_i: &spis[0].0,
            spi_r: &spis[1].0,
            rekeyed,
            aes: usize::from(suite.aes_bits / 8),
        }))
    }
}

/// The two IKE_SA_INIT messages and their nonces: what AUTH signs.
#[derive(Clone)]
pub(crate) struct Handshake {
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) nonce_i: Vec<u8>,
    pub(crate) nonce_r: Vec<u8>,
    /// SK_pi, SK_pr.
    pub(crate) prove: [[u8; 32]; 2],
}

impl Handshake {
    /// The initiator's AUTH value for the identity `id` (the body of its IDi).
    pub(crate) fn auth_i(&self, secret: &[u8], id: &[u8]) -> [u8; 32] {
        auth_value(secret, &self.request, &self.nonce_r, &prf(&self.prove[0], &[id]))
    }

    /// The responder's AUTH value for the identity `id` (the body of its IDr).
    pub(crate) fn auth_r(&self, secret: &[u8], id: &[u8]) -> [u8; 32] {
        auth_value(secret, &self.response, &self.nonce_i, &prf(&self.prove[1], &[id]))
    }
}
