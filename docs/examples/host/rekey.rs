//! CREATE_CHILD_SA, as far as it rekeys the IKE SA.

use ikev2_redirect::wire::{NotifyType, PayloadType, Spi};

use super::handshake::KeyExchange;
use super::message::{NO_ADDITIONAL_SAS, split_key_exchange};
use super::payloads::{Chain, Parts};
use super::proposal::{Offer, ike_choose, ike_chosen, ike_offer, ike_rekey_spi};
use super::sa::IkeSa;

/// Our request to rekey the IKE SA.
pub(super) fn ask_rekey(sa: &mut IkeSa, group: u16) -> Chain {
    let ours = KeyExchange::fresh(sa.crypto, group);
    let chain = Chain::new()
        .with(PayloadType::SA, &ike_offer(sa.crypto.suite(), &[group], &ours.spi.0))
        .with(PayloadType::NONCE, &ours.nonce)
        .with(PayloadType::KE, &ours.payload());
    sa.rekeying = Some(ours);
    chain
}

/// The IKE SA that replaces `old`, when the peer has agreed.
pub(super) fn finish_rekey(old: &mut IkeSa, parts: &Parts<'_>) -> Option<IkeSa> {
    let ours = old.rekeying.take()?;
    let answer = parts.first(PayloadType::SA)?;
    let (_, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
    let nonces = [&ours.nonce[..], parts.first(PayloadType::NONCE)?];
    let spis = [ours.spi, Spi(ike_rekey_spi(answer)?)];
    let chosen = ike_chosen(old.crypto.suite(), answer)?;
    let keys = ours.keys(chosen, public, nonces, spis, Some(&old.keys.derive))?;
    Some(IkeSa::new(old.crypto, spis, true, keys, (old.path, old.patience), 0))
}

/// Answers a CREATE_CHILD_SA request on `old`: with a new IKE SA if the peer rekeys this one, with
/// a refusal if it wants another CHILD SA.
pub(super) fn answer_rekey(
    old: &IkeSa,
    parts: &Parts<'_>,
    groups: &[u16],
) -> (Chain, Option<IkeSa>) {
    let refused = |kind, data: &[u8]| (Chain::new().with_notify(kind, data), None);
    let offer = parts.first(PayloadType::SA).unwrap_or_default();
    let Some(peer_spi) = ike_rekey_spi(offer) else { return refused(NO_ADDITIONAL_SAS, &[]) };
    let (Some(nonce_i), Some((group, public))) = (
        parts.first(PayloadType::NONCE),
        parts.first(PayloadType::KE).and_then(split_key_exchange),
    ) else {
        return refused(NotifyType::NO_PROPOSAL_CHOSEN, &[]);
    };
    // A group that is not known gets a key pair of one that is, for nothing.
    let known = if groups.contains(&group) { group } else { groups[0] };
    let ours = KeyExchange::fresh(old.crypto, known);
    let (chosen, answer) = match ike_choose(old.crypto.suite(), offer, group, groups, &ours.spi.0) {
        Offer::Taken { chosen, answer } => (chosen, answer),
        Offer::OtherGroup(wanted) => {
            return refused(NotifyType::INVALID_KE_PAYLOAD, &wanted.to_be_bytes());
        }
        Offer::Nothing => return refused(NotifyType::NO_PROPOSAL_CHOSEN, &[]),
    };
    let spis = [Spi(peer_spi), ours.spi];
    let keys = ours.keys(chosen, public, [nonce_i, &ours.nonce], spis, Some(&old.keys.derive));
    let Some(keys) = keys else { return refused(NotifyType::NO_PROPOSAL_CHOSEN, &[]) };
    let chain = Chain::new()
        .with(PayloadType::SA, &answer)
        .with(PayloadType::NONCE, &ours.nonce)
        .with(PayloadType::KE, &ours.payload());
    (chain, Some(IkeSa::new(old.crypto, spis, false, keys, (old.path, old.patience), 0)))
}
