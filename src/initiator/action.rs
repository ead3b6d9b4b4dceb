//! What the client machine wants done.

use core::net::IpAddr;

use super::{Provenance, QuestionId, SaId};
use crate::wire::InitNotifies;
use crate::{Misuse, Reason, Target};

/// One thing for the host to do or to know, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action<'m> {
    /// Start an IKE_SA_INIT exchange from scratch (`R3-10`): fresh SPI, fresh Ni, fresh KE, message
    /// id 0. A former gateway must not know any of them. PAD and SPD entries are the ones of the
    /// connection, whatever the gateway and whatever the phase of the redirect; the IDr that is
    /// expected never comes from a REDIRECT (`R3-15`, `R3-17`, `D3-8`).
    StartInit {
        /// The name of the new IKE SA.
        sa: SaId,
        /// Where the request goes.
        to: IpAddr,
        /// What the request and each retry of it carry.
        notifies: InitNotifies,
    },
    /// The message just told holds nothing for the redirect mechanism to act on: process it as
    /// usual.
    PassOn {
        /// The IKE SA that it belongs to.
        sa: SaId,
    },
    /// Ask policy, and DNS for a name; then call [`permit`](super::Initiator::permit) with an
    /// address, or [`refuse`](super::Initiator::refuse). Only one question is open at a time. Go on
    /// retransmitting an IKE_SA_INIT request meanwhile: after a refusal the machine waits for
    /// another response to it. Such a response brings the same question again, so a host remembers
    /// its verdict for this IKE SA and target.
    Vet {
        /// The question, which the verdict has to name.
        question: QuestionId,
        /// The IKE SA that the REDIRECT came over.
        sa: SaId,
        /// Where the gateway wants the client to go.
        target: Target<'m>,
        /// How far the word of the gateway goes.
        provenance: Provenance,
    },
    /// Forget the question: no verdict on it is awaited any more.
    AbandonVet {
        /// The question.
        question: QuestionId,
    },
    /// Send the empty response to the INFORMATIONAL request just told, now (`R5-4`). If the request
    /// wants more (a DELETE, an address change), the host does that as usual; what the response
    /// then carries is its business (`D5-1`).
    Acknowledge {
        /// The IKE SA that the request came over.
        sa: SaId,
    },
    /// Delete the IKE SA with an INFORMATIONAL exchange (`R5-7`, `R6-2`), which the host finishes
    /// by itself: the machine does not know the IKE SA any more.
    DeleteSa {
        /// The IKE SA.
        sa: SaId,
    },
    /// Forget the IKE SA or the attempt, sending nothing (`R6-12`).
    DropSa {
        /// The IKE SA.
        sa: SaId,
    },
    /// Forget the IKE SA, whose gateway has not proven who it is: its AUTH payload is wrong. The
    /// host may tell it so first, in an INFORMATIONAL request with AUTHENTICATION_FAILED (RFC 7296
    /// section 2.21.2).
    RejectSa {
        /// The IKE SA.
        sa: SaId,
    },
    /// A redirect is followed. For logs, for PAD look-ups, for Mobile IPv6 (`R3-14`).
    Redirected {
        /// The gateway that said so.
        from: IpAddr,
        /// The gateway that it named.
        to: IpAddr,
        /// How far its word goes.
        provenance: Provenance,
    },
    /// Something odd was let pass.
    Tolerated {
        /// The IKE SA that it came over.
        sa: SaId,
        /// What.
        reason: Reason,
    },
    /// The peer's REDIRECT or message was ignored, or the event came too late.
    Ignored {
        /// The IKE SA that it came over or named.
        sa: SaId,
        /// Why.
        reason: Reason,
    },
    /// The host is mistaken: what it told cannot be. Nothing has changed.
    Misused {
        /// The IKE SA that the host named.
        sa: SaId,
        /// The mistake.
        misuse: Misuse,
    },
    /// A redirect is not followed.
    Refused {
        /// The IKE SA that it came over.
        sa: SaId,
        /// Why.
        reason: Reason,
    },
    /// Nothing came of the new gateway; the IKE SA that was kept is the one in use again.
    MoveFailed {
        /// The IKE SA in use.
        sa: SaId,
        /// Why nothing came of the other.
        reason: Reason,
    },
    /// No IKE SA is left. The host may `connect` again.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// What the client machine waits for when it has a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Awaits {
    /// The host's verdict on a target.
    Verdict,
}
