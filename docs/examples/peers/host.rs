//! What a party is to whoever has the sockets and the timers.

use std::net::IpAddr;

use ikev2_redirect::Instant;

use super::Outbox;

/// A party: datagrams and the time go in, what is to be sent comes out.
pub(crate) trait Host {
    /// A datagram came.
    fn receive(&mut self, now: Instant, from: IpAddr, datagram: &[u8], out: &mut Outbox);

    /// The timer has fired. Early and late does no harm.
    fn wake(&mut self, now: Instant, out: &mut Outbox);

    /// What the timer has to be set to, after each call of anything.
    fn next_deadline(&self) -> Option<Instant>;
}
