//! SA payloads: one IKE suite (AES-CBC with HMAC-SHA-256) over two groups and
//! two key lengths, and an ESP proposal for the CHILD SA.

use crate::crypto::Group;

use super::protocol;

const ENCR: u8 = 1;
const PRF: u8 = 2;
const INTEG: u8 = 3;
const DH: u8 = 4;
const ESN: u8 = 5;
const ENCR_AES_CBC: u16 = 12;
const ENCR_AES_GCM_16: u16 = 20;
const PRF_HMAC_SHA2_256: u16 = 5;
const AUTH_HMAC_SHA2_256_128: u16 = 12;
const KEY_LENGTH: u16 = 14;

/// What two peers agreed on for their IKE SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    pub(crate) aes_bits: u16,
    pub(crate) group: Group,
}

/// What a peer that asks for an IKE SA is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Taken: the SA payload of the answer.
    Taken {
        suite: Suite,
        answer: Vec<u8>,
    },
    /// The suite would do, but with this group.
    OtherGroup(Group),
    Nothing,
}

/// Transform type, id and key length.
type Transform = (u8, u16, Option<u16>);

/// The body of the SA payload that asks for an IKE SA; `spi` is empty in IKE_SA_INIT.
pub(crate) fn ike_offer(groups: &[Group], spi: &[u8]) -> Vec<u8> {
    let mut transforms = vec![
        (ENCR, ENCR_AES_CBC, Some(128)),
        (ENCR, ENCR_AES_CBC, Some(256)),
        (PRF, PRF_HMAC_SHA2_256, None),
        (INTEG, AUTH_HMAC_SHA2_256_128, None),
    ];
    transforms.extend(groups.iter().map(|group| (DH, group.number(), None)));
    proposal(1, protocol::IKE, spi, &transforms)
}

/// Chooses from the proposals of a request with a KE payload of group `ke`.
pub(crate) fn ike_choose(body: &[u8], ke: u16, groups: &[Group], spi: &[u8]) -> Offer {
    for offered in proposals(body).into_iter().filter(|offered| offered.protocol == protocol::IKE) {
        let Some(aes_bits) =
            [128, 256].into_iter().find(|bits| offered.has((ENCR, ENCR_AES_CBC, Some(*bits))))
        else {
            continue;
        };
        if !offered.has((PRF, PRF_HMAC_SHA2_256, None))
            || !offered.has((INTEG, AUTH_HMAC_SHA2_256_128, None))
        {
            continue;
        }
        let common: Vec<Group> = groups
            .iter()
            .copied()
            .filter(|group| offered.has((DH, group.number(), None)))
            .collect();
        let Some(&preferred) = common.first() else { continue };
        let Some(&group) = common.iter().find(|group| group.number() == ke) else {
            return Offer::OtherGroup(preferred);
        };
        let suite = Suite { aes_bits, group };
        return Offer::Taken { suite, answer: ike_answer(offered.number, suite, spi) };
    }
    Offer::Nothing
}

/// The suite that the answer to our own offer names.
pub(crate) fn ike_chosen(body: &[u8]) -> Option<Suite> {
    let answers = proposals(body);
    let [answer] = &answers[..] else { return None };
    let aes_bits =
        [128, 256].into_iter().find(|bits| answer.has((ENCR, ENCR_AES_CBC, Some(*bits))))?;
    let group = answer
        .transforms
        .iter()
        .find(|(kind, ..)| *kind == DH)
        .and_then(|(_, id, _)| Group::from_number(*id))?;
    (answer.protocol == protocol::IKE).then_some(Suite { aes_bits, group })
}

/// The SPI that a peer names for the IKE SA which replaces the present one;
/// `None` if its proposals are for anything else.
pub(crate) fn ike_rekey_spi(body: &[u8]) -> Option<[u8; 8]> {
    proposals(body)
        .into_iter()
        .find(|offered| offered.protocol == protocol::IKE)?
        .spi
        .try_into()
        .ok()
}

/// Asks for a CHILD SA with AES-GCM or AES-CBC.
pub(crate) fn esp_request(spi: [u8; 4]) -> Vec<u8> {
    let gcm =
        [(ENCR, ENCR_AES_GCM_16, Some(128)), (ENCR, ENCR_AES_GCM_16, Some(256)), (ESN, 0, None)];
    let cbc =
        [(ENCR, ENCR_AES_CBC, Some(128)), (INTEG, AUTH_HMAC_SHA2_256_128, None), (ESN, 0, None)];
    let mut out = proposal(1, protocol::ESP, &spi, &gcm);
    out[0] = 2;
    out.extend(proposal(2, protocol::ESP, &spi, &cbc));
    out
}

/// Takes the first of the ESP proposals, with the first transform of each type.
pub(crate) fn esp_answer(body: &[u8], spi: [u8; 4]) -> Option<Vec<u8>> {
    let offered = proposals(body).into_iter().find(|offered| offered.protocol == protocol::ESP)?;
    let mut chosen: Vec<Transform> = Vec::new();
    for transform in offered.transforms {
        if chosen.iter().all(|(kind, ..)| *kind != transform.0) {
            chosen.push(transform);
        }
    }
    Some(proposal(offered.number, protocol::ESP, &spi, &chosen))
}

