//! What the front door answers to captured requests.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{InitRequest, InitResponse, NotifyType};

use super::{Decision, GATEWAY, answer, ip, to};
use crate::vectors;

/// A captured request, and what libreswan answered.
fn libreswan(name: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let request = vectors::octets(vectors::LIBRESWAN, name);
    (request, vectors::octets_in(vectors::LIBRESWAN, name, 2))
}

#[test]
fn every_capture_is_tested() {
    let tests = include_str!("captures.rs");
    let requests = vectors::names_of_kind(vectors::FIELD, "init-request");
    let captures = [vectors::LIBRESWAN, vectors::STRONGSWAN].into_iter().flat_map(vectors::names);
    for name in captures.chain(requests) {
        assert!(tests.contains(&format!("(\"{name}\"")), "{name} has no test");
    }
}

#[test]
fn captures_are_answered_as_by_libreswan() {
    for (name, what) in [
        ("sup", "with support"),
        ("supfirst", "with support as the first payload"),
        ("from4", "D3-7: with REDIRECTED_FROM alone"),
        ("ni256", "with a nonce of 256 octets"),
    ] {
        let (request, response) = libreswan(name);
        assert_eq!(answer(&request, to("10.98.0.2")), Ok(response.unwrap()), "{what}");
    }
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

/// A captured request of an NCP client.
fn ncp(name: &str) -> Vec<u8> {
    vectors::octets_in(vectors::FIELD, name, 2).unwrap()
}

#[test]
fn an_ncp_client_is_redirected_with_its_nonce_of_40_octets() {
    let request = ncp("ncp-request");
    let sent = answer(&request, to(GATEWAY)).unwrap();
    let redirect = InitResponse::parse(&sent).unwrap().redirect.unwrap().unwrap();
    assert_eq!(redirect.nonce.octets().len(), 40);
    assert!(request.windows(40).any(|octets| octets == redirect.nonce.octets()));
}

#[test]
fn d3_7_an_ncp_client_that_was_redirected_says_by_whom() {
    let request = ncp("ncp-followed");
    let from = InitRequest::parse(&request).unwrap().redirected_from;
    assert_eq!(from, Some(Ok(ip("10.5.2.52"))));
    assert!(answer(&request, to(GATEWAY)).is_ok());
}
