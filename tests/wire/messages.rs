//! Whole messages: what an IKE_SA_INIT request and response have to keep. Single notifications are
//! in `notifications.rs`, chains of payloads in `chain.rs`.

use ikev2_redirect::wire::{Flags, InitRedirect, InitRequest, InitResponse, Nonce, Spi};
use ikev2_redirect::{Fqdn, Reason, Target};

use crate::compose::{
    self, KE, Message, NI, NONCE, Part, REDIRECT, REDIRECT_SUPPORTED, REDIRECTED_FROM, SA,
    identity, ip, notify, part,
};
use crate::vectors;

fn line(name: &str) -> Vec<u8> {
    vectors::octets(vectors::CONSTRUCTED, name)
}

fn request_fault(message: &Message) -> Reason {
    InitRequest::parse(&message.octets()).unwrap_err()
}

fn response_fault(message: &Message) -> Reason {
    InitResponse::parse(&message.octets()).unwrap_err()
}

// Responses that redirect.

fn assert_answer(octets: &[u8], nonce: &[u8], target: Target<'_>) {
    let request = Message::request().with_nonce(nonce).octets();
    let request = InitRequest::parse(&request).unwrap();
    let mut out = [0; 549];
    let length = request.write_redirect(target, &mut out).unwrap();
    assert_eq!(&out[..length], octets);
    assert_eq!(length, request.redirect_len(target));

    let response = InitResponse::parse(octets).unwrap();
    let nonce = Nonce::new(nonce).unwrap();
    assert_eq!(response.redirect, Some(Ok(InitRedirect { target, nonce })));
    assert_eq!(response.initiator_spi, request.initiator_spi);
    assert_eq!(response.responder_spi, Spi::ZERO);
    assert!(!response.accepts);
}

#[test]
fn v10_r3_4_r3_7_the_whole_answer_to_a_request_reads_and_writes() {
    let nonce: Vec<u8> = (0x20..0x40).collect();
    assert_answer(&line("V10"), &nonce, ip("192.0.2.45").into());
}

#[test]
fn v11_the_whole_answer_with_a_name_reads_and_writes() {
    let nonce: Vec<u8> = (0..16).collect();
    let name = Fqdn::new("gw2.example.com").unwrap();
    assert_answer(&line("V11"), &nonce, Target::Fqdn(name));
}

#[test]
fn two_unlike_redirects_in_one_response_are_not_believed() {
    let to = |octet| {
        let target = identity(1, &[192, 0, 2, octet]);
        notify(REDIRECT, &[target, NI.to_vec()].concat())
    };
    let twice = Message::response(vec![to(45), to(45)]).octets();
    assert!(matches!(InitResponse::parse(&twice).unwrap().redirect, Some(Ok(_))));
    for parts in [vec![to(45), to(46)], vec![to(45), to(45), to(46)], vec![to(45), to(46), to(46)]]
    {
        let unlike = Message::response(parts).octets();
        let redirect = InitResponse::parse(&unlike).unwrap().redirect;
        assert_eq!(redirect, Some(Err(Reason::ConflictingNotifies)));
    }
}

// H10: neither the first nor the last is the one that counts.
#[test]
fn a_redirect_beside_one_that_cannot_be_read_is_not_believed() {
    let to =
        |kind, target: &[u8]| notify(REDIRECT, &[identity(kind, target), NI.to_vec()].concat());
    for good in [to(1, &[192, 0, 2, 45]), to(2, &[0x20; 16]), to(3, b"gw2.example.com")] {
        for bad in [to(4, &[192, 0, 2, 45]), to(1, &[192, 0, 2]), notify(REDIRECT, &[])] {
            for parts in [vec![good.clone(), bad.clone()], vec![bad, good.clone()]] {
                let octets = Message::response(parts).octets();
                let redirect = InitResponse::parse(&octets).unwrap().redirect;
                assert_eq!(redirect, Some(Err(Reason::ConflictingNotifies)));
            }
        }
    }
}

