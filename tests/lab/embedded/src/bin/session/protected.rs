//! What stood inside SK payloads: chains of payloads as the host has decrypted them.

use ikev2_redirect::wire::{Contents, PayloadType};

pub(crate) struct Protected<'a> {
    pub(crate) first: PayloadType,
    pub(crate) chain: &'a [u8],
}

impl<'a> Protected<'a> {
    pub(crate) fn parse(&self) -> Option<Contents<'a>> {
        Contents::parse(self.first, self.chain).ok()
    }
}

/// IDr, AUTH and the first EAP request.
pub(crate) const IDR_AUTH_EAP: Protected<'_> = Protected {
    first: PayloadType::IDR,
    chain: &[39, 0, 0, 9, 2, 0, 0, 0, b'g', 48, 0, 0, 9, 2, 0, 0, 0, 7, 0, 0, 0, 8, 1, 1, 0, 4],
};

/// An EAP request, and a REDIRECT to 192.0.2.45 that does not belong there.
pub(crate) const EAP_AND_REDIRECT: Protected<'_> = Protected {
    first: PayloadType::EAP,
    chain: &[41, 0, 0, 8, 1, 2, 0, 4, 0, 0, 0, 14, 0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45],
};

/// EAP-Success, or any other EAP message.
pub(crate) const EAP: Protected<'_> =
    Protected { first: PayloadType::EAP, chain: &[0, 0, 0, 8, 3, 2, 0, 4] };

/// AUTH, and a REDIRECT to 192.0.2.45 instead of a CHILD SA.
pub(crate) const AUTH_AND_REDIRECT: Protected<'_> = Protected {
    first: PayloadType::AUTH,
    chain: &[41, 0, 0, 9, 2, 0, 0, 0, 7, 0, 0, 0, 14, 0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45],
};

/// IDr, AUTH and a CHILD SA, its proposals left out.
pub(crate) const IDR_AUTH_SA: Protected<'_> = Protected {
    first: PayloadType::IDR,
    chain: &[39, 0, 0, 9, 2, 0, 0, 0, b'g', 33, 0, 0, 9, 2, 0, 0, 0, 7, 0, 0, 0, 4],
};

/// IDi and a CHILD SA, its proposals left out: the client wants EAP.
pub(crate) const IDI_SA: Protected<'_> =
    Protected { first: PayloadType::IDI, chain: &[33, 0, 0, 9, 2, 0, 0, 0, b'c', 0, 0, 0, 4] };

/// AUTH.
pub(crate) const AUTH: Protected<'_> =
    Protected { first: PayloadType::AUTH, chain: &[0, 0, 0, 9, 2, 0, 0, 0, 7] };

/// DELETE of the IKE SA.
pub(crate) const DELETE: Protected<'_> =
    Protected { first: PayloadType::DELETE, chain: &[0, 0, 0, 8, 1, 0, 0, 0] };

/// A REDIRECT to 192.0.2.45 and nothing else.
pub(crate) const REDIRECT: Protected<'_> = Protected {
    first: PayloadType::NOTIFY,
    chain: &[0, 0, 0, 14, 0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45],
};
