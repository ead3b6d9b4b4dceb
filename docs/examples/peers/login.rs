//! How a user proves who he is: which message follows which.

use super::part::Part::{self, *};
use ikev2_redirect::wire::Contents;

/// How the client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// A shared key: one round.
    SharedKey,
    /// EAP: the gateway proves itself first.
    Eap,
    /// The device by a certificate, then its user by EAP (RFC 4739).
    DeviceThenUser,
}

impl Login {
    /// The IKE_AUTH requests of the client, in order.
    pub(super) const fn requests(self) -> &'static [&'static [Part]] {
        match self {
            Login::SharedKey => &[&[Idi, Auth, Child]],
            Login::Eap => &[&[Idi, Child], &[EapResponse], &[Auth]],
            Login::DeviceThenUser => &[
                &[Idi, Auth, MultipleAuthSupported, AnotherAuthFollows, Child],
                &[Idi],
                &[EapResponse],
                &[Auth],
            ],
        }
    }
}

/// The usual IKE_AUTH response of a gateway that has or has not named itself yet.
pub(super) fn usual_response(request: &Contents<'_>, named: bool) -> &'static [Part] {
    match (request.auth, request.eap, named) {
        (false, false, false) => &[Idr, Auth, EapRequest],
        (false, false, true) => &[EapRequest],
        (false, true, _) => &[EapSuccess],
        (true, ..) if request.another_auth_follows => &[Idr, Auth],
        (true, _, false) => &[Idr, Auth, Child],
        (true, _, true) => &[Auth, Child],
    }
}
