//! Each machine by itself, under every event and every command in every order.

pub(crate) mod client;
pub(crate) mod gateway;
pub(crate) mod goals;
