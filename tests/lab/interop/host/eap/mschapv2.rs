//! The data of EAP-MSCHAPv2 packets, and the proofs in them (RFC 2759, RFC 3079).

use crate::crypto::{des, hex, md4, sha1};

use crate::host::crypto::Account;

const CHALLENGE: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;

/// Everything that both ends know once the client has answered.
#[derive(Debug)]
pub(super) struct Proof {
    peer_challenge: [u8; 16],
    nt_response: Vec<u8>,
    challenge_hash: Vec<u8>,
    password_hash_hash: Vec<u8>,
}

impl Proof {
    pub(super) fn new(account: &Account, challenge: [u8; 16], peer_challenge: [u8; 16]) -> Self {
        let user = account.user.as_bytes();
        let mut challenge_hash = sha1(&[&peer_challenge, &challenge, user].concat());
        challenge_hash.truncate(8);
        let password: Vec<u8> = account.secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let password_hash = md4(&password);
        Self {
            peer_challenge,
            nt_response: nt_response(&challenge_hash, &password_hash),
            password_hash_hash: md4(&password_hash),
            challenge_hash,
        }
    }

    /// The client's answer.
    pub(super) fn response(&self, id: u8, account: &Account) -> Vec<u8> {
        let value = [&[49], &self.peer_challenge[..], &[0; 8], &self.nt_response, &[0]].concat();
        message(RESPONSE, id, &[&value, account.user.as_bytes()].concat())
    }

    /// The authenticator reads it; nothing if it is not the right one.
    pub(super) fn check(account: &Account, challenge: [u8; 16], data: &[u8]) -> Option<Self> {
        let (&[RESPONSE, _, _, _, 49], value) = data.split_first_chunk::<5>()? else { return None };
        let proof = Self::new(account, challenge, *value.first_chunk()?);
        let nt_response = value.get(24..48)?;
        (nt_response == proof.nt_response).then_some(proof)
    }

    /// The authenticator's proof that it knows the secret, too.
    pub(super) fn confirmation(&self, id: u8) -> Vec<u8> {
        message(SUCCESS, id, format!("{} M=OK", self.confirmation_text()).as_bytes())
    }

    pub(super) fn confirms(&self, data: &[u8]) -> bool {
        let text = data.get(4..).unwrap_or_default();
        data.first() == Some(&SUCCESS) && text.starts_with(self.confirmation_text().as_bytes())
    }

    fn confirmation_text(&self) -> String {
        const SIGNING: &[u8] = b"Magic server to client signing constant";
        const PAD: &[u8] = b"Pad to make it do more than one iteration";
        let digest = sha1(&[&self.password_hash_hash, &self.nt_response, SIGNING].concat());
        let digest = sha1(&[&digest, &self.challenge_hash, PAD].concat());
        format!("S={}", hex(&digest).to_uppercase())
    }

    /// The authenticator's receive key, its send key, and zeros.
    pub(super) fn msk(&self) -> [u8; 64] {
        const MASTER: &[u8] = b"This is the MPPE Master Key";
        const FROM_CLIENT: &[u8] =
            b"On the client side, this is the send key; on the server side, it is the receive key.";
        const TO_CLIENT: &[u8] =
            b"On the client side, this is the receive key; on the server side, it is the send key.";
        let master = sha1(&[&self.password_hash_hash, &self.nt_response, MASTER].concat());
        let mut msk = [0; 64];
        for (key, label) in msk.chunks_exact_mut(16).zip([FROM_CLIENT, TO_CLIENT]) {
            let parts = [&master[..16], &[0; 40], label, &[0xf2; 40]];
            key.copy_from_slice(&sha1(&parts.concat())[..16]);
        }
        msk
    }
}

pub(super) fn challenge(id: u8, challenge: &[u8; 16]) -> Vec<u8> {
    message(CHALLENGE, id, &[&[16], &challenge[..], b"gateway"].concat())
}

/// The identifier and the challenge.
pub(super) fn read_challenge(data: &[u8]) -> Option<(u8, [u8; 16])> {
    let (&[CHALLENGE, id, _, _, 16], value) = data.split_first_chunk::<5>()? else { return None };
    Some((id, *value.first_chunk()?))
}

/// The client's last word.
pub(super) fn acknowledgement() -> Vec<u8> {
    vec![SUCCESS]
}

fn message(code: u8, id: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 4).to_be_bytes();
    [&[code, id, length[0], length[1]], data].concat()
}

/// The hash under three DES keys of seven octets, cut from the password's hash and zeros.
fn nt_response(challenge_hash: &[u8], password_hash: &[u8]) -> Vec<u8> {
    let mut keys = password_hash.to_vec();
    keys.resize(21, 0);
    keys.chunks_exact(7).flat_map(|key| des(&with_parity_bits(key), challenge_hash)).collect()
}

/// Seven bits to the octet; the eighth means nothing.
fn with_parity_bits(key: &[u8]) -> Vec<u8> {
    let bits = key.iter().fold(0u64, |bits, octet| bits << 8 | u64::from(*octet));
    (0..8).map(|i| ((bits >> (49 - 7 * i)) as u8) << 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2759, section 9.2.
    fn example() -> Proof {
        let account = Account { user: "User".into(), secret: "clientPass".into(), method: 26 };
        let challenge = *b"\x5B\x5D\x7C\x7D\x7B\x3F\x2F\x3E\x3C\x2C\x60\x21\x32\x26\x26\x28";
        let peer_challenge = *b"\x21\x40\x23\x24\x25\x5E\x26\x2A\x28\x29\x5F\x2B\x3A\x33\x7C\x7E";
        Proof::new(&account, challenge, peer_challenge)
    }

    #[test]
    fn the_published_response_and_confirmation_come_out() {
        assert_eq!(hex(&example().nt_response), "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
        assert_eq!(example().confirmation_text(), "S=407A5589115FD0D6209F510FE9C04566932CDA56");
    }
}
