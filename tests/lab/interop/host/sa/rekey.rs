//! CREATE_CHILD_SA, as far as it rekeys the IKE SA.

use ikev2_redirect::wire::{NotifyType, PayloadType, Spi};

use crate::crypto::Group;
use crate::flight::Patience;
use crate::message::{
    Chain, Offer, Parts, ike_choose, ike_chosen, ike_offer, ike_rekey_spi, notify,
    split_key_exchange,
};

use super::{IkeSa, KeyExchange};

/// Our request to rekey `sa`.
pub(crate) fn ask_rekey(sa: &mut IkeSa, group: Group) -> Chain {
    let ours = KeyExchange::fresh(group);
    let chain = Chain::new()
        .with(PayloadType::SA, &ike_offer(&[group], &ours.spi.0))
        .with(PayloadType::NONCE, &ours.nonce)
        .with(PayloadType::KE, &ours.payload());
    sa.rekeying = Some(ours);
    chain
}

/// The IKE SA that replaces `old`, when the peer has agreed.
pub(crate) fn finish_rekey(
    old: &mut IkeSa,
    parts: &Parts<'_>,
    patience: Patience,
) -> Option<IkeSa> {
    let ours = old.rekeying.take()?;
    let answer = parts.first(PayloadType::SA)?;
    let (_, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
    let nonces = [&ours.nonce[..], parts.first(PayloadType::NONCE)?];
    let spis = [ours.spi, Spi(ike_rekey_spi(answer)?)];
    let keys = ours.keys(ike_chosen(answer)?, public, nonces, spis, Some(&old.keys.derive))?;
    Some(IkeSa::new(spis, true, keys, old.path, patience, 0))
}

/// Answers a CREATE_CHILD_SA request on `old`: with a new IKE SA if the peer
/// rekeys this one, with a refusal if it wants another CHILD SA.
pub(crate) fn answer_rekey(
    old: &IkeSa,
    parts: &Parts<'_>,
    groups: &[Group],
    patience: Patience,
) -> (Chain, Option<IkeSa>) {
    let Some((offer, peer_spi)) =
        parts.first(PayloadType::SA).and_then(|body| Some((body, Spi(ike_rekey_spi(body)?))))
    else {
        return (Chain::new().with_notify(notify::NO_ADDITIONAL_SAS, &[]), None);
    };
    let refused = || (Chain::new().with_notify(NotifyType::NO_PROPOSAL_CHOSEN, &[]), None);
    let (Some(nonce_i), Some((group, public))) = (
        parts.first(PayloadType::NONCE),
        parts.first(PayloadType::KE).and_then(split_key_exchange),
    ) else {
        return refused();
    };
    let Some(known) = Group::from_number(group).filter(|group| groups.contains(group)) else {
        return match ike_choose(offer, group, groups, &[]) {
            Offer::OtherGroup(wanted) => {
                let number = wanted.number().to_be_bytes();
                (Chain::new().with_notify(NotifyType::INVALID_KE_PAYLOAD, &number), None)
            }
            Offer::Taken { .. } | Offer::Nothing => refused(),
        };
    };
    let ours = KeyExchange::fresh(known);
    let Offer::Taken { suite, answer } = ike_choose(offer, group, groups, &ours.spi.0) else {
        return refused();
    };
    let spis = [peer_spi, ours.spi];
    let keys = ours.keys(suite, public, [nonce_i, &ours.nonce], spis, Some(&old.keys.derive));
    let Some(keys) = keys else { return refused() };
    let chain = Chain::new()
        .with(PayloadType::SA, &answer)
        .with(PayloadType::NONCE, &ours.nonce)
        .with(PayloadType::KE, &ours.payload());
    (chain, Some(IkeSa::new(spis, false, keys, old.path, patience, 0)))
}
