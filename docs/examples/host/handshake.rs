//! Key exchange: one end's half, the keys that come of it (RFC 7296, sections 2.14 and 2.18), and
//! what IKE_SA_INIT leaves behind for the AUTH payloads.

use ikev2_redirect::wire::{InitResponse, Spi};

use super::crypto::{Crypto, KeyPair};
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

/// What the keys of an IKE SA grow from.
struct KeyInputs<'a> {
    shared_secret: &'a [u8],
    nonces: [&'a [u8]; 2],
    spis: [[u8; 8]; 2],
    /// SK_d of the IKE SA that a rekey replaces.
    rekeyed: Option<&'a [u8; 32]>,
    /// Octets of a key of the cipher.
    cipher_key: usize,
}

/// The secrets of one IKE SA; pairs are those of its initiator and its responder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) derive: [u8; 32],
    pub(super) integrity: [Vec<u8>; 2],
    pub(super) encryption: [Vec<u8>; 2],
    pub(super) prove: [[u8; 32]; 2],
}

impl Keys {
    fn derive(crypto: &dyn Crypto, inputs: &KeyInputs<'_>) -> Self {
        let nonces = inputs.nonces.concat();
        let seed = match inputs.rekeyed {
            None => crypto.prf(&nonces, &[inputs.shared_secret]),
            Some(old) => crypto.prf(old, &[inputs.shared_secret, &nonces]),
        };
        let integrity_key = crypto.suite().integrity_key;
        let of_both = [&nonces[..], &inputs.spis.concat()].concat();
        let mut stream = stretch(crypto, &seed, &of_both).into_iter();
        let mut take = |length| stream.by_ref().take(length).collect::<Vec<u8>>();
        let whole = |octets: Vec<u8>| octets.try_into().expect("32 octets were taken");
        Keys {
            derive: whole(take(32)),
            integrity: [take(integrity_key), take(integrity_key)],
            encryption: [take(inputs.cipher_key), take(inputs.cipher_key)],
            prove: [whole(take(32)), whole(take(32))],
        }
    }
}

/// prf+, longer than all keys together.
fn stretch(crypto: &dyn Crypto, key: &[u8; 32], seed: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut block = Vec::new();
    for count in 1..=7 {
        block = crypto.prf(key, &[&block, seed, &[count]]).to_vec();
        stream.extend_from_slice(&block);
    }
    stream
}

/// AUTH from a shared secret over the octets that its sender signs.
fn auth_value(
    crypto: &dyn Crypto,
    secret: &[u8],
    first_message: &[u8],
    peer_nonce: &[u8],
    identity_proof: &[u8],
) -> [u8; 32] {
    let key = crypto.prf(secret, &[b"Key Pad for IKEv2"]);
    crypto.prf(&key, &[first_message, peer_nonce, identity_proof])
}
