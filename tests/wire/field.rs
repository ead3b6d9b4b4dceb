//! Messages of the field: other vendors' captures, and data from other projects' tests.

use ikev2_redirect::wire::{
    InitRequest, InitResponse, Notify, NotifyType, Redirect, RedirectSupported,
};
use ikev2_redirect::{Reason, Target};

use crate::vectors;

const KINDS: [&str; 4] = ["init-request", "init-response", "redirect-data", "notify-body"];

fn octets(name: &str) -> Vec<u8> {
    vectors::octets_in(vectors::FIELD, name, 2).unwrap_or_default()
}

/// The lines of a kind: name, octets, what they say.
fn lines(kind: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let names = vectors::names_of_kind(vectors::FIELD, kind);
    names.map(|name| (name, octets(name), vectors::column(vectors::FIELD, name, 3))).collect()
}

/// What the file says of a line whose target is, or is not, this.
fn said<T: std::fmt::Display>(target: Result<T, Reason>) -> String {
    target.map_or_else(|_| "refused".to_owned(), |target| format!("gw={target}"))
}

#[test]
fn every_line_is_of_a_kind_that_is_read() {
    for name in vectors::names(vectors::FIELD) {
        assert!(KINDS.contains(&vectors::column(vectors::FIELD, name, 1)), "{name}");
    }
    for kind in KINDS {
        assert!(!lines(kind).is_empty(), "{kind}");
    }
}

#[test]
fn responses_of_the_field_are_read() {
    for (name, octets, expected) in lines("init-response") {
        let response = InitResponse::parse(&octets).unwrap();
        let found = match response.redirect {
            Some(redirect) => said(redirect.map(|redirect| redirect.target)),
            None => "no-redirect".to_owned(),
        };
        assert_eq!(found, expected, "{name}");
        assert!(!response.accepts, "{name}");
    }
}

// R7.2-4: an NCP gateway writes Protocol ID 1.
#[test]
fn r7_2_10_the_redirect_of_an_ncp_gateway_has_the_nonce_of_the_request() {
    let (request, response) = (octets("ncp-request"), octets("ncp-redirect"));
    assert_eq!(response[32], 1, "the protocol id");
    let asked = InitRequest::parse(&request).unwrap();
    let answered = InitResponse::parse(&response).unwrap();
    assert_eq!(answered.initiator_spi, asked.initiator_spi);
    let redirect = answered.redirect.unwrap().unwrap();
    assert_eq!(redirect.nonce, asked.nonce);
    // But for the protocol id the crate writes the same answer.
    let mut written = [0; InitRequest::MAX_REDIRECT_LEN];
    let length = asked.write_redirect(redirect.target, &mut written).unwrap();
    written[32] = 1;
    assert_eq!(written[..length], response);
}

#[test]
fn requests_of_the_field_are_read() {
    for (name, octets, expected) in lines("init-request") {
        let request = InitRequest::parse(&octets).unwrap();
        let found = match request.redirected_from {
            Some(from) => format!("from={}", from.unwrap()),
            None => "supported".to_owned(),
        };
        assert_eq!(found, expected, "{name}");
        assert!(request.supports_redirect(), "{name}");
    }
}

#[test]
fn redirects_of_the_field_are_read() {
    for (name, data, expected) in lines("redirect-data") {
        let notify = Notify { kind: NotifyType::REDIRECT, spi: &[], data: &data };
        let found = Redirect::parse(&notify).map(|redirect| redirect.target);
        assert_eq!(said(found), expected, "{name}");
        if let Ok(target) = found {
            let mut written = [0; 264];
            let length =
                Redirect { target }.encode(ikev2_redirect::wire::PayloadType::NONE, &mut written);
            assert_eq!(written[8..length.unwrap()], data, "{name}");
            assert_eq!(Target::parse(&expected[3..]), Ok(target), "{name}");
        }
    }
}

#[test]
fn notifications_of_the_field_are_read() {
    for (name, body, expected) in lines("notify-body") {
        assert_eq!(expected, "supported", "{name}");
        let notify = Notify::parse(&body).unwrap();
        assert_eq!(RedirectSupported::parse(&notify), Ok(RedirectSupported), "{name}");
    }
}
