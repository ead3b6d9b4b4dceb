//! The client's end: the machine of one VPN connection.
//!
//! [`Initiator`] is told what happens to the host's IKE SAs ([`Event`]) and says what is to be
//! done ([`Action`]). It is set up with a [`Config`], names each IKE SA by a [`SaId`] and each
//! question to the host by a [`QuestionId`].

// machine        the machine as its host sees it
// table          every transition; nothing else writes the machine
// judge          what the transitions ask: reads the machine and the message, writes nothing
// sa, question   what the machine knows of an IKE SA and of an open question
// limit          the record of followed redirects
// event, action  what goes in, what comes out
// config, phase, provenance, mobile_ipv6, refusal: plain values

mod action;
mod config;
mod event;
mod judge;
mod limit;
mod machine;
mod mobile_ipv6;
mod phase;
mod provenance;
mod question;
mod refusal;
mod sa;
mod table;

pub use action::{Action, Awaits};
pub use config::{Config, Moving};
pub use event::{Event, SentInit};
pub use machine::Initiator;
pub use mobile_ipv6::MobileIpv6;
pub use phase::Phase;
pub use provenance::Provenance;
pub use question::QuestionId;
pub use refusal::Refusal;
pub use sa::SaId;
