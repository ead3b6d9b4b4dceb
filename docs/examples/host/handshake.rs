//! One end's half of a key exchange, and what IKE_SA_INIT leaves behind for the AUTH payloads.

use ikev2_redirect::wire::{InitResponse, Spi};

use super::crypto::{Crypto, KeyPair};
use super::keys::{KeyInputs, Keys, auth_value};
use super::message::key_exchange;
use super::proposal::Chosen;

/// One end's fresh half of a key exchange: nothing in it is known to any gateway that the client
/// has met before.
#[derive(Debug)]
pub(super) struct KeyExchange {
    crypto: &'static dyn Crypto,
    pub(super) spi: Spi,
    pub(super) nonce: [u8; 32],
    pub(super) pair: KeyPair,
}

impl KeyExchange {
    pub(super) fn fresh(crypto: &'static dyn Crypto, group: u16) -> Self {
        let (spi, nonce) = (Spi(crypto.random()), crypto.random());
        KeyExchange { crypto, spi, nonce, pair: crypto.key_pair(group) }
    }

    /// The body of the KE payload.
    pub(super) fn payload(&self) -> Vec<u8> {
        key_exchange(self.pair.group, &self.pair.public)
    }

    /// The keys of the IKE SA; nothing if the peer's public value is not one.
    pub(super) fn keys(
        &self,
        chosen: Chosen,
        peer_public: &[u8],
        nonces: [&[u8]; 2],
        spis: [Spi; 2],
        rekeyed: Option<&[u8; 32]>,
    ) -> Option<Keys> {
        let shared_secret = &self.crypto.agree(&self.pair, peer_public)?;
        let (spis, cipher_key) = (spis.map(|spi| spi.0), chosen.cipher_key());
        let inputs = KeyInputs { shared_secret, nonces, spis, rekeyed, cipher_key };
        Some(Keys::derive(self.crypto, &inputs))
    }
}

/// The two IKE_SA_INIT messages and their nonces: what AUTH signs.
#[derive(Clone, Debug)]
pub(super) struct Handshake {
    pub(super) crypto: &'static dyn Crypto,
    pub(super) request: Vec<u8>,
    pub(super) response: Vec<u8>,
    pub(super) nonces: [Vec<u8>; 2],
    /// SK_pi, SK_pr.
    pub(super) prove: [[u8; 32]; 2],
}

impl Handshake {
    /// The gateway takes part in several authentications (RFC 4739).
    pub(super) fn offers_multiple_auth(&self) -> bool {
        InitResponse::parse(&self.response).is_ok_and(|response| response.multiple_auth_supported)
    }

    /// The initiator's AUTH value for the identity `id` (the body of its IDi).
    pub(super) fn auth_i(&self, secret: &[u8], id: &[u8]) -> [u8; 32] {
        let proof = self.crypto.prf(&self.prove[0], &[id]);
        auth_value(self.crypto, secret, &self.request, &self.nonces[1], &proof)
    }

    /// The responder's AUTH value for the identity `id` (the body of its IDr).
    pub(super) fn auth_r(&self, secret: &[u8], id: &[u8]) -> [u8; 32] {
        let proof = self.crypto.prf(&self.prove[1], &[id]);
        auth_value(self.crypto, secret, &self.response, &self.nonces[0], &proof)
    }
}
