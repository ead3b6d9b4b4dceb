//! Addresses as people write them: the crate reads what std reads, and nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::Target;
use quickcheck::{Arbitrary, Gen, QuickCheck};

#[track_caller]
fn assert_reads_as_std(text: &str) {
    let read = Target::parse(text).ok().and_then(|target| target.address());
    assert_eq!(read, text.parse::<IpAddr>().ok(), "{text:?}");
}

#[test]
fn addresses_at_their_limits() {
    for text in [
        "0.0.0.0",
        "255.255.255.255",
        "256.0.0.1",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.00",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.+4",
        "1.2.3.a",
        "1000.1.1.1",
        "",
        ":",
        "::",
        ":::",
        "::::",
        "::1",
        "1::",
        "1:",
        ":1",
        "1::2::3",
        "::1::",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3::4:5:6:7:8",
        "1:2:3::5:6:7:8",
        "12345::",
        "g::",
        "FFFF::abcd",
        "::ffff:192.0.2.1",
        "::192.0.2.1",
        "1:2:3:4:5:6:192.0.2.1",
        "1:2:3:4:5:6:7:192.0.2.1",
        "1:2:3:4:5:192.0.2.1",
        "192.0.2.1::",
        "::192.0.2.1:1",
        "::192.0.2.256",
        "::192.0.2",
        "[::1]",
        "::1%eth0",
        "::1/64",
        "0x1::",
        "00001::",
        "0001::",
    ] {
        assert_reads_as_std(text);
    }
}

/// An address, with some characters changed perhaps.
#[derive(Clone, Debug)]
struct Text(String);

impl Arbitrary for Text {
    fn arbitrary(g: &mut Gen) -> Self {
        let groups: Vec<u16> =
            (0..8).map(|_| *g.choose(&[0, 0, 0, 1, 0xffff, 0xabc]).unwrap()).collect();
        let few: [u16; 8] = groups.try_into().unwrap();
        let mut text = match u8::arbitrary(g) % 4 {
            0 => Ipv4Addr::arbitrary(g).to_string(),
            1 => Ipv6Addr::arbitrary(g).to_string(),
            2 => Ipv6Addr::from(few).to_string(),
            _ => format!("::ffff:{}", Ipv4Addr::arbitrary(g)),
        }
        .into_bytes();
        for _ in 0..u8::arbitrary(g) % 3 {
            let at = usize::arbitrary(g) % text.len();
            let octet = *g.choose(b"0123456789abcdefF:.:. x").unwrap();
            match u8::arbitrary(g) % 3 {
                0 => text[at] = octet,
                1 => text.insert(at, octet),
                _ if text.len() > 1 => drop(text.remove(at)),
                _ => {}
            }
        }
        Text(String::from_utf8(text).unwrap())
    }
}

#[test]
fn addresses_at_random() {
    fn reads_as_std(text: Text) -> bool {
        let read = Target::parse(&text.0).ok().and_then(|target| target.address());
        read == text.0.parse::<IpAddr>().ok()
    }
    QuickCheck::new().tests(20_000).quickcheck(reads_as_std as fn(_) -> _);
}
