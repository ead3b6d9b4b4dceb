//! What a client puts into its request.

use ikev2_redirect::wire::{InitNotifies, InitRequest, PayloadType};

use crate::compose::{Message, NI, NOTIFY, ip};

fn request_with(notifies: InitNotifies) -> Vec<u8> {
    let mut out = [0; InitNotifies::MAX_LEN];
    let length = notifies.encode(PayloadType::NONE, &mut out).unwrap();
    let mut octets = Message::request().octets();
    if !notifies.is_empty() {
        let ni = octets.len() - 4 - NI.len();
        octets[ni] = NOTIFY;
    }
    octets.extend(&out[..length]);
    octets[27] += length as u8;
    octets
}

#[test]
fn r7_1_1_r7_3_1_what_a_client_puts_into_its_request_is_what_the_gateway_reads() {
    for redirect_supported in [false, true] {
        for redirected_from in [None, Some(ip("192.0.2.23")), Some(ip("2001:db8::23"))] {
            let octets = request_with(InitNotifies { redirect_supported, redirected_from });
            let request = InitRequest::parse(&octets).unwrap();
            assert_eq!(request.redirect_supported, redirect_supported);
            assert_eq!(request.redirected_from, redirected_from.map(Ok));
        }
    }
}

#[test]
fn d9_3_1_redirected_from_carries_an_anycast_address_like_any_other() {
    let anycast = ip("203.0.113.1");
    let notifies = InitNotifies { redirect_supported: false, redirected_from: Some(anycast) };
    let octets = request_with(notifies);
    assert_eq!(InitRequest::parse(&octets).unwrap().redirected_from, Some(Ok(anycast)));
}

#[test]
fn the_longest_notifies_of_a_request_fill_their_announced_length() {
    let notifies =
        InitNotifies { redirect_supported: true, redirected_from: Some(ip("2001:db8::1")) };
    let mut chain = [0; InitNotifies::MAX_LEN];
    assert_eq!(notifies.encode(PayloadType::NONE, &mut chain), Ok(chain.len()));
}

#[test]
fn a_buffer_that_is_too_small_is_told_how_much_is_needed() {
    let notifies = InitNotifies { redirect_supported: true, redirected_from: None };
    let error = notifies.encode(PayloadType::NONE, &mut [0; 7]).unwrap_err();
    assert_eq!(error.needed, 8);
    assert!(error.to_string().contains('8'), "{error}");
}

// H08: a client has payloads behind them.
#[test]
fn the_last_notification_names_the_payload_that_follows() {
    let from = Some(ip("192.0.2.23"));
    for (redirect_supported, redirected_from, last) in
        [(true, None, 0), (false, from, 0), (true, from, 8)]
    {
        let notifies = InitNotifies { redirect_supported, redirected_from };
        for next in [PayloadType::NONE, PayloadType::VENDOR_ID, PayloadType::NOTIFY] {
            let mut chain = [0xee; InitNotifies::MAX_LEN];
            notifies.encode(next, &mut chain).unwrap();
            assert_eq!(chain[last], next.0, "{notifies:?}");
            if last > 0 {
                assert_eq!(chain[0], NOTIFY, "{notifies:?}");
            }
        }
    }
}

#[test]
fn no_notification_is_no_octet() {
    let notifies = InitNotifies { redirect_supported: false, redirected_from: None };
    assert!(notifies.is_empty());
    assert_eq!(notifies.encode(PayloadType::VENDOR_ID, &mut []), Ok(0));
}
