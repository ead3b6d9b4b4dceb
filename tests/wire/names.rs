//! Which names a REDIRECT can carry. Both ends have the same rules: a name is checked where it is
//! read, and one that is sent has to be made by the same check.

use ikev2_redirect::wire::{Contents, InitResponse, PayloadType};
use ikev2_redirect::{Fqdn, Reason, Target};

use crate::compose::{self, Message, NI, REDIRECT, identity, name_of, notify};

const FQDN: u8 = 3;

/// What becomes of a name that a gateway sends in IKE_AUTH or INFORMATIONAL.
fn read(name: &[u8]) -> Result<(), Reason> {
    let chain = compose::chain(&[notify(REDIRECT, &identity(FQDN, name))]);
    let contents = Contents::parse(PayloadType::NOTIFY, &chain).unwrap();
    contents.redirect.unwrap().map(drop)
}

/// The same in IKE_SA_INIT.
fn read_in_init(name: &[u8]) -> Result<(), Reason> {
    let data = [identity(FQDN, name), NI.to_vec()].concat();
    let octets = Message::response(vec![notify(REDIRECT, &data)]).octets();
    InitResponse::parse(&octets).unwrap().redirect.unwrap().map(drop)
}

/// The verdict on a name, which is the same wherever it is given.
#[track_caller]
fn verdict(name: &[u8]) -> Result<(), Reason> {
    let read = read(name);
    assert_eq!(read_in_init(name), read, "in IKE_SA_INIT");
    assert_eq!(Fqdn::from_octets(name).map(drop), read, "as octets");
    assert_eq!(Fqdn::try_from(name).map(drop), read, "as octets");
    if let Ok(text) = std::str::from_utf8(name) {
        assert_eq!(Fqdn::new(text).map(drop), read, "as text");
        assert_eq!(Fqdn::try_from(text).map(drop), read, "as text");
    }
    read
}

#[track_caller]
fn assert_verdict(name: &str, expected: Result<(), Reason>) {
    assert_eq!(verdict(name.as_bytes()), expected, "{name:?}");
}

const NO_SYNTAX: Result<(), Reason> = Err(Reason::FqdnSyntax);
const ADDRESS: Result<(), Reason> = Err(Reason::AddressAsName);

#[test]
fn names_of_the_field_are_read() {
    for name in [
        "gw2.example.com",
        "moneybin.duckburg.disney.com",
        "GW-2.Example.COM",
        "xn--gwnze-kva.example",
        "_ike.gw_2.example",
        "epdg.epc.mnc001.mcc262.pub.3gppnetwork.org",
        "localhost",
        "a",
        "9.example",
        "4.3.2.1.in-addr.arpa",
        "1.2.3.4.example",
        "0xgw.example",
        "ffff",
        "0xg",
        "example.0xyz",
    ] {
        assert_verdict(name, Ok(()));
    }
}

// F19: these passed the anycast rule, the rule against loops and the rules for targets.
#[test]
fn an_ip_address_is_no_name() {
    for address in [
        "203.0.113.1",
        "0.0.0.0",
        "127.0.0.1",
        "255.255.255.255",
        "203.0.113.1.", // with the dot of an absolute name
        // What inet_aton and its like take for an address.
        "127.1",
        "127.0.1",
        "2130706433",
        "4294967296",
        "12345678901234567890",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0X7F000001",
        "127.0.0.0x1",
        "0x",
        // No top-level domain is a number, so that these cannot be mistaken either.
        "gw.example.1",
        "1.2.3.4.5",
        "999.999.999.999",
    ] {
        assert_verdict(address, ADDRESS);
    }
    for address in ["2001:db8::1", "::1", "::ffff:203.0.113.1", "[2001:db8::1]", "fe80::1%eth0"] {
        assert_verdict(address, NO_SYNTAX);
    }
}

