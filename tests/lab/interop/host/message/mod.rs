//! IKEv2 messages as this host reads and writes them: with the crate's header,
//! payload iterator and redirect notifications, and the rest of the protocol.

mod chain;
mod parts;
mod proposal;

use ikev2_redirect::wire::{ExchangeType, Flags, Header, NotifyType, Spi};

pub(crate) use chain::Chain;
pub(crate) use parts::Parts;
pub(crate) use proposal::{
    Offer, Suite, esp_answer, esp_request, ike_choose, ike_chosen, ike_offer, ike_rekey_spi,
};

/// Notifications that the crate has no name for.
pub(crate) mod notify {
    use super::NotifyType;

    pub(crate) const NO_ADDITIONAL_SAS: NotifyType = NotifyType(35);
    pub(crate) const TS_UNACCEPTABLE: NotifyType = NotifyType(38);
    pub(crate) const NAT_SOURCE: NotifyType = NotifyType(16388);
    pub(crate) const NAT_DESTINATION: NotifyType = NotifyType(16389);
    pub(crate) const EAP_ONLY: NotifyType = NotifyType(16417);
    pub(crate) const CHILDLESS: NotifyType = NotifyType(16418);
    /// Types below this one report errors.
    pub(crate) const FIRST_STATUS: NotifyType = NotifyType(16384);
}

/// The protocol numbers of proposals and DELETE payloads.
pub(crate) mod protocol {
    pub(crate) const IKE: u8 = 1;
    pub(crate) const ESP: u8 = 3;
}

/// An IKE_SA_INIT message in the clear.
pub(crate) fn init_message(spi_i: Spi, spi_r: Spi, flags: Flags, chain: &Chain) -> Vec<u8> {
    let header = Header {
        initiator_spi: spi_i,
        responder_spi: spi_r,
        next_payload: chain.first(),
        exchange: ExchangeType::IKE_SA_INIT,
        flags,
        message_id: 0,
    };
    with_header(&header, &chain.encode())
}

pub(crate) fn with_header(header: &Header, body: &[u8]) -> Vec<u8> {
    let mut message = vec![0; Header::LEN];
    header.encode(body.len() as u32, &mut message).expect("the header has its room");
    message.extend_from_slice(body);
    message
}

/// The body of an identification payload for a name.
pub(crate) fn identity(name: &str) -> Vec<u8> {
    const FQDN: u8 = 2;
    [&[FQDN, 0, 0, 0], name.as_bytes()].concat()
}

/// What a peer calls itself, as far as it can be shown.
pub(crate) fn identity_text(body: &[u8]) -> String {
    let name = body.get(4..).unwrap_or_default();
    name.iter().map(|&octet| if octet.is_ascii_graphic() { octet as char } else { '?' }).collect()
}

/// The body of an AUTH payload made with a shared key.
pub(crate) fn shared_key_auth(value: &[u8; 32]) -> Vec<u8> {
    const SHARED_KEY: u8 = 2;
    [&[SHARED_KEY, 0, 0, 0], &value[..]].concat()
}

/// The body of a KE payload.
pub(crate) fn key_exchange(group: u16, public: &[u8]) -> Vec<u8> {
    [&group.to_be_bytes()[..], &[0, 0], public].concat()
}

/// Group number and public value of a KE payload.
pub(crate) fn split_key_exchange(body: &[u8]) -> Option<(u16, &[u8])> {
    let (&[high, low, _, _], public) = body.split_first_chunk::<4>()?;
    Some((u16::from_be_bytes([high, low]), public))
}

/// The body of a DELETE payload for the IKE SA.
pub(crate) const DELETE_IKE_SA: [u8; 4] = [protocol::IKE, 0, 0, 0];

/// Traffic selectors for all of IPv4: this host installs no CHILD SA, it asks for one.
pub(crate) fn any_traffic() -> Vec<u8> {
    let mut body = vec![1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff];
    body.extend_from_slice(&[0, 0, 0, 0, 255, 255, 255, 255]);
    body
}

/// The name of an exchange in events and options.
pub(crate) fn exchange_name(exchange: ExchangeType) -> &'static str {
    match exchange {
        ExchangeType::IKE_SA_INIT => "init",
        ExchangeType::IKE_AUTH => "auth",
        ExchangeType::CREATE_CHILD_SA => "child",
        ExchangeType::INFORMATIONAL => "informational",
        _ => "other",
    }
}
