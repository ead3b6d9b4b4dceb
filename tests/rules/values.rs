//! The plain values: moments, targets and which of them are usable, reasons, misuse.

use std::collections::{BTreeSet, BinaryHeap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::responder::front_door::FrontDoor;
use ikev2_redirect::wire::{Contents, Spi};
use ikev2_redirect::{Deadline, Fqdn, Instant, Misuse, Reason, Target, TargetRules};
use ikev2_redirect::{initiator, responder};
use quickcheck::quickcheck;

use crate::compose::ip;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

#[test]
fn time_does_not_run_beyond_never() {
    assert_eq!(at(1_000).after(500), at(1_500));
    assert_eq!(at(1_000).after(0).as_millis(), 1_000);
    assert_eq!(Instant::NEVER.after(u32::MAX), Instant::NEVER);
    assert_eq!(at(u64::MAX - 1).after(5), Instant::NEVER);
}

#[test]
fn a_moment_keeps_its_distance_on_another_clock() {
    assert_eq!(at(150).rebased(at(100), at(1_000)), at(1_050));
    assert_eq!(at(100).rebased(at(100), at(1_000)), at(1_000));
    assert_eq!(at(70).rebased(at(100), at(1_000)), at(970));
    assert_eq!(at(70).rebased(at(100), at(10)), at(0), "there is nothing before the epoch");
    assert_eq!(Instant::NEVER.rebased(at(100), at(0)), Instant::NEVER);
}

#[test]
fn a_name_is_shown_to_programmers_with_its_type() {
    let name = Fqdn::new("gw2.example.com").unwrap();
    assert_eq!(format!("{name:?}"), r#"Fqdn("gw2.example.com")"#);
}

#[test]
fn a_target_is_shown_as_people_write_it() {
    let name = Fqdn::new("gw2.example.com").unwrap();
    for (target, address, shown) in [
        (Target::from(ip("192.0.2.45")), Some(ip("192.0.2.45")), "192.0.2.45"),
        (Target::from(ip("2001:db8::45")), Some(ip("2001:db8::45")), "2001:db8::45"),
        (Target::from(name), None, "gw2.example.com"),
    ] {
        assert_eq!(target.address(), address);
        assert_eq!(target.to_string(), shown);
    }
    assert_eq!(Target::from(std::net::Ipv4Addr::LOCALHOST), Target::from(ip("127.0.0.1")));
    assert_eq!(Target::from(std::net::Ipv6Addr::LOCALHOST), Target::from(ip("::1")));
    assert_eq!(format!("{name:>16}"), " gw2.example.com");
    assert_eq!(name.as_str(), "gw2.example.com");
}

#[test]
fn loopback_and_link_local_addresses_need_an_opt_in_each() {
    let none = TargetRules::default();
    let loopback = TargetRules { allow_loopback: true, ..none };
    let link_local = TargetRules { allow_link_local: true, ..none };
    for (address, reason) in OPT_IN {
        let (allowing, other) = match reason {
            Reason::LoopbackTarget => (loopback, link_local),
            _ => (link_local, loopback),
        };
        assert_eq!(none.check(ip(address)), Err(reason), "{address}");
        assert_eq!(other.check(ip(address)), Err(reason), "{address}");
        assert_eq!(allowing.check(ip(address)), Ok(()), "{address}");
    }
}

#[test]
fn no_opt_in_makes_a_target_of_what_is_no_address_of_a_host() {
    for (address, reason) in NO_HOSTS {
        assert_eq!(TargetRules::LENIENT.check(ip(address)), Err(reason), "{address}");
    }
    for address in [
        "192.0.2.1",
        "10.0.0.1",
        "1.0.0.0",
        "223.255.255.255",
        "2001:db8::1",
        "fd00::1",
        "fec0::1",
        "64:ff9b::192.0.2.1",
        "100:0:0:1::1",
        "::1:0:0",
        "::1:0:0:0",
    ] {
        assert_eq!(TargetRules::default().check(ip(address)), Ok(()), "{address}");
    }
}

/// Addresses that no opt-in makes a target of, each with the reason.
pub(crate) const NO_HOSTS: [(&str, Reason); 23] = [
    ("0.0.0.0", Reason::UnspecifiedTarget),
    ("0.1.2.3", Reason::UnspecifiedTarget),
    ("::", Reason::UnspecifiedTarget),
    ("224.0.0.1", Reason::MulticastTarget),
    ("ff02::1", Reason::MulticastTarget),
    ("255.255.255.255", Reason::BroadcastTarget),
    ("::ffff:192.0.2.45", Reason::MappedTarget),
    ("::ffff:127.0.0.1", Reason::MappedTarget),
    // H13: multicast is more than 224.0.0.0/8 and ff02::/16.
    ("225.0.0.1", Reason::MulticastTarget),
    ("232.1.2.3", Reason::MulticastTarget),
    ("239.255.255.255", Reason::MulticastTarget),
    ("ff00::1", Reason::MulticastTarget),
    ("ff05::1:3", Reason::MulticastTarget),
    ("ff0e::1", Reason::MulticastTarget),
    ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reason::MulticastTarget),
    // F22
    ("240.0.0.0", Reason::ReservedTarget),
    ("240.0.0.1", Reason::ReservedTarget),
    ("255.255.255.254", Reason::ReservedTarget),
    ("::2", Reason::ReservedTarget),
    ("::192.0.2.1", Reason::ReservedTarget),
    ("::255.255.255.255", Reason::ReservedTarget),
    ("100::", Reason::ReservedTarget),
    ("100::ffff:ffff:ffff:ffff", Reason::ReservedTarget),
];

/// Addresses that are targets only by an opt-in, each with the reason.
pub(crate) const OPT_IN: [(&str, Reason); 6] = [
    ("127.0.0.1", Reason::LoopbackTarget),
    ("127.255.255.254", Reason::LoopbackTarget),
    ("::1", Reason::LoopbackTarget),
    ("169.254.0.1", Reason::LinkLocalTarget),
    ("fe80::1", Reason::LinkLocalTarget),
    ("febf::1", Reason::LinkLocalTarget),
];

/// A second reading of the rules: what nobody can be sent to, each with its reason; the first that
/// has the address counts.
const NO_TARGETS: [(&str, u32, Reason); 15] = [
    ("0.0.0.0", 8, Reason::UnspecifiedTarget),
    ("127.0.0.0", 8, Reason::LoopbackTarget),
    ("169.254.0.0", 16, Reason::LinkLocalTarget),
    ("224.0.0.0", 4, Reason::MulticastTarget),
    ("255.255.255.255", 32, Reason::BroadcastTarget),
    ("240.0.0.0", 4, Reason::ReservedTarget),
    ("::", 128, Reason::UnspecifiedTarget),
    ("::1", 128, Reason::LoopbackTarget),
    ("::", 96, Reason::ReservedTarget),
    ("::ffff:0.0.0.0", 96, Reason::MappedTarget),
    ("100::", 64, Reason::ReservedTarget),
    ("fe80::", 10, Reason::LinkLocalTarget),
    ("ff00::", 8, Reason::MulticastTarget),
    // Ranges without a fault, for the addresses in them.
    ("64:ff9b::", 96, Reason::Declined),
    ("2002::", 16, Reason::Declined),
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
    let holds = |(range, length, _): &&(&str, u32, Reason)| {
        let (first, of) = number_of(ip(range));
        of == bits && (number ^ first).checked_shr(bits - length).unwrap_or(0) == 0
    };
    NO_TARGETS.iter().find(holds).map(|it| it.2).filter(|reason| *reason != Reason::Declined)
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
    for (range, length, _) in NO_TARGETS {
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
        let (range, length, _) = NO_TARGETS[range % NO_TARGETS.len()];
        let (first, bits) = number_of(ip(range));
        let host = u128::MAX.checked_shr(length + 128 - bits).unwrap_or(0);
        assert_checked_by_range(address_of(first | inside & host, bits));
        assert_checked_by_range(any);
        true
    }
}

/// A name in kebab-case that is the variant's own.
fn names_its_variant(name: &str, variant: &str) -> bool {
    let kebab = |octet: u8| octet.is_ascii_lowercase() || octet == b'-';
    !name.is_empty() && name.bytes().all(kebab) && name.replace('-', "") == variant.to_lowercase()
}

// F26
#[test]
fn reasons_are_numbered_in_order_and_named_apart() {
    let numbers: Vec<usize> = Reason::ALL.iter().map(|&reason| reason as usize).collect();
    assert_eq!(numbers, (0..Reason::COUNT).collect::<Vec<_>>());
    let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(names.len(), Reason::COUNT);
    for reason in Reason::ALL {
        assert!(names_its_variant(reason.name(), &format!("{reason:?}")), "{reason:?}");
        assert_eq!(reason.to_string(), reason.name());
    }
}

// F26: a metric or a C host that was built against this version goes on meaning the same.
#[test]
fn the_numbers_of_this_version_stay() {
    for (reason, number) in [
        (Reason::Truncated, 0),
        (Reason::NonceLength, 13),
        (Reason::AddressAsName, 20),
        (Reason::ReservedTarget, 28),
        (Reason::AnswerTooLong, 36),
        (Reason::QuestionOpen, 45),
        (Reason::FatalNotification, 49),
        (Reason::OutOfTurn, 59),
    ] {
        assert_eq!(reason as usize, number, "{reason}");
    }
    for (misuse, number) in [
        (Misuse::LimitTooLarge, 0),
        (Misuse::UnknownQuestion, 5),
        (Misuse::RequestMissing, 10),
        (Misuse::ClientUnsupported, 15),
        (Misuse::NothingToCancel, 18),
    ] {
        assert_eq!(misuse as usize, number, "{misuse}");
    }
}

/// What the header for C states, which has each number a second time.
fn stated_for_c(kind: &str) -> BTreeSet<(String, usize)> {
    let header = include_str!("../../docs/examples/c/ikev2_redirect.h");
    let start = format!("IKR_{kind}_");
    let stated = header.split([',', '{', '}', '\n']).filter_map(|text| {
        let (name, number) = text.trim().strip_prefix(&start)?.split_once(" = ")?;
        let number = number.parse().ok()?; // the base of all numbers is none of them
        Some((name.to_lowercase().replace('_', "-"), number))
    });
    stated.collect()
}

// F26: numbers and names are for good. A change has to be made twice.
#[test]
fn numbers_and_names_are_those_that_the_header_for_c_states() {
    let reasons = Reason::ALL.iter().map(|it| (it.name().to_owned(), *it as usize));
    assert_eq!(reasons.collect::<BTreeSet<_>>(), stated_for_c("REASON"));
    let misuses = Misuse::ALL.iter().map(|it| (it.name().to_owned(), *it as usize));
    assert_eq!(misuses.collect::<BTreeSet<_>>(), stated_for_c("MISUSE"));
}

// F26
#[test]
fn each_misuse_has_a_number_a_name_and_a_sentence_of_its_own() {
    let numbers: Vec<usize> = Misuse::ALL.iter().map(|&misuse| misuse as usize).collect();
    assert_eq!(numbers, (0..Misuse::COUNT).collect::<Vec<_>>());
    for misuse in Misuse::ALL {
        assert!(names_its_variant(misuse.name(), &format!("{misuse:?}")), "{misuse:?}");
    }
    let texts: BTreeSet<String> = Misuse::ALL.iter().map(Misuse::to_string).collect();
    assert_eq!(texts.len(), Misuse::COUNT);
    assert!(texts.iter().all(|text| text.len() > 10));
}

// F26: what a timer wheel, a map and a checker sort by.
#[test]
fn values_have_an_order() {
    let early = Deadline { at: at(1), reason: 9 };
    let late = Deadline { at: at(2), reason: 0 };
    assert!(early < late && Deadline { reason: 8, ..early } < early);
    // One wheel for the timers of each kind of machine.
    let _client: BinaryHeap<Deadline<initiator::Awaits>> = BinaryHeap::new();
    let _gateway: BinaryHeap<Deadline<responder::Awaits>> = BinaryHeap::new();
    let targets = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "gw1.example", "gw2.example"];
    let sorted: BTreeSet<Target<'_>> =
        targets.iter().rev().map(|text| Target::parse(text).unwrap()).collect();
    assert_eq!(sorted.iter().map(Target::to_string).collect::<Vec<_>>(), targets);
    assert!(TargetRules::default() < TargetRules::LENIENT);
    assert!(Spi([1; 8]) < Spi([2; 8]));
}

// F26
#[test]
fn what_a_firmware_keeps_in_a_static_is_made_by_a_const_fn() {
    const RULES: TargetRules = TargetRules::new();
    const DOOR: FrontDoor<'_> = FrontDoor::new();
    const NOTHING: Contents<'_> = Contents::EMPTY;
    assert_eq!(RULES, TargetRules::default());
    assert_eq!(DOOR, FrontDoor::default());
    assert_eq!(NOTHING, Contents::default());
}
