//! IKE_SA_INIT as the gateway that accepts: the usual response and the keys.

use ikev2_redirect::wire::{Flags, Header, InitRequest, NotifyType, PayloadType, Spi};

use super::super::chain::Chain;
use super::super::handshake::{Handshake, KeyExchange};
use super::super::message::{
    CHILDLESS, asks_for_nat_detection, init_message, split_key_exchange, with_nat_detection,
};
use super::super::output::Path;
use super::super::parts::Parts;
use super::super::proposal::{Offer, ike_choose};
use super::super::sa::IkeSa;
use super::super::settings::{Common, Policy};

/// The IKE SA; or a response that says what is wrong with the request, and nothing is kept.
pub(super) fn accept(
    policy: &Policy,
    request: &InitRequest<'_>,
    message: &[u8],
    path: Path,
) -> Result<(IkeSa, Handshake), Vec<u8>> {
    let Common { crypto, ref groups, patience, .. } = policy.common;
    let refuse = |kind, data: &[u8]| stateless(request, kind, data);
    let no_proposal = || refuse(NotifyType::NO_PROPOSAL_CHOSEN, &[]);
    let (parts, offer, group, public) = take_apart(message).ok_or_else(no_proposal)?;
    let known = if groups.contains(&group) { group } else { groups[0] };
    let ours = KeyExchange::fresh(crypto, known);
    let (chosen, answer) = match ike_choose(crypto.suite(), offer, group, groups, &[]) {
        Offer::Taken { chosen, answer } => (chosen, answer),
        Offer::OtherGroup(wanted) => {
            return Err(refuse(NotifyType::INVALID_KE_PAYLOAD, &wanted.to_be_bytes()));
        }
        Offer::Nothing => return Err(no_proposal()),
    };
    let spis = [request.initiator_spi, ours.spi];
    let nonces = [request.nonce.octets(), &ours.nonce[..]];
    let keys = ours.keys(chosen, public, nonces, spis, None).ok_or_else(no_proposal)?;
    let mut chain = Chain::new()
        .with(PayloadType::SA, &answer)
        .with(PayloadType::KE, &ours.payload())
        .with(PayloadType::NONCE, &ours.nonce);
    if asks_for_nat_detection(&parts) {
        chain = with_nat_detection(chain, crypto, spis, path);
    }
    if policy.multiple_auth {
        chain.push_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED, &[]);
    }
    if policy.childless {
        chain.push_notify(CHILDLESS, &[]);
    }
    let handshake = Handshake {
        crypto,
        request: message.to_vec(),
        response: init_message(spis, Flags::RESPONSE, &chain),
        nonces: nonces.map(Vec::from),
        prove: keys.prove,
    };
    Ok((IkeSa::new(crypto, spis, false, keys, (path, patience), 1), handshake))
}

/// A response with one notification, for which no state is kept.
pub(super) fn stateless(request: &InitRequest<'_>, kind: NotifyType, data: &[u8]) -> Vec<u8> {
    let chain = Chain::new().with_notify(kind, data);
    init_message([request.initiator_spi, Spi::ZERO], Flags::RESPONSE, &chain)
}

/// The payloads, the proposals, and the group and value of the key exchange.
fn take_apart(message: &[u8]) -> Option<(Parts<'_>, &[u8], u16, &[u8])> {
    let (header, body) = Header::parse(message).ok()?;
    let parts = Parts::parse(header.next_payload, body).ok()?;
    let offer = parts.first(PayloadType::SA)?;
    let (group, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
    Some((parts, offer, group, public))
}
