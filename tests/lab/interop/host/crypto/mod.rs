//! The cryptography that a party needs, and no more: one suite, PRF_HMAC_SHA2_256 with AES-CBC and
//! AUTH_HMAC_SHA2_256_128.

mod openssl;
mod sha256;

use std::fs::File;
use std::io::Read;

use crate::eap;
use crate::host::crypto::{Account, Crypto, Eap, KeyPair, Suite};

pub(crate) use openssl::md5;

/// OpenSSL's command line, and SHA-256 of our own.
#[derive(Debug)]
pub(crate) struct OpenSsl;

static SUITE: Suite = Suite {
    ike: &[
        (1, 12, Some(128)), // ENCR_AES_CBC
        (1, 12, Some(256)),
        (2, 5, None),  // PRF_HMAC_SHA2_256
        (3, 12, None), // AUTH_HMAC_SHA2_256_128
    ],
    esp: &[
        &[(1, 20, Some(128)), (1, 20, Some(256)), (5, 0, None)], // ENCR_AES_GCM_16
        &[(1, 12, Some(128)), (3, 12, None), (5, 0, None)],
    ],
    names: ["AES-CBC [RFC3602]", "HMAC_SHA2_256_128 [RFC4868]"],
    block: 16,
    iv: 16,
    icv: 16,
    integrity_key: 32,
};

impl Crypto for OpenSsl {
    fn fill(&self, octets: &mut [u8]) {
        let source = File::open("/dev/urandom");
        source.and_then(|mut source| source.read_exact(octets)).expect("/dev/urandom");
    }

    fn suite(&self) -> &'static Suite {
        &SUITE
    }

    fn key_pair(&self, group: u16) -> KeyPair {
        openssl::key_pair(group)
    }

    fn agree(&self, own: &KeyPair, peer: &[u8]) -> Option<Vec<u8>> {
        openssl::agree(own, peer)
    }

    fn prf(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        sha256::hmac(key, parts)
    }

    fn encrypt(&self, key: &[u8], iv: &[u8], plain: &[u8]) -> Vec<u8> {
        openssl::aes_cbc("-e", key, iv, plain).expect("openssl enc -e")
    }

    fn decrypt(&self, key: &[u8], iv: &[u8], cipher: &[u8]) -> Option<Vec<u8>> {
        openssl::aes_cbc("-d", key, iv, cipher)
    }

    fn nat_hash(&self, octets: &[u8]) -> Option<Vec<u8>> {
        Some(openssl::sha1(octets))
    }

    fn eap_client(&self, account: &Account) -> Box<dyn Eap> {
        Box::new(eap::Client(account.clone()))
    }

    fn eap_server(&self, account: &Account) -> (Box<dyn Eap>, Vec<u8>) {
        let (authenticator, packet) = eap::Authenticator::start(account);
        (Box::new(authenticator), packet)
    }
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    (&OpenSsl as &dyn Crypto).random()
}
