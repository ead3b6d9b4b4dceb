//! What a redirect means to Mobile IPv6.

/// What a mobile node may do with the address of a home agent that it is redirected to (`R9-3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
