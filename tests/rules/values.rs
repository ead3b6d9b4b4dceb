//! The plain values: moments, gateways and which of them are usable, reasons, misuse.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ikev2_redirect::{Fqdn, Instant, Misuse, Reason, Target, TargetRules};

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
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
fn a_gateway_is_shown_as_people_write_it() {
    let name = Fqdn::new("gw2.example.com").unwrap();
    for (gateway, address, shown) in [
        (Target::from(ip("192.0.2.45")), Some(ip("192.0.2.45")), "192.0.2.45"),
        (Target::from(ip("2001:db8::45")), Some(ip("2001:db8::45")), "2001:db8::45"),
        (Target::from(name), None, "gw2.example.com"),
    ] {
        assert_eq!(gateway.address(), address);
        assert_eq!(gateway.to_string(), shown);
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
    for address in ["127.0.0.1", "127.255.255.254", "::1"] {
        assert_eq!(none.check(ip(address)), Err(Reason::LoopbackTarget));
        assert_eq!(link_local.check(ip(address)), Err(Reason::LoopbackTarget));
        assert_eq!(loopback.check(ip(address)), Ok(()));
    }
    for address in ["169.254.0.1", "fe80::1", "febf::1"] {
        assert_eq!(none.check(ip(address)), Err(Reason::LinkLocalTarget));
        assert_eq!(loopback.check(ip(address)), Err(Reason::LinkLocalTarget));
        assert_eq!(link_local.check(ip(address)), Ok(()));
    }
}

#[test]
fn no_opt_in_makes_a_target_of_what_is_no_address_of_a_host() {
    for (address, reason) in [
        ("0.0.0.0", Reason::UnspecifiedTarget),
        ("0.1.2.3", Reason::UnspecifiedTarget),
        ("::", Reason::UnspecifiedTarget),
        ("224.0.0.1", Reason::MulticastTarget),
        ("ff02::1", Reason::MulticastTarget),
        ("255.255.255.255", Reason::BroadcastTarget),
        ("::ffff:192.0.2.1", Reason::MappedTarget),
        ("::ffff:127.0.0.1", Reason::MappedTarget),
    ] {
        assert_eq!(TargetRules::LENIENT.check(ip(address)), Err(reason), "{address}");
    }
    for address in ["192.0.2.1", "10.0.0.1", "255.255.255.254", "2001:db8::1", "fec0::1"] {
        assert_eq!(TargetRules::default().check(ip(address)), Ok(()), "{address}");
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
        (Reason::AddressAsName, 19),
        (Reason::ReservedTarget, 27),
        (Reason::AnswerTooLong, 35),
        (Reason::QuestionOpen, 44),
        (Reason::FatalNotification, 48),
        (Reason::OutOfTurn, 58),
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
