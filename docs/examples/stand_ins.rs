//! Stand-ins for cryptography, so that the examples need nothing but the standard library.
//!
//! **There is no security here.** Nothing is secret, what IKE would encrypt travels in clear
//! inside the SK payload, and an AUTH payload can be made by anybody. All that is real is the
//! redirect mechanism.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};

use ikev2_redirect::TargetRules;

use super::host::Common;
use super::host::crypto::{Account, Crypto, Eap, KeyPair, Suite, Turn};

/// Keys that are none.
#[derive(Debug)]
pub(crate) struct StandIns;

/// What the examples really do: no encryption, no integrity. No IKE stack would agree to that.
static SUITE: Suite = Suite {
    ike: &[
        (1, 11, None), // ENCR_NULL
        (2, 5, None),  // PRF_HMAC_SHA2_256
        (3, 0, None),  // no integrity
    ],
    esp: &[&[
        (1, 11, None), // ENCR_NULL
        (3, 2, None),  // AUTH_HMAC_SHA1_96
        (5, 0, None),  // no extended sequence numbers
    ]],
    names: ["NULL [RFC2410]", "NONE [RFC4306]"],
    block: 16,
    iv: 0,
    icv: 0,
    integrity_key: 0,
};

/// Curve25519, for all that the peer can see.
const GROUP: u16 = 31;

/// What a party of the examples has in common with its peers: the same secret.
pub(crate) fn common(address: IpAddr, id: &str) -> Common {
    Common { groups: vec![GROUP], ..Common::new(&StandIns, vec![address], id) }
}

/// The addresses at which the parties of an example live.
pub(crate) const fn loopback(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// Lets clients be sent to each other there.
pub(crate) const LOOPBACK: TargetRules =
    TargetRules { allow_loopback: true, allow_link_local: false };

/// A user who authenticates by EAP.
pub(crate) fn account() -> Account {
    Account { user: "user.example.com".into(), secret: "1234".into() }
}

impl Crypto for StandIns {
    /// A stand-in for the random generator of the operating system, so that every run of an
    /// example looks alike. **Never do this**: a nonce that can be guessed lets anybody forge the
    /// REDIRECT that answers it.
    fn fill(&self, octets: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        static STATE: AtomicU64 = AtomicU64::new(0);
        for chunk in octets.chunks_mut(8) {
            let state = STATE.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }

    fn suite(&self) -> &'static Suite {
        &SUITE
    }

    /// A public key that has no private one.
    fn key_pair(&self, group: u16) -> KeyPair {
        let mut public = vec![0; 32];
        self.fill(&mut public);
        KeyPair { group, public, private: Vec::new() }
    }

    fn agree(&self, _own: &KeyPair, _peer: &[u8]) -> Option<Vec<u8>> {
        Some(b"everybody knows it".to_vec())
    }

    /// Mixes as a hash table does. What was made from other inputs is recognised, and no more.
    fn prf(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mixed = [0; 32];
        for (place, word) in mixed.chunks_mut(8).enumerate() {
            let mut hasher = DefaultHasher::new();
            (place, key, parts.concat()).hash(&mut hasher);
            word.copy_from_slice(&hasher.finish().to_be_bytes());
        }
        mixed
    }

    fn encrypt(&self, _key: &[u8], _iv: &[u8], plain: &[u8]) -> Vec<u8> {
        plain.to_vec()
    }

    fn decrypt(&self, _key: &[u8], _iv: &[u8], cipher: &[u8]) -> Option<Vec<u8>> {
        Some(cipher.to_vec())
    }

    fn nat_hash(&self, _octets: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn eap_client(&self, account: &Account) -> Box<dyn Eap> {
        Box::new(TokenCard(account.clone()))
    }

    fn eap_server(&self, account: &Account) -> (Box<dyn Eap>, Vec<u8>) {
        (Box::new(TokenCard(account.clone())), packet(REQUEST, &[TOKEN_CARD, b'?']))
    }
}

/// The generic token card of EAP (RFC 3748, section 5.6), either end: the client says the secret.
#[derive(Debug)]
struct TokenCard(Account);

const TOKEN_CARD: u8 = 6;
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;

impl TokenCard {
    /// Better methods leave a key behind, by which a gateway can prove itself (RFC 5998).
    fn key(&self) -> [u8; 64] {
        let half = StandIns.prf(self.0.secret.as_bytes(), &[b"token"]);
        core::array::from_fn(|place| half[place % half.len()])
    }
}

impl Eap for TokenCard {
    fn turn(&mut self, received: &[u8]) -> Turn {
        let right = packet(RESPONSE, &[&[TOKEN_CARD], self.0.secret.as_bytes()].concat());
        match received.first() {
            Some(&REQUEST) => Turn::Say(right),
            Some(&RESPONSE) if received == right => {
                Turn::Success(packet(SUCCESS, &[]), Some(self.key()))
            }
            Some(&RESPONSE) => Turn::Failure(packet(FAILURE, &[])),
            Some(&SUCCESS) => Turn::Success(Vec::new(), Some(self.key())),
            _ => Turn::Failure(Vec::new()),
        }
    }
}

fn packet(code: u8, data: &[u8]) -> Vec<u8> {
    let [high, low] = (data.len() as u16 + 4).to_be_bytes();
    [&[code, 1, high, low], data].concat()
}
