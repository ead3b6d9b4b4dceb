//! Which addresses nobody can be sent to, range by range.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::{Reason, TargetRules};
use quickcheck::quickcheck;

use crate::compose::ip;

/// A second reading of the rules: ranges that nobody can be sent to, with the reason, and some that
/// look alike and have no fault. The first that has the address counts.
const RANGES: [(&str, u32, Option<Reason>); 15] = [
    ("0.0.0.0", 8, Some(Reason::UnspecifiedTarget)),
    ("127.0.0.0", 8, Some(Reason::LoopbackTarget)),
    ("169.254.0.0", 16, Some(Reason::LinkLocalTarget)),
    ("224.0.0.0", 4, Some(Reason::MulticastTarget)),
    ("255.255.255.255", 32, Some(Reason::BroadcastTarget)),
    ("240.0.0.0", 4, Some(Reason::ReservedTarget)),
    ("::", 128, Some(Reason::UnspecifiedTarget)),
    ("::1", 128, Some(Reason::LoopbackTarget)),
    ("::", 96, Some(Reason::ReservedTarget)),
    ("::ffff:0.0.0.0", 96, Some(Reason::MappedTarget)),
    ("100::", 64, Some(Reason::ReservedTarget)),
    ("fe80::", 10, Some(Reason::LinkLocalTarget)),
    ("ff00::", 8, Some(Reason::MulticastTarget)),
    ("64:ff9b::", 96, None),
    ("2002::", 16, None),
];

/// An address as a number, and how many bits it has.
fn number_of(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (address.into(), 128),
    }
}

fn address_of(number: u128, bits: u32) -> IpAddr {
    match bits {
        32 => Ipv4Addr::from(number as u32).into(),
        _ => Ipv6Addr::from(number).into(),
    }
}

fn fault_by_range(address: IpAddr) -> Option<Reason> {
    let (number, bits) = number_of(address);
    let holds = |(range, length, _): &&(&str, u32, Option<Reason>)| {
        let (first, of) = number_of(ip(range));
        of == bits && (number ^ first).checked_shr(bits - length).unwrap_or(0) == 0
    };
    RANGES.iter().find(holds)?.2
}

fn assert_checked_by_range(address: IpAddr) {
    let fault = fault_by_range(address);
    for [allow_loopback, allow_link_local] in
        [[false, false], [false, true], [true, false], [true, true]]
    {
        let allowed = match fault {
            Some(Reason::LoopbackTarget) => allow_loopback,
            Some(Reason::LinkLocalTarget) => allow_link_local,
            _ => false,
        };
        let expected = fault.filter(|_| !allowed).map_or(Ok(()), Err);
        let rules = TargetRules { allow_loopback, allow_link_local };
        assert_eq!(rules.check(address), expected, "{address} {rules:?}");
    }
}

// F22, H13
#[test]
fn each_range_of_useless_addresses_ends_where_it_ends() {
    for (range, length, _) in RANGES {
        let (first, bits) = number_of(ip(range));
        let last = first | ((1u128 << (bits - length)) - 1);
        let most = u128::MAX >> (128 - bits);
        for number in [first, last, first.wrapping_sub(1) & most, last.wrapping_add(1) & most] {
            assert_checked_by_range(address_of(number, bits));
            if bits == 32 {
                assert_checked_by_range(address_of(0xffff_0000_0000 | number, 128)); // mapped
                assert_checked_by_range(address_of(number, 128)); // compatible
            }
        }
    }
}

quickcheck! {
    fn useless_addresses_stand_in_their_ranges(range: usize, inside: u128, any: IpAddr) -> bool {
        let (range, length, _) = RANGES[range % RANGES.len()];
        let (first, bits) = number_of(ip(range));
        let host = u128::MAX.checked_shr(length + 128 - bits).unwrap_or(0);
        assert_checked_by_range(address_of(first | inside & host, bits));
        assert_checked_by_range(any);
        true
    }
}
