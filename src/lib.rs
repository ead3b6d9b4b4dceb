//! Sans-IO state machines for the IKEv2 Redirect Mechanism (RFC 5685).
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod actions;
pub mod auth;
mod gateway;
pub mod initiator;
mod misuse;
mod reason;
pub mod responder;
mod time;
pub mod wire;

pub use actions::Actions;
pub use gateway::{Fqdn, Gateway, TargetRules};
pub use misuse::Misuse;
pub use reason::Reason;
pub use time::{Deadline, Instant};
