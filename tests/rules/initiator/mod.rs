//! The client machine, one behaviour or one attack a test.

mod active;
mod auth;
mod init;
mod limit;
mod moving;
mod support;
mod table;