fn ike_answer(number: u8, suite: Suite, spi: &[u8]) -> Vec<u8> {
    let transforms = [
        (ENCR, ENCR_AES_CBC, Some(suite.aes_bits)),
        (PRF, PRF_HMAC_SHA2_256, None),
        (INTEG, AUTH_HMAC_SHA2_256_128, None),
        (DH, suite.group.number(), None),
    ];
    proposal(number, protocol::IKE, spi, &transforms)
}

fn proposal(number: u8, protocol: u8, spi: &[u8], transforms: &[Transform]) -> Vec<u8> {
    let mut body = vec![number, protocol, spi.len() as u8, transforms.len() as u8];
    body.extend_from_slice(spi);
    for (i, transform) in transforms.iter().enumerate() {
        body.extend(encode_transform(*transform, i + 1 == transforms.len()));
    }
    let length = (body.len() as u16 + 4).to_be_bytes();
    [&[0, 0, length[0], length[1]], &body[..]].concat()
}

fn encode_transform((kind, id, key_length): Transform, last: bool) -> Vec<u8> {
    let mut out = vec![if last { 0 } else { 3 }, 0, 0, 8, kind, 0];
    out.extend_from_slice(&id.to_be_bytes());
    if let Some(bits) = key_length {
        out[3] = 12;
        out.extend_from_slice(&(0x8000 | KEY_LENGTH).to_be_bytes());
        out.extend_from_slice(&bits.to_be_bytes());
    }
    out
}

struct Proposal<'a> {
    number: u8,
    protocol: u8,
    spi: &'a [u8],
    transforms: Vec<Transform>,
}

impl Proposal<'_> {
    fn has(&self, transform: Transform) -> bool {
        self.transforms.contains(&transform)
    }
}

/// The proposals up to the first that is malformed.
fn proposals(mut body: &[u8]) -> Vec<Proposal<'_>> {
    let mut found = Vec::new();
    while let Some((head, rest)) = split(body) {
        let Some(proposal) = parse_proposal(head) else { break };
        found.push(proposal);
        body = rest;
    }
    found
}

fn parse_proposal(octets: &[u8]) -> Option<Proposal<'_>> {
    let &[_, _, _, _, number, protocol, spi_size, _] = octets.first_chunk::<8>()?;
    let spi = octets.get(8..8 + usize::from(spi_size))?;
    let mut rest = &octets[8 + spi.len()..];
    let mut transforms = Vec::new();
    while let Some((head, following)) = split(rest) {
        transforms.push(parse_transform(head)?);
        rest = following;
    }
    Some(Proposal { number, protocol, spi, transforms })
}

fn parse_transform(octets: &[u8]) -> Option<Transform> {
    let &[_, _, _, _, kind, _, high, low] = octets.first_chunk::<8>()?;
    let key_length = match octets.get(8..12) {
        Some(&[0x80, 14, high, low]) => Some(u16::from_be_bytes([high, low])),
        _ => None,
    };
    Some((kind, u16::from_be_bytes([high, low]), key_length))
}

/// Splits off a structure that carries its length in its third and fourth octet.
fn split(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(octets.get(2..4)?.try_into().ok()?));
    (length >= 8).then(|| octets.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_our_own_offer_is_understood() {
        let groups = [Group::X25519, Group::Ecp256];
        let Offer::Taken { suite, answer } = ike_choose(&ike_offer(&groups, &[]), 31, &groups, &[])
        else {
            panic!("our own offer is taken");
        };
        assert_eq!(ike_chosen(&answer), Some(suite));
        assert_eq!(suite, Suite { aes_bits: 128, group: Group::X25519 });
    }

    #[test]
    fn a_ke_of_another_group_is_asked_again() {
        let offer = ike_offer(&[Group::X25519, Group::Ecp256], &[]);
        assert_eq!(ike_choose(&offer, 31, &[Group::Ecp256], &[]), Offer::OtherGroup(Group::Ecp256));
        assert_eq!(
            ike_choose(&ike_offer(&[Group::X25519], &[]), 31, &[Group::Ecp256], &[]),
            Offer::Nothing
        );
    }

    #[test]
    fn the_esp_answer_takes_one_transform_of_each_type() {
        let answer = esp_answer(&esp_request([1, 2, 3, 4]), [5, 6, 7, 8]).expect("offered");
        let parsed = proposals(&answer);
        assert_eq!(parsed.len(), 1);
        assert_eq!(parsed[0].spi, [5, 6, 7, 8]);
        assert_eq!(parsed[0].transforms, [(ENCR, ENCR_AES_GCM_16, Some(128)), (ESN, 0, None)]);
    }

    #[test]
    fn the_spi_of_a_rekey_is_found() {
        assert_eq!(ike_rekey_spi(&ike_offer(&[Group::X25519], &[9; 8])), Some([9; 8]));
        assert_eq!(ike_rekey_spi(&esp_request([1; 4])), None);
    }
}
