//! The IKE parties that the example hosts run: a client and a gateway around the two machines.
//!
//! They are sans-IO like the machines themselves: datagrams and the time go in, datagrams and
//! notes come out ([`Outbox`]). The tour, the threads and the executor of the other examples add
//! sockets and timers and nothing else.
//!
//! **There is no security here.** Key exchange, keys and AUTH are stand-ins, and what IKE would
//! encrypt travels in clear inside the SK payload. All that is real is the redirect mechanism.
//!
//! | file | what it knows |
//! |---|---|
//! | `client` | a client around an `Initiator` |
//! | `gateway` | the front door, and which sessions there are |
//! | `session` | carries out what one `Responder` decides |
//! | `part` | what IKE_AUTH messages consist of |
//! | `login` | how a user proves who he is: which message follows which |
//! | `message` | builds messages, opens SK payloads |
//! | `filling` | the octets of the stand-ins |
//! | `random` | where SPIs and nonces come from |
//! | `host` | what a party is to whoever has the sockets |
//! | `outbox` | what a party wants sent and noted |
//! | `book` | which socket stands for which address |

pub(crate) mod book;
pub(crate) mod client;
mod filling;
pub(crate) mod gateway;
mod host;
pub(crate) mod login;
pub(crate) mod message;
pub(crate) mod outbox;
mod part;
mod random;
mod session;

pub(crate) use book::Book;
pub(crate) use client::{Client, Dns, Settings};
pub(crate) use gateway::{Gateway, Moment, Policy};
pub(crate) use host::Host;
pub(crate) use login::Login;
pub(crate) use outbox::{Outbox, Output};

use ikev2_redirect::Instant;

/// The nearest of some deadlines.
pub(crate) fn earliest(deadlines: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
    deadlines.into_iter().flatten().min()
}
