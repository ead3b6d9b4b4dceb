//! IKE_SA_INIT as the responder that accepts: the response and the keys.

use ikev2_redirect::wire::{Flags, Header, InitRequest, NotifyType, PayloadType, Spi};

use crate::crypto::Group;
use crate::flight::Patience;
use crate::message::{Chain, Offer, Parts, ike_choose, init_message, notify, split_key_exchange};
use crate::net::{Path, nat_hash};
use crate::sa::{Handshake, IkeSa, KeyExchange};

/// What becomes of a request that is to be served.
pub(crate) enum Accepted {
    /// The response says what is wrong with the request; nothing is kept.
    Not(Vec<u8>),
    Sa(Box<(IkeSa, Handshake)>),
}

pub(crate) fn accept(
    request: &InitRequest<'_>,
    message: &[u8],
    path: Path,
    groups: &[Group],
    patience: Patience,
) -> Accepted {
    let refuse = |kind, data: &[u8]| Accepted::Not(stateless(request, kind, data));
    let Some((parts, offer, group, public)) = take_apart(message) else {
        return refuse(NotifyType::NO_PROPOSAL_CHOSEN, &[]);
    };
    let known = Group::from_number(group).unwrap_or(groups[0]);
    let ours = KeyExchange::fresh(known);
    let (suite, answer) = match ike_choose(offer, group, groups, &[]) {
        Offer::Taken { suite, answer } => (suite, answer),
        Offer::OtherGroup(wanted) => {
            return refuse(NotifyType::INVALID_KE_PAYLOAD, &wanted.number().to_be_bytes());
        }
        Offer::Nothing => return refuse(NotifyType::NO_PROPOSAL_CHOSEN, &[]),
    };
    let spis = [request.initiator_spi, ours.spi];
    let nonces = [request.nonce.octets(), &ours.nonce];
    let Some(keys) = ours.keys(suite, public, nonces, spis, None) else {
        return refuse(NotifyType::NO_PROPOSAL_CHOSEN, &[]);
    };
    let handshake = Handshake {
        request: message.to_vec(),
        response: response(&ours, spis, &answer, path, asks_for_nat_detection(&parts)),
        nonce_i: nonces[0].to_vec(),
        nonce_r: nonces[1].to_vec(),
        prove: keys.prove,
    };
    Accepted::Sa(Box::new((IkeSa::new(spis, false, keys, path, patience, 1), handshake)))
}

/// A response with one notification, for which no state is kept.
pub(crate) fn stateless(request: &InitRequest<'_>, kind: NotifyType, data: &[u8]) -> Vec<u8> {
    let chain = Chain::new().with_notify(kind, data);
    init_message(request.initiator_spi, Spi::ZERO, Flags::RESPONSE, &chain)
}

/// The payloads, the proposals, and the group and value of the key exchange.
fn take_apart(message: &[u8]) -> Option<(Parts<'_>, &[u8], u16, &[u8])> {
    let (header, body) = Header::parse(message).ok()?;
    let parts = Parts::parse(header.next_payload, body).ok()?;
    let offer = parts.first(PayloadType::SA)?;
    let (group, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
    Some((parts, offer, group, public))
}

fn asks_for_nat_detection(parts: &Parts<'_>) -> bool {
    parts.notify(notify::NAT_SOURCE).is_some()
}

fn response(ours: &KeyExchange, spis: [Spi; 2], answer: &[u8], path: Path, nat: bool) -> Vec<u8> {
    let mut chain = Chain::new()
        .with(PayloadType::SA, answer)
        .with(PayloadType::KE, &ours.payload())
        .with(PayloadType::NONCE, &ours.nonce);
    if nat {
        chain = chain
            .with_notify(notify::NAT_SOURCE, &nat_hash(spis[0], spis[1], path.local))
            .with_notify(notify::NAT_DESTINATION, &nat_hash(spis[0], spis[1], path.remote));
    }
    let chain = chain
        .with_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED, &[])
        .with_notify(notify::CHILDLESS, &[]);
    init_message(spis[0], spis[1], Flags::RESPONSE, &chain)
}
