//! What the host tells the client machine.

use crate::Reason;
use crate::auth::{AuthMessage, PeerAuth};
use crate::wire::{Contents, InitResponse, Spi};

/// Names one of the host's two IKE SAs.
///
/// At most two are alive at once: the one in use or being set up, and the old one that
/// make-before-break keeps meanwhile. The host keeps its IKE SAs in `[Option<IkeSa>; 2]` or the
/// like. [`StartInit`](super::Action::StartInit) puts a fresh one into a slot; after
/// [`DeleteSa`](super::Action::DeleteSa), [`DropSa`](super::Action::DropSa), a failure or a DELETE of
/// the gateway the slot is free; the host finishes a DELETE exchange by itself. An IKE SA that is rekeyed stays in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The first.
    A,
    /// The second.
    B,
}

impl Slot {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Slot {
        match self {
            Slot::A => Slot::B,
            Slot::B => Slot::A,
        }
    }
}

/// What identifies the latest IKE_SA_INIT request of an attempt, retries included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SentInit<'a> {
    /// The SPI that the client chose.
    pub spi: Spi,
    /// The data of its Ni.
    pub nonce: &'a [u8],
}

/// Something happened.
///
/// Events about an IKE SA name its slot; one that names no IKE SA of the machine is ignored
/// ([`Reason::UnknownSa`]). "Protected" means: it came inside an SK payload whose integrity the
/// host has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event<'a> {
    /// An IKE_SA_INIT response came.
    InitResponse {
        /// The attempt that it belongs to.
        slot: Slot,
        /// The request that the host sent last in this attempt.
        sent: SentInit<'a>,
        /// The response.
        response: InitResponse<'a>,
    },
    /// The host has accepted SA, KE and Nr: there are keys.
    InitCompleted {
        /// The attempt.
        slot: Slot,
        /// The response had MULTIPLE_AUTH_SUPPORTED (RFC 4739).
        multiple_auth_offered: bool,
    },
    /// The host sends an IKE_AUTH request for the first time.
    AuthRequest {
        /// The attempt.
        slot: Slot,
        /// What the request carries.
        sent: AuthMessage,
    },
    /// A protected IKE_AUTH response came.
    AuthResponse {
        /// The attempt.
        slot: Slot,
        /// What the host found when it checked the gateway's AUTH payload.
        peer: PeerAuth,
        /// The response.
        contents: Contents<'a>,
    },
    /// The IKE SA is up, with everything that the user needs of it (the first CHILD SA). Not before
    /// the IKE_AUTH phase is complete.
    Established {
        /// The attempt.
        slot: Slot,
    },
    /// The host has given up the attempt: no answer, refused, not acceptable, no CHILD SA. If there
    /// is a whole IKE SA by then, the machine wants it deleted.
    AttemptFailed {
        /// The attempt.
        slot: Slot,
    },
    /// A protected INFORMATIONAL request came. Those without a REDIRECT may be told, too. What else
    /// stands in it is the host's to act on, a DELETE included: the machine only takes notice.
    Informational {
        /// The IKE SA.
        slot: Slot,
        /// The request.
        contents: Contents<'a>,
        /// It is a retransmission of a request that the machine has wanted acknowledged. A host
        /// that answers retransmissions by itself never says so.
        repeated: bool,
    },
    /// A REDIRECT stood where it means nothing: in any other exchange, in a request of
    /// IKE_SA_INIT or IKE_AUTH, in an INFORMATIONAL response, or in a message that was not
    /// protected (`R1-1`, `R5-6`).
    MisplacedRedirect {
        /// The IKE SA.
        slot: Slot,
    },
    /// The gateway deleted the IKE SA, or the host has declared it dead. An attempt that has no
    /// keys yet ends with [`AttemptFailed`](Self::AttemptFailed).
    SaDeleted {
        /// The IKE SA.
        slot: Slot,
    },
    /// The IKE SA was rekeyed, whoever started it: the slot now names the new one. Roles stay
    /// those of the first one (`R8-2`). The DELETE of the one that was replaced is not told; a
    /// REDIRECT that still comes over it is, and acknowledged there.
    Rekeyed {
        /// The IKE SA.
        slot: Slot,
    },
    /// The timer that the host set to the machine's deadline has fired.
    Timeout,
}

impl Event<'_> {
    /// The IKE SA that the event is about, if it is about one.
    #[must_use]
    pub const fn slot(&self) -> Option<Slot> {
        match *self {
            Event::InitResponse { slot, .. }
            | Event::InitCompleted { slot, .. }
            | Event::AuthRequest { slot, .. }
            | Event::AuthResponse { slot, .. }
            | Event::Established { slot }
            | Event::AttemptFailed { slot }
            | Event::Informational { slot, .. }
            | Event::MisplacedRedirect { slot }
            | Event::SaDeleted { slot }
            | Event::Rekeyed { slot } => Some(slot),
            Event::Timeout => None,
        }
    }
}

/// Why the host does not want to follow a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The PAD or another policy does not allow the target (`R3-11`, `D3-3`).
    Policy,
    /// The target's name cannot be resolved.
    Unresolvable,
}

impl Refusal {
    pub(super) const fn reason(self) -> Reason {
        match self {
            Refusal::Policy => Reason::PolicyRefused,
            Refusal::Unresolvable => Reason::Unresolvable,
        }
    }
}
