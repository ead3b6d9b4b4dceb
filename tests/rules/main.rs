//! What the machines, the front door and the values have to do, one behaviour or one attack per
//! test.

mod actions;
mod auth;
#[path = "../wire/compose.rs"]
mod compose;
mod front_door;
mod initiator;
mod ranges;
mod responder;
mod sizes;
mod values;
#[path = "../wire/vectors/mod.rs"]
mod vectors;
