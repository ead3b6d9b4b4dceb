//! Who a client is sent to, and whether anybody can be sent there.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::fqdn::Fqdn;
use crate::{Reason, address};

/// The identity of a gateway: an address or a name (`R7.2-7`).
///
/// ```
/// use ikev2_redirect::{Fqdn, Reason, Target};
///
/// let by_address = Target::from(std::net::Ipv4Addr::new(192, 0, 2, 45));
/// let by_name = Target::Fqdn(Fqdn::new("gw2.example.com")?);
/// assert_eq!(Target::parse("192.0.2.45"), Ok(by_address));
/// assert_eq!(Target::parse("gw2.example.com"), Ok(by_name));
/// assert_eq!(by_address.to_string(), "192.0.2.45");
/// assert_eq!(by_name.to_string(), "gw2.example.com");
/// # Ok::<(), Reason>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target<'a> {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
    /// A fully qualified domain name, which the client's host resolves.
    Fqdn(Fqdn<'a>),
}

impl<'a> Target<'a> {
    /// An address, or else a name, as people write them.
    ///
    /// There is no `FromStr`, since a name borrows the text.
    ///
    /// # Errors
    /// As [`Fqdn::new`].
    pub fn parse(text: &'a str) -> Result<Self, Reason> {
        match address::parse(text) {
            Some(address) => Ok(address.into()),
            None => Fqdn::new(text).map(Target::Fqdn),
        }
    }

    /// The address, unless the gateway is known by name.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match *self {
            Target::V4(address) => Some(IpAddr::V4(address)),
            Target::V6(address) => Some(IpAddr::V6(address)),
            Target::Fqdn(_) => None,
        }
    }
}

impl From<Ipv4Addr> for Target<'_> {
    fn from(address: Ipv4Addr) -> Self {
        Target::V4(address)
    }
}

impl From<Ipv6Addr> for Target<'_> {
    fn from(address: Ipv6Addr) -> Self {
        Target::V6(address)
    }
}

impl From<IpAddr> for Target<'_> {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Target::V4(address),
            IpAddr::V6(address) => Target::V6(address),
        }
    }
}

impl<'a> TryFrom<&'a str> for Target<'a> {
    type Error = Reason;

    fn try_from(text: &'a str) -> Result<Self, Reason> {
        Target::parse(text)
    }
}

impl<'a> From<Fqdn<'a>> for Target<'a> {
    fn from(name: Fqdn<'a>) -> Self {
        Target::Fqdn(name)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::V4(address) => address.fmt(f),
            Target::V6(address) => address.fmt(f),
            Target::Fqdn(name) => name.fmt(f),
        }
    }
}

/// Which addresses a client may be sent to.
///
/// Never a target are unspecified, multicast, broadcast and IPv4-mapped addresses, and those in
/// which no host can be: 240.0.0.0/4, 100::/64 (discard-only) and `::a.b.c.d` (IPv4-compatible).
/// Loopback and link-local ones are only with an opt-in, for tests and for networks without a
/// router.
///
/// ```
/// use ikev2_redirect::{Reason, TargetRules};
///
/// let rules = TargetRules::default();
/// assert_eq!(rules.check("192.0.2.45".parse().unwrap()), Ok(()));
/// assert_eq!(rules.check("224.0.0.1".parse().unwrap()), Err(Reason::MulticastTarget));
/// assert_eq!(rules.check("127.0.0.1".parse().unwrap()), Err(Reason::LoopbackTarget));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetRules {
    /// Accept 127.0.0.0/8 and ::1.
    pub allow_loopback: bool,
    /// Accept 169.254.0.0/16 and fe80::/10.
    pub allow_link_local: bool,
}

impl TargetRules {
    /// No opt-in, as [`default`](Self::default), but for a `const`.
    #[must_use]
    pub const fn new() -> Self {
        TargetRules { allow_loopback: false, allow_link_local: false }
    }

    /// Everything but what can never be a gateway.
    pub const LENIENT: TargetRules = TargetRules { allow_loopback: true, allow_link_local: true };

    /// Whether a client can be sent to `address`.
    ///
    /// # Errors
    /// The one reason why not.
    pub const fn check(&self, address: IpAddr) -> Result<(), Reason> {
        let fault = match address {
            IpAddr::V4(address) => fault_of_v4(address),
            IpAddr::V6(address) => fault_of_v6(address),
        };
        match fault {
            None => Ok(()),
            Some(Reason::LoopbackTarget) if self.allow_loopback => Ok(()),
            Some(Reason::LinkLocalTarget) if self.allow_link_local => Ok(()),
            Some(reason) => Err(reason),
        }
    }
}

const fn fault_of_v4(address: Ipv4Addr) -> Option<Reason> {
    if address.octets()[0] == 0 {
        Some(Reason::UnspecifiedTarget)
    } else if address.is_multicast() {
        Some(Reason::MulticastTarget)
    } else if address.is_broadcast() {
        Some(Reason::BroadcastTarget)
    } else if address.is_loopback() {
        Some(Reason::LoopbackTarget)
    } else if address.is_link_local() {
        Some(Reason::LinkLocalTarget)
    } else if address.octets()[0] >= 240 {
        Some(Reason::ReservedTarget)
    } else {
        None
    }
}

const fn fault_of_v6(address: Ipv6Addr) -> Option<Reason> {
    let reserved = matches!(address.segments(), [0, 0, 0, 0, 0, 0, ..] | [0x100, 0, 0, 0, ..]);
    if address.is_unspecified() {
        Some(Reason::UnspecifiedTarget)
    } else if address.is_multicast() {
        Some(Reason::MulticastTarget)
    } else if address.to_ipv4_mapped().is_some() {
        Some(Reason::MappedTarget)
    } else if address.is_loopback() {
        Some(Reason::LoopbackTarget)
    } else if address.is_unicast_link_local() {
        Some(Reason::LinkLocalTarget)
    } else if reserved {
        Some(Reason::ReservedTarget)
    } else {
        None
    }
}
