//! Octets to values, and one notification back.

use std::hint::black_box;
use std::net::Ipv4Addr;

use ikev2_redirect::wire::{Contents, InitRequest, InitResponse, PayloadType, Redirect};

use super::common::captures;
use super::visit::Visitor;

/// N(REDIRECT, 192.0.2.45), as it stands inside the SK payload.
const REDIRECT: [u8; 14] = [0, 0, 0, 14, 0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45];

pub(crate) fn visit(visitor: &mut impl Visitor) {
    for (name, request) in [
        ("decode request, strongSwan", captures::strongswan_request()),
        ("decode request, redirected", captures::strongswan_redirected()),
        ("decode request, libreswan", captures::libreswan_request()),
    ] {
        visitor.operation(name, request.len(), (), |()| {
            InitRequest::parse(black_box(&request)).is_ok()
        });
    }
    let answer = captures::libreswan_answer();
    visitor.operation("decode response, REDIRECT", answer.len(), (), |()| {
        InitResponse::parse(black_box(&answer)).is_ok()
    });
    visitor.operation("decode contents, REDIRECT", REDIRECT.len(), (), |()| {
        Contents::parse(PayloadType::NOTIFY, black_box(&REDIRECT)).is_ok()
    });
    let redirect = Redirect { target: Ipv4Addr::new(192, 0, 2, 45).into() };
    visitor.operation("encode REDIRECT", REDIRECT.len(), [0; REDIRECT.len()], |out| {
        black_box(&redirect).encode(PayloadType::NONE, out)
    });
}
