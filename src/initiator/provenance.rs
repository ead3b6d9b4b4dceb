//! In which phase a REDIRECT came.

use super::MobileIpv6;

/// In which phase a REDIRECT came, and so how far it can be trusted.
///
/// ```
/// use ikev2_redirect::initiator::{MobileIpv6, Provenance};
///
/// // Whoever could read the request could have sent this.
/// assert_eq!(Provenance::Init.mobile_ipv6(), MobileIpv6::LikeUnauthenticatedDiscovery);
/// assert!(!Provenance::Init.mobile_ipv6().may_update(true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provenance {
    /// An IKE_SA_INIT response: nobody is authenticated (`R3-18`).
    Init,
    /// An IKE_AUTH response of an authenticated gateway (`R3-20`).
    Auth,
    /// An INFORMATIONAL request over a whole IKE SA (`R3-21`).
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
