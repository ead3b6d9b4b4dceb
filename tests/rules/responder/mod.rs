//! The gateway machine, one behaviour or one attack a test.

mod active;
mod auth;
mod bound;
mod mistakes;
mod octets;
mod schedule;
mod support;
mod table;