#[test]
fn two_redirects_that_differ_in_the_nonce_alone_are_not_believed() {
    let with =
        |nonce: &[u8]| notify(REDIRECT, &[identity(1, &[192, 0, 2, 45]), nonce.to_vec()].concat());
    let octets = Message::response(vec![with(&NI), with(&[7; 32])]).octets();
    let redirect = InitResponse::parse(&octets).unwrap().redirect;
    assert_eq!(redirect, Some(Err(Reason::ConflictingNotifies)));
}

#[test]
fn a_nonzero_responder_spi_beside_a_redirect_is_shown() {
    let mut answer = line("V10");
    answer[8..16].copy_from_slice(&[9; 8]);
    let response = InitResponse::parse(&answer).unwrap();
    assert_eq!(response.responder_spi, Spi([9; 8]));
    assert!(matches!(response.redirect, Some(Ok(_))));
}

#[test]
fn a_response_that_offers_further_authentications_is_shown_as_such() {
    let parse = |kind| {
        let octets = Message::response(vec![notify(kind, &[])]).octets();
        InitResponse::parse(&octets).unwrap().multiple_auth_supported
    };
    assert!(parse(16404));
    assert!(!parse(16405)); // ANOTHER_AUTH_FOLLOWS stands in IKE_AUTH only
}

#[test]
fn a_response_accepts_only_with_sa_and_ke_and_nonce() {
    let all = [part(SA, &[1; 44]), part(KE, &[2; 68]), part(NONCE, &[3; 32])];
    let accepts = |parts: &[Part]| {
        InitResponse::parse(&Message::response(parts.to_vec()).octets()).unwrap().accepts
    };
    assert!(accepts(&all));
    for missing in 0..3 {
        let mut rest = all.to_vec();
        rest.remove(missing);
        assert!(!accepts(&rest), "payload {missing} is missing");
    }
}

#[test]
fn a_request_is_not_taken_for_a_response() {
    let request = Message { flags: 0x08, ..Message::response(vec![]) };
    assert_eq!(response_fault(&request), Reason::WrongFlags);
}

// Requests.

