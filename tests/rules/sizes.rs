//! How large the machines are, and that a checker can take them as they are.

use std::hash::Hash;
use std::mem::size_of;

use ikev2_redirect::initiator::Initiator;
use ikev2_redirect::responder::Responder;

#[test]
fn a_million_sessions_fit_into_40_megabytes() {
    assert!(size_of::<Responder>() <= 40, "Responder has {} octets", size_of::<Responder>());
}

#[test]
fn a_client_fits_into_216_octets() {
    assert!(size_of::<Initiator>() <= 216, "Initiator has {} octets", size_of::<Initiator>());
}

#[test]
fn machines_are_plain_values() {
    fn plain<T: Copy + Eq + Hash + Send + Sync + 'static>() {}
    plain::<Initiator>();
    plain::<Responder>();
}
