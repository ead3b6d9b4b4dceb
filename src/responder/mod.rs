//! The gateway's end: the front door and the machine of one IKE SA.

pub mod front_door;
