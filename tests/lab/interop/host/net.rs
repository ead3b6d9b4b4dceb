//! UDP: one socket for each local address and port, read by a thread each, so
//! that an answer leaves from the address that was asked.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::crypto::sha1;
use ikev2_redirect::wire::Spi;

/// What precedes an IKE message on the port that ESP shares with it.
const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// The two ends of a datagram, as this host sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

/// One IKE message that came in.
pub(crate) struct Inbound {
    pub(crate) path: Path,
    pub(crate) message: Vec<u8>,
}

/// The UDP ports of IKE, 500 and 4500 unless a test runs without privileges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) ike: u16,
    pub(crate) nat: u16,
}

pub(crate) struct Net {
    ports: Ports,
    sockets: Vec<(SocketAddr, UdpSocket)>,
    inbound: Receiver<Inbound>,
    stop: Arc<AtomicBool>,
}

impl Net {
    pub(crate) fn open(addresses: &[IpAddr], ports: Ports) -> io::Result<Self> {
        let (sender, inbound) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let mut net = Self { ports, sockets: Vec::new(), inbound, stop };
        for &address in addresses {
            for port in [ports.ike, ports.nat] {
                net.listen(SocketAddr::new(address, port), &sender)?;
            }
        }
        Ok(net)
    }

    fn listen(&mut self, local: SocketAddr, sender: &Sender<Inbound>) -> io::Result<()> {
        let socket = UdpSocket::bind(local)?;
        // The reader looks now and then whether it is still wanted.
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let reader = Reader {
            socket: socket.try_clone()?,
            local,
            marked: local.port() == self.ports.nat,
            sender: sender.clone(),
            stop: Arc::clone(&self.stop),
        };
        std::thread::spawn(move || reader.run());
        self.sockets.push((local, socket));
        Ok(())
    }

    /// The way to the IKE port of `to`, from the local address of its family.
    pub(crate) fn path_to(&self, to: IpAddr) -> Option<Path> {
        let family =
            |local: &SocketAddr| local.is_ipv4() == to.is_ipv4() && local.port() == self.ports.ike;
        let local = self.sockets.iter().map(|(local, _)| *local).find(family)?;
        Some(Path { local, remote: SocketAddr::new(to, self.ports.ike) })
    }

    /// The same way over the port that NATs let through.
    pub(crate) fn floated(&self, mut path: Path) -> Path {
        path.local.set_port(self.ports.nat);
        path.remote.set_port(self.ports.nat);
        path
    }

    pub(crate) fn send(&self, path: Path, message: &[u8]) {
        let Some((_, socket)) = self.sockets.iter().find(|(local, _)| *local == path.local) else {
            return;
        };
        let marked = [&NON_ESP_MARKER, message].concat();
        let datagram = if path.local.port() == self.ports.nat { &marked } else { message };
        // A datagram that cannot leave is a lost one.
        let _ = socket.send_to(datagram, path.remote);
    }

    /// The next message, or `None` when `wait` is over.
    pub(crate) fn receive(&self, wait: Duration) -> Option<Inbound> {
        match self.inbound.recv_timeout(wait) {
            Ok(inbound) => Some(inbound),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(wait);
                None
            }
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

struct Reader {
    socket: UdpSocket,
    local: SocketAddr,
    marked: bool,
    sender: Sender<Inbound>,
    stop: Arc<AtomicBool>,
}

impl Reader {
    fn run(self) {
        let mut buffer = [0; 4096];
        while !self.stop.load(Ordering::Relaxed) {
            // Time-outs and ICMP errors of earlier datagrams end up here.
            let Ok((length, remote)) = self.socket.recv_from(&mut buffer) else { continue };
            let datagram = &buffer[..length];
            let message =
                if self.marked { datagram.strip_prefix(&NON_ESP_MARKER) } else { Some(datagram) };
            let Some(message) = message else { continue };
            let path = Path { local: self.local, remote };
            if self.sender.send(Inbound { path, message: message.to_vec() }).is_err() {
                return;
            }
        }
    }
}

/// The data of a NAT detection notification for `end`.
pub(crate) fn nat_hash(spi_i: Spi, spi_r: Spi, end: SocketAddr) -> Vec<u8> {
    let mut input = [spi_i.0, spi_r.0].concat();
    match end.ip() {
        IpAddr::V4(address) => input.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => input.extend_from_slice(&address.octets()),
    }
    input.extend_from_slice(&end.port().to_be_bytes());
    sha1(&input)
}
