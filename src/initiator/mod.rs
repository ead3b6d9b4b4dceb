//! The client's end: the machine of one VPN connection.
//!
//! | file | what it knows |
//! |---|---|
//! | `table` | every transition |
//! | `state` | the states |
//! | `steps` | what the transitions do |
//! | `event`, `action` | what goes in, what comes out |
//! | `limit` | the loop limit |
//! | `config` | what a user may choose |
//! | `machine` | the machine as its host sees it |

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
