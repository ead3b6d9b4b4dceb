//! The key schedule of an IKE SA (RFC 7296, sections 2.14 and 2.18).

use super::crypto::Crypto;

/// What the keys of an IKE SA grow from.
pub(super) struct KeyInputs<'a> {
    pub(super) shared_secret: &'a [u8],
    pub(super) nonces: [&'a [u8]; 2],
    pub(super) spis: [[u8; 8]; 2],
    /// SK_d of the IKE SA that a rekey replaces.
    pub(super) rekeyed: Option<&'a [u8; 32]>,
    /// Octets of a key of the cipher.
    pub(super) cipher_key: usize,
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
    pub(super) fn derive(crypto: &dyn Crypto, inputs: &KeyInputs<'_>) -> Self {
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
pub(super) fn auth_value(
    crypto: &dyn Crypto,
    secret: &[u8],
    first_message: &[u8],
    peer_nonce: &[u8],
    identity_proof: &[u8],
) -> [u8; 32] {
    let key = crypto.prf(secret, &[b"Key Pad for IKEv2"]);
    crypto.prf(&key, &[first_message, peer_nonce, identity_proof])
}
