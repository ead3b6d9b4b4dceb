//! Messages that real daemons sent.

#[path = "../../../wire/vectors/mod.rs"]
mod vectors;

use vectors::{LIBRESWAN, STRONGSWAN, octets, octets_in};

/// The 240-octet request of a strongSwan client that can be redirected.
pub(crate) fn strongswan_request() -> Vec<u8> {
    octets(STRONGSWAN, "request")
}

/// Its request to the gateway that it was redirected to.
pub(crate) fn strongswan_redirected() -> Vec<u8> {
    octets(STRONGSWAN, "followed")
}

/// A request with REDIRECT_SUPPORTED.
pub(crate) fn libreswan_request() -> Vec<u8> {
    octets(LIBRESWAN, "sup")
}

/// One without.
pub(crate) fn libreswan_unsupporting() -> Vec<u8> {
    octets(LIBRESWAN, "nosup")
}

/// libreswan's answer to the one with.
pub(crate) fn libreswan_answer() -> Vec<u8> {
    octets_in(LIBRESWAN, "sup", 2).expect("it did answer")
}
