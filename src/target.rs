//! Who a client is sent to, and whether anybody can be sent there.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Reason;

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
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(address.into()),
            Err(_) => Fqdn::new(text).map(Target::Fqdn),
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

/// A domain name as it travels (`R7.2-9`): one that DNS could hold.
///
/// Labels of 1 to 63 letters, digits, hyphens and underscores, parted by dots; no hyphen at
/// either end of a label. All of it has 1 to 253 octets. One more dot may stand at the end: a
/// resolver takes such a name as it is and tries no suffix. It is kept, so that the name travels as
/// its host wrote it. A name need not have a dot.
///
/// An IP address is no name, in none of the forms that resolvers take for one: no name ends with a
/// label of digits, or of `0x` and hexadecimal digits (`192.0.2.1`, `127.1`, `0x7f000001`).
///
/// ```
/// use ikev2_redirect::{Fqdn, Reason};
///
/// const NAME: Result<Fqdn<'_>, Reason> = Fqdn::new("gw2.example.com");
/// assert_eq!(NAME.map(|name| name.as_str()), Ok("gw2.example.com"));
/// assert_eq!(Fqdn::new("gw2..example.com"), Err(Reason::FqdnSyntax));
/// assert_eq!(Fqdn::new("203.0.113.1"), Err(Reason::AddressAsName));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fqdn<'a> {
    /// ASCII. Kept as octets: a client that never reads the name as text does without the tables of
    /// UTF-8.
    octets: &'a [u8],
}

impl<'a> Fqdn<'a> {
    /// The longest name, in octets, with a dot at its end.
    pub const MAX_LEN: usize = MAX_LABELS_LEN + 1;

    /// Checks a name.
    ///
    /// # Errors
    /// [`Reason::FqdnSyntax`], [`Reason::AddressAsName`].
    pub const fn new(name: &'a str) -> Result<Self, Reason> {
        Fqdn::from_octets(name.as_bytes())
    }

    /// Checks a name that is there as octets.
    ///
    /// # Errors
    /// [`Reason::FqdnSyntax`], [`Reason::AddressAsName`].
    pub const fn from_octets(octets: &'a [u8]) -> Result<Self, Reason> {
        match fault_of_name(octets) {
            None => Ok(Fqdn { octets }),
            Some(reason) => Err(reason),
        }
    }

    /// The name.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match core::str::from_utf8(self.octets) {
            Ok(name) => name,
            Err(_) => "", // never: a name is ASCII
        }
    }

    /// The name as octets, for those who do not need text.
    #[must_use]
    pub const fn as_octets(&self) -> &'a [u8] {
        self.octets
    }
}

impl<'a> TryFrom<&'a str> for Fqdn<'a> {
    type Error = Reason;

    fn try_from(name: &'a str) -> Result<Self, Reason> {
        Fqdn::new(name)
    }
}

impl<'a> TryFrom<&'a [u8]> for Fqdn<'a> {
    type Error = Reason;

    fn try_from(octets: &'a [u8]) -> Result<Self, Reason> {
        Fqdn::from_octets(octets)
    }
}

/// The most octets of a name's labels and of the dots between them. DNS has 255 octets for a name:
/// it counts an octet more for the first label, and one for the root.
const MAX_LABELS_LEN: usize = 253;

const MAX_LABEL_LEN: usize = 63;

const fn fault_of_name(name: &[u8]) -> Option<Reason> {
    let mut rest = match name.split_last() {
        Some((b'.', labels)) => labels,
        Some(_) | None => name,
    };
    if rest.len() > MAX_LABELS_LEN {
        return Some(Reason::FqdnSyntax);
    }
    let mut label = rest;
    let mut previous = b'.';
    while let Some((&octet, behind)) = rest.split_first() {
        let fits = match octet {
            b'.' => ends_label(previous) && label.len().saturating_sub(rest.len()) <= MAX_LABEL_LEN,
            b'-' => previous != b'.',
            _ => octet.is_ascii_alphanumeric() || octet == b'_',
        };
        if !fits {
            return Some(Reason::FqdnSyntax);
        }
        if octet == b'.' {
            label = behind;
        }
        previous = octet;
        rest = behind;
    }
    if !ends_label(previous) || label.len() > MAX_LABEL_LEN {
        Some(Reason::FqdnSyntax)
    } else if is_number(label) {
        Some(Reason::AddressAsName)
    } else {
        None
    }
}

/// Whether a label can end behind this octet; the dot stands for the one before an empty label.
const fn ends_label(octet: u8) -> bool {
    !matches!(octet, b'.' | b'-')
}

/// Whether the last label of a name makes an IP address of it for `inet_aton` and its like.
const fn is_number(label: &[u8]) -> bool {
    let (mut rest, hexadecimal) = match label {
        [b'0', b'x' | b'X', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    while let Some((octet, behind)) = rest.split_first() {
        let counts = octet.is_ascii_digit() || hexadecimal && octet.is_ascii_hexdigit();
        if !counts {
            return false;
        }
        rest = behind;
    }
    true
}

impl fmt::Display for Fqdn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Fqdn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fqdn").field(&self.as_str()).finish()
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
