//! The plain values: moments, targets and which of them are usable, reasons, misuse.

use std::collections::{BTreeSet, BinaryHeap};

use ikev2_redirect::responder::Retransmission;
use ikev2_redirect::responder::front_door::FrontDoor;
use ikev2_redirect::wire::{Contents, Spi};
use ikev2_redirect::{Deadline, Fqdn, Instant, Misuse, Reason, Target, TargetRules};
use ikev2_redirect::{initiator, responder};

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
    let last = at(u64::MAX - 1);
    assert_eq!(last.rebased(at(0), at(5)), Instant::NEVER, "there is nothing after the end");
    assert_eq!(at(7).rebased(at(5), last), Instant::NEVER);
    assert_eq!(at(0).rebased(last, at(5)), at(0));
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

#[test]
fn the_defaults_are_those_that_the_settings_name() {
    let client = initiator::Config {
        max_redirects: 5,
        loop_detect_period: 300_000,
        moving: initiator::Moving::MakeBeforeBreak,
        targets: TargetRules { allow_loopback: false, allow_link_local: false },
        announce_again: true,
        follow_on_resumption: false,
        vet_timeout: 10_000,
    };
    assert_eq!(initiator::Config::default(), client);
    assert_eq!(initiator::Config::new(), client);
    let gateway = responder::Config {
        grace: 30_000,
        retransmission: Retransmission::ByMachine { first_pause: 2_000, tries: 12 },
        redirect_unauthenticated: false,
    };
    assert_eq!(responder::Config::default(), gateway);
    assert_eq!(Retransmission::default(), gateway.retransmission);
    assert_eq!(Retransmission::BY_HOST, Retransmission::ByHost { give_up_after: 600_000 });
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

/// The reasons of this version, each at its number.
const REASONS: [&str; 61] = [
    "truncated",
    "trailing-octets",
    "payload-length",
    "notify-length",
    "unknown-critical-payload",
    "unsupported-version",
    "wrong-exchange",
    "wrong-flags",
    "wrong-message-id",
    "zero-initiator-spi",
    "nonzero-responder-spi",
    "missing-payload",
    "repeated-nonce",
    "nonce-length",
    "encrypted-payload",
    "wrong-notify-type",
    "spi-size",
    "gateway-type",
    "gateway-length",
    "fqdn-syntax",
    "address-as-name",
    "nonce-absent",
    "unexpected-nonce",
    "conflicting-notifies",
    "unspecified-target",
    "multicast-target",
    "broadcast-target",
    "mapped-target",
    "reserved-target",
    "loopback-target",
    "link-local-target",
    "self-redirect",
    "resumption-off",
    "client-unsupported",
    "anycast-proceed",
    "anycast-target",
    "answer-too-long",
    "declined",
    "wrong-initiator-spi",
    "nonce-mismatch",
    "redirects-off",
    "limit-reached",
    "policy-refused",
    "unresolvable",
    "vet-timeout",
    "question-open",
    "gateway-unverified",
    "gateway-auth-failed",
    "intermediate-response",
    "fatal-notification",
    "move-in-progress",
    "repeated-request",
    "unknown-sa",
    "attempt-failed",
    "sa-lost",
    "wrong-direction",
    "client-auth-failed",
    "no-answer",
    "misplaced-redirect",
    "out-of-turn",
    "phase-incomplete",
];

/// The mistakes of this version, each at its number, and what only its sentence says.
const MISTAKES: [(&str, &str); 19] = [
    ("limit-too-large", "can remember"),
    ("period-missing", "without a period"),
    ("already-connected", "connection is up or on its way"),
    ("not-connected", "no connection"),
    ("unusable-address", "cannot be a gateway's"),
    ("unknown-question", "question that is not open"),
    ("other-address", "another one was permitted"),
    ("literal-target", "has no other"),
    ("nothing-to-retry", "being set up"),
    ("not-up", "no IKE SA is up"),
    ("request-missing", "but no request"),
    ("request-repeated", "before the response"),
    ("auth-contradiction", "contradicts"),
    ("phase-incomplete", "is not complete"),
    ("out-of-turn", "does not fit"),
    ("client-unsupported", "no support for redirects"),
    ("already-redirecting", "redirect of this client"),
    ("sa-closed", "is closed"),
    ("nothing-to-cancel", "to be cancelled"),
];

// F26: a metric or a C host that was built against this version goes on meaning the same. Who adds
// one adds it here, behind the others.
#[test]
fn the_numbers_of_this_version_stay() {
    for (number, name) in REASONS.into_iter().enumerate() {
        assert_eq!(Reason::ALL[number].name(), name);
    }
    for (number, (name, _)) in MISTAKES.into_iter().enumerate() {
        assert_eq!(Misuse::ALL[number].name(), name);
    }
}

// F26
#[test]
fn each_misuse_has_a_number_a_name_and_a_sentence_of_its_own() {
    let numbers: Vec<usize> = Misuse::ALL.iter().map(|&misuse| misuse as usize).collect();
    assert_eq!(numbers, (0..Misuse::COUNT).collect::<Vec<_>>());
    assert_eq!(MISTAKES.len(), Misuse::COUNT);
    for (misuse, (_, says)) in Misuse::ALL.iter().zip(MISTAKES) {
        assert!(names_its_variant(misuse.name(), &format!("{misuse:?}")), "{misuse:?}");
        let saying = |it: &&Misuse| it.to_string().contains(says);
        assert_eq!(Misuse::ALL.iter().filter(saying).collect::<Vec<_>>(), [misuse], "{says}");
    }
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
