//! The front door: every rule that it keeps whatever its host decides.

mod anycast;
mod captures;
mod length;
mod properties;
mod reject;
mod resumption;

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{BufferTooSmall, InitRequest, InitResponse, NotifyType};
use ikev2_redirect::{Fqdn, Reason, Target, TargetRules};

use crate::compose::{self, Message, REDIRECTED_FROM, identity, ip, notify};
use crate::values::{NO_HOSTS, OPT_IN};

const DOOR: &str = "192.0.2.1";
const ANYCAST: &str = "203.0.113.1";
const GATEWAY: &str = "192.0.2.45";

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

// Where nobody can be sent.

#[test]
fn nobody_is_sent_to_an_address_that_is_no_unicast_address() {
    // libreswan sends clients to 0.0.0.0 and 224.0.0.1.
    for (target, reason) in NO_HOSTS.into_iter().chain(OPT_IN) {
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
