//! The cryptography that a minimal IKEv2 peer needs, and no more.

mod keys;
mod openssl;
mod sha256;

use std::fs::File;
use std::io::Read;

pub(crate) use keys::{KeyInputs, Keys, auth_value, prf};
pub(crate) use openssl::{Group, KeyPair, aes_cbc_decrypt, aes_cbc_encrypt, des, md4, md5, sha1};

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut octets))
        .expect("/dev/urandom");
    octets
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
