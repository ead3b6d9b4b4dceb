//! What IKE_AUTH messages consist of.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::{NotifyType, PayloadType, Payloads};

use super::filling;
use super::message::Chain;

/// One payload of an IKE_AUTH message, or a pair that goes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Idi,
    Idr,
    Auth,
    EapRequest,
    EapResponse,
    EapSuccess,
    MultipleAuthSupported,
    AnotherAuthFollows,
    /// SA, TSi and TSr: the CHILD SA.
    Child,
}

/// The payloads of these parts.
pub(super) fn chain_of(parts: &[Part]) -> Chain {
    let mut chain = Chain::new();
    for part in parts {
        match part {
            Part::Idi => chain.push(PayloadType::IDI, filling::CLIENT_IDENTITY),
            Part::Idr => chain.push(PayloadType::IDR, filling::GATEWAY_IDENTITY),
            Part::Auth => chain.push(PayloadType::AUTH, filling::AUTH),
            Part::EapRequest => chain.push(PayloadType::EAP, filling::EAP_REQUEST),
            Part::EapResponse => chain.push(PayloadType::EAP, filling::EAP_RESPONSE),
            Part::EapSuccess => chain.push(PayloadType::EAP, filling::EAP_SUCCESS),
            Part::MultipleAuthSupported => chain.push_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED),
            Part::AnotherAuthFollows => chain.push_notify(NotifyType::ANOTHER_AUTH_FOLLOWS),
            Part::Child => {
                chain.push(PayloadType::SA, filling::ESP_PROPOSAL);
                chain.push(PayloadType::TSI, filling::EVERYTHING);
                chain.push(PayloadType::TSR, filling::EVERYTHING);
            }
        }
    }
    chain
}

/// What the machines want to know of a message with these parts.
pub(super) fn content_of(parts: &[Part]) -> AuthMessage {
    let has = |part| parts.contains(&part);
    AuthMessage {
        auth: has(Part::Auth),
        eap: has(Part::EapRequest) || has(Part::EapResponse) || has(Part::EapSuccess),
        another_auth_follows: has(Part::AnotherAuthFollows),
        multiple_auth_supported: has(Part::MultipleAuthSupported),
    }
}

/// "Verifies" the AUTH payload of a message. A real host does its cryptography here, and all
/// that the machines learn of it is this verdict.
pub(super) fn verify(first: PayloadType, chain: &[u8]) -> PeerAuth {
    let mut payloads = Payloads::new(first, chain).flatten();
    match payloads.find(|payload| payload.kind == PayloadType::AUTH) {
        None => PeerAuth::Absent,
        Some(auth) if auth.body == filling::AUTH => PeerAuth::Verified,
        Some(_) => PeerAuth::Failed,
    }
}
