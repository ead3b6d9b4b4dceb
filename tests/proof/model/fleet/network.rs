//! What is on its way, and where from and to.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};

use crate::tag::Tag;

/// An address of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The unicast address of a gateway.
    Gateway(u8),
    /// The address that all gateways share.
    Anycast,
}

/// As an address: gateways are told apart by the order in which they come up only.
impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl Place {
    pub(crate) fn address(self) -> IpAddr {
        match self {
            Place::Gateway(number) => crate::alone::client::gateway(number),
            Place::Anycast => ANYCAST,
        }
    }

    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) if address.octets()[0] == 192 => {
                Place::Gateway(address.octets()[3] - 1)
            }
            IpAddr::V4(_) | IpAddr::V6(_) => Place::Anycast,
        }
    }
}

pub(crate) const ANYCAST: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

/// What a request or a message of the fleet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Packet {
    InitRequest { tag: Tag, to: Place, supported: bool, redirected_from: Option<Place> },
    InitAccept { tag: Tag, at: Place },
    InitRedirect { tag: Tag, target: Place },
    AuthRequest { tag: Tag, at: Place, number: u8 },
    AuthResponse { tag: Tag, at: Place, number: u8, redirect: Option<Place>, with_auth: bool },
    Redirect { tag: Tag, at: Place, number: u8, target: Place },
    Acknowledgement { tag: Tag, at: Place, number: u8 },
    DeleteByClient { tag: Tag, at: Place },
    DeleteByGateway { tag: Tag, at: Place },
}

impl Packet {
    pub(crate) fn tag(self) -> Tag {
        match self {
            Packet::InitRequest { tag, .. }
            | Packet::InitAccept { tag, .. }
            | Packet::InitRedirect { tag, .. }
            | Packet::AuthRequest { tag, .. }
            | Packet::AuthResponse { tag, .. }
            | Packet::Redirect { tag, .. }
            | Packet::Acknowledgement { tag, .. }
            | Packet::DeleteByClient { tag, .. }
            | Packet::DeleteByGateway { tag, .. } => tag,
        }
    }

    /// Whether it travels to the client.
    pub(crate) fn is_to_client(self) -> bool {
        match self {
            Packet::InitAccept { .. }
            | Packet::InitRedirect { .. }
            | Packet::AuthResponse { .. }
            | Packet::Redirect { .. }
            | Packet::DeleteByGateway { .. } => true,
            Packet::InitRequest { .. }
            | Packet::AuthRequest { .. }
            | Packet::Acknowledgement { .. }
            | Packet::DeleteByClient { .. } => false,
        }
    }

    /// Whether it can arrive twice in a way that the host's stack does not see. Everything behind
    /// the keys has a message id, which tells; a request of IKE_SA_INIT is answered as before.
    pub(crate) fn may_repeat(self) -> bool {
        match self {
            Packet::InitAccept { .. } | Packet::InitRedirect { .. } | Packet::Redirect { .. } => {
                true
            }
            Packet::InitRequest { .. }
            | Packet::AuthRequest { .. }
            | Packet::AuthResponse { .. }
            | Packet::Acknowledgement { .. }
            | Packet::DeleteByClient { .. }
            | Packet::DeleteByGateway { .. } => false,
        }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Packet::InitRequest { tag, to, supported, redirected_from } => {
                write!(f, "IKE_SA_INIT request {tag} to {to}")?;
                if supported {
                    f.write_str(", REDIRECT_SUPPORTED")?;
                }
                match redirected_from {
                    Some(from) => write!(f, ", REDIRECTED_FROM {from}"),
                    None => Ok(()),
                }
            }
            Packet::InitAccept { tag, .. } => write!(f, "IKE_SA_INIT response {tag}"),
            Packet::InitRedirect { tag, target, .. } => {
                write!(f, "IKE_SA_INIT response {tag}, REDIRECT to {target}")
            }
            Packet::AuthRequest { tag, number, .. } => write!(f, "IKE_AUTH request {tag}.{number}"),
            Packet::AuthResponse { tag, number, redirect, .. } => {
                write!(f, "IKE_AUTH response {tag}.{number}")?;
                match redirect {
                    Some(target) => write!(f, ", REDIRECT to {target}"),
                    None => Ok(()),
                }
            }
            Packet::Redirect { tag, number, target, .. } => {
                write!(f, "INFORMATIONAL request {tag}.{number}, REDIRECT to {target}")
            }
            Packet::Acknowledgement { tag, number, .. } => {
                write!(f, "INFORMATIONAL response {tag}.{number}")
            }
            Packet::DeleteByClient { tag, .. } | Packet::DeleteByGateway { tag, .. } => {
                write!(f, "DELETE {tag}")
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::tale::place(self.address()))
    }
}

/// A network that delivers in any order and as late as it likes. It loses nothing for good: what
/// is lost and sent again is late, and what is never sent again is an attempt given up, which the
/// hosts may do at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    /// Sorted, so that the order of sending makes no difference.
    packets: [Option<Packet>; Self::CAPACITY],
}

impl Network {
    const CAPACITY: usize = 12;

    /// Whether there was room.
    pub(crate) fn send(&mut self, packet: Packet) -> bool {
        if self.contains(packet) {
            return true;
        }
        let Some(free) = self.packets.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        *free = Some(packet);
        self.sort();
        true
    }

    pub(crate) fn remove(&mut self, packet: Packet) {
        self.keep(|known| known != packet);
    }

    pub(crate) fn keep(&mut self, stays: impl Fn(Packet) -> bool) {
        for place in &mut self.packets {
            *place = place.filter(|&packet| stays(packet));
        }
        self.sort();
    }

    pub(crate) fn contains(&self, packet: Packet) -> bool {
        self.packets.contains(&Some(packet))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Packet> + '_ {
        self.packets.iter().flatten().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets[0].is_none()
    }

    fn sort(&mut self) {
        self.packets.sort_unstable_by_key(|place| (place.is_none(), *place));
    }
}
