//! What the host tells the client machine.

use core::net::IpAddr;

use crate::auth::{AuthMessage, PeerAuth};
use crate::wire::{Contents, InitResponse, Spi};

/// What identifies the latest IKE_SA_INIT request of an attempt, retries included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SentInit<'s> {
    /// The SPI that the client chose.
    pub spi: Spi,
    /// The data of its Ni.
    pub nonce: &'s [u8],
}

/// Something happened to one IKE SA, which [`Initiator::handle`](super::Initiator::handle) names.
///
/// `'m` is the lifetime of the peer's message, which the actions may borrow; `'s` that of the
/// host's own request, which they do not. "Protected" means: it came inside an SK payload whose
/// integrity the host has checked. Messages are told once, in the order in which the host
/// processes them; its IKE stack answers retransmissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event<'m, 's> {
    /// An IKE_SA_INIT or, if the host resumes a session, an IKE_SESSION_RESUME response came.
    InitResponseReceived {
        /// The request that the host sent last in this attempt.
        sent: SentInit<'s>,
        /// The response.
        response: InitResponse<'m>,
    },
    /// The host has accepted the response: there are keys.
    InitCompleted {
        /// The response had MULTIPLE_AUTH_SUPPORTED (RFC 4739).
        multiple_auth_offered: bool,
    },
    /// The host sends an IKE_AUTH request, for the first time: a retransmission is not told.
    AuthRequestSent {
        /// What the request carries.
        sent: AuthMessage,
    },
    /// The protected response to that request came. A DELETE in it counts as
    /// [`Deleted`](Self::Deleted).
    AuthResponseReceived {
        /// What the host found when it checked the gateway's AUTH payload.
        peer: PeerAuth,
        /// The response.
        contents: Contents<'m>,
    },
    /// The IKE SA is up, with everything that the user needs of it (the first CHILD SA). Not before
    /// the IKE_AUTH phase is complete.
    Established,
    /// The host has given up the IKE SA: no answer, refused, not acceptable, no CHILD SA. If both
    /// ends have it by then, the machine wants it deleted.
    GivenUp,
    /// A protected INFORMATIONAL request came. Those without a REDIRECT may be told, too. What else
    /// stands in it is the host's to act on, a DELETE included: the machine only takes notice.
    InformationalReceived {
        /// The request.
        contents: Contents<'m>,
        /// It is a retransmission of a request that the machine has wanted acknowledged. A host
        /// that answers retransmissions by itself never says so.
        repeated: bool,
    },
    /// A REDIRECT stood where it means nothing: in any other exchange, in a request of
    /// IKE_SA_INIT or IKE_AUTH, in an INFORMATIONAL response, or in a message that was not
    /// protected (`R1-1`, `R5-6`).
    MisplacedRedirect,
    /// The gateway deleted the IKE SA, or the host has found it dead: there is nothing left to
    /// delete.
    Deleted,
    /// The IKE SA was rekeyed, whoever started it: its [`SaId`](super::SaId) now names the new one,
    /// whose roles are those of the first (`R8-2`). The DELETE of the one that was replaced is not
    /// told; a REDIRECT that still comes over it is, and acknowledged there.
    Rekeyed,
    /// The client talks to its gateway at another address now (MOBIKE, RFC 4555): one that can be a
    /// gateway's, else it is [`UnusableAddress`](crate::Misuse::UnusableAddress).
    GatewayMoved {
        /// The new address.
        to: IpAddr,
    },
}
