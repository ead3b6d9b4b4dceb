//! Sans-IO state machines for the IKEv2 Redirect Mechanism ([RFC 5685]).
//!
//! A VPN gateway that is overloaded, goes down for maintenance or sits behind an anycast address
//! tells its clients to go elsewhere: in IKE_SA_INIT, in the first or last IKE_AUTH response, or
//! in the middle of a session. This crate decides everything that the mechanism decides, for both
//! ends, and does nothing else. Events go in, actions come out. It never touches a socket, a
//! clock, a key or a random number; whoever wraps it has those.
//!
//! # A client is redirected
//!
//! ```
//! use ikev2_redirect::initiator::{Action, Config, Event, Initiator, SentInit};
//! use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
//! use ikev2_redirect::wire::{InitRequest, InitResponse, Spi};
//! use ikev2_redirect::{Instant, Target};
//! use std::net::IpAddr;
//!
//! let now = Instant::from_millis(0);
//! let door_address: IpAddr = "203.0.113.1".parse()?;
//! let gateway: IpAddr = "192.0.2.45".parse()?;
//!
//! // The client starts: the machine says what the request has to carry.
//! let mut client = Initiator::new(Config::default())?;
//! let actions = client.connect(now, door_address)?;
//! let Some(Action::StartInit { sa, to, notifies }) = actions.get(0) else { panic!() };
//! assert_eq!(to, door_address);
//! # let (spi, ni) = (Spi([0x11; 8]), [0x22; 32]);
//! # let request = build_request(spi, &ni, notifies);
//!
//! // The front door answers `request`, the octets of it, and keeps nothing.
//! let door = FrontDoor { anycast: &[door_address], ..FrontDoor::default() };
//! let seen = InitRequest::parse(&request)?;
//! let arrival = Arrival { destination: door_address, source_proven: false };
//! let mut buffer = [0; FrontDoor::MAX_ANSWER];
//! let decision = Decision::Redirect(Target::from(gateway));
//! let Answer::Reply { message, .. } = door.answer(&seen, arrival, decision, &mut buffer)? else {
//!     panic!("a client that announces support is redirected");
//! };
//!
//! // The client knows its own nonce in the answer, and asks its policy.
//! let sent = SentInit { spi, nonce: &ni };
//! let response = InitResponse::parse(message)?;
//! let actions = client.handle(now, sa, Event::InitResponseReceived { sent, response });
//! let Some(Action::Vet { question, target, .. }) = actions.get(0) else { panic!() };
//! assert_eq!(target, Target::from(gateway));
//!
//! // Policy agrees: the machine starts over with the new gateway.
//! let _actions = client.permit(now, question, gateway)?;
//! assert_eq!(client.gateway(), Some(gateway));
//! # fn build_request(
//! #     spi: Spi,
//! #     ni: &[u8],
//! #     notifies: ikev2_redirect::wire::InitNotifies,
//! # ) -> Vec<u8> {
//! #     use ikev2_redirect::wire::{ExchangeType, Flags, Header, InitNotifies, PayloadType};
//! #     let mut payloads = vec![34, 0, 0, 4, 40, 0, 0, 4];
//! #     payloads.extend([41, 0, 0, 4 + ni.len() as u8]);
//! #     payloads.extend(ni);
//! #     let mut chain = [0; InitNotifies::MAX_LEN];
//! #     let length = notifies.encode(PayloadType::NONE, &mut chain).unwrap();
//! #     payloads.extend(&chain[..length]);
//! #     let header = Header {
//! #         initiator_spi: spi,
//! #         responder_spi: Spi::ZERO,
//! #         next_payload: PayloadType::SA,
//! #         exchange: ExchangeType::IKE_SA_INIT,
//! #         flags: Flags::INITIATOR,
//! #         message_id: 0,
//! #     };
//! #     let mut message = vec![0; Header::LEN];
//! #     header.encode(payloads.len() as u32, &mut message).unwrap();
//! #     message.extend(payloads);
//! #     message
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! | module | what it is |
//! |---|---|
//! | [`wire`] | octets to values and back, no protocol rule |
//! | [`responder::front_door`] | the stateless decision on an IKE_SA_INIT request |
//! | [`responder`] | [`Responder`](responder::Responder), the gateway's machine of one IKE SA |
//! | [`initiator`] | [`Initiator`](initiator::Initiator), the client's machine of a connection |
//! | [`auth`] | which IKE_AUTH response is the first, which the last, who has authenticated |
//! | [`Target`], [`TargetRules`] | who a client is sent to, and whether it can be |
//! | [`Reason`], [`Misuse`] | what a peer did wrong, what a host did wrong |
//! | [`guide`] | how to wrap the machines, what they do row by row, security, conformance |
//!
//! # Using the machines
//!
//! - `handle` is total: whatever a peer does is a list of actions, never an error and never a
//!   panic. Carry the actions out in order; nothing stays inside.
//! - What only a host can get wrong is a [`Misuse`]: a command returns it as an error, an event as
//!   an action. Then nothing has changed.
//! - After each call arm one timer with `next_deadline()`, and call `timeout` when it fires.
//!   Time-outs that come early, late or twice do no harm.
//! - Match events and actions without a wildcard. They are exhaustive on purpose: a host that did
//!   not know a new one would be wrong, so a new one is a new major version. [`Reason`] and
//!   [`Misuse`] may grow.
//! - The machines are plain values: `Copy`, `Eq`, `Hash`. A model checker takes them as they are.
//!
//! # What it promises
//!
//! `no_std`, no allocation, safe code only, no dependencies, and no panic on any input: on thumbv7m
//! that is shown by a firmware that links only because no panic is left. What is checked how is
//! told in `docs/verification.md`; where each of the 111 normative statements is kept, in
//! `docs/conformance.md`. Ids like `R6-14` in the documentation lead there.
//!
//! [RFC 5685]: https://www.rfc-editor.org/rfc/rfc5685
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

pub mod actions;
mod address;
pub mod auth;
mod fqdn;
pub mod guide;
pub mod initiator;
mod misuse;
mod numbered;
mod reason;
pub mod responder;
mod target;
mod time;
pub mod wire;

pub use actions::Actions;
pub use fqdn::Fqdn;
pub use misuse::Misuse;
pub use reason::Reason;
pub use target::{Target, TargetRules};
pub use time::{Deadline, Instant};

/// The examples of the README compile and run, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
