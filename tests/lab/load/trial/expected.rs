//! Where a client has to be sent: the choice as `docs/redirector.md` tells it, worked out with
//! floating-point numbers and apart from the redirector's code. And what an answer says, read
//! octet by octet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A target and its weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weighed {
    pub(super) name: String,
    pub(super) weight: u16,
}

pub(super) type List = Vec<Weighed>;

/// How much the redirector's integer logarithm may be off, with room to spare.
const TOLERANCE: f64 = 1e-5;

/// Whether `target` is the target of `client`. Of two that lie closer together than the tolerance,
/// either is.
pub(super) fn is_target_of(list: &List, client: IpAddr, target: &str) -> bool {
    let family: Vec<_> =
        list.iter().filter(|it| it.weight > 0 && suits(&it.name, client)).collect();
    let rest: Vec<_> = list.iter().filter(|it| it.weight > 0).collect();
    let eligible = if family.is_empty() { rest } else { family };
    let draw = |it: &Weighed| {
        let hash = mix(key_of(client) ^ key_of_name(&it.name)).max(1);
        -(hash as f64 / 2f64.powi(64)).log2() / f64::from(it.weight)
    };
    let least = eligible.iter().map(|it| draw(it)).fold(f64::INFINITY, f64::min);
    eligible.iter().any(|it| it.name == target && draw(it) <= least + TOLERANCE)
}

fn suits(name: &str, client: IpAddr) -> bool {
    name.parse::<IpAddr>().map_or(true, |address| address.is_ipv4() == client.is_ipv4())
}

fn key_of_name(name: &str) -> u64 {
    match name.parse() {
        Ok(address) => key_of(address),
        Err(_) => {
            name.bytes().fold(0x4e61_6d65_0000_0000, |key, octet| mix(key ^ u64::from(octet)))
        }
    }
}

fn key_of(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => mix(0x4950_7634_0000_0000 ^ u64::from(u32::from(address))),
        IpAddr::V6(address) => {
            let octets = u128::from(address);
            mix(mix((octets >> 64) as u64) ^ octets as u64)
        }
    }
}

/// The finalizer of SplitMix64.
pub(super) fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The target in an answer to the request with this SPI and this Ni; `None`: it is no answer to
/// it, in whichever way.
pub(super) fn read_answer(answer: &[u8], spi: &[u8; 8], ni: &[u8]) -> Option<String> {
    let (header, notify) = answer.split_at_checked(28)?;
    let length = u32::try_from(answer.len()).ok()?.to_be_bytes();
    let start = [&spi[..], &[0; 8], &[41, 0x20, 34, 0x20], &[0; 4], &length].concat();
    let payload = u16::try_from(notify.len()).ok()?.to_be_bytes();
    let front = [0, 0, payload[0], payload[1], 0, 0, 0x40, 0x17];
    let (kind, length, rest) = match notify.strip_prefix(&front)? {
        [kind, length, rest @ ..] => (*kind, usize::from(*length), rest),
        _ => return None,
    };
    let (identity, nonce) = rest.split_at_checked(length)?;
    if header != start || nonce != ni {
        return None;
    }
    match kind {
        1 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(identity).ok()?).to_string()),
        2 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(identity).ok()?).to_string()),
        3 => String::from_utf8(identity.to_vec()).ok(),
        _ => None,
    }
}
