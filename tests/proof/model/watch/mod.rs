//! The real machines under watch: each call is checked against the properties that hold in
//! every world.

pub(crate) mod client;
pub(crate) mod gateway;
mod host;

pub(crate) use host::place;
