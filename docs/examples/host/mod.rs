//! One IKEv2 client and one gateway around the two machines: the examples run them with stand-ins
//! for cryptography, the interoperability lab with OpenSSL.
//!
//! They are sans-IO like the machines themselves: datagrams and the time go in, datagrams and
//! reports come out ([`Output`]). Whoever runs one adds sockets and a timer and nothing else. They
//! speak as much of IKEv2 as redirects can meet; CHILD SAs are asked for and granted, and never
//! installed.
//!
//! | file | what it knows |
//! |---|---|
//! | `client`, `gateway` | the two parties |
//! | `wrap` | the loop around the client's machine, as the guide shows it |
//! | `settings` | what users and operators configure |
//! | `crypto` | what cryptography does for a party |
//! | `sa` | one IKE SA: its message ids, encryption, retransmission |
//! | `handshake` | key exchange, and what AUTH payloads are made of |
//! | `rekey`, `departed` | IKE SAs that take over, and those that nobody uses any more |
//! | `message`, `payloads`, `proposal` | messages, written and read |
//! | `output` | what a party wants sent, and what it reports |

pub(crate) mod client;
pub(crate) mod crypto;
mod departed;
pub(crate) mod gateway;
mod handshake;
pub(crate) mod message;
mod output;
pub(crate) mod payloads;
mod proposal;
mod rekey;
pub(crate) mod sa;
pub(crate) mod settings;
pub(crate) mod wrap;

pub(crate) use client::Client;
pub(crate) use gateway::Gateway;
pub(crate) use output::{Output, Path, Report};
pub(crate) use settings::{
    Allowed, Common, Dns, Faults, Patience, Policy, Ports, Second, Settings, When,
};

use ikev2_redirect::Instant;

/// What a party is to whoever has the sockets and the timers.
pub(crate) trait Host {
    /// An IKE message came.
    fn receive(&mut self, now: Instant, path: Path, message: &[u8]) -> Vec<Output>;

    /// The timer has fired. Early and late does no harm.
    fn wake(&mut self, now: Instant) -> Vec<Output>;

    /// What the timer has to be set to, after each call of anything.
    fn next_deadline(&self) -> Option<Instant>;
}

/// The nearest of some deadlines.
pub(crate) fn earliest(deadlines: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
    deadlines.into_iter().flatten().min()
}
