//! Whole messages: what an IKE_SA_INIT request and response, and the decrypted payloads of a
//! protected message, have to keep. Single notifications are in `notifications.rs`.

use std::net::IpAddr;

use ikev2_redirect::wire::{
    Contents, Flags, Header, InitNotifies, InitRedirect, InitRequest, InitResponse, Nonce,
    PayloadType, Payloads, Redirect, Spi,
};
use ikev2_redirect::{Fqdn, Reason, Target};

use crate::compose::{
    self, KE, Message, NI, NONCE, NOTIFY, Part, REDIRECT, REDIRECT_SUPPORTED, REDIRECTED_FROM, SA,
    VENDOR_ID, identity, notify, part,
};
use crate::vectors;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

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
    assert!(!parse(16405)); // ANOTHER_AUTH_FOLLOWS has no business here
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
fn an_unknown_critical_payload_is_refused_and_an_unknown_one_is_not() {
    let unknown = Part { kind: 200, flags: 0x80, body: vec![1, 2, 3] };
    let request = Message::supporting().with(unknown.clone());
    assert_eq!(request_fault(&request), Reason::UnknownCriticalPayload);
    let octets = Message::supporting().with(Part { flags: 0, ..unknown }).octets();
    assert!(InitRequest::parse(&octets).is_ok());
}

#[test]
fn the_critical_bit_of_a_known_payload_is_ignored() {
    let mut message = Message::supporting().with(part(VENDOR_ID, b"vendor"));
    for part in &mut message.parts {
        part.flags = 0x80;
    }
    assert!(InitRequest::parse(&message.octets()).unwrap().redirect_supported);
}

#[test]
fn lengths_that_do_not_add_up_are_refused() {
    let whole = Message::supporting().octets();
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(InitRequest::parse(&longer), Err(Reason::TrailingOctets));
    assert_eq!(InitRequest::parse(&whole[..whole.len() - 1]), Err(Reason::Truncated));
    let mut hidden = longer.clone();
    hidden[27] += 1; // the header covers the octet, no payload does
    assert_eq!(InitRequest::parse(&hidden), Err(Reason::TrailingOctets));
    assert_eq!(InitRequest::parse(&[]), Err(Reason::Truncated));
}

#[test]
fn a_payload_shorter_than_its_own_header_is_refused() {
    for length in 0..4 {
        let mut octets = Message::supporting().octets();
        octets[Header::LEN + 3] = length;
        assert_eq!(InitRequest::parse(&octets), Err(Reason::PayloadLength), "{length} octets");
    }
}

#[test]
fn a_payload_that_runs_past_the_message_is_refused() {
    let mut octets = Message::supporting().octets();
    octets[Header::LEN + 2] = 0xff;
    assert_eq!(InitRequest::parse(&octets), Err(Reason::Truncated));
}

#[test]
fn a_chain_that_points_past_its_end_is_refused() {
    let mut octets = Message::supporting().octets();
    let last = octets.len() - 8;
    octets[last] = NOTIFY;
    assert_eq!(InitRequest::parse(&octets), Err(Reason::Truncated));
}

// What a client puts into its request.

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

// Protected messages.

/// What is found in a protected message with these payloads.
fn with_contents<T>(parts: &[Part], check: impl Fn(Result<Contents<'_>, Reason>) -> T) -> T {
    check(Contents::parse(PayloadType(parts[0].kind), &compose::chain(parts)))
}

fn assert_contents(part: Part, expected: Contents<'_>) {
    with_contents(std::slice::from_ref(&part), |found| assert_eq!(found, Ok(expected), "{part:?}"));
}

fn redirect_fault(parts: &[Part]) -> Option<Reason> {
    with_contents(parts, |found| found.unwrap().redirect.and_then(Result::err))
}

#[test]
fn r7_1_1_redirect_supported_means_nothing_in_a_protected_message() {
    assert_contents(notify(REDIRECT_SUPPORTED, &[]), Contents::default());
}

#[test]
fn r7_3_1_redirected_from_means_nothing_in_a_protected_message() {
    let from = notify(REDIRECTED_FROM, &identity(1, &[192, 0, 2, 23]));
    assert_contents(from, Contents::default());
}

#[test]
fn each_payload_that_matters_is_found_in_a_protected_message() {
    let none = Contents::default();
    let redirect = Some(Ok(Redirect { target: ip("192.0.2.45").into() }));
    for (part, expected) in [
        (part(39, &[2; 12]), Contents { auth: true, ..none }),
        (part(48, &[3; 5]), Contents { eap: true, ..none }),
        (part(SA, &[1; 44]), Contents { sa: true, ..none }),
        (notify(16405, &[]), Contents { another_auth_follows: true, ..none }),
        (notify(16404, &[]), Contents { multiple_auth_supported: true, ..none }),
        (part(42, &[1, 0, 0, 0]), Contents { deletes_ike_sa: true, ..none }),
        (notify(REDIRECT, &identity(1, &[192, 0, 2, 45])), Contents { redirect, ..none }),
    ] {
        assert_contents(part, expected);
    }
}

#[test]
fn a_delete_of_esp_sas_does_not_delete_the_ike_sa() {
    let esp = part(42, &[3, 4, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
    assert_contents(esp, Contents::default());
}

#[test]
fn two_unlike_redirects_in_a_protected_message_are_not_believed() {
    let to = |octet| notify(REDIRECT, &identity(1, &[192, 0, 2, octet]));
    let unreadable = notify(REDIRECT, &[]);
    assert_eq!(redirect_fault(&[to(45), to(45)]), None);
    assert_eq!(redirect_fault(&[to(45), to(46)]), Some(Reason::ConflictingNotifies));
    assert_eq!(redirect_fault(&[unreadable, to(45)]), Some(Reason::ConflictingNotifies));
}

#[test]
fn an_sk_payload_says_what_is_the_first_payload_inside() {
    let chain = [PayloadType::IDI.0, 0, 0, 6, 0xaa, 0xbb];
    let sk = Payloads::new(PayloadType::SK, &chain).next().unwrap().unwrap();
    assert_eq!((sk.kind, sk.next, sk.body), (PayloadType::SK, PayloadType::IDI, &chain[4..]));
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
