//! The limit: a server that makes the socket calls of the redirector and does nothing else.

use std::net::{SocketAddr, UdpSocket};
use std::thread;

use super::Outcome;
use super::request::ANSWER_LEN;

/// As the redirector has it.
const MAX_DATAGRAM: usize = 65_535;

/// Sends back the front of each datagram, as long as a REDIRECT would be. Runs until it is killed.
pub(crate) fn serve(address: SocketAddr, threads: usize) -> Outcome<()> {
    let socket = UdpSocket::bind(address)?;
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| echo(&socket));
        }
    });
    Ok(())
}

fn echo(socket: &UdpSocket) {
    let mut datagram = vec![0; MAX_DATAGRAM];
    loop {
        if let Ok((length, client)) = socket.recv_from(&mut datagram) {
            // The client asks again if it does not arrive.
            let _ = socket.send_to(&datagram[..length.min(ANSWER_LEN)], client);
        }
    }
}
