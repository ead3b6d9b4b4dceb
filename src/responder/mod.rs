//! The gateway's end: the stateless front door, and the machine of one IKE SA.
//!
//! [`FrontDoor`](front_door::FrontDoor) decides on IKE_SA_INIT requests and keeps nothing.
//! [`Responder`] is told what happens in one IKE SA ([`Event`]) and says what is to be done
//! ([`Action`]). It is set up with a [`Config`] and with what is known of the [`Client`], stands in
//! a [`Phase`], and names targets by [`TargetId`].

// front_door     the decision on an IKE_SA_INIT request
// machine        the machine as its host sees it
// table          every transition; the only writer of the state
// judge          what a transition needs to know
// state          the states
// event, action  what goes in, what comes out
// config         what an operator may choose, what is known of a client

mod action;
mod config;
mod event;
pub mod front_door;
mod judge;
mod machine;
mod state;
mod table;

pub use action::{Action, Awaits, Stage};
pub use config::{Client, Config, Retransmission};
pub use event::{Event, TargetId};
pub use machine::Responder;
pub use state::Phase;
