//! The loop of one thread on one socket.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use super::counters::{Counters, Event};
use super::live::Reader;
use super::service::{MAX_ANSWER, Outcome, Service};

/// A socket that fails over and over must not take a whole core.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(10);

/// No UDP datagram is longer.
const MAX_DATAGRAM: usize = 65_535;

/// What a worker needs of a socket.
pub(crate) trait Datagrams {
    fn receive(&self, datagram: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn send(&self, answer: &[u8], client: SocketAddr) -> io::Result<usize>;
}

impl Datagrams for UdpSocket {
    fn receive(&self, datagram: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.recv_from(datagram)
    }

    fn send(&self, answer: &[u8], client: SocketAddr) -> io::Result<usize> {
        self.send_to(answer, client)
    }
}

/// One thread's part.
pub(crate) struct Worker<'c, S> {
    pub(crate) socket: S,
    pub(crate) service: Service<'c>,
    pub(crate) lists: Reader<'c>,
    pub(crate) counters: &'c Counters,
    /// Its lane in each tally.
    pub(crate) number: usize,
}

impl<S: Datagrams> Worker<'_, S> {
    /// Answers datagrams for as long as the process lives. For each one a receive and a send, no
    /// allocation and no lock.
    pub(crate) fn run(mut self) {
        let mut datagram = vec![0; MAX_DATAGRAM];
        let mut answer = [0; MAX_ANSWER];
        loop {
            if !self.serve_one(&mut datagram, &mut answer) {
                thread::sleep(PAUSE_AFTER_FAILURE);
            }
        }
    }

    /// Whether the socket works.
    fn serve_one(&mut self, datagram: &mut [u8], answer: &mut [u8; MAX_ANSWER]) -> bool {
        let (length, client) = match self.socket.receive(datagram) {
            Ok(received) => received,
            Err(fault) if fault.kind() == ErrorKind::Interrupted => return true,
            Err(_) => {
                self.counters.count(Event::ReceiveFailed);
                return false;
            }
        };
        let list = self.lists.list();
        let message = datagram.get(..length).unwrap_or_default();
        let outcome = self.service.answer(client.ip(), message, &list.entries, answer);
        self.counters.count_outcome(outcome);
        let length = match outcome {
            Outcome::Redirected { length, place } => {
                if let Some(tally) = list.tallies.get(place) {
                    tally.count(self.number);
                }
                length
            }
            Outcome::Notified { length, .. } => length,
            Outcome::Refused(_) | Outcome::NotIke => return true,
        };
        let answer = answer.get(..length).unwrap_or_default();
        // The client asks again if it does not arrive.
        if self.socket.send(answer, client).is_err() {
            self.counters.count(Event::SendFailed);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ikev2_redirect::responder::front_door::FrontDoor;

    use super::super::counters::{Tally, Totals};
    use super::super::live::{List, Live};
    use super::super::options::Unsupported;
    use super::*;

    /// A request of 20 octets is no IKE message; one without support is answered by an error.
    const WITHOUT_SUPPORT: &[u8] = &[
        1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0x20, 34, 8, 0, 0, 0, 0, 0, 0, 0, 64,
        34, 0, 0, 8, 0, 0, 0, 0, 40, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 20, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7,
    ];

    /// A socket that brings one datagram, or fails, and sends nothing.
    struct Broken(Option<&'static [u8]>);

    impl Datagrams for Broken {
        fn receive(&self, datagram: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
            let octets = self.0.ok_or(ErrorKind::ConnectionReset)?;
            datagram[..octets.len()].copy_from_slice(octets);
            Ok((octets.len(), SocketAddr::from(([192, 0, 2, 7], 500))))
        }

        fn send(&self, _: &[u8], _: SocketAddr) -> io::Result<usize> {
            Err(ErrorKind::NetworkUnreachable.into())
        }
    }

    fn counted(socket: Broken) -> String {
        let entries = vec!["192.0.2.11".parse().unwrap()];
        let live = Live::new(List { entries, tallies: vec![Arc::new(Tally::new(1))] });
        let counters = Counters::new();
        let service = Service {
            door: FrontDoor::default(),
            destination: [192, 0, 2, 1].into(),
            nat_t: false,
            unsupported: Unsupported::Notify,
        };
        let lists = live.reader();
        let mut worker = Worker { socket, service, lists, counters: &counters, number: 0 };
        worker.serve_one(&mut [0; 2048], &mut [0; MAX_ANSWER]);
        Totals::of(&[counters]).to_string()
    }

    #[test]
    fn h05_an_answer_that_the_system_does_not_send_is_counted() {
        assert_eq!(
            counted(Broken(Some(WITHOUT_SUPPORT))),
            "counters received=1 redirected=0 notified=1 not-ike=0 send-failed=1 \
             receive-failed=0 client-unsupported=1"
        );
    }

    #[test]
    fn h05_a_socket_that_fails_is_counted() {
        let counters = counted(Broken(None));
        assert!(counters.ends_with("send-failed=0 receive-failed=1"), "{counters}");
    }
}
