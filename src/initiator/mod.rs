//! The client's end: the machine of one VPN connection.
//!
//! [`Initiator`] is told what happens ([`Event`]) and says what is to be done ([`Action`]). It is
//! set up with a [`Config`], stands in a [`Phase`], names the host's IKE SAs by [`Slot`], and
//! keeps a [`LoopLimit`].

// machine        the machine as its host sees it
// table          every transition
// steps          what the transitions do
// state          the states
// limit          the loop limit
// event, action  what goes in, what comes out
// config         what a user may choose

mod action;
mod config;
mod event;
mod limit;
mod machine;
mod state;
mod steps;
mod table;

pub use action::{Action, Awaits, MobileIpv6, Provenance};
pub use config::{Config, Moving};
pub use event::{Event, Refusal, SentInit, Slot};
pub use limit::LoopLimit;
pub use machine::Initiator;
pub use state::Phase;
