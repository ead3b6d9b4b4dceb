//! The front door: what it answers to captured requests, and every rule that it keeps whatever
//! its host decides.

use std::net::IpAddr;

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{BufferTooSmall, InitRequest, InitResponse, Nonce, NotifyType, Spi};
use ikev2_redirect::{Fqdn, Reason, Target, TargetRules};

use crate::compose::{self, Message, REDIRECTED_FROM, identity, notify};
use crate::vectors;

const DOOR: &str = "192.0.2.1";
const ANYCAST: &str = "203.0.113.1";
const GATEWAY: &str = "192.0.2.45";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn to(address: &str) -> Decision<'static> {
    Decision::Redirect(ip(address).into())
}

fn at(destination: &str) -> Arrival {
    Arrival { destination: ip(destination), source_proven: false }
}

/// What is sent in return, or why nothing is.
fn answer_of(
    door: &FrontDoor<'_>,
    request: &[u8],
    arrival: Arrival,
    decision: Decision<'_>,
) -> Result<Vec<u8>, Reason> {
    let request = InitRequest::parse(request)?;
    let mut out = [0; 549];
    match door.answer(&request, arrival, decision, &mut out).unwrap() {
        Answer::Reply { from, message } => {
            assert_eq!(from, arrival.destination, "R4-2");
            Ok(message.to_vec())
        }
        Answer::Refused(reason) => Err(reason),
        Answer::Proceed => Ok(Vec::new()),
    }
}

/// The same at a plain unicast address.
fn answer(request: &[u8], decision: Decision<'_>) -> Result<Vec<u8>, Reason> {
    answer_of(&FrontDoor::default(), request, at(DOOR), decision)
}

/// The same at an anycast address.
fn anycast_answer(request: &[u8], decision: Decision<'_>) -> Result<Vec<u8>, Reason> {
    let anycast = [ip("203.0.113.9"), ip(ANYCAST)];
    let door = FrontDoor { anycast: &anycast, ..FrontDoor::default() };
    answer_of(&door, request, at(ANYCAST), decision)
}

const PROCEEDS: Result<Vec<u8>, Reason> = Ok(Vec::new());

fn supporting() -> Vec<u8> {
    Message::supporting().octets()
}

fn unsupporting() -> Vec<u8> {
    Message::request().octets()
}

// Captures.

/// A captured request, and what libreswan answered.
fn libreswan(name: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let request = vectors::octets(vectors::LIBRESWAN, name);
    (request, vectors::octets_in(vectors::LIBRESWAN, name, 2))
}

fn assert_answered_as_by_libreswan(name: &str) {
    let (request, response) = libreswan(name);
    assert_eq!(answer(&request, to("10.98.0.2")), Ok(response.unwrap()));
}

#[test]
fn every_capture_is_tested() {
    let tests = include_str!("front_door.rs");
    let captures = [vectors::LIBRESWAN, vectors::STRONGSWAN];
    for name in captures.into_iter().flat_map(vectors::names) {
        assert!(tests.contains(&format!("(\"{name}\")")), "{name} has no test");
    }
}

#[test]
fn a_capture_with_support_is_answered_as_by_libreswan() {
    assert_answered_as_by_libreswan("sup");
}

#[test]
fn a_capture_with_support_as_the_first_payload_is_answered_as_by_libreswan() {
    assert_answered_as_by_libreswan("supfirst");
}

#[test]
fn d3_7_a_capture_with_redirected_from_alone_is_answered_as_by_libreswan() {
    assert_answered_as_by_libreswan("from4");
}

#[test]
fn a_capture_with_a_nonce_of_256_octets_is_answered_as_by_libreswan() {
    assert_answered_as_by_libreswan("ni256");
}

