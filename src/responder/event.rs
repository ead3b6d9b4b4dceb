//! What the host tells the gateway machine.

use crate::auth::{AuthMessage, PeerAuth};
use crate::wire::Contents;

/// The host's own number for a target: an index into its table of gateways, say. The machine
/// remembers it as long as a redirect waits, and never needs to know whom it names (`R3-3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId(pub u32);

/// Something happened to the IKE SA. A time-out is told by
/// [`timeout`](super::Responder::timeout).
///
/// "Protected" means: it came inside an SK payload whose integrity the host has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event<'a> {
    /// A protected IKE_AUTH request came, for the first time. The host must not tell a
    /// retransmission: it answers one with the response that it keeps. Each request is followed
    /// by a redirect or by [`AuthResponseSent`](Self::AuthResponseSent); another request before
    /// that is [`RequestRepeated`](crate::Misuse::RequestRepeated).
    AuthRequestReceived {
        /// What the host found when it checked the client's AUTH payload.
        peer: PeerAuth,
        /// The request.
        contents: Contents<'a>,
    },
    /// The host sends the usual response to the IKE_AUTH request: no redirect here. An error that
    /// ends the phase is told as [`Deleted`](Self::Deleted).
    AuthResponseSent {
        /// What the response carries.
        sent: AuthMessage,
    },
    /// The client answered the INFORMATIONAL request with the REDIRECT. Any protected response
    /// to it will do (`D5-1`), over the IKE SA that was replaced, too.
    Acknowledged,
    /// The host's own retransmission of that request has given up.
    NoAnswer,
    /// A protected INFORMATIONAL request came, for the first time. Those without a REDIRECT may
    /// be told, too. What else stands in it is the host's to act on, a DELETE included: the
    /// machine only takes notice.
    InformationalReceived {
        /// The request.
        contents: Contents<'a>,
    },
    /// A REDIRECT of the client stood anywhere else.
    MisplacedRedirect,
    /// The client deleted the IKE SA, or the host has declared it dead.
    Deleted,
    /// The IKE SA was rekeyed, whoever started it. The machine goes with the new one: roles and
    /// the client's support stay those of the first (`R8-2`, `D3-1`). Of the one that was replaced
    /// an acknowledgement may still be told, but neither its DELETE nor the end of a
    /// retransmission.
    Rekeyed,
}