#[test]
fn a_request_shows_what_a_gateway_decides_on() {
    let cookie = notify(compose::COOKIE, b"baked");
    let from = notify(REDIRECTED_FROM, &identity(1, &[192, 0, 2, 23]));
    let octets = Message::supporting().with(cookie).with(from).octets();
    let request = InitRequest::parse(&octets).unwrap();
    assert_eq!(request.length, octets.len());
    assert_eq!(request.initiator_spi, Spi([1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(request.nonce.octets(), NI);
    assert!(request.redirect_supported);
    assert_eq!(request.redirected_from, Some(Ok(ip("192.0.2.23"))));
    assert_eq!(request.cookie, Some(&b"baked"[..]));
}

#[test]
fn the_order_of_the_payloads_does_not_matter() {
    let mut message = Message::supporting();
    let ordered = message.octets();
    message.parts.reverse();
    let reversed = message.octets();
    assert_eq!(InitRequest::parse(&reversed), InitRequest::parse(&ordered));
}

#[test]
fn r7_1_1_data_in_redirect_supported_is_ignored() {
    let octets = Message::request().with(notify(REDIRECT_SUPPORTED, b"junk")).octets();
    assert!(InitRequest::parse(&octets).unwrap().redirect_supported);
}

#[test]
fn r7_1_2_redirect_supported_with_an_spi_counts_as_absent() {
    let odd = compose::notify_with_spi(REDIRECT_SUPPORTED, &[1, 2, 3, 4], &[]);
    let octets = Message::request().with(odd).octets();
    assert!(!InitRequest::parse(&octets).unwrap().supports_redirect());
}

// H10: an odd one takes nothing back.
#[test]
fn r7_1_2_redirect_supported_counts_beside_one_with_an_spi() {
    let odd = compose::notify_with_spi(REDIRECT_SUPPORTED, &[1, 2, 3, 4], &[]);
    let good = notify(REDIRECT_SUPPORTED, &[]);
    for parts in [[odd.clone(), good.clone()], [good, odd]] {
        let [first, second] = parts;
        let octets = Message::request().with(first).with(second).octets();
        assert!(InitRequest::parse(&octets).unwrap().redirect_supported);
    }
}

#[test]
fn of_several_cookies_the_last_is_shown() {
    let cookie = |data: &[u8]| notify(compose::COOKIE, data);
    let octets = Message::supporting().with(cookie(b"stale")).with(cookie(b"baked")).octets();
    assert_eq!(InitRequest::parse(&octets).unwrap().cookie, Some(&b"baked"[..]));
}

#[test]
fn d3_7_redirected_from_alone_counts_as_support() {
    for from in [identity(1, &[192, 0, 2, 23]), identity(2, &[0x20; 16])] {
        let octets = Message::request().with(notify(REDIRECTED_FROM, &from)).octets();
        let request = InitRequest::parse(&octets).unwrap();
        assert!(request.supports_redirect() && !request.redirect_supported);
    }
}

#[test]
fn d3_7_a_redirected_from_that_cannot_be_read_is_no_support() {
    let fqdn = identity(3, b"gw.example");
    for data in [&fqdn[..], &[], &[1, 255, 0], &[1, 4, 192, 0, 2], &[1, 4, 192, 0, 2, 23, 0]] {
        let octets = Message::request().with(notify(REDIRECTED_FROM, data)).octets();
        let request = InitRequest::parse(&octets).unwrap();
        assert!(!request.supports_redirect(), "{data:?}");
        assert!(matches!(request.redirected_from, Some(Err(_))), "{data:?}");
    }
}

#[test]
fn two_unlike_redirected_froms_are_not_believed() {
    let from = |octet| notify(REDIRECTED_FROM, &identity(1, &[192, 0, 2, octet]));
    let octets = Message::request().with(from(23)).with(from(24)).octets();
    let request = InitRequest::parse(&octets).unwrap();
    assert_eq!(request.redirected_from, Some(Err(Reason::ConflictingNotifies)));
    assert!(!request.supports_redirect());
}

// H10: neither the first nor the last is the one that counts.
#[test]
fn a_redirected_from_beside_one_that_cannot_be_read_is_not_believed() {
    let good = notify(REDIRECTED_FROM, &identity(1, &[192, 0, 2, 23]));
    let again = notify(REDIRECTED_FROM, &identity(2, &[0x20; 16]));
    let bad = notify(REDIRECTED_FROM, &identity(3, b"gw.example"));
    let from = |parts: &[&Part]| {
        let message =
            parts.iter().fold(Message::request(), |message, part| message.with((*part).clone()));
        let octets = message.octets();
        let request = InitRequest::parse(&octets).unwrap();
        assert_eq!(request.supports_redirect(), matches!(request.redirected_from, Some(Ok(_))));
        request.redirected_from.unwrap()
    };
    for unlike in [[&bad, &good], [&good, &bad], [&good, &again], [&again, &good]] {
        assert_eq!(from(&unlike), Err(Reason::ConflictingNotifies), "{unlike:?}");
    }
    assert_eq!(from(&[&bad, &bad, &good]), Err(Reason::ConflictingNotifies));
    assert_eq!(from(&[&good, &again, &good]), Err(Reason::ConflictingNotifies));
    assert_eq!(from(&[&good, &good]), Ok(ip("192.0.2.23")));
    assert_eq!(from(&[&bad, &bad]), Err(Reason::GatewayType));
}

#[test]
fn r7_2_1_a_redirect_in_a_request_says_nothing() {
    let redirect = [identity(1, &[192, 0, 2, 45]), NI.to_vec()].concat();
    let with = Message::request().with(notify(REDIRECT, &redirect)).octets();
    let request = InitRequest::parse(&with).unwrap();
    assert!(!request.supports_redirect());
    assert_eq!(request.redirected_from, None);
}

#[test]
fn r7_2_11_a_request_with_an_illegal_ni_is_refused() {
    // libreswan echoes Ni of 1, 15 and 257 octets.
    for length in [0, 1, 15, 257] {
        let request = Message::supporting().with_nonce(&vec![7; length]);
        assert_eq!(request_fault(&request), Reason::NonceLength, "Ni of {length} octets");
    }
    for length in [16, 256] {
        let octets = Message::supporting().with_nonce(&vec![7; length]).octets();
        assert_eq!(InitRequest::parse(&octets).unwrap().nonce.octets().len(), length);
    }
}

#[test]
fn a_second_ni_is_refused() {
    let request = Message::supporting().with(part(NONCE, &[7; 32]));
    assert_eq!(request_fault(&request), Reason::RepeatedNonce);
}

#[test]
fn a_request_without_sa_or_ke_or_ni_is_refused() {
    for missing in [SA, KE, NONCE] {
        let request = Message::supporting().without(missing);
        assert_eq!(request_fault(&request), Reason::MissingPayload, "payload type {missing}");
    }
}

#[test]
fn a_reflected_response_is_not_taken_for_a_request() {
    for flags in [0x20, 0x28, 0x00] {
        let message = Message { flags, ..Message::supporting() };
        assert_eq!(request_fault(&message), Reason::WrongFlags, "flags {flags:#04x}");
    }
}

#[test]
fn reserved_flags_are_ignored() {
    let octets = Message { flags: 0x08 | 0xd7, ..Message::supporting() }.octets();
    assert!(InitRequest::parse(&octets).is_ok());
}

#[test]
fn r1_1_a_request_of_another_exchange_is_refused() {
    for exchange in (0..=255).filter(|exchange| ![34, 38].contains(exchange)) {
        let message = Message { exchange, ..Message::supporting() };
        assert_eq!(request_fault(&message), Reason::WrongExchange, "exchange {exchange}");
    }
}

#[test]
fn another_major_version_is_refused_and_another_minor_one_is_not() {
    for version in [0x10, 0x30, 0x00] {
        let message = Message { version, ..Message::supporting() };
        assert_eq!(request_fault(&message), Reason::UnsupportedVersion);
    }
    let later = Message { version: 0x21, ..Message::supporting() }.octets();
    assert!(InitRequest::parse(&later).is_ok());
}

#[test]
fn a_first_message_with_an_id_or_a_responder_spi_or_no_spi_is_refused() {
    let message = Message { message_id: 1, ..Message::supporting() };
    assert_eq!(request_fault(&message), Reason::WrongMessageId);
    let message = Message { responder_spi: [9; 8], ..Message::supporting() };
    assert_eq!(request_fault(&message), Reason::NonzeroResponderSpi);
    let message = Message { initiator_spi: [0; 8], ..Message::supporting() };
    assert_eq!(request_fault(&message), Reason::ZeroInitiatorSpi);
}

#[test]
fn the_flags_tell_the_direction_of_a_message() {
    let response_of_the_initiator = Flags(Flags::INITIATOR.0 | Flags::RESPONSE.0);
    let version = Flags(0x10);
    for (flags, from_initiator, is_response) in [
        (Flags(0), false, false),
        (version, false, false),
        (Flags::INITIATOR, true, false),
        (Flags::RESPONSE, false, true),
        (response_of_the_initiator, true, true),
    ] {
        assert_eq!(flags.from_initiator(), from_initiator, "{flags:?}");
        assert_eq!(flags.is_response(), is_response, "{flags:?}");
    }
}

#[test]
fn an_spi_is_shown_in_sixteen_digits() {
    let spi = Spi([0, 1, 2, 3, 4, 5, 6, 0xff]);
    assert_eq!(spi.to_string(), "00010203040506ff");
    assert_eq!(format!("{spi:?}"), "Spi(00010203040506ff)");
}
