//! What the `openssl` command line does for this host: key agreement, AES-CBC,
//! and the digests that are needed once in a while. Keys appear on its command
//! line, which is fine for a test host and for nothing else.

use std::io::Write;
use std::process::{Command, Stdio};

use super::random;
use crate::host::crypto::KeyPair;
use crate::host::sa::hex;

/// A Diffie-Hellman group, by its transform number in IKEv2. The other one is Curve25519.
const ECP_256: u16 = 19;

/// How a private key is made, and what stands before the public value in a DER
/// SubjectPublicKeyInfo.
fn group(number: u16) -> (&'static [&'static str], &'static [u8]) {
    match number {
        ECP_256 => (
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            &[
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ],
        ),
        _ => (
            &["-algorithm", "X25519"],
            &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00],
        ),
    }
}

pub(super) fn key_pair(number: u16) -> KeyPair {
    let (options, prefix) = group(number);
    let generate = [&["genpkey", "-outform", "DER"], options].concat();
    let private = run(&generate, &[]).expect("openssl genpkey");
    let show = ["pkey", "-inform", "DER", "-pubout", "-outform", "DER"];
    let public = run(&show, &private).expect("openssl pkey")[prefix.len()..].to_vec();
    KeyPair { group: number, public, private }
}

/// Nothing if `openssl` does not take the peer's public value.
pub(super) fn agree(own: &KeyPair, peer: &[u8]) -> Option<Vec<u8>> {
    let file = std::env::temp_dir().join(format!("interop-host-{}.der", hex(&random::<8>())));
    std::fs::write(&file, [group(own.group).1, peer].concat()).ok()?;
    let peer_key = file.to_str()?;
    let secret = run(
        &[
            &["pkeyutl", "-derive", "-inkey", "/dev/stdin", "-keyform", "DER"],
            &["-peerkey", peer_key, "-peerform", "DER"][..],
        ]
        .concat(),
        &own.private,
    );
    std::fs::remove_file(&file).ok()?;
    secret
}

/// `direction`: `-e` or `-d`.
pub(super) fn aes_cbc(direction: &str, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let algorithm = format!("-aes-{}-cbc", key.len() * 8);
    run(&["enc", &algorithm, direction, "-nopad", "-K", &hex(key), "-iv", &hex(iv)], data)
}

pub(crate) fn md5(data: &[u8]) -> Vec<u8> {
    run(&["dgst", "-md5", "-binary"], data).expect("openssl dgst -md5")
}

pub(super) fn sha1(data: &[u8]) -> Vec<u8> {
    run(&["dgst", "-sha1", "-binary"], data).expect("openssl dgst -sha1")
}

fn run(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the openssl command is needed");
    // All inputs are smaller than a pipe, so writing before reading cannot block.
    // A command that fails early closes its end; its exit status tells.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let output = child.wait_with_output().ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X25519: u16 = 31;

    #[test]
    fn both_sides_agree_on_the_same_secret() {
        for number in [ECP_256, X25519] {
            let (ours, theirs) = (key_pair(number), key_pair(number));
            let secret = agree(&ours, &theirs.public);
            assert_eq!(secret.as_ref().map(Vec::len), Some(32));
            assert_eq!(secret, agree(&theirs, &ours.public));
        }
    }

    #[test]
    fn a_public_value_that_is_no_point_is_refused() {
        assert_eq!(agree(&key_pair(ECP_256), &[1; 64]), None);
    }

    #[test]
    fn aes_cbc_matches_the_published_vector() {
        // SP 800-38A, F.2.1, first block.
        let key = *b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c";
        let iv: [u8; 16] = core::array::from_fn(|i| i as u8);
        let plain = *b"\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a";
        let cipher = aes_cbc("-e", &key, &iv, &plain).expect("openssl enc");
        assert_eq!(hex(&cipher), "7649abac8119b246cee98e9b12e9197d");
        assert_eq!(aes_cbc("-d", &key, &iv, &cipher).as_deref(), Some(&plain[..]));
    }
}
