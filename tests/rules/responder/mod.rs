//! The gateway machine, one behaviour or one attack a test.

mod active;
mod auth;
mod support;
mod table;
