//! SA payloads: the one suite that a party speaks over the groups that it takes, and a proposal
//! for the CHILD SA.

use super::crypto::{Suite, Transform};

const IKE: u8 = 1;
const ESP: u8 = 3;
const ENCR: u8 = 1;
const DH: u8 = 4;
const KEY_LENGTH: u16 = 14;

/// What two peers agreed on for their IKE SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    key_bits: Option<u16>,
    pub(super) group: u16,
}

impl Chosen {
    /// Octets of a key of the cipher.
    pub(super) fn cipher_key(self) -> usize {
        usize::from(self.key_bits.unwrap_or_default() / 8)
    }
}

/// What a peer that asks for an IKE SA is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Taken: the SA payload of the answer.
    Taken {
        chosen: Chosen,
        answer: Vec<u8>,
    },
    /// The suite would do, but with this group.
    OtherGroup(u16),
    Nothing,
}

/// The body of the SA payload that asks for an IKE SA; `spi` is empty in IKE_SA_INIT.
pub(super) fn ike_offer(suite: &Suite, groups: &[u16], spi: &[u8]) -> Vec<u8> {
    let groups = groups.iter().map(|group| (DH, *group, None));
    let transforms: Vec<Transform> = suite.ike.iter().copied().chain(groups).collect();
    proposal(1, IKE, spi, &transforms, true)
}

/// Chooses from the proposals of a request with a KE payload of group `ke`.
pub(super) fn ike_choose(suite: &Suite, body: &[u8], ke: u16, groups: &[u16], spi: &[u8]) -> Offer {
    for offered in proposals(body).into_iter().filter(|offered| offered.protocol == IKE) {
        let Some(mut transforms) = offered.best_of(suite) else { continue };
        let known = |group: &&u16| offered.transforms.contains(&(DH, **group, None));
        let Some(&preferred) = groups.iter().find(known) else { continue };
        if !groups.iter().filter(known).any(|group| *group == ke) {
            return Offer::OtherGroup(preferred);
        }
        transforms.push((DH, ke, None));
        let answer = proposal(offered.number, IKE, spi, &transforms, true);
        return Offer::Taken {
            chosen: Chosen { key_bits: key_bits(&transforms), group: ke },
            answer,
        };
    }
    Offer::Nothing
}

/// What the answer to our own offer names.
pub(super) fn ike_chosen(suite: &Suite, body: &[u8]) -> Option<Chosen> {
    let [answer] = &proposals(body)[..] else { return None };
    let transforms = answer.best_of(suite).filter(|_| answer.protocol == IKE)?;
    let group = answer.transforms.iter().find(|(kind, ..)| *kind == DH)?.1;
    Some(Chosen { key_bits: key_bits(&transforms), group })
}

/// The SPI that a peer names for the IKE SA which replaces the present one; nothing if its
/// proposals are for anything else.
pub(super) fn ike_rekey_spi(body: &[u8]) -> Option<[u8; 8]> {
    proposals(body).into_iter().find(|offered| offered.protocol == IKE)?.spi.try_into().ok()
}

/// Asks for a CHILD SA.
pub(super) fn esp_request(suite: &Suite, spi: [u8; 4]) -> Vec<u8> {
    let last = suite.esp.len();
    let numbered = suite.esp.iter().zip(1..);
    let one = |(transforms, number): (&&[Transform], usize)| {
        proposal(number as u8, ESP, &spi, transforms, number == last)
    };
    numbered.flat_map(one).collect()
}

/// Takes the first of the ESP proposals, with the first transform of each type.
pub(super) fn esp_answer(body: &[u8], spi: [u8; 4]) -> Option<Vec<u8>> {
    let offered = proposals(body).into_iter().find(|offered| offered.protocol == ESP)?;
    let chosen = first_of_each_type(offered.transforms.into_iter());
    Some(proposal(offered.number, ESP, &spi, &chosen, true))
}

fn first_of_each_type(transforms: impl Iterator<Item = Transform>) -> Vec<Transform> {
    let mut chosen: Vec<Transform> = Vec::new();
    for transform in transforms {
        if chosen.iter().all(|(kind, ..)| *kind != transform.0) {
            chosen.push(transform);
        }
    }
    chosen
}

fn key_bits(transforms: &[Transform]) -> Option<u16> {
    transforms.iter().find(|(kind, ..)| *kind == ENCR).and_then(|(.., bits)| *bits)
}

fn proposal(number: u8, protocol: u8, spi: &[u8], transforms: &[Transform], last: bool) -> Vec<u8> {
    let mut body = vec![number, protocol, spi.len() as u8, transforms.len() as u8];
    body.extend_from_slice(spi);
    for (place, transform) in transforms.iter().enumerate() {
        body.extend(encode_transform(*transform, place + 1 == transforms.len()));
    }
    let [high, low] = (body.len() as u16 + 4).to_be_bytes();
    [&[if last { 0 } else { 2 }, 0, high, low], &body[..]].concat()
}

fn encode_transform((kind, id, key_bits): Transform, last: bool) -> Vec<u8> {
    let mut out = vec![if last { 0 } else { 3 }, 0, 0, 8, kind, 0];
    out.extend_from_slice(&id.to_be_bytes());
    if let Some(bits) = key_bits {
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
    /// The best transform of each type of the suite, if all of them are offered.
    fn best_of(&self, suite: &Suite) -> Option<Vec<Transform>> {
        let common = suite.ike.iter().copied().filter(|known| self.transforms.contains(known));
        let chosen = first_of_each_type(common);
        let types = first_of_each_type(suite.ike.iter().copied()).len();
        (chosen.len() == types).then_some(chosen)
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
    let (spi, mut rest) = octets[8..].split_at_checked(usize::from(spi_size))?;
    let mut transforms = Vec::new();
    while let Some((head, following)) = split(rest) {
        transforms.push(parse_transform(head)?);
        rest = following;
    }
    Some(Proposal { number, protocol, spi, transforms })
}

fn parse_transform(octets: &[u8]) -> Option<Transform> {
    let &[_, _, _, _, kind, _, high, low] = octets.first_chunk::<8>()?;
    let key_bits = match octets.get(8..12) {
        Some(&[0x80, 14, high, low]) => Some(u16::from_be_bytes([high, low])),
        _ => None,
    };
    Some((kind, u16::from_be_bytes([high, low]), key_bits))
}

/// Splits off a structure that carries its length in its third and fourth octet.
fn split(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(octets.get(2..4)?.try_into().ok()?));
    (length >= 8).then(|| octets.split_at_checked(length))?
}
