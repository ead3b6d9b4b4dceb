//! What the host tells the gateway machine.

use crate::auth::{AuthMessage, PeerAuth};
use crate::wire::Contents;

/// The host's own number for a target: an index into its table of gateways, say. The machine
/// remembers it as long as a redirect waits, and never needs to know whom it names (`R3-3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TargetId(pub u32);

/// Something happened to the IKE SA.
///
/// "Protected" means: it came inside an SK payload whose integrity the host has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event<'a> {
    /// A protected IKE_AUTH request came, for the first time. Retransmissions are the host's to
    /// answer with the response that it keeps. Each request is followed by a redirect or by
    /// [`AuthResponse`](Self::AuthResponse).
    AuthRequest {
        /// What the host found when it checked the client's AUTH payload.
        peer: PeerAuth,
        /// The request.
        contents: Contents<'a>,
    },
    /// The host sends the usual response to the IKE_AUTH request: no redirect here. An error that
    /// ends the phase is told as [`SaDeleted`](Self::SaDeleted).
    AuthResponse {
        /// What the response carries.
        sent: AuthMessage,
    },
    /// The client answered the INFORMATIONAL request with the REDIRECT. Any protected response
    /// to it will do (`D5-1`).
    Acknowledged,
    /// The host's own retransmission of that request has given up.
    NoAnswer,
    /// A protected INFORMATIONAL request came, for the first time. Those without a REDIRECT may
    /// be told, too. What else stands in it is the host's to act on, a DELETE included: the machine
    /// only takes notice.
    Informational {
        /// The request.
        contents: Contents<'a>,
    },
    /// A REDIRECT of the client stood anywhere else.
    MisplacedRedirect,
    /// The client deleted the IKE SA, or the host has declared it dead.
    SaDeleted,
    /// The IKE SA was rekeyed, whoever started it. The machine goes with the new one: roles and
    /// the client's support stay those of the first (`R8-2`, `D3-1`). Nothing more is told of the one
    /// that was replaced, neither its DELETE nor the end of a retransmission.
    Rekeyed,
    /// The timer that the host set to the machine's deadline has fired.
    Timeout,
}
