//! UDP: one socket for each local address and port, read by a thread each, so
//! that an answer leaves from the address that was asked.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::host::{Common, Path, Ports};

/// What precedes an IKE message on the port that ESP shares with it.
const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// One IKE message that came in.
pub(crate) struct Inbound {
    pub(crate) path: Path,
    pub(crate) message: Vec<u8>,
}

pub(crate) struct Net {
    ports: Ports,
    sockets: Vec<(SocketAddr, UdpSocket)>,
    inbound: Receiver<Inbound>,
}

impl Net {
    pub(crate) fn open(common: &Common) -> io::Result<Self> {
        let (sender, inbound) = channel();
        let mut net = Self { ports: common.ports, sockets: Vec::new(), inbound };
        for &address in &common.listen {
            for port in [net.ports.ike, net.ports.nat] {
                net.listen(SocketAddr::new(address, port), &sender)?;
            }
        }
        Ok(net)
    }

    fn listen(&mut self, local: SocketAddr, sender: &Sender<Inbound>) -> io::Result<()> {
        let socket = UdpSocket::bind(local)?;
        let reader = Reader {
            socket: socket.try_clone()?,
            local,
            marked: local.port() == self.ports.nat,
            sender: sender.clone(),
        };
        std::thread::spawn(move || reader.run());
        self.sockets.push((local, socket));
        Ok(())
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

/// Reader threads end with the process.
struct Reader {
    socket: UdpSocket,
    local: SocketAddr,
    marked: bool,
    sender: Sender<Inbound>,
}

impl Reader {
    fn run(self) {
        let mut buffer = [0; 4096];
        loop {
            // ICMP errors of earlier datagrams end up here.
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