#[test]
fn r3_2_a_capture_without_support_is_not_redirected_but_can_be_told() {
    // libreswan leaves such a client without any answer.
    let (request, response) = libreswan("nosup");
    assert_eq!(response, None);
    assert_eq!(answer(&request, to("10.98.0.2")), Err(Reason::ClientUnsupported));
    let told = answer(&request, Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN)).unwrap();
    assert_eq!(told[28..], [0, 0, 0, 8, 0, 0, 0, 14]);
}

#[test]
fn r7_2_11_a_capture_with_a_nonce_of_15_octets_is_refused_unlike_by_libreswan() {
    let (request, response) = libreswan("ni15");
    assert!(response.is_some(), "libreswan echoes it");
    assert_eq!(answer(&request, to("10.98.0.2")), Err(Reason::NonceLength));
}

fn strongswan(name: &str) -> Vec<u8> {
    vectors::octets(vectors::STRONGSWAN, name)
}

#[test]
fn a_strongswan_client_gets_the_answer_that_it_followed() {
    let sent = answer(&strongswan("request"), to("10.99.0.4"));
    assert_eq!(sent, Ok(strongswan("answer")));
}

#[test]
fn r3_12_a_strongswan_client_tells_the_next_gateway_who_sent_it() {
    let followed = strongswan("followed");
    let request = InitRequest::parse(&followed).unwrap();
    assert_eq!(request.redirected_from, Some(Ok(ip("10.99.0.2"))));
}

#[test]
fn r3_6_a_retransmission_by_strongswan_gets_the_same_answer() {
    // libreswan sends it to another gateway.
    let first = answer(&strongswan("followed"), to("10.99.0.5"));
    assert!(first.is_ok());
    assert_eq!(answer(&strongswan("followed-again"), to("10.99.0.5")), first);
    assert_eq!(answer(&strongswan("followed-again-2"), to("10.99.0.5")), first);
}

// Who may be redirected.

#[test]
fn r3_2_a_client_without_support_is_never_redirected() {
    assert_eq!(answer(&unsupporting(), to(GATEWAY)), Err(Reason::ClientUnsupported));
    assert_eq!(anycast_answer(&unsupporting(), to(GATEWAY)), Err(Reason::ClientUnsupported));
}

#[test]
fn r3_2_a_client_without_support_is_not_redirected_by_an_error_that_is_none() {
    for kind in [NotifyType::REDIRECT, NotifyType::COOKIE, NotifyType(16384), NotifyType(65535)] {
        let sent = answer(&unsupporting(), Decision::RefuseWith(kind));
        assert_eq!(sent, Err(Reason::WrongNotifyType), "{kind:?}");
    }
}

#[test]
fn d3_7_a_client_that_was_redirected_here_may_be_redirected() {
    let from = notify(REDIRECTED_FROM, &identity(1, &[192, 0, 2, 23]));
    let request = Message::request().with(from).octets();
    assert!(answer(&request, to(GATEWAY)).is_ok());
}

#[test]
fn d3_7_a_client_with_an_unreadable_redirected_from_may_not_be_redirected() {
    let from = notify(REDIRECTED_FROM, &identity(3, b"gw.example"));
    let request = Message::request().with(from).octets();
    assert_eq!(answer(&request, to(GATEWAY)), Err(Reason::ClientUnsupported));
}

#[test]
fn d3_1_support_is_known_from_each_clients_own_request() {
    let door = FrontDoor::default();
    for (request, may) in [(supporting(), true), (unsupporting(), false), (supporting(), true)] {
        let request = InitRequest::parse(&request).unwrap();
        let allowed = door.may_redirect(&request, at(DOOR), ip(GATEWAY).into());
        assert_eq!(allowed.is_ok(), may);
    }
}

// The answer.

#[test]
fn r3_3_the_client_is_sent_where_the_host_says() {
    let name = Fqdn::new("gw2.example.com").unwrap();
    for target in [ip(GATEWAY).into(), ip("2001:db8::45").into(), Target::Fqdn(name)] {
        let sent = answer(&supporting(), Decision::Redirect(target)).unwrap();
        let redirect = InitResponse::parse(&sent).unwrap().redirect.unwrap().unwrap();
        assert_eq!(redirect.target, target);
    }
}

