//! To which addresses a client can be sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::Reason;
use ikev2_redirect::initiator::Config;

/// Why no address of a gateway can look like this, whatever the settings: every range of the
/// address registries in which no host can be.
pub(super) fn never_usable(address: IpAddr) -> Option<Reason> {
    match address {
        IpAddr::V4(address) => never_usable_v4(address),
        IpAddr::V6(address) => never_usable_v6(address),
    }
}

fn never_usable_v4(address: Ipv4Addr) -> Option<Reason> {
    match u32::from(address) {
        0x0000_0000..=0x00ff_ffff => Some(Reason::UnspecifiedTarget),
        0xe000_0000..=0xefff_ffff => Some(Reason::MulticastTarget),
        0xffff_ffff => Some(Reason::BroadcastTarget),
        0xf000_0000..=0xffff_fffe => Some(Reason::ReservedTarget),
        _ => None,
    }
}

fn never_usable_v6(address: Ipv6Addr) -> Option<Reason> {
    match u128::from(address) {
        0 => Some(Reason::UnspecifiedTarget),
        1 => None,                                       // the loopback address
        2..=0xffff_ffff => Some(Reason::ReservedTarget), // ::a.b.c.d
        0xffff_0000_0000..=0xffff_ffff_ffff => Some(Reason::MappedTarget),
        bits if bits >> 120 == 0xff => Some(Reason::MulticastTarget),
        bits if bits >> 64 == 0x0100_0000_0000_0000 => Some(Reason::ReservedTarget), // 100::/64
        _ => None,
    }
}

/// Why a client with these settings cannot be sent there.
pub(super) fn fault(config: &Config, address: IpAddr) -> Option<Reason> {
    let (loopback, link_local) = match address {
        IpAddr::V4(v4) => (v4.octets()[0] == 127, v4.octets()[..2] == [169, 254]),
        IpAddr::V6(v6) => (u128::from(v6) == 1, v6.segments()[0] & 0xffc0 == 0xfe80),
    };
    if loopback && !config.targets.allow_loopback {
        Some(Reason::LoopbackTarget)
    } else if link_local && !config.targets.allow_link_local {
        Some(Reason::LinkLocalTarget)
    } else {
        never_usable(address)
    }
}
