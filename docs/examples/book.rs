//! Which socket stands for which address.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// Who is reached where. IKE lives on ports 500 and 4500, which need privileges; the examples
/// take whatever ports are free, and this is where they meet.
#[derive(Debug, Default)]
pub(crate) struct Book {
    sockets: HashMap<IpAddr, SocketAddr>,
    /// The platform lets nobody use 127.0.0.2 and so on: all parties live on 127.0.0.1 and are
    /// told apart by their ports.
    pub(crate) crowded: bool,
}

impl Book {
    /// Opens a socket for the party at `address`.
    pub(crate) fn open(&mut self, address: IpAddr) -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind((address, 0)).or_else(|fault| match fault.kind() {
            io::ErrorKind::AddrNotAvailable => {
                self.crowded = true;
                UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            }
            _ => Err(fault),
        })?;
        self.sockets.insert(address, socket.local_addr()?);
        Ok(socket)
    }

    /// Where the party at `address` listens.
    pub(crate) fn socket_of(&self, address: IpAddr) -> Option<SocketAddr> {
        self.sockets.get(&address).copied()
    }

    /// Which party a datagram came from.
    pub(crate) fn party_at(&self, socket: SocketAddr) -> Option<IpAddr> {
        self.sockets.iter().find(|(_, known)| **known == socket).map(|(address, _)| *address)
    }
}
