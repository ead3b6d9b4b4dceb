//! What is on its way, and where from and to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::Target;

/// An address of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The unicast address of a gateway.
    Gateway(u8),
    /// The address that all gateways share.
    Anycast,
}

impl Place {
    pub(crate) fn address(self) -> IpAddr {
        match self {
            Place::Gateway(number) => Ipv4Addr::new(192, 0, 2, 1 + number).into(),
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

    pub(crate) fn identity(self) -> Target<'static> {
        self.address().into()
    }
}

pub(crate) const ANYCAST: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

/// The attempt that a message belongs to: stands for its SPIs and its nonce. A number is given
/// out again once nothing in the world remembers it.
pub(crate) type Attempt = u8;

/// What a request or a message of the fleet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Packet {
    InitRequest {
        attempt: Attempt,
        to: Place,
        supported: bool,
        redirected_from: Option<Place>,
    },
    InitAccept {
        attempt: Attempt,
        from: Place,
        gateway: u8,
    },
    InitRedirect {
        attempt: Attempt,
        from: Place,
        target: Place,
    },
    AuthRequest {
        attempt: Attempt,
        gateway: u8,
        number: u8,
    },
    AuthResponse {
        attempt: Attempt,
        gateway: u8,
        number: u8,
        redirect: Option<Place>,
        with_auth: bool,
    },
    Redirect {
        attempt: Attempt,
        gateway: u8,
        number: u8,
        target: Place,
    },
    Acknowledgement {
        attempt: Attempt,
        gateway: u8,
        number: u8,
    },
    DeleteByClient {
        attempt: Attempt,
        gateway: u8,
    },
    DeleteByGateway {
        attempt: Attempt,
        gateway: u8,
    },
}

impl Packet {
    pub(crate) fn attempt(self) -> Attempt {
        match self {
            Packet::InitRequest { attempt, .. }
            | Packet::InitAccept { attempt, .. }
            | Packet::InitRedirect { attempt, .. }
            | Packet::AuthRequest { attempt, .. }
            | Packet::AuthResponse { attempt, .. }
            | Packet::Redirect { attempt, .. }
            | Packet::Acknowledgement { attempt, .. }
            | Packet::DeleteByClient { attempt, .. }
            | Packet::DeleteByGateway { attempt, .. } => attempt,
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
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Packet::InitRequest { attempt, to, supported, redirected_from } => {
                write!(f, "IKE_SA_INIT request #{attempt} to {to}")?;
                if supported {
                    f.write_str(", REDIRECT_SUPPORTED")?;
                }
                match redirected_from {
                    Some(from) => write!(f, ", REDIRECTED_FROM {from}"),
                    None => Ok(()),
                }
            }
            Packet::InitAccept { attempt, .. } => write!(f, "IKE_SA_INIT response #{attempt}"),
            Packet::InitRedirect { attempt, target, .. } => {
                write!(f, "IKE_SA_INIT response #{attempt}, REDIRECT to {target}")
            }
            Packet::AuthRequest { attempt, number, .. } => {
                write!(f, "IKE_AUTH request #{attempt}.{number}")
            }
            Packet::AuthResponse { attempt, number, redirect, .. } => {
                write!(f, "IKE_AUTH response #{attempt}.{number}")?;
                match redirect {
                    Some(target) => write!(f, ", REDIRECT to {target}"),
                    None => Ok(()),
                }
            }
            Packet::Redirect { attempt, number, target, .. } => {
                write!(f, "INFORMATIONAL request #{attempt}.{number}, REDIRECT to {target}")
            }
            Packet::Acknowledgement { attempt, number, .. } => {
                write!(f, "INFORMATIONAL response #{attempt}.{number}")
            }
            Packet::DeleteByClient { attempt, .. } | Packet::DeleteByGateway { attempt, .. } => {
                write!(f, "DELETE #{attempt}")
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Gateway(number) => write!(f, "gateway {number}"),
            Place::Anycast => f.write_str("anycast"),
        }
    }
}

/// A network that delivers in any order, as late and as often as it likes, or not at all. It
/// holds so many different packets; what is sent while it is full is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    /// Sorted, so that the order of sending makes no difference.
    packets: [Option<Packet>; Self::CAPACITY],
}

impl Network {
    pub(crate) const CAPACITY: usize = 6;

    pub(crate) fn send(&mut self, packet: Packet, most: usize) {
        if !self.contains(packet) && self.iter().count() < most {
            if let Some(free) = self.packets.iter_mut().find(|place| place.is_none()) {
                *free = Some(packet);
                self.sort();
            }
        }
    }

    pub(crate) fn remove(&mut self, packet: Packet) {
        for place in &mut self.packets {
            if *place == Some(packet) {
                *place = None;
            }
        }
        self.sort();
    }

    pub(crate) fn contains(&self, packet: Packet) -> bool {
        self.packets.contains(&Some(packet))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Packet> + '_ {
        self.packets.iter().flatten().copied()
    }

    fn sort(&mut self) {
        self.packets.sort_unstable_by_key(|place| (place.is_none(), *place));
    }
}

impl IntoIterator for Network {
    type Item = Packet;
    type IntoIter = std::iter::Flatten<std::array::IntoIter<Option<Packet>, { Self::CAPACITY }>>;

    fn into_iter(self) -> Self::IntoIter {
        self.packets.into_iter().flatten()
    }
}
