//! The client machine, one behaviour or one attack a test.

mod active;
mod auth;
mod facts;
mod init;
mod limit;
mod mistakes;
mod moving;
mod multiple_auth;
mod names;
mod orders;
mod questions;
mod stages;
mod support;