#[test]
fn r3_4_r3_7_the_answer_is_one_redirect_with_the_spis_as_the_client_knows_them() {
    let sent = answer(&supporting(), to(GATEWAY)).unwrap();
    let head = [
        [1, 2, 3, 4, 5, 6, 7, 8], // the client's SPI
        [0; 8],                   // no responder SPI
        [41, 0x20, 34, 0x20, 0, 0, 0, 0],
    ];
    assert_eq!(sent[..24], head.concat());
    assert_eq!(sent[28..32], [0, 0, 0, 46], "one payload");
}

#[test]
fn r3_5_a_retry_with_another_nonce_is_answered_with_that_nonce() {
    let cookie = notify(compose::COOKIE, b"baked");
    let first = Message::supporting().with(cookie);
    let retry = first.clone().with_nonce(&[7; 48]);
    for (request, nonce) in [(first, &compose::NI[..]), (retry, &[7; 48])] {
        let sent = answer(&request.octets(), to(GATEWAY)).unwrap();
        let redirect = InitResponse::parse(&sent).unwrap().redirect.unwrap().unwrap();
        assert_eq!(redirect.nonce.octets(), nonce);
    }
}

#[test]
fn r3_6_the_same_request_gets_the_same_answer_and_leaves_nothing_behind() {
    let door = FrontDoor::default();
    let before = door;
    let first = answer_of(&door, &supporting(), at(DOOR), to(GATEWAY));
    answer_of(&door, &unsupporting(), at(DOOR), to("192.0.2.46")).unwrap_err();
    assert_eq!(answer_of(&door, &supporting(), at(DOOR), to(GATEWAY)), first);
    assert_eq!(door, before);
}

#[test]
fn a_refusal_with_an_error_is_36_octets_without_a_responder_spi() {
    let sent = answer(&unsupporting(), Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN));
    let expected = Message::response(vec![notify(14, &[])]).octets();
    assert_eq!(expected.len(), InitRequest::ERROR_LEN);
    assert_eq!(sent, Ok(expected));
}

#[test]
fn a_declined_request_gets_no_answer() {
    assert_eq!(answer(&supporting(), Decision::Refuse), Err(Reason::Declined));
}

#[test]
fn a_request_at_a_unicast_address_may_proceed() {
    assert_eq!(answer(&supporting(), Decision::Proceed), PROCEEDS);
    assert_eq!(answer(&unsupporting(), Decision::Proceed), PROCEEDS);
}

#[test]
fn too_little_room_for_the_answer_is_said_with_the_room_needed() {
    let request = supporting();
    let request = InitRequest::parse(&request).unwrap();
    let door = FrontDoor::default();
    for (decision, needed) in
        [(to(GATEWAY), 28 + 8 + 6 + 32), (Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN), 36)]
    {
        let mut out = vec![0; needed];
        let short = door.answer(&request, at(DOOR), decision, &mut out[1..]);
        assert_eq!(short, Err(BufferTooSmall { needed }));
        let enough = door.answer(&request, at(DOOR), decision, &mut out);
        assert!(matches!(enough, Ok(Answer::Reply { .. })));
    }
}

// Anycast.

#[test]
fn r4_2_the_answer_leaves_from_the_anycast_address_that_was_asked() {
    assert!(anycast_answer(&supporting(), to(GATEWAY)).is_ok()); // compared in `answer_of`
}

#[test]
fn r4_3_a_request_at_an_anycast_address_never_proceeds() {
    assert_eq!(anycast_answer(&supporting(), Decision::Proceed), Err(Reason::AnycastProceed));
    assert_eq!(anycast_answer(&unsupporting(), Decision::Proceed), Err(Reason::AnycastProceed));
}

