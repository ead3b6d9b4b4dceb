//! What the gateway machine wants done.

use super::TargetId;
use crate::{Misuse, Reason};

/// One thing for the host to do or to know, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Answer the message as usual, and say so with
    /// [`AuthResponseSent`](super::Event::AuthResponseSent) if it is an IKE_AUTH request; there is
    /// nothing to decide. With a [`DropSa`](Self::DropSa) behind it the usual answer is an error,
    /// and nothing is to be said.
    PassOn,
    /// Decide now: call `redirect`, or answer as usual and say so with
    /// [`AuthResponseSent`](super::Event::AuthResponseSent).
    Decide {
        /// What is known of the client.
        stage: Stage,
    },
    /// Answer the IKE_AUTH request with the REDIRECT: no SA, TSi, TSr or CP, no EAP; no CHILD SA
    /// comes of it (`R6-1`). The response is [`Redirect`](crate::wire::Redirect) and what the
    /// flags say.
    RespondRedirect {
        /// Where to.
        target: TargetId,
        /// Include IDr and, if there is one, CERT.
        with_identity: bool,
        /// Include AUTH (`R6-10`).
        with_auth: bool,
    },
    /// Send an INFORMATIONAL request with the REDIRECT and nothing else (`R5-1`, `R5-3`), in the
    /// IKE SA as it is now.
    SendRedirect {
        /// Where to.
        target: TargetId,
    },
    /// Send the octets of that request again (`R5-5`).
    Retransmit,
    /// Send the empty response to the INFORMATIONAL request.
    Acknowledge,
    /// Delete the IKE SA with an INFORMATIONAL exchange (`R5-8`).
    DeleteSa,
    /// Forget the IKE SA, sending nothing. The response just sent may still have to be repeated
    /// for a while.
    DropSa,
    /// The client is gone, after it was told to go.
    ClientLeft,
    /// The client's REDIRECT is ignored, or the whole event, which comes too late or is a fault
    /// of the client.
    Ignored {
        /// Why.
        reason: Reason,
    },
    /// The host has told what cannot be; the machine is as it was before. A fault of the host's
    /// code, and worth its log.
    Misused {
        /// How.
        misuse: Misuse,
    },
    /// The IKE SA has failed.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// What is known of the client at a point where a redirect is legal (`R6-6`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It merely claims an identity: the first request of EAP.
    Claimed,
    /// It has proven an identity, but not all that it wants to prove (RFC 4739): the first
    /// response.
    First,
    /// It has proven everything.
    Complete,
}

/// What the gateway machine waits for when it has a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Awaits {
    /// The moment that the host chose for the redirect.
    Schedule,
    /// An acknowledgement; then the request is sent again, or given up.
    Acknowledgement,
    /// The client's DELETE; then the gateway deletes the IKE SA.
    Departure,
}
