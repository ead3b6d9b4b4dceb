//! IKE_SESSION_RESUME (RFC 5723), which takes the place of IKE_SA_INIT for who has a ticket (F14).

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{InitRequest, InitResponse};

use crate::compose::{
    self, Message, NI, NONCE, Part, REDIRECT, REDIRECT_SUPPORTED, TICKET_NACK, TICKET_OPAQUE,
    identity, notify, part,
};

fn response(parts: Vec<Part>) -> Message {
    Message { exchange: 38, ..Message::response(parts) }
}

#[test]
fn a_request_has_a_ticket_instead_of_sa_and_ke() {
    let octets = Message::resumption().with(notify(REDIRECT_SUPPORTED, &[])).octets();
    let request = InitRequest::parse(&octets).unwrap();
    assert!(request.resumption && request.redirect_supported);
    assert_eq!(request.nonce.octets(), NI);
}

#[test]
fn a_request_without_ticket_or_ni_is_refused() {
    let no_ni = Message::resumption().without(NONCE).octets();
    assert_eq!(InitRequest::parse(&no_ni), Err(Reason::MissingPayload));
    let no_ticket = Message::resumption().without(compose::NOTIFY).octets();
    assert_eq!(InitRequest::parse(&no_ticket), Err(Reason::MissingPayload));
    let sa_and_ke = Message { exchange: 38, ..Message::supporting() }.octets();
    assert_eq!(InitRequest::parse(&sa_and_ke), Err(Reason::MissingPayload));
}

#[test]
fn a_ticket_is_none_in_ike_sa_init() {
    let ticket = notify(TICKET_OPAQUE, &[7; 100]);
    let request = Message::supporting().without(compose::SA).with(ticket).octets();
    assert_eq!(InitRequest::parse(&request), Err(Reason::MissingPayload));
    let both = Message::supporting().with(notify(TICKET_OPAQUE, &[7; 100])).octets();
    assert!(!InitRequest::parse(&both).unwrap().resumption);
}

#[test]
fn a_gateway_that_resumes_sends_nr_and_one_that_does_not_says_so() {
    let (nr, nack) = (part(NONCE, &[3; 32]), notify(TICKET_NACK, &[]));
    for (parts, accepts) in [
        (vec![nr.clone()], true),
        (vec![nack.clone()], false),
        (vec![nr.clone(), nack.clone()], false),
        (vec![nack, nr], false),
        (vec![], false),
        (vec![notify(compose::COOKIE, b"baked")], false),
    ] {
        let octets = response(parts.clone()).octets();
        let found = InitResponse::parse(&octets).unwrap();
        assert_eq!((found.resumption, found.accepts), (true, accepts), "{parts:?}");
    }
}

#[test]
fn in_ike_sa_init_a_nonce_alone_accepts_nothing() {
    let octets = Message::response(vec![part(NONCE, &[3; 32])]).octets();
    let found = InitResponse::parse(&octets).unwrap();
    assert!(!found.resumption && !found.accepts);
}

#[test]
fn a_redirect_in_the_response_is_read_as_in_ike_sa_init() {
    let redirect = notify(REDIRECT, &[identity(1, &[192, 0, 2, 45]), NI.to_vec()].concat());
    let octets = response(vec![redirect]).octets();
    let found = InitResponse::parse(&octets).unwrap();
    assert!(matches!(found.redirect, Some(Ok(_))));
    assert!(found.resumption && !found.accepts);
}

#[test]
fn the_answer_is_of_the_exchange_that_was_asked() {
    let octets = Message::resumption().octets();
    let request = InitRequest::parse(&octets).unwrap();
    let mut out = [0; InitRequest::MAX_REDIRECT_LEN];
    let target = std::net::Ipv4Addr::new(192, 0, 2, 45).into();
    request.write_redirect(target, &mut out).unwrap();
    assert_eq!(out[18], 38);
    request.write_error(ikev2_redirect::wire::NotifyType(14), &mut out).unwrap();
    assert_eq!(out[18], 38);
}

#[test]
fn the_other_rules_of_a_first_message_hold() {
    let spi = Message { responder_spi: [9; 8], ..Message::resumption() }.octets();
    assert_eq!(InitRequest::parse(&spi), Err(Reason::NonzeroResponderSpi));
    let id = Message { message_id: 1, ..Message::resumption() }.octets();
    assert_eq!(InitRequest::parse(&id), Err(Reason::WrongMessageId));
    let ni = Message::resumption().with_nonce(&[7; 15]).octets();
    assert_eq!(InitRequest::parse(&ni), Err(Reason::NonceLength));
    let again = Message::resumption().with(part(NONCE, &NI)).octets();
    assert_eq!(InitRequest::parse(&again), Err(Reason::RepeatedNonce));
}