#[test]
fn r4_3_an_anycast_address_is_known_however_the_socket_shows_it() {
    let door = FrontDoor { anycast: &[ip("203.0.113.1")], ..FrontDoor::default() };
    assert!(door.is_anycast(ip("::ffff:203.0.113.1")));
    let mapped = FrontDoor { anycast: &[ip("::ffff:203.0.113.1")], ..FrontDoor::default() };
    assert!(mapped.is_anycast(ip("203.0.113.1")));
    assert!(!door.is_anycast(ip("::ffff:203.0.113.2")));
}

#[test]
fn r4_4_an_ipv4_address_is_itself_however_the_socket_shows_it() {
    let request = InitRequest {
        length: 240,
        initiator_spi: Spi([1; 8]),
        nonce: Nonce::new(&[7; 32]).unwrap(),
        redirect_supported: true,
        redirected_from: None,
        cookie: None,
        resumption: false,
    };
    let arrival = Arrival { destination: ip("::ffff:192.0.2.1"), source_proven: false };
    let refused = FrontDoor::default().may_redirect(&request, arrival, ip("192.0.2.1").into());
    assert_eq!(refused, Err(Reason::SelfRedirect));
}

#[test]
fn r4_3_nobody_is_redirected_to_an_anycast_address() {
    let refused = Err(Reason::AnycastTarget);
    assert_eq!(anycast_answer(&supporting(), to("203.0.113.9")), refused);
    assert_eq!(anycast_answer(&supporting(), to(ANYCAST)), refused);
    let anycast = [ip(ANYCAST)];
    let door = FrontDoor { anycast: &anycast, ..FrontDoor::default() };
    assert_eq!(answer_of(&door, &supporting(), at(DOOR), to(ANYCAST)), refused);
}

#[test]
fn r4_4_from_an_anycast_address_to_the_own_unicast_address_is_no_loop() {
    assert!(anycast_answer(&supporting(), to(DOOR)).is_ok());
}

#[test]
fn r4_4_from_a_unicast_address_to_itself_is_a_loop() {
    assert_eq!(answer(&supporting(), to(DOOR)), Err(Reason::SelfRedirect));
}

#[test]
fn r4_5_the_other_rules_hold_at_an_anycast_address() {
    assert_eq!(anycast_answer(&supporting(), to("0.0.0.0")), Err(Reason::UnspecifiedTarget));
    assert_eq!(anycast_answer(&supporting(), to(GATEWAY)), answer(&supporting(), to(GATEWAY)));
}

#[test]
fn r4_3_only_clients_without_support_are_served_at_an_anycast_address_and_only_on_request() {
    let anycast = [ip(ANYCAST)];
    let door =
        FrontDoor { anycast: &anycast, serve_unsupported_on_anycast: true, ..FrontDoor::default() };
    let proceed = |request: &[u8]| answer_of(&door, request, at(ANYCAST), Decision::Proceed);
    assert_eq!(proceed(&unsupporting()), PROCEEDS);
    assert_eq!(proceed(&supporting()), Err(Reason::AnycastProceed));
}

#[test]
fn d9_3_1_a_client_sent_by_an_anycast_address_shows_that_address() {
    // R9-1: shown to the host, and no more than that.
    let from = notify(REDIRECTED_FROM, &identity(1, &[203, 0, 113, 1]));
    let request = Message::request().with(from).octets();
    let shown = InitRequest::parse(&request).unwrap().redirected_from;
    assert_eq!(shown, Some(Ok(ip(ANYCAST))));
    assert!(anycast_answer(&request, to(DOOR)).is_ok());
}

// Where nobody can be sent.

#[test]
fn nobody_is_sent_to_an_address_that_is_no_unicast_address() {
    // libreswan sends clients to 0.0.0.0 and 224.0.0.1.
    for (target, reason) in [
        ("0.0.0.0", Reason::UnspecifiedTarget),
        ("0.1.2.3", Reason::UnspecifiedTarget),
        ("::", Reason::UnspecifiedTarget),
        ("224.0.0.1", Reason::MulticastTarget),
        ("ff02::1", Reason::MulticastTarget),
        ("255.255.255.255", Reason::BroadcastTarget),
        ("::ffff:192.0.2.45", Reason::MappedTarget),
        ("127.0.0.1", Reason::LoopbackTarget),
        ("::1", Reason::LoopbackTarget),
        ("169.254.1.1", Reason::LinkLocalTarget),
        ("fe80::1", Reason::LinkLocalTarget),
    ] {
        assert_eq!(answer(&supporting(), to(target)), Err(reason), "{target}");
    }
}