// F19
#[test]
fn what_dns_could_not_hold_is_no_name() {
    for name in [
        ".",
        "..",
        "...",
        ".gw",
        "gw..example",
        "gw.example..",
        ".gw.example.",
        "!",
        "%any",
        "*",
        "*.example",
        "gw example",
        "gw,example",
        "gw/24",
        "user@gw.example",
        "gw\u{0}",
        "gw\r\n",
        "gw.ex\u{e4}mple",
        "-gw.example",
        "gw-.example",
        "gw.-example",
        "gw.example-",
        "-",
        "\"gw\"",
        "gw:500",
        "$(gw)",
    ] {
        assert_verdict(name, NO_SYNTAX);
    }
    assert_eq!(Fqdn::new(""), Err(Reason::FqdnSyntax));
    assert_eq!(Fqdn::from_octets(&[]), Err(Reason::FqdnSyntax));
    assert_eq!(read(b""), Err(Reason::GatewayLength)); // the length is wrong in itself
}

#[test]
fn r7_2_9_each_octet_that_may_stand_in_a_name() {
    for octet in 0..=255u8 {
        let inside = octet.is_ascii_alphanumeric() || [b'-', b'_', b'.'].contains(&octet);
        let outside = octet.is_ascii_alphanumeric() || octet == b'_';
        let last = outside || octet == b'.';
        for (name, expected) in
            [(*b"g?w", inside), (*b"?gw", outside), (*b"gw?", last)].map(|(pattern, expected)| {
                (pattern.map(|at| if at == b'?' { octet } else { at }), expected)
            })
        {
            assert_eq!(verdict(&name).is_ok(), expected, "{name:?}");
        }
    }
}

// F19
#[test]
fn a_label_has_1_to_63_octets() {
    for length in 0..=80 {
        let expected = if (1..=63).contains(&length) { Ok(()) } else { NO_SYNTAX };
        let label = "g".repeat(length);
        for name in
            [format!("{label}.example"), format!("gw.{label}.example"), format!("gw.{label}.")]
        {
            assert_verdict(&name, expected);
        }
        if length > 0 {
            assert_verdict(&label, expected);
        }
    }
}

// F19: 255 octets on the wire of DNS are 253 as people write it, and a dot at the end.
#[test]
fn r7_2_8_a_name_has_at_most_253_octets_and_a_dot_at_its_end() {
    for length in 1..=253 {
        assert_verdict(&name_of(length), Ok(()));
    }
    assert_verdict(&name_of(254), Ok(()));
    assert_eq!(name_of(254).len(), Fqdn::MAX_LEN);
    let longer = |last: usize| format!("{}.{}", name_of(191), "g".repeat(last));
    assert_verdict(&longer(61), Ok(()));
    assert_verdict(&longer(62), NO_SYNTAX); // 254 octets without a dot at the end
    assert_verdict(&format!("{}.", longer(62)), NO_SYNTAX);
    assert_eq!(Fqdn::new(&"g.".repeat(128)), Err(Reason::FqdnSyntax)); // 256 octets
}

#[test]
fn a_dot_at_the_end_travels_as_it_was_written() {
    let name = Fqdn::new("gw2.example.com.").unwrap();
    assert_eq!(name.as_str(), "gw2.example.com.");
    assert_eq!(name.as_octets(), b"gw2.example.com.");
    assert_ne!(name, Fqdn::new("gw2.example.com").unwrap());
}

// F26
#[test]
fn a_target_is_read_as_people_write_it() {
    for address in ["192.0.2.45", "2001:db8::45", "0.0.0.0", "::ffff:192.0.2.1"] {
        let address: std::net::IpAddr = address.parse().unwrap();
        assert_eq!(Target::parse(&address.to_string()), Ok(Target::from(address)));
        assert_eq!(Target::try_from(&*address.to_string()), Ok(Target::from(address)));
    }
    let name = Fqdn::new("gw2.example.com").unwrap();
    assert_eq!(Target::parse("gw2.example.com"), Ok(Target::Fqdn(name)));
    assert_eq!(Target::parse("127.1"), Err(Reason::AddressAsName));
    assert_eq!(Target::parse("192.0.2.45:500"), Err(Reason::FqdnSyntax));
    assert_eq!(Target::parse(""), Err(Reason::FqdnSyntax));
}

// F26: a firmware has its fallback in flash memory.
#[test]
fn a_name_can_be_a_constant() {
    const NAME: Result<Fqdn<'_>, Reason> = Fqdn::new("gw2.example.com");
    const ADDRESS: Result<Fqdn<'_>, Reason> = Fqdn::from_octets(b"192.0.2.45");
    assert_eq!(NAME.unwrap().as_str(), "gw2.example.com");
    assert_eq!(ADDRESS, Err(Reason::AddressAsName));
}
