//! The plain values: moments, gateways and which of them are usable, reasons, misuse.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ikev2_redirect::{Fqdn, Gateway, Instant, Misuse, Reason, TargetRules};

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
        (Gateway::from(ip("192.0.2.45")), Some(ip("192.0.2.45")), "192.0.2.45"),
        (Gateway::from(ip("2001:db8::45")), Some(ip("2001:db8::45")), "2001:db8::45"),
        (Gateway::from(name), None, "gw2.example.com"),
    ] {
        assert_eq!(gateway.address(), address);
        assert_eq!(gateway.to_string(), shown);
    }
    assert_eq!(Gateway::from(std::net::Ipv4Addr::LOCALHOST), Gateway::from(ip("127.0.0.1")));
    assert_eq!(Gateway::from(std::net::Ipv6Addr::LOCALHOST), Gateway::from(ip("::1")));
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

#[test]
fn reasons_are_numbered_in_order_and_named_apart() {
    let numbers: Vec<usize> = Reason::ALL.iter().map(|&reason| reason as usize).collect();
    assert_eq!(numbers, (0..Reason::COUNT).collect::<Vec<_>>());
    let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(names.len(), Reason::COUNT);
    for reason in Reason::ALL {
        let name = reason.name();
        let kebab = |octet: u8| octet.is_ascii_lowercase() || octet == b'-';
        assert!(!name.is_empty() && name.bytes().all(kebab), "{name:?}");
        assert_eq!(reason.to_string(), name);
        // The name is the variant's own.
        assert_eq!(name.replace('-', ""), format!("{reason:?}").to_lowercase());
    }
}

#[test]
fn each_misuse_says_what_is_wrong() {
    let all = [
        Misuse::LimitTooLarge,
        Misuse::PeriodMissing,
        Misuse::AlreadyConnected,
        Misuse::NotConnected,
        Misuse::NothingToVet,
        Misuse::UnusableAddress,
        Misuse::ClientUnsupported,
        Misuse::AlreadyRedirecting,
        Misuse::SaClosed,
        Misuse::NotEstablished,
        Misuse::NothingToCancel,
    ];
    let texts: BTreeSet<String> = all.iter().map(Misuse::to_string).collect();
    assert_eq!(texts.len(), all.len());
    assert!(texts.iter().all(|text| text.len() > 10));
}