#[test]
fn loopback_and_link_local_targets_are_opened_one_by_one() {
    let loopback = TargetRules { allow_loopback: true, allow_link_local: false };
    let link_local = TargetRules { allow_loopback: false, allow_link_local: true };
    for (targets, target, allowed) in [
        (loopback, "127.0.0.1", true),
        (loopback, "fe80::1", false),
        (link_local, "fe80::1", true),
        (link_local, "127.0.0.1", false),
    ] {
        let door = FrontDoor { targets, ..FrontDoor::default() };
        let sent = answer_of(&door, &supporting(), at(DOOR), to(target));
        assert_eq!(sent.is_ok(), allowed, "{target} with {targets:?}");
    }
}

// No amplifier.

/// A request of `length` octets, filled up with a vendor id.
fn request_of(length: usize) -> Vec<u8> {
    let bare = supporting().len();
    let filling = vec![7; length - bare - 4];
    Message::supporting().with(compose::part(compose::VENDOR_ID, &filling)).octets()
}

#[test]
fn an_answer_longer_than_the_request_is_not_sent_to_an_unproven_source() {
    // libreswan answers with 4.5 times the octets of the request.
    let longest = "g".repeat(255);
    let target = Decision::Redirect(Target::Fqdn(Fqdn::new(&longest).unwrap()));
    let length = 28 + 8 + 2 + 255 + 32;
    assert_eq!(answer(&request_of(length - 1), target), Err(Reason::AnswerTooLong));
    assert_eq!(answer(&request_of(length), target).unwrap().len(), length);
    assert_eq!(answer(&supporting(), target), Err(Reason::AnswerTooLong));
}

#[test]
fn the_longest_answer_is_as_long_as_it_is_said_to_be() {
    let name = "n".repeat(255);
    let target = Target::Fqdn(Fqdn::new(&name).unwrap());
    let nonce = [7; 256];
    let request = InitRequest {
        length: 0,
        initiator_spi: Spi([1; 8]),
        nonce: Nonce::new(&nonce).unwrap(),
        redirect_supported: true,
        redirected_from: None,
        cookie: None,
        resumption: false,
    };
    let arrival = Arrival { destination: ip("192.0.2.1"), source_proven: true };
    let mut out = [0; FrontDoor::MAX_ANSWER];
    let answer =
        FrontDoor::default().answer(&request, arrival, Decision::Redirect(target), &mut out);
    let Ok(Answer::Reply { message, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(message.len(), FrontDoor::MAX_ANSWER);
}

#[test]
fn a_proven_source_gets_a_longer_answer() {
    let longest = "g".repeat(255);
    let target = Decision::Redirect(Target::Fqdn(Fqdn::new(&longest).unwrap()));
    let arrival = Arrival { source_proven: true, ..at(DOOR) };
    let request = Message::supporting().with_nonce(&[7; 256]).octets();
    let sent = answer_of(&FrontDoor::default(), &request, arrival, target).unwrap();
    assert_eq!(sent.len(), 549);
    assert!(sent.len() > request.len());
}

#[test]
fn the_shortest_request_is_longer_than_a_refusal() {
    let shortest = Message {
        parts: vec![
            compose::part(compose::SA, &[]),
            compose::part(compose::KE, &[]),
            compose::part(compose::NONCE, &[7; 16]),
        ],
        ..Message::request()
    };
    let sent =
        answer(&shortest.octets(), Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN)).unwrap();
    assert!(sent.len() <= shortest.octets().len());
}
