//! The octets of the stand-ins: well-formed payloads that prove and protect nothing.

use super::random;

/// An SA payload for the IKE SA. It offers what the examples really do: no encryption
/// (ENCR_NULL), no integrity. No IKE stack would agree to that.
pub(super) const IKE_PROPOSAL: &[u8] = &[
    0, 0, 0, 40, 1, 1, 0, 4, // one proposal, number 1, IKE, no SPI, four transforms
    3, 0, 0, 8, 1, 0, 0, 11, // ENCR_NULL
    3, 0, 0, 8, 2, 0, 0, 5, // PRF_HMAC_SHA2_256
    3, 0, 0, 8, 3, 0, 0, 0, // no integrity
    0, 0, 0, 8, 4, 0, 0, 31, // Curve25519
];

/// An SA payload for the CHILD SA.
pub(super) const ESP_PROPOSAL: &[u8] = &[
    0, 0, 0, 36, 1, 3, 4,
    3, // one proposal, number 1, ESP, SPI of four octets, three transforms
    0xc0, 0xff, 0xee, 0x01, // SPI
    3, 0, 0, 8, 1, 0, 0, 11, // ENCR_NULL
    3, 0, 0, 8, 3, 0, 0, 2, // AUTH_HMAC_SHA1_96
    0, 0, 0, 8, 5, 0, 0, 0, // no extended sequence numbers
];

/// A KE payload for Curve25519, with a public key that has no private one.
pub(super) fn ke() -> Vec<u8> {
    [&[0, 31, 0, 0][..], &random::octets::<32>()].concat()
}

/// An identity payload: ID_FQDN.
pub(super) const CLIENT_IDENTITY: &[u8] = b"\x02\0\0\0user.example.com";
pub(super) const GATEWAY_IDENTITY: &[u8] = b"\x02\0\0\0vpn.example.com";

/// An AUTH payload: shared key method, and a text where the proof would be.
pub(super) const AUTH: &[u8] = b"\x02\0\0\0an AUTH payload that proves none";

/// EAP packets of the generic token card method.
pub(super) const EAP_REQUEST: &[u8] = &[1, 1, 0, 11, 6, b'T', b'o', b'k', b'e', b'n', b'?'];
pub(super) const EAP_RESPONSE: &[u8] = &[2, 1, 0, 9, 6, b'1', b'2', b'3', b'4'];
pub(super) const EAP_SUCCESS: &[u8] = &[3, 1, 0, 4];

/// Traffic selectors: all of IPv4.
pub(super) const EVERYTHING: &[u8] =
    &[1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];

/// A DELETE of the IKE SA.
pub(super) const DELETE_IKE_SA: &[u8] = &[1, 0, 0, 0];
