//! Things to choose from.

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::wire::NotifyType;
use quickcheck::{Arbitrary, Gen};

/// One of these.
pub(crate) fn pick<T: Copy>(g: &mut Gen, from: &[T]) -> T {
    *g.choose(from).expect("there is something to choose from")
}

/// Once in `n` times.
pub(crate) fn once_in(g: &mut Gen, n: usize) -> bool {
    below(g, n) == 0
}

pub(crate) fn below(g: &mut Gen, n: usize) -> usize {
    usize::from(u16::arbitrary(g)) % n
}

pub(crate) fn arbitrary_content(g: &mut Gen) -> AuthMessage {
    AuthMessage {
        auth: bool::arbitrary(g),
        eap: bool::arbitrary(g),
        another_auth_follows: bool::arbitrary(g),
        multiple_auth_supported: bool::arbitrary(g),
    }
}

/// Any notification that ends an IKE_AUTH phase (RFC 7296, 1.2 and 2.21.2).
pub(crate) fn arbitrary_fatal(g: &mut Gen) -> NotifyType {
    let fatal = [
        NotifyType::AUTHENTICATION_FAILED,
        NotifyType::INVALID_SYNTAX,
        NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
    ];
    pick(g, &fatal)
}
