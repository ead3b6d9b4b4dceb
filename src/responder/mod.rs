//! The gateway's end: the stateless front door, and the machine of one IKE SA.
//!
//! | file | what it knows |
//! |---|---|
//! | `front_door` | the decision on an IKE_SA_INIT request |
//! | `table` | every transition |
//! | `state` | the states |
//! | `steps` | what the transitions do |
//! | `event`, `action` | what goes in, what comes out |
//! | `config` | what an operator may choose, what is known of a client |
//! | `machine` | the machine as its host sees it |

mod action;
mod config;
mod event;
pub mod front_door;
mod machine;
mod state;
mod steps;
mod table;

pub use action::{Action, Awaits, Stage};
pub use config::{Client, Config, Retransmission};
pub use event::{Event, TargetId};
pub use machine::Responder;
pub use state::Phase;
