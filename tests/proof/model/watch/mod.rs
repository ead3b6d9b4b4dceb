//! The machines under watch: each beside the host that knows, with the properties that hold in
//! every world whose host tells the truth.

mod carry;
pub(crate) mod client;
pub(crate) mod gateway;
mod telling;

pub(crate) use telling::{InitAnswer, late_init_response, nonce, spi};
