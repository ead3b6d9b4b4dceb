//! What cryptography does for a party.

use std::fmt::Debug;

/// Key exchange, ciphers and EAP methods. The parties are the same whatever stands behind it.
pub(crate) trait Crypto: Debug + Sync {
    /// Fills the octets with random ones.
    fn fill(&self, octets: &mut [u8]);

    /// The one suite that it speaks.
    fn suite(&self) -> &'static Suite;

    /// A fresh key pair of one of the suite's groups.
    fn key_pair(&self, group: u16) -> KeyPair;

    /// The secret shared with the peer; nothing if its public value is not one.
    fn agree(&self, own: &KeyPair, peer: &[u8]) -> Option<Vec<u8>>;

    /// The pseudo-random function. Cut to the suite's length it is the integrity check, too.
    fn prf(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 32];

    /// Encrypts whole blocks.
    fn encrypt(&self, key: &[u8], iv: &[u8], plain: &[u8]) -> Vec<u8>;

    /// Decrypts them.
    fn decrypt(&self, key: &[u8], iv: &[u8], cipher: &[u8]) -> Option<Vec<u8>>;

    /// SHA-1, for the detection of NATs; nothing if there is to be none.
    fn nat_hash(&self, octets: &[u8]) -> Option<Vec<u8>>;

    /// The client's end of EAP.
    fn eap_client(&self, account: &Account) -> Box<dyn Eap>;

    /// The gateway's end, with its first packet.
    fn eap_server(&self, account: &Account) -> (Box<dyn Eap>, Vec<u8>);
}

impl dyn Crypto {
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut octets = [0; N];
        self.fill(&mut octets);
        octets
    }
}

/// A transform of a proposal: its type, its number and, for some ciphers, the bits of the key.
pub(crate) type Transform = (u8, u16, Option<u16>);

/// What is offered and accepted, and the lengths that follow from it, in octets.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Encryption, PRF and integrity: of each type one is chosen, the first that both know.
    pub(crate) ike: &'static [Transform],
    /// Proposals for the CHILD SA, which is never installed.
    pub(crate) esp: &'static [&'static [Transform]],
    /// The names that Wireshark has for cipher and integrity check, without the bits of the key.
    pub(crate) names: [&'static str; 2],
    pub(crate) block: usize,
    pub(crate) iv: usize,
    pub(crate) icv: usize,
    pub(crate) integrity_key: usize,
}

/// One fresh half of a key exchange. What the private part looks like only [`Crypto`] knows.
#[derive(Clone, Debug)]
pub(crate) struct KeyPair {
    pub(crate) group: u16,
    pub(crate) public: Vec<u8>,
    pub(crate) private: Vec<u8>,
}

/// Who authenticates by EAP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) secret: String,
}

/// One end of an EAP conversation.
pub(crate) trait Eap: Debug + Send {
    /// What follows a packet of the other end.
    fn turn(&mut self, packet: &[u8]) -> Turn;
}

/// What follows a packet of the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Another packet, and EAP goes on.
    Say(Vec<u8>),
    /// The gateway's last packet (the client has none), and the key that some methods leave.
    Success(Vec<u8>, Option<[u8; 64]>),
    /// The gateway's last packet.
    Failure(Vec<u8>),
}
