//! What the client machine wants done.

use core::net::IpAddr;

use super::Slot;
use crate::wire::InitNotifies;
use crate::{Reason, Target};

/// One thing for the host to do or to know, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action<'a> {
    /// Start an IKE_SA_INIT exchange from scratch (`R3-10`): fresh SPI, fresh Ni, fresh KE, message id 0.
    /// A former gateway must not know any of them. Whatever was in the slot is discarded. PAD
    /// and SPD entries are the ones of the connection, whatever the gateway and whatever the phase of
    /// the redirect; the IDr that is expected never comes from a REDIRECT (`R3-15`, `R3-17`, `D3-8`).
    StartInit {
        /// Where the new IKE SA lives.
        slot: Slot,
        /// Where the request goes.
        to: IpAddr,
        /// What the request and each retry of it carry.
        notifies: InitNotifies,
    },
    /// The message holds nothing for the redirect mechanism to act on: process it as usual.
    PassOn,
    /// Ask policy, and DNS for a name; then call `permit` with an address, or `refuse`. Only one
    /// question is open at a time. Of several addresses of a name permit one that
    /// [`TargetRules::check`](crate::TargetRules::check) lets pass and that is not the present
    /// gateway's: only one is tried. In IKE_SA_INIT go on retransmitting the request meanwhile:
    /// after a refusal the machine waits for another response to it.
    Vet {
        /// Where the gateway wants the client to go.
        target: Target<'a>,
        /// How far the word of the gateway goes.
        provenance: Provenance,
    },
    /// Forget the open question; a late verdict on it would be taken for the next one's.
    AbandonVet,
    /// Send the empty response to the INFORMATIONAL request, now (`R5-4`). If the request wants
    /// more (a DELETE, an address change), the host does that as usual; what the response then
    /// carries is its business (`D5-1`).
    Acknowledge {
        /// The IKE SA.
        slot: Slot,
    },
    /// Delete the IKE SA with an INFORMATIONAL exchange (`R5-7`, `R6-2`).
    DeleteSa {
        /// The IKE SA.
        slot: Slot,
    },
    /// Forget the IKE SA or the attempt, sending nothing (`R6-12`).
    DropSa {
        /// The IKE SA.
        slot: Slot,
    },
    /// A redirect is followed. For logs, for PAD look-ups, for Mobile IPv6 (`R3-14`).
    Redirected {
        /// The gateway that said so.
        from: IpAddr,
        /// The gateway that it said.
        to: IpAddr,
        /// How far its word goes.
        provenance: Provenance,
    },
    /// Something odd was let pass.
    Tolerated {
        /// What.
        reason: Reason,
    },
    /// The REDIRECT, or the whole event, was ignored: it has changed nothing.
    Ignored {
        /// Why.
        reason: Reason,
    },
    /// A redirect is not followed.
    Refused {
        /// Why.
        reason: Reason,
    },
    /// Nothing came of the new gateway, for whatever reason; the old IKE SA goes on.
    MoveFailed {
        /// Why.
        reason: Reason,
    },
    /// No IKE SA is left. The host may `connect` again.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// In which phase a REDIRECT came, and so how far it can be trusted.
///
/// ```
/// use ikev2_redirect::initiator::{MobileIpv6, Provenance};
///
/// // Whoever could read the request could have sent this.
/// assert_eq!(Provenance::Init.mobile_ipv6(), MobileIpv6::LikeUnauthenticatedDiscovery);
/// assert!(!Provenance::Init.mobile_ipv6().may_update(true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// An IKE_SA_INIT response: nobody is authenticated (`R3-18`).
    Init,
    /// An IKE_AUTH response of an authenticated gateway (`R3-20`).
    Auth,
    /// An INFORMATIONAL request in an established IKE SA (`R3-21`).
    Informational,
}

impl Provenance {
    /// What Mobile IPv6 may do with the new address (RFC 5685 section 8).
    #[must_use]
    pub const fn mobile_ipv6(self) -> MobileIpv6 {
        match self {
            Provenance::Init => MobileIpv6::LikeUnauthenticatedDiscovery,
            Provenance::Auth => MobileIpv6::LikeHomeAgentSwitch,
            Provenance::Informational => MobileIpv6::Nothing,
        }
    }
}

/// What a mobile node may do with the address of a home agent that it is redirected to (`R9-3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MobileIpv6 {
    /// Treat it like home agent discovery from a source that nobody authenticated.
    LikeUnauthenticatedDiscovery,
    /// Treat it like a Home Agent Switch message.
    LikeHomeAgentSwitch,
    /// Leave all Mobile IPv6 state alone; a Home Agent Switch message does that job (`R3-22`).
    Nothing,
}

impl MobileIpv6 {
    /// Whether the home agent's address may be updated, given whether the one that is known was
    /// learnt in an authenticated way (`R3-19`, `R3-21`).
    #[must_use]
    pub const fn may_update(self, known_is_authenticated: bool) -> bool {
        match self {
            MobileIpv6::LikeUnauthenticatedDiscovery => !known_is_authenticated,
            MobileIpv6::LikeHomeAgentSwitch => true,
            MobileIpv6::Nothing => false,
        }
    }
}

/// What the client machine waits for when it has a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Awaits {
    /// The host's verdict on a target.
    Verdict,
}
