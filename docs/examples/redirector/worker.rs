//! The loop of one thread on one socket.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::counters::{Counters, Event};
use super::live::Reader;
use super::service::{MAX_ANSWER, Outcome, Service};

/// How long a thread waits for a datagram before it looks whether it has to stop.
pub(crate) const STOP_LATENCY: Duration = Duration::from_millis(200);

/// A socket that fails over and over must not take a whole core.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(10);

/// No UDP datagram is longer.
const MAX_DATAGRAM: usize = 65_535;

/// One thread's part.
pub(crate) struct Worker<'c> {
    pub(crate) socket: UdpSocket,
    pub(crate) service: Service<'c>,
    pub(crate) targets: Reader<'c>,
    pub(crate) counters: &'c Counters,
}

impl Worker<'_> {
    /// Answers datagrams until `stop` is set. For each one a receive and a send, no allocation.
    pub(crate) fn run(mut self, stop: &AtomicBool) {
        let mut datagram = vec![0; MAX_DATAGRAM];
        let mut answer = [0; MAX_ANSWER];
        while !stop.load(Ordering::Relaxed) {
            match self.serve_one(&mut datagram, &mut answer) {
                Ok(()) => {}
                Err(fault) if is_timeout(&fault) => {}
                Err(_) => {
                    self.counters.count(Event::ReceiveFailed);
                    thread::sleep(PAUSE_AFTER_FAILURE);
                }
            }
        }
    }

    fn serve_one(&mut self, datagram: &mut [u8], answer: &mut [u8; MAX_ANSWER]) -> io::Result<()> {
        let (length, client) = self.socket.recv_from(datagram)?;
        let targets = self.targets.targets();
        let outcome = self.service.answer(client.ip(), &datagram[..length], targets, answer);
        self.counters.count_outcome(outcome);
        if let Outcome::Redirected(length) | Outcome::Notified(length, _) = outcome {
            // The client asks again if it does not arrive.
            if self.socket.send_to(&answer[..length], client).is_err() {
                self.counters.count(Event::SendFailed);
            }
        }
        Ok(())
    }
}

fn is_timeout(fault: &io::Error) -> bool {
    matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
