//! The key schedule of an IKE SA for PRF_HMAC_SHA2_256, AES-CBC and
//! AUTH_HMAC_SHA2_256_128, the only suite this host speaks.

use super::sha256::hmac;

pub(crate) fn prf(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    hmac(key, parts)
}

/// What the keys of an IKE SA grow from.
pub(crate) struct KeyInputs<'a> {
    pub(crate) shared_secret: &'a [u8],
    pub(crate) nonce_i: &'a [u8],
    pub(crate) nonce_r: &'a [u8],
    pub(crate) spi_i: &'a [u8; 8],
    pub(crate) spi_r: &'a [u8; 8],
    /// SK_d of the IKE SA that a rekey replaces.
    pub(crate) rekeyed: Option<&'a [u8; 32]>,
    /// Octets of an AES key: 16 or 32.
    pub(crate) aes: usize,
}

/// The secrets of one IKE SA; `[i, r]` pairs by the sender's role in it.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) derive: [u8; 32],
    pub(crate) integrity: [[u8; 32]; 2],
    pub(crate) encryption: [Vec<u8>; 2],
    pub(crate) prove: [[u8; 32]; 2],
}

impl Keys {
    pub(crate) fn derive(inputs: &KeyInputs<'_>) -> Self {
        let nonces = [inputs.nonce_i, inputs.nonce_r].concat();
        let seed = match inputs.rekeyed {
            None => prf(&nonces, &[inputs.shared_secret]),
            Some(old) => prf(old, &[inputs.shared_secret, &nonces]),
        };
        let mut stream = KeyStream::new(&seed, [&nonces[..], inputs.spi_i, inputs.spi_r].concat());
        Self {
            derive: stream.take32(),
            integrity: [stream.take32(), stream.take32()],
            encryption: [stream.take(inputs.aes), stream.take(inputs.aes)],
            prove: [stream.take32(), stream.take32()],
        }
    }
}

/// AUTH from a shared secret over the octets that its sender signs.
pub(crate) fn auth_value(
    secret: &[u8],
    first_message: &[u8],
    peer_nonce: &[u8],
    identity_proof: &[u8],
) -> [u8; 32] {
    let key = prf(secret, &[b"Key Pad for IKEv2"]);
    prf(&key, &[first_message, peer_nonce, identity_proof])
}

/// prf+, taken piece by piece.
struct KeyStream {
    key: [u8; 32],
    seed: Vec<u8>,
    block: Vec<u8>,
    count: u8,
    left: Vec<u8>,
}

impl KeyStream {
    fn new(key: &[u8; 32], seed: Vec<u8>) -> Self {
        Self { key: *key, seed, block: Vec::new(), count: 0, left: Vec::new() }
    }

    fn take32(&mut self) -> [u8; 32] {
        self.take(32).try_into().expect("32 octets were asked for")
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        while self.left.len() < length {
            self.count += 1;
            self.block = prf(&self.key, &[&self.block, &self.seed, &[self.count]]).to_vec();
            self.left.extend_from_slice(&self.block);
        }
        self.left.drain(..length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_chains_its_blocks() {
        let mut stream = KeyStream::new(&[7; 32], vec![1, 2, 3]);
        let first = prf(&[7; 32], &[&[1, 2, 3], &[1]]);
        let second = prf(&[7; 32], &[&first, &[1, 2, 3], &[2]]);
        assert_eq!(stream.take(40), [&first[..], &second[..8]].concat());
        assert_eq!(stream.take(24), second[8..]);
    }

    #[test]
    fn a_rekey_grows_from_the_old_derivation_key() {
        let inputs = |rekeyed| KeyInputs {
            shared_secret: &[1; 32],
            nonce_i: &[2; 32],
            nonce_r: &[3; 32],
            spi_i: &[4; 8],
            spi_r: &[5; 8],
            rekeyed,
            aes: 16,
        };
        let fresh = Keys::derive(&inputs(None));
        let rekeyed = Keys::derive(&inputs(Some(&fresh.derive)));
        assert_ne!(fresh.derive, rekeyed.derive);
        assert_eq!(fresh.encryption[0].len(), 16);
    }
}
