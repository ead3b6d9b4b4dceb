//! Identities in a REDIRECT and in a REDIRECTED_FROM: every type, every length. Names have more
//! rules, in `names.rs`.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{RedirectSupported, RedirectedFrom};

use super::notifications::{FQDN, IPV4, IPV6, protected, read};
use crate::compose::{self, REDIRECT, REDIRECT_SUPPORTED, REDIRECTED_FROM, identity, notify};

/// Whether a notification with this identity reads.
fn reads(kind: u16, identity_type: u8, octets: &[u8]) -> bool {
    let payload = compose::chain(&[notify(kind, &identity(identity_type, octets))]);
    match kind {
        REDIRECT => protected(&payload).is_ok(),
        _ => read(&payload, RedirectedFrom::parse).is_ok(),
    }
}

#[test]
fn r7_2_7_r10_2_d12_2_only_types_1_to_3_stand_in_a_redirect() {
    let lengths = [(IPV4, 4), (IPV6, 16), (FQDN, 9)];
    for kind in 0..=255 {
        let length = lengths.iter().find(|(known, _)| *known == kind).map(|(_, length)| *length);
        for tried in [4, 16, 9] {
            let expected = length == Some(tried) || kind == FQDN;
            assert_eq!(reads(REDIRECT, kind, &b"gwxxx.example.com"[..tried]), expected, "{kind}");
        }
    }
}

#[test]
fn r7_3_6_only_types_1_and_2_stand_in_redirected_from() {
    for kind in 0..=255 {
        assert_eq!(reads(REDIRECTED_FROM, kind, b"gw.e"), kind == IPV4, "type {kind}");
        assert_eq!(reads(REDIRECTED_FROM, kind, b"gwx.example.test"), kind == IPV6, "type {kind}");
    }
}

#[test]
fn r7_2_8_an_ipv4_identity_has_exactly_4_octets() {
    for length in 0..=255 {
        assert_eq!(reads(REDIRECT, IPV4, &vec![b'1'; length]), length == 4, "{length} octets");
        assert_eq!(reads(REDIRECTED_FROM, IPV4, &vec![b'1'; length]), length == 4, "{length}");
    }
}

#[test]
fn r7_2_8_an_ipv6_identity_has_exactly_16_octets() {
    for length in 0..=255 {
        assert_eq!(reads(REDIRECT, IPV6, &vec![b'2'; length]), length == 16, "{length} octets");
        assert_eq!(reads(REDIRECTED_FROM, IPV6, &vec![b'2'; length]), length == 16, "{length}");
    }
}

#[test]
fn r7_3_7_octets_behind_the_address_of_redirected_from_are_refused() {
    // H09: behind either kind of address.
    for address in [identity(IPV4, &[192, 0, 2, 23]), identity(IPV6, &[0x20; 16])] {
        for behind in [1, 16] {
            let data = [&address[..], &vec![0; behind]].concat();
            let payload = compose::chain(&[notify(REDIRECTED_FROM, &data)]);
            assert_eq!(read(&payload, RedirectedFrom::parse), Err(Reason::UnexpectedNonce));
        }
    }
}

#[test]
fn r7_3_3_redirected_from_with_an_spi_is_refused() {
    let data = identity(IPV4, &[192, 0, 2, 23]);
    let payload = compose::chain(&[compose::notify_with_spi(REDIRECTED_FROM, &[9; 4], &data)]);
    assert_eq!(read(&payload, RedirectedFrom::parse), Err(Reason::SpiSize));
}

#[test]
fn r7_1_2_redirect_supported_with_an_spi_is_refused() {
    for size in [4, 8] {
        let part = compose::notify_with_spi(REDIRECT_SUPPORTED, &vec![9; size], &[]);
        let payload = compose::chain(&[part]);
        assert_eq!(read(&payload, RedirectSupported::parse), Err(Reason::SpiSize));
    }
}

#[test]
fn an_spi_that_runs_past_the_notification_is_refused() {
    for body in [&[0, 1, 0x40, 0x17][..], &[0, 255, 0x40, 0x17, 1, 4, 192, 0, 2, 45]] {
        let payload = compose::chain(&[compose::part(compose::NOTIFY, body)]);
        assert_eq!(read(&payload, |_| Ok(())), Err(Reason::NotifyLength));
    }
}

#[test]
fn a_notification_shorter_than_its_fixed_fields_is_refused() {
    for length in 0..4 {
        let payload = compose::chain(&[compose::part(compose::NOTIFY, &[0; 4][..length])]);
        assert_eq!(read(&payload, |_| Ok(())), Err(Reason::NotifyLength), "{length} octets");
    }
}
