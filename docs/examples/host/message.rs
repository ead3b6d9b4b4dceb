//! Whole messages, and the bodies of payloads that this crate has no name for.

use ikev2_redirect::wire::{ExchangeType, Flags, Header, NotifyType, Spi};

use super::crypto::Crypto;
use super::output::Path;
use super::payloads::{Chain, Parts};

pub(super) const NO_ADDITIONAL_SAS: NotifyType = NotifyType(35);
pub(super) const TS_UNACCEPTABLE: NotifyType = NotifyType(38);
const NAT_SOURCE: NotifyType = NotifyType(16388);
const NAT_DESTINATION: NotifyType = NotifyType(16389);
pub(super) const EAP_ONLY: NotifyType = NotifyType(16417);
pub(super) const CHILDLESS: NotifyType = NotifyType(16418);

/// The body of a DELETE payload for the IKE SA.
pub(crate) const DELETE_IKE_SA: [u8; 4] = [1, 0, 0, 0];

/// Traffic selectors for all of IPv4.
pub(super) const ANY_TRAFFIC: [u8; 20] =
    [1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];

/// An IKE_SA_INIT message.
pub(super) fn init_message(spis: [Spi; 2], flags: Flags, chain: &Chain) -> Vec<u8> {
    let exchange = ExchangeType::IKE_SA_INIT;
    in_clear(spis, exchange, flags, 0, chain)
}

/// A message that nobody has protected.
pub(crate) fn in_clear(
    [initiator_spi, responder_spi]: [Spi; 2],
    exchange: ExchangeType,
    flags: Flags,
    message_id: u32,
    chain: &Chain,
) -> Vec<u8> {
    let next_payload = chain.first();
    let header = Header { initiator_spi, responder_spi, next_payload, exchange, flags, message_id };
    with_header(&header, chain.octets())
}

pub(super) fn with_header(header: &Header, body: &[u8]) -> Vec<u8> {
    let mut message = vec![0; Header::LEN];
    header.encode(body.len() as u32, &mut message).expect("the header has its room");
    message.extend_from_slice(body);
    message
}

/// The body of an identification payload for a name.
pub(super) fn identity(name: &str) -> Vec<u8> {
    const FQDN: u8 = 2;
    [&[FQDN, 0, 0, 0], name.as_bytes()].concat()
}

/// What a peer calls itself, as far as it can be shown.
pub(super) fn identity_text(body: &[u8]) -> String {
    let name = body.get(4..).unwrap_or_default();
    name.iter().map(|&octet| if octet.is_ascii_graphic() { octet as char } else { '?' }).collect()
}

/// The body of an AUTH payload made with a shared key.
pub(super) fn shared_key_auth(value: &[u8; 32]) -> Vec<u8> {
    const SHARED_KEY: u8 = 2;
    [&[SHARED_KEY, 0, 0, 0], &value[..]].concat()
}

/// The body of a KE payload.
pub(super) fn key_exchange(group: u16, public: &[u8]) -> Vec<u8> {
    [&group.to_be_bytes()[..], &[0, 0], public].concat()
}

/// Group number and public value of a KE payload.
pub(super) fn split_key_exchange(body: &[u8]) -> Option<(u16, &[u8])> {
    let (&[high, low, _, _], public) = body.split_first_chunk::<4>()?;
    Some((u16::from_be_bytes([high, low]), public))
}

/// Adds what lets the peer find out whether there is a NAT on the path.
pub(super) fn with_nat_detection(
    chain: Chain,
    crypto: &dyn Crypto,
    spis: [Spi; 2],
    path: Path,
) -> Chain {
    match nat_hashes(crypto, spis, path) {
        Some([source, destination]) => {
            chain.with_notify(NAT_SOURCE, &source).with_notify(NAT_DESTINATION, &destination)
        }
        None => chain,
    }
}

/// Whether the peer sees other addresses than this end does.
pub(super) fn sees_nat(parts: &Parts<'_>, crypto: &dyn Crypto, spis: [Spi; 2], path: Path) -> bool {
    let seen_by_peer = Path { local: path.remote, remote: path.local };
    let Some(expected) = nat_hashes(crypto, spis, seen_by_peer) else { return false };
    [NAT_SOURCE, NAT_DESTINATION]
        .into_iter()
        .zip(expected)
        .any(|(kind, hash)| parts.notify(kind).is_some_and(|told| told != hash))
}

/// Whether the peer wants to know about NATs.
pub(super) fn asks_for_nat_detection(parts: &super::payloads::Parts<'_>) -> bool {
    parts.notify(NAT_SOURCE).is_some()
}

/// Of the sender's end and of the receiver's.
fn nat_hashes(crypto: &dyn Crypto, [spi_i, spi_r]: [Spi; 2], path: Path) -> Option<[Vec<u8>; 2]> {
    let hash = |end: std::net::SocketAddr| {
        let address = match end.ip() {
            std::net::IpAddr::V4(address) => address.octets().to_vec(),
            std::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        crypto.nat_hash(&[&spi_i.0, &spi_r.0, &address[..], &end.port().to_be_bytes()].concat())
    };
    Some([hash(path.local)?, hash(path.remote)?])
}
